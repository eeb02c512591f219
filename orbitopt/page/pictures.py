"""The three pictures of a group of runs: orbits, loss over the updates, and paths over the loss surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from .. import hohmann
from ..experiment import Experiment
from ..fit import FitProblem, run
from ..traces import (
    ORBITS_LIMIT,
    AxisLimits,
    RunGroup,
    RunTrace,
    floor_columns,
    reference_columns,
    sample_columns,
    surface_columns,
    trace,
)
from . import vega
from .cache import Table, cached, script_lock, to_arrow
from .context import Page
from .vega import Specification, Style


@cached(128)
def run_trace(problem: FitProblem, experiment: Experiment) -> RunTrace:
    """Run an experiment on its problem and return its trace."""
    return trace(run(experiment, problem))


@cached(64)
def sample_table(problem: FitProblem) -> Table:
    """Return the dataset of the samples."""
    return to_arrow(sample_columns(problem.samples))


@cached(64)
def surface_table(problem: FitProblem, limits: AxisLimits, domain_only: bool = False) -> Table:
    """Return the dataset of the contours."""
    return to_arrow(surface_columns(problem, limits, domain_only))


@cached(128)
def _group_tables(problem: FitProblem, token: str, _group: RunGroup) -> dict[str, Table]:
    return {"run": to_arrow(_group.run_columns), "here": to_arrow(_group.here_columns)}


def group_tables(page: Page, group: RunGroup) -> dict[str, Table]:
    """Return the datasets that move with the player: `run` and `here`."""
    tables: dict[str, Table] = _group_tables(page.problem, group.token, group)
    return tables


def floor_table(page: Page) -> Table:
    """Return the dataset of the noise floor."""
    return to_arrow(floor_columns(page.experiment.noise_scale))


def surface_tables(page: Page, group: RunGroup, domain_only: bool = False) -> dict[str, Table]:
    """Return the datasets of paths over the loss surface: `run`, `here`, `contours` and `reference`."""
    return group_tables(page, group) | {
        "contours": surface_table(page.problem, group.axis_limits, domain_only),
        "reference": to_arrow(reference_columns(group.main.start, page.problem.optimum)),
    }


@cache
def orbits_chart(style: Style = vega.DESK) -> Specification:
    """Draw the orbits, the samples and the fitted ellipses: datasets `samples` and `here`."""
    samples = (
        vega.data("samples", "samples")
        .mark_point(size=style.sample, strokeWidth=1.2, opacity=0.7, clip=True)
        .encode(_orbits_x(), _orbits_y(), tooltip=[vega.tooltip(axis, f"{axis} (AU)", ".3f") for axis in "xy"])
    )
    equation = (
        vega.HERE.transform_filter("datum.alone")
        .transform_calculate(
            text=f"'(x + {hohmann.FOCUS_OFFSET})² / ' + format(abs(datum.a), '.4f') + '² + y² / ' "
            "+ format(abs(datum.b), '.4f') + '² = 1'"
        )
        .mark_text(baseline="top", fontSize=style.text, fontWeight=600)
        .encode(text="text:N", x=alt.value(alt.expr("width / 2")), y=alt.value(2))
    )

    def orbit(role: str, a: float, b: float, centre: float, **mark: Any) -> Any:
        return _ellipses(vega.constant(role, a=a, b=b, centre=centre), strokeWidth=style.line, **mark)

    def body(role: str, x: float, size: int) -> Any:
        point = vega.constant(role, x=x, y=0).mark_point(filled=True, size=size, opacity=1)
        return point.encode(_orbits_x(), _orbits_y())

    def label(role: str, text: str, y: float, baseline: str) -> Any:
        words = vega.constant(role, x=0, y=y).mark_text(fontSize=style.text, baseline=baseline)
        return words.encode(_orbits_x(), _orbits_y(), text=alt.value(text))

    a, b, c = hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS, hohmann.FOCUS_OFFSET
    earth, mars = hohmann.EARTH_ORBIT, hohmann.MARS_ORBIT
    return vega.specification(
        "orbits",
        style,
        samples,
        orbit("earth", earth, earth, 0.0),
        orbit("mars", mars, mars, 0.0),
        orbit("truth", a, b, -c, strokeDash=[6, 4]),
        body("sun", 0.0, 300),
        _ellipses(vega.HERE.transform_calculate(centre=f"{-c}"), strokeWidth=style.fit),
        body("earth", earth, 140),
        body("mars", -mars, 140),
        label("sun", "Sun", -0.12, "top"),
        label("earth", "Earth's orbit", 0.03 - earth, "bottom"),
        label("mars", "Mars's orbit", 0.03 - mars, "bottom"),
        equation,
    )


@cache
def loss_chart(style: Style = vega.DESK, over: str = "update") -> Specification:
    """Draw the losses of runs over a key of PROGRESS_AXES: datasets `run`, `here` and `floor`."""
    x, batch_loss, full_loss = vega.progress_x(over), vega.log_loss_y("batch_loss"), vega.log_loss_y("full_loss")
    return vega.specification(
        "loss",
        style,
        vega.run_line(strokeWidth=1, opacity=0.5).encode(x, batch_loss),
        *vega.noise_floor(style),
        vega.run_line(strokeWidth=style.line + 1).encode(x, full_loss, vega.DASH),
        *vega.playhead(style, x, vega.log_loss_y("loss")),
        vega.names(style, x, vega.log_loss_y("loss")),
    )


@cache
def surface_chart(style: Style = vega.DESK, name: str = "search") -> Specification:
    """Draw the paths of runs over the loss surface: datasets `run`, `here`, `contours` and `reference`."""
    x, y = vega.plane()
    return vega.specification(
        name,
        style,
        vega.surface(),
        *vega.paths(style, x, y),
        vega.dots(style, x, y),
        *vega.reference_points(style, x, y),
        vega.names(style, x, y),
    )


def load() -> None:
    """Build the charts of the first screen in both styles, and load what Streamlit and Arrow need for them."""
    to_arrow({"x": np.zeros(1)})
    for style in (vega.DESK, vega.PROJECTOR):
        for chart in (orbits_chart, loss_chart, surface_chart):
            chart(style)


ALTERNATIVES = {
    "orbits": "Orbits of Earth and Mars around the Sun, the samples, the true transfer ellipse and the fitted one.",
    "loss": "Loss against progress, on a logarithmic axis.",
    "surface": "Contours of the loss over A and B, with the path of the run from its start, and the optimum.",
}
"""Alternative texts of the charts. They are constant, because a changed one makes the browser build a new chart; the
sentence below each chart follows the run."""


def show_chart(
    page: Page, chart: Specification, datasets: Mapping[str, Any], alternative: str, message: str, **options: Any
) -> None:
    """Show a chart with a sentence below it that follows the run."""
    if page.style.projector:
        options |= {"height": "stretch", "theme": None}
    st.vega_lite_chart({**chart, "datasets": dict(datasets)}, alt=alternative, **options)
    st.caption(message)


def show_runs(page: Page, group: RunGroup, messages: Sequence[str]) -> None:
    """Show orbits, losses and paths of a group of runs, with a sentence for each, and let the player move them."""
    with st.container(key=group.container), script_lock():
        moving = group_tables(page, group)
        left, right = st.columns(2, gap="medium")
        below = st.container() if page.style.projector else right
        with left:
            datasets = {"samples": sample_table(page.problem), "here": moving["here"]}
            show_chart(page, orbits_chart(page.style), datasets, ALTERNATIVES["orbits"], messages[0])
        with right:
            datasets = moving | {"floor": floor_table(page)}
            show_chart(page, loss_chart(page.style, group.over), datasets, ALTERNATIVES["loss"], messages[1])
        with below:
            datasets = surface_tables(page, group)
            show_chart(page, surface_chart(page.style), datasets, ALTERNATIVES["surface"], messages[2])
    page.groups.append(group)


def _orbits_x(field: str = "x") -> alt.X:
    """Return x of the orbits. Its scale equals that of y for every width and height of the chart."""
    return alt.X(f"{field}:Q", scale=_orbits_scale("max(1, width / height)"), axis=vega.axis("x (AU)", tickCount=5))


def _orbits_y() -> alt.Y:
    return alt.Y("y:Q", scale=_orbits_scale("max(1, height / width)"), axis=vega.axis("y (AU)", tickCount=5))


def _orbits_scale(share: str) -> alt.Scale:
    return alt.Scale(domain=[alt.expr(f"{sign}{ORBITS_LIMIT} * {share}") for sign in "-+"], nice=False, zero=False)


def _ellipses(chart: Any, **mark: Any) -> Any:
    """Draw the ellipses of a chart's rows around (centre, 0), with the semi-axes a and b: one symbol for each."""
    # A symbol's outline is drawn for a radius of 1 and scaled to half the root of its size, which shall be A.
    return (
        chart.transform_calculate(flat="abs(datum.b) / max(abs(datum.a), 1e-3)", y="0")
        .transform_calculate(
            outline="'M-1,0A1,' + datum.flat + ',0,1,1,1,0A1,' + datum.flat + ',0,1,1,-1,0Z'",
            area=f"pow(max(abs(datum.a), 1e-3) * min(width, height) / {ORBITS_LIMIT}, 2)",
        )
        .mark_point(clip=True, filled=False, fill="none", opacity=1, **mark)
        .encode(_orbits_x("centre"), _orbits_y(), alt.Shape("outline:N", scale=None), alt.Size("area:Q", scale=None))
    )
