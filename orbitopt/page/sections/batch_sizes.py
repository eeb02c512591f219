"""Batch size: gradient descent with different batch sizes, Figure 3 of the post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from ...comparisons import BATCH_SIZES
from ...formatting import number
from ...optimizers import OPTIMIZERS
from ...settings import Setting
from ...traces import RunGroup, RunTrace, trace_batches
from .. import vega
from ..cache import run_job
from ..comparisons import batch_runs, front_first, size_name
from ..context import Page
from ..pictures import floor_table, group_tables, show_chart
from ..text import excess_text, progress_text
from ..vega import Specification, Style

NAME = "Batch size"
QUESTION = "How many samples should a step use?"
SETTINGS: dict[str, Setting] = {
    "points": Setting(
        "Mini-batch losses", "Show losses of single mini-batches as faint points.",
        "batch_points", bool,
    ),
}

_ROOM_FOR_POINTS = 5.0  # by this factor the loss axis extends beyond the losses over all samples


def show(page: Page) -> None:
    """Show the section."""
    experiments = batch_runs(page)
    traces = run_job(trace_batches, page.problem, tuple(experiments.items()))
    if traces is None:
        return
    roles = dict(zip(traces, [*OPTIMIZERS, "pinned"], strict=False))
    names = {key: size_name(key, page.experiment) for key in BATCH_SIZES}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        traces = front_first(page, "front_size", traces, names)
        points = page.controls.show("points", True)
    group = RunGroup("batch-sizes", drawn_runs(traces, points), roles, "epoch", all_batches=True)
    with st.container(key=group.container):
        show_chart(
            page,
            batch_loss_chart(page.style),
            group_tables(page, group) | {"floor": floor_table(page)},
            "Loss over the epochs, one curve for each batch size.",
            sizes_message({name: traces[name] for name in experiments}),
        )
    page.groups.append(group)
    st.markdown("\n".join(f"- {batch_message(name, traces[name])}" for name in reversed(experiments)))


def drawn_runs(runs: Mapping[str, RunTrace], points: bool) -> dict[str, RunTrace]:
    """Return runs without the mini-batch losses far from all losses over all samples, or without any."""
    losses = np.concatenate([run.rows["full_loss"] for run in runs.values()])
    low, high = np.nanmin(losses) / _ROOM_FOR_POINTS, np.nanmax(losses) * _ROOM_FOR_POINTS

    def drawn(run: RunTrace) -> RunTrace:
        batch_loss = run.rows["batch_loss"]
        kept = (batch_loss > low) & (batch_loss < high) & points
        return replace(run, rows=run.rows | {"batch_loss": np.where(kept, batch_loss, np.float32(np.nan))})

    return {name: drawn(run) for name, run in runs.items()}


@cache
def batch_loss_chart(style: Style = vega.DESK) -> Specification:
    """Draw losses over the epochs, Figure 3 of the post: datasets `run`, `here` and `floor`."""
    x, batch_loss, here = vega.progress_x("epoch"), vega.log_loss_y("batch_loss"), vega.log_loss_y("loss")
    points = vega.RUN.mark_point(filled=True, size=style.sample, opacity=0.3, clip=True)
    return vega.specification(
        "wide",
        style,
        *vega.noise_floor(style),
        points.encode(x, batch_loss, tooltip=vega.RUN_TOOLTIPS),
        vega.run_line(strokeWidth=style.line + 1).encode(x, vega.log_loss_y("full_loss"), vega.DASH),
        *vega.playhead(style, x, here),
        vega.names(style, x, here),
    )


def sizes_message(runs: Mapping[str, RunTrace]) -> str:
    """Return a sentence that introduces the comparison."""
    start = next(iter(runs.values())).experiment
    return (
        f"Gradient descent from A = {number(start.start_a)} and B = {number(start.start_b)}: the loss over all "
        f"samples, for the batch {'sizes' if len(runs) > 1 else 'size'} {'; '.join(reversed(list(runs)))}."
    )


def batch_message(name: str, run: RunTrace) -> str:
    """Describe the mini-batch losses of one batch size; the run has the rows of `traces.rows_of_batches`."""
    experiment, losses, epochs = run.experiment, run.rows["batch_loss"], run.rows["epoch"]
    early = epochs < experiment.switch_after
    parts = [losses[early], losses[~early]] if early.any() and not early.all() else [losses]
    manners = [_manner(part) for part in parts]
    near = ""
    if run.reached_after is not None:
        near = f"{run.problem.near} after {progress_text(run, 'epoch')}; "
    return (
        f"{name}: {' and then '.join(dict.fromkeys(manners))}; {near}it {run.outcome.value}, and the loss is "
        f"{excess_text(run)}."
    )


def _manner(losses: Any) -> str:
    """Describe how a loss changes from point to point after its first third."""
    jumps = np.abs(np.diff(np.log(losses[len(losses) // 3 :])))
    factor = float(np.exp(np.nanmedian(jumps))) if np.isfinite(jumps).any() else 1.0
    return "smooth" if factor < 1.15 else f"noisy, changing by a factor of {number(factor, 2)} from point to point"
