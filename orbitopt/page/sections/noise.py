"""Noise: the 95 % confidence region of A and B, and whether the run is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from ...arrays import Columns, Floats
from ...contours import extent_of, region_within
from ...formatting import above_minimum, number
from ...labels import level_columns, reference_columns
from ...landscape import confidence_bound, largest_axis
from ...model import clamped_loss
from ...problem import FitProblem
from ...settings import Setting
from ...surfaces import AxisLimits, surface_columns
from ...traces import MAIN, RunGroup, RunTrace
from .. import surface, vega
from ..cache import cached, to_arrow
from ..context import Page
from ..pictures import show_square, surface_tables
from ..vega import Specification, Style

NAME = "Noise"
QUESTION = "How accurate can any optimizer be?"
SETTINGS: dict[str, Setting] = {}

_AROUND_REGION = 0.32  # of its width and height, on all sides
_OUTLINE = 200  # points along each edge of the region
_MIN_NOISE = 1e-18  # AU^2; a smaller minimum is due to rounding
_IMPROVE = {True: "", False: ", so it can still improve"}
_LEVELS = [1.0005, 1.001, 1.002, 1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 5.0]  # times the minimum loss
_LABELLED = {1.02: 0, 1.01: 0, 1.005: 0, 1.05: 0, 1.1: 0, 1.002: 480, 1.2: 480, 1.5: 480}


def show(page: Page) -> None:
    """Show the section."""
    region: ConfidenceRegion = confidence_region(page.problem)
    message = noise_message(page.run, region)
    if not region.exists:
        st.info(message)
        return
    group = RunGroup("noise-view", {MAIN: page.run}, {MAIN: page.experiment.optimizer})
    text = surface.text_height(page.style)
    reference = reference_columns(page.run.start, page.problem.optimum, region.limits, text, truth=page.problem.truth)
    lines = np.vstack([group.paths, region.outline])
    tables = surface_tables(page, group) | {
        "here": to_arrow(group.here_columns | region.frame),
        "contours": to_arrow(region.contours),
        "reference": to_arrow(reference),
        "levels": to_arrow(
            level_columns(region.contours, region.limits, reference, lines, text=text, labelled=_LABELLED)
        ),
        "region": to_arrow(region.region),
    }
    with st.container(key=group.container):
        alternative = "The loss surface close to the optimum, with the 95 % confidence region of A and B."
        show_square(page, noise_chart(page.style), tables, alternative, message)
    page.groups.append(group)


@dataclass(frozen=True)
class ConfidenceRegion:
    """The 95 % confidence region of A and B: all parameters whose clamped loss is at most a bound."""

    bound: float
    """That bound, AU^2: the `confidence_bound` of the samples."""
    min_loss: float
    """Minimum of the clamped loss, AU^2."""
    exists: bool
    """True if the samples have noise or other errors, so that more than the optimum is in the region."""
    half_widths: Floats
    """Half of the region's extent in A and in B, AU, shape (2,)."""
    largest: float
    """Upper bound of A in the search for the region, AU."""
    truth_inside: bool
    """True if the region contains the true A and B; False for user-supplied samples, which have none."""
    region: Columns
    """The region's patches: `patch`, `a`, `low`, `high`, and `topmost`, true in one row."""
    contours: Columns
    """The loss surface around the region."""
    frame: Columns
    """Limits of the chart's axes, as columns of one row."""

    @property
    def limits(self) -> AxisLimits:
        """Limits of A and of B, AU."""
        a_low, a_high, b_low, b_high = (float(self.frame[end][0]) for end in ("a_low", "a_high", "b_low", "b_high"))
        return (a_low, a_high), (b_low, b_high)

    @property
    def outline(self) -> Floats:
        """Points along the region's outline, AU, shape (n, 2)."""
        nodes, *edges = (self.region[name].astype(float) for name in ("a", "low", "high"))
        a = np.linspace(nodes.min(), nodes.max(), _OUTLINE)
        edges = [np.interp(a, nodes, edge) for edge in edges]
        return np.vstack([np.stack([a, edge], axis=1) for edge in edges])

    @property
    def bounded(self) -> bool:
        """True if the samples bound A and B, as far as the search for the optimum looks."""
        ends = [self.region["a"].max(), -self.region["low"].min(), self.region["high"].max()]
        return bool(max(ends) < 0.999 * self.largest)


