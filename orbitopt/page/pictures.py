"""The three charts of a group of runs: orbits, loss over the updates, and paths over the loss surface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import streamlit as st

from ..arrays import Columns
from ..experiment import Experiment
from ..fit import run
from ..labels import level_columns, reference_columns
from ..orbits import sample_columns, sky_columns
from ..problem import FitProblem
from ..surfaces import AxisLimits, level_unit, surface_columns
from ..traces import RunGroup, RunTrace, floor_columns, trace
from . import surface, vega
from .cache import Table, cached, to_arrow
from .context import Page
from .vega import Specification, Style


@cached(128)
def run_trace(problem: FitProblem, experiment: Experiment) -> RunTrace:
    """Run an experiment on its problem and return its trace."""
    return trace(run(experiment, problem))


@cached(64)
def orbit_tables(problem: FitProblem) -> dict[str, Table]:
    """Return the datasets of the samples and of what stands around them: `samples` and `sky`."""
    return {"samples": to_arrow(sample_columns(problem.samples)), "sky": to_arrow(sky_columns(problem))}


@cached(64)
def _bands(problem: FitProblem, limits: AxisLimits, domain_only: bool) -> Columns:
    return surface_columns(problem, limits, domain_only)


@cached(64)
def surface_table(problem: FitProblem, limits: AxisLimits, domain_only: bool = False) -> Table:
    """Return the dataset of the contours."""
    return to_arrow(_bands(problem, limits, domain_only))


@cached(128)
def _group_tables(problem: FitProblem, group: RunGroup) -> dict[str, Table]:
    return {"run": to_arrow(group.run_columns), "here": to_arrow(group.here_columns)}


def group_tables(page: Page, group: RunGroup) -> dict[str, Table]:
    """Return the datasets that move with the player: `run` and `here`."""
    tables: dict[str, Table] = _group_tables(page.problem, group)
    return tables


def floor_table(page: Page) -> Table:
    """Return the dataset of the noise floor."""
    return to_arrow(floor_columns(page.experiment.noise_scale))


@cached(128)
def _label_tables(
    problem: FitProblem, group: RunGroup, domain_only: bool, text: float, key: tuple[int, int]
) -> dict[str, Table]:
    limits = group.axis_limits
    bands = _bands(problem, limits, domain_only)
    unit, names = level_unit(problem), group.names_on_surface
    reference = reference_columns(
        group.main.start, problem.optimum, limits, text, group.marks, names, problem.truth
    )
    if not group.reference:
        reference = {name: column[len(column) - len(group.marks) :] for name, column in reference.items()}
    levels = level_columns(bands, limits, reference, group.paths, unit, text, key=key, names=names)
    return {"reference": to_arrow(reference), "levels": to_arrow(levels)}


def surface_tables(
    page: Page, group: RunGroup, domain_only: bool = False, key: tuple[int, int] = (0, 0)
) -> dict[str, Table]:
    """Return the datasets of paths over the loss surface: `run`, `here`, `contours`, `levels` and `reference`.

    `key` is the number of characters and lines in the lower left corner, which the values on the contours avoid.
    """
    contours = {"contours": surface_table(page.problem, group.axis_limits, domain_only)}
    text = surface.text_height(page.style)
    labels: dict[str, Table] = _label_tables(page.problem, group, domain_only, text, key)
    return group_tables(page, group) | contours | labels


@cache
def orbits_chart(style: Style = vega.DESK, residuals: bool = False) -> Specification:
    """Draw the orbits, the samples and the fitted ellipses: datasets of `orbit_tables`, and `here`.

    With `residuals`, the distances of samples from the ellipse take the place of the truth.
    """
    size = style.text_size
    samples = (
        vega.data("samples", "samples")
        .mark_point(size=alt.expr(f"{style.sample} * {_FEW}"), strokeWidth=1.2, opacity=0.7, clip=True)
        .encode(_orbits_x(), _orbits_y(), tooltip=[vega.tooltip(axis, f"{axis} (AU)", ".3f") for axis in "xy"])
    )
    equation = (
        vega.HERE.transform_filter("datum.alone")
        .transform_calculate(
            text="'(x + ' + format(datum.offset, '.5~f') + ')² / ' + format(abs(datum.a), '.4f') + '² + y² / ' "
            "+ format(abs(datum.b), '.4f') + '² = 1'"
        )
        .mark_text(
            baseline="top", fontSize=style.text, fontWeight=600, opacity=alt.expr(f"width < 20 * {size} ? 0 : 1")
        )
        .encode(text="text:N", x=alt.value(alt.expr("width / 2")), y=alt.value(2))
    )

    def sky(kind: str, more: str = "") -> Any:
        return vega.data("sky").transform_filter(f"datum.kind == '{kind}'{more}").encode(vega.COLOUR)

    def ellipse(kind: str, **mark: Any) -> Any:
        return _ellipses(sky(kind), strokeWidth=style.line, **mark)

    def body(kind: str, size: int) -> Any:
        return sky(kind).mark_point(filled=True, size=size, opacity=1).encode(_orbits_x(), _orbits_y())

    names = sky("name", " && datum.role != 'truth'" if residuals else "").mark_text(
        fontSize=style.text, align={"expr": "datum.align"}, baseline={"expr": "datum.baseline"}
    )
    return vega.specification(
        "square",
        style,
        *([_residuals(style)] if residuals else []),
        samples,
        ellipse("orbit"),
        *([] if residuals else [ellipse("truth", strokeDash=[6, 4])]),
        body("sun", 300),
        _fitted(style, vega.HERE.transform_calculate(centre="-datum.offset")),
        body("planet", 140),
        names.encode(_orbits_x(), _orbits_y(), text="text:N"),
        equation,
    )


@cache
def loss_chart(style: Style = vega.DESK, over: str = "update") -> Specification:
    """Draw the losses of runs over a key of PROGRESS_AXES: datasets `run`, `here` and `floor`."""
    x, batch_loss, full_loss = vega.progress_x(over), vega.log_loss_y("batch_loss"), vega.log_loss_y("full_loss")
    size = style.text_size

    def key(text: str, line: int) -> Any:
        shown = f"height < 4 * {size} || !data('here')[length(data('here')) - 1].alone ? 0 : 1"
        words = vega.constant("text").mark_text(
            fontSize=style.text, align="right", baseline="top", opacity=alt.expr(shown)
        )
        return words.encode(
            x=alt.value(alt.expr("width - 6")), y=alt.value(alt.expr(f"{line} * 1.25 * {size}")), text=alt.value(text)
        )

    chart = vega.specification(
        "timeline",
        style,
        vega.run_line(strokeWidth=1, opacity=0.5).encode(x, batch_loss),
        *vega.noise_floor(style),
        key("thick: all samples", 0),
        key("thin: next mini-batch", 1),
        vega.run_line(strokeWidth=style.line + 1).encode(x, full_loss, vega.DASH),
        *vega.playhead(style, x, vega.log_loss_y("loss")),
        vega.names(style, x, vega.log_loss_y("loss"), opacity=alt.expr(f"height < 4 * {size} ? 0 : 1")),
    )
    if style.projector:  # large text leaves room for short titles only; the player below says update or epoch
        for layer in chart["layer"]:
            for channel, title in (("x", None), ("y", "Loss")):
                if "axis" in layer["encoding"].get(channel, {}):
                    layer["encoding"][channel]["axis"]["title"] = title
    return chart


@cache
def surface_chart(style: Style = vega.DESK, arrows: bool = False, aria: bool = True) -> Specification:
    """Draw the paths of runs over the loss surface: datasets of `surface_tables`, and `arrows` if they are shown."""
    x, y = vega.plane()
    return vega.specification(
        "square",
        style,
        *surface.surface(style),
        *surface.paths(style, x, y),
        surface.dots(style, x, y),
        *(surface.step_arrows(style) if arrows else ()),
        *surface.reference_points(style, x, y, aria),
        *(surface.arrow_names(style) if arrows else ()),
        surface.exits(style, x, y),
        *surface.run_names(style, x, y),
    )


def load() -> None:
    """Build the charts of the first screen in both styles, and load what Streamlit and Arrow need for them."""
    to_arrow({"x": np.zeros(1)})
    for style in (vega.DESK, vega.PROJECTOR):
        for chart in (orbits_chart, loss_chart, surface_chart):
            chart(style)


ALTERNATIVES = {
    "orbits": "Orbits of Earth and Mars around the Sun, the samples, the true transfer ellipse and the fitted one.",
    "own": "Orbits of planets around the Sun, the samples, and the fitted ellipse.",
    "fit": "Orbits of Earth and Mars around the Sun, the samples, and an ellipse with their distances from it.",
    "loss surface": "Contours of the loss over A and B, with the place of the ellipse.",
    "loss": "Loss against progress, on a logarithmic axis.",
    "surface": "Contours of the loss over A and B, with the path of the run from its start, and the optimum.",
}
"""Alternative texts of the charts. They are constant, because a changed one makes the browser build a new chart; the
sentences below the player follow the run."""


class RunChart(NamedTuple):
    """One of the charts of a group of runs."""

    chart: Specification
    datasets: tuple[str, ...]
    """Names of its datasets, keys of `run_tables`."""
    alternative: str


def run_charts(
    group: RunGroup, style: Style = vega.DESK, arrows: bool = False, residuals: bool = False
) -> tuple[RunChart, RunChart, RunChart]:
    """Return the charts of orbits, loss surface and loss of a group of runs; `show_runs` explains the options."""
    orbits = "own" if group.main.problem.own else "fit" if residuals else "orbits"
    plane = "loss surface" if residuals else "surface"
    over_surface = "run", "here", "contours", "levels", "reference", *(["arrows"] if arrows else [])
    return (
        RunChart(orbits_chart(style, residuals), ("samples", "sky", "here"), ALTERNATIVES[orbits]),
        RunChart(surface_chart(style, arrows, group.reference), over_surface, ALTERNATIVES[plane]),
        RunChart(loss_chart(style, group.over), ("run", "here", "floor"), ALTERNATIVES["loss"]),
    )


def run_tables(
    problem: FitProblem, group: RunGroup, noise_scale: float, style: Style = vega.DESK, arrows: Table | None = None
) -> dict[str, Table]:
    """Return the datasets of `run_charts`, with the noise floor of a noise scale; it is not shown if that is 0."""
    key = surface.ARROW_NAMES_ROOM if arrows else (0, 0)
    return {
        **orbit_tables(problem),
        "contours": surface_table(problem, group.axis_limits, False),
        "floor": to_arrow(floor_columns(noise_scale)),
        **({"arrows": arrows} if arrows else {}),
        **_group_tables(problem, group),
        **_label_tables(problem, group, False, surface.text_height(style), key),
    }


def show_chart(
    page: Page, chart: Specification, datasets: Mapping[str, Any], alternative: str, message: str, **options: Any
) -> None:
    """Show a chart with a sentence below it that follows the run."""
    _draw(page, chart, datasets, alternative, **options)
    st.caption(message)


def show_square(
    page: Page, chart: Specification, datasets: Mapping[str, Any], alternative: str, message: str, **options: Any
) -> None:
    """Show a chart whose plot is a square, with a sentence below it that follows the run."""
    with _stage(page):
        _draw(page, chart, datasets, alternative, height="stretch", **options)
    st.caption(message)


def show_runs(
    page: Page, group: RunGroup, arrows: Table | None = None, residuals: bool = False, floor: bool = True
) -> None:
    """Show orbits and paths of a group of runs side by side and their losses below; the player moves them.

    Parameters
    ----------
    page
    group
    arrows
        Dataset of the arrows of gradient and step at the player's position, if they are to be shown.
    residuals
        True to show the distances of the samples from the fitted ellipse.
    floor
        True to show the noise floor.
    """
    *squares, timeline = run_charts(group, page.style, arrows is not None, residuals)
    tables = run_tables(page.problem, group, page.experiment.noise_scale if floor else 0.0, page.style, arrows)

    def draw(one: RunChart) -> None:
        _draw(page, one.chart, {name: tables[name] for name in one.datasets}, one.alternative, height="stretch")

    with st.container(key=group.container):
        with _stage(page):
            for square in squares:
                draw(square)
        with st.container(key=f"timeline-{group.container}"):
            draw(timeline)
    page.groups.append(group)


def _stage(page: Page) -> Any:
    """Return a container for charts with square plots."""
    return st.container(key=f"stage-{len(page.groups)}")


def _draw(page: Page, chart: Specification, datasets: Mapping[str, Any], alternative: str, **options: Any) -> None:
    if page.style.projector:
        options |= {"height": "stretch", "theme": None}
    st.vega_lite_chart({**chart, "datasets": dict(datasets)}, alt=alternative, **options)


def _orbits_x(field: str = "x") -> alt.X:
    """Return x of the orbits. Its scale equals that of y for every width and height of the chart."""
    return alt.X(f"{field}:Q", scale=_orbits_scale("max(1, width / height)"), axis=vega.axis("x (AU)", tickCount=5))


def _orbits_y() -> alt.Y:
    return alt.Y("y:Q", scale=_orbits_scale("max(1, height / width)"), axis=vega.axis("y (AU)", tickCount=5))


def _orbits_scale(share: str) -> alt.Scale:
    return alt.Scale(domain=[alt.expr(f"{sign}{_LIMIT} * {share}") for sign in "-+"], nice=False, zero=False)


_LIMIT = "data('sky')[0].limit"


def _residuals(style: Style) -> Any:
    """Draw lines from some samples to the ellipse of the first run or, outside of it, to the axis."""
    a, b = (
        f"(state ? toNumber(split(split(state, '|')[2], ' ')[{k}]) : data('here')[length(data('here')) - 1].end_{axis})"
        for k, axis in ((1, "a"), (2, "b"))
    )
    few = vega.data("samples", "pinned").transform_window(k="row_number()")
    few = few.transform_filter(f"datum.k % ceil(length(data('samples')) / {_LINES}) == 0")
    lines = few.transform_calculate(inside=f"1 - pow((datum.x + data('here')[0].offset) / {a}, 2)")
    lines = lines.transform_calculate(fit=f"datum.inside > 0 ? {b} * sqrt(datum.inside) : 0")
    return lines.mark_rule(strokeWidth=0.75 * style.line, clip=True).encode(
        _orbits_x(), _orbits_y(), alt.Y2("fit:Q")
    )


_LINES = 64  # to the ellipse, at most
_FEW = "clamp(512 / length(data('samples')), 1, 2.5)"  # few samples are larger: an ellipse through all would hide them
_FARTHEST_DRAWN = 25.0  # axis limits; a larger ellipse looks the same, but browsers take seconds to draw the outline


def _fitted(style: Style, runs: Any) -> Any:
    """Draw the ellipses of runs: that of the first run wide, and on it the others as narrow dashes side by side."""
    dash, others = 8, "max(1, length(data('here')) - 2)"
    return _ellipses(
        runs,
        strokeWidth=alt.expr(f"datum.index ? {style.fit / 2} : {style.fit}"),
        strokeDash=alt.expr(f"datum.index ? [{dash}, {dash} * {others}] : null"),
        strokeDashOffset=alt.expr(f"-{dash} * (datum.index - 1)"),
    ).encode(order="index:Q")


def _ellipses(chart: Any, **mark: Any) -> Any:
    """Draw the ellipses of a chart's rows around (centre, 0), with the semi-axes a and b: one symbol for each."""
    # A symbol's outline is drawn for a radius of 1 and scaled to half the root of its size, which shall be A.
    most = f"{_FARTHEST_DRAWN} * {_LIMIT}"
    wide, high = f"min(max(abs(datum.a), 1e-3), {most})", f"min(abs(datum.b), {most})"
    return (
        chart.transform_calculate(flat=f"{high} / {wide}", y="0")
        .transform_calculate(
            outline="'M-1,0A1,' + datum.flat + ',0,1,1,1,0A1,' + datum.flat + ',0,1,1,-1,0Z'",
            area=f"pow({wide} * min(width, height) / {_LIMIT}, 2)",
        )
        .mark_point(clip=True, filled=False, fill="none", opacity=1, **mark)
        .encode(_orbits_x("centre"), _orbits_y(), alt.Shape("outline:N", scale=None), alt.Size("area:Q", scale=None))
    )
