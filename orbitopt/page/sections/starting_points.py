"""Starting point: how runs end from every start on a grid."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import streamlit as st

from ...arrays import Columns
from ...experiment import Experiment
from ...formatting import count, number, percent
from ...jobs import JobSteps
from ...optimizers import OPTIMIZERS
from ...outcomes import OUTCOME_MARKS, Outcome
from ...palette import QUICK_TO_SLOW
from ...problem import FitProblem
from ...settings import Setting
from ...sweeps import SweepResult, map_starts, start_axis
from ...traces import MAIN, RunGroup
from .. import vega
from ..cache import run_job, to_arrow
from ..clicks import clickable, last_click
from ..context import Page
from ..pictures import show_square, surface_tables
from ..text import OUTCOMES_KEY
from ..vega import Specification, Style

NAME = "Starting point"
QUESTION = "Which starting points converge?"
SETTINGS = {
    "resolution": Setting(
        "Starts", "Number of starting points that are tried.", "resolution", str,
        choices={"21": "21 × 21", "41": "41 × 41"},
    ),
}


def show(page: Page) -> None:
    """Show the section."""
    resolution = int(page.controls.choice("resolution", "21"))
    result = run_job(_mapped, page.problem, page.experiment, resolution)
    if result is None:
        return
    tables = surface_tables(page, RunGroup("starts", {MAIN: page.run}, {MAIN: page.experiment.optimizer}))
    show_square(
        page,
        starts_chart(page.style),
        {
            "cells": to_arrow(cell_columns(result, resolution)),
            "run": tables["run"],
            "reference": tables["reference"],
        },
        "Map of the outcomes of runs over their start A and start B.",
        starts_message(page.experiment, result, page.problem.near),
        **clickable("cells", lambda: _take_start(page)),
    )
    coloured, *others = OUTCOMES_KEY
    st.caption(f"Coloured: {coloured[2:]} · {' · '.join(others)}. Click a cell to start there.")


def _mapped(problem: FitProblem, experiment: Experiment, resolution: int) -> JobSteps[SweepResult]:
    return (yield from map_starts(experiment, resolution, problem))


def _take_start(page: Page) -> None:
    """Start in the cell that was clicked."""
    for cell in last_click("cells"):
        page.controls.set("start_a", round(cell["a"], 4))
        page.controls.set("start_b", round(cell["b"], 4))


def cell_columns(result: SweepResult, resolution: int) -> Columns:
    """Return the cells of a map: corners and centres, the role of the outcome, and the updates needed.

    `updates` is NaN where the run did not settle.
    """
    axis = start_axis(resolution)
    half = 0.5 * axis[0]
    a, b = np.repeat(axis, resolution), np.tile(axis, resolution)
    settled = result.settled
    updates = np.where(settled, np.maximum(result.reached_after, 1), np.nan)
    columns = {
        "a": a,
        "b": b,
        "a_low": a - half,
        "a_high": a + half,
        "b_low": b - half,
        "b_high": b + half,
        "updates": updates,
        "most": np.full(len(a), max(2.0, np.nanmax(updates, initial=2.0))),
        "along": np.full(len(a), resolution),
    }
    single: Columns = {name: column.astype(np.float32) for name, column in columns.items()}
    return single | {
        "end": np.array([OUTCOME_MARKS[outcome].role for outcome in result.outcome]),
        "ending": np.array([outcome.value for outcome in result.outcome]),
        "after": np.where(settled, result.reached_after.astype(str), "–"),
    }


@cache
def starts_chart(style: Style = vega.DESK) -> Specification:
    """Draw how runs end over their start: datasets `cells`, `run` and `reference`; the selection is `taken`."""
    scale = alt.Scale(domain=[0, 2.05], nice=False)
    x = alt.X("a:Q", scale=scale, axis=vega.axis("Start A (AU)", tickCount=5))
    y = alt.Y("b:Q", scale=scale, axis=vega.axis("Start B (AU)", tickCount=5))
    cells = vega.data("cells")
    others = cells.transform_filter("datum.end != 'reached'")
    quick = alt.Color(
        "updates:Q",
        scale=alt.Scale(type="log", range=list(QUICK_TO_SLOW), domain=[1, alt.expr("data('cells')[0].most")]),
        legend=alt.Legend(title="Updates needed", orient="top", gradientLength=200),
    )
    tooltips = [
        vega.tooltip("a", "Start A (AU)", ".3f"),
        vega.tooltip("b", "Start B (AU)", ".3f"),
        alt.Tooltip("ending:N", title="Outcome"),
        alt.Tooltip("after:N", title="Updates needed"),
    ]
    corners = {
        "x": alt.X("a_low:Q", scale=scale), "x2": "a_high:Q", "y": alt.Y("b_low:Q", scale=scale), "y2": "b_high:Q",
    }
    taken = alt.selection_point(name="taken", fields=["a", "b"], on="click", toggle=False, clear=False)
    path = vega.data("run").encode(x, y, order="row:Q")
    start = vega.data("reference").transform_filter("datum.place == 'start'").encode(x, y)
    outcome = alt.Color("end:N", **vega.ROLES)
    size = alt.value(alt.expr("pow(0.4 * min(width, height) / data('cells')[0].along, 2)"))
    return vega.specification(
        "square",
        style,
        cells.transform_filter("datum.updates > 0").mark_rect().encode(quick, **corners),
        others.mark_rect(opacity=0.25, clip=True).encode(outcome, **corners),
        others.mark_point(strokeWidth=1.8, opacity=1).encode(x, y, vega.outcome_shape(), outcome, size=size),
        path.mark_line(stroke="white", strokeWidth=style.line + 3, clip=True),
        path.mark_line(stroke="black", strokeWidth=style.line, clip=True),
        start.mark_point(filled=True, fill="black", stroke="white", strokeWidth=2, size=style.dot, opacity=1),
        cells.mark_rect(opacity=0).encode(tooltip=tooltips, **corners).add_params(taken),
        independent=["color"],
    )


_OTHERWISE = {
    Outcome.MIRROR: "at the mirror image, −A",
    Outcome.HOVERING: "hovering around the optimum",
    Outcome.PASSED: "passed the optimum and left",
    Outcome.MOVING: "still moving",
    Outcome.NO_SAMPLE: "without a sample in range",
    Outcome.DIVERGED: "diverged",
}


def starts_message(
    experiment: Experiment, result: SweepResult, near: str = "within 10 % of the minimum"
) -> str:
    """Return a sentence on the share of starts from which a run settles, and on how the others end.

    `near` is `FitProblem.near`.
    """
    counts = {outcome: int(np.count_nonzero(result.outcome == outcome)) for outcome in Outcome}
    total, settled = len(result.outcome), int(np.count_nonzero(result.settled))
    run = f"{OPTIMIZERS[experiment.optimizer].label} at {number(experiment.learning_rate, 4)}"
    if not settled:
        sentence = f"{run} settles from none of the {total:,} starts"
    else:
        share = "all" if settled == total else percent(settled / total)
        quick = int(np.median(result.reached_after[result.settled].astype(float)))
        sentence = f"{run} settles from {share} of the {total:,} starts"
        if settled > 1:
            sentence += f", half of them {near} after {count(quick, 'update')}"
    others = [f"{counts[outcome]:,} {words}" for outcome, words in _OTHERWISE.items() if counts[outcome]]
    return sentence + (f"; {', '.join(others)}." if others else ".")