@cached(32)
def confidence_region(problem: FitProblem) -> ConfidenceRegion:
    """Return the confidence region of A and B."""
    samples, best = problem.samples, problem.optimum
    bound = confidence_bound(best, len(samples.x))
    patches = region_within(samples, bound, problem.focus_offset)
    region: Columns = {"patch": np.repeat(np.arange(len(patches)), [len(a) for _, a, _, _ in patches])}
    region |= {name: np.concatenate([patch[k] for patch in patches]) for k, name in ((1, "a"), (2, "low"), (3, "high"))}
    region["topmost"] = np.arange(len(region["a"])) == np.argmax(region["high"])
    ends = extent_of(patches)
    limits = ends + _AROUND_REGION * np.ptp(ends, axis=1, keepdims=True) * [-1.0, 1.0]
    (a_low, a_high), (b_low, b_high) = limits.tolist()
    return ConfidenceRegion(
        bound=bound,
        min_loss=best.loss,
        exists=best.loss > (problem.margin if problem.own else _MIN_NOISE),
        half_widths=np.ptp(ends, axis=1) / 2.0,
        largest=largest_axis(samples, problem.focus_offset),
        truth_inside=problem.truth is not None and float(clamped_loss(problem.truth, *problem.data)) <= bound,
        region=region,
        contours=surface_columns(problem, ((a_low, a_high), (b_low, b_high)), levels=_LEVELS, min_level=0.0),
        frame=dict(zip(("a_low", "a_high", "b_low", "b_high"), limits.reshape(4, 1))),
    )


@cache
def noise_chart(style: Style = vega.DESK) -> Specification:
    """Draw the surface around the optimum: datasets of `pictures.surface_tables`, and `region`."""
    digits = {"format": ".4f"}
    x, y = vega.plane(**digits)
    region = vega.data("region")
    label = region.transform_filter("datum.topmost").encode(*vega.plane("high", **digits))
    words = label.encode(text=alt.value("95 % confidence region"))
    return vega.specification(
        "square",
        style,
        *surface.surface(style, **digits),
        *surface.paths(style, x, y),
        _outline(region, "casing", 2.5 * style.line + 1, **digits),
        _outline(region, "ink", style.line + 1, **digits),
        *surface.haloed(words, "ink", fontSize=style.text, fontWeight=600, dy=-12),
        surface.dots(style, x, y),
        *surface.reference_points(style, x, y),
    )


def _outline(region: vega.Chart, role: str, width: float, **digits: Any) -> vega.Chart:
    """Return the outline of the region."""
    outline = vega.of_role(region, role).mark_area(fillOpacity=0, strokeWidth=width, strokeOpacity=1, clip=True)
    return outline.encode(vega.STROKE, *surface.patches(**digits))


def noise_message(run: RunTrace, region: ConfidenceRegion) -> str:
    """Return how precisely the samples determine A and B, and whether the truth and a run are in the region.

    User-supplied samples have no truth, and their misfit need not be noise.
    """
    own, run_inside = run.problem.own, run.loss <= region.bound
    if not region.exists:
        if own:
            return "These samples lie on one ellipse to 0.1 % of B, so any larger error of A and B is due to the run."
        return "Without noise the samples determine A and B exactly, so any remaining error is due to the run."
    within_a, within_b = region.half_widths
    cause = "The noise leaves A uncertain"
    if own:
        cause = "If the samples deviate from the ellipse at random, A is uncertain"
    spread = (
        f"{cause} by ±{number(within_a, 2)} AU and B by ±{number(within_b, 2)} AU (95 %)."
        if region.bounded
        else f"These samples do not determine A and B: the 95 % confidence region reaches {number(region.largest)} AU."
    )
    verdict = {
        (True, True): "The truth and this run are both in the 95 % confidence region: the samples cannot tell them "
        "apart.",
        (True, False): "The truth is in the 95 % confidence region but this run is not, so it can still improve.",
        (False, True): "This run is in the 95 % confidence region and the truth is not.",
        (False, False): "Neither the truth nor this run is in the 95 % confidence region.",
    }[region.truth_inside, run_inside]
    if own:
        verdict = f"This run is {'' if run_inside else 'not '}in the 95 % confidence region{_IMPROVE[run_inside]}."
    most = above_minimum(region.bound, region.min_loss, 0.0)
    return f"{spread} {verdict} In the region the loss is at most {most}."
