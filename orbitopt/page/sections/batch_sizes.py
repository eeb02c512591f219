"""Batch size: gradient descent with different batch sizes, Figure 3 of the post."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from ...formatting import number
from ...optimizers import OPTIMIZERS
from ...settings import Setting
from ...traces import RunGroup, RunTrace, trace_batches
from .. import vega
from ..cache import run_job
from ..comparisons import batch_runs
from ..context import Page
from ..pictures import floor_table, group_tables, show_chart
from ..text import excess_text, progress_text
from ..vega import Specification, Style

NAME = "Batch size"
QUESTION = "How many samples should a step use?"
SETTINGS: dict[str, Setting] = {}


def show(page: Page) -> None:
    """Show the section."""
    traces = run_job(trace_batches, page.problem, tuple(batch_runs(page).items()))
    if traces is None:
        return
    roles = dict(zip(traces, [*OPTIMIZERS, "pinned"], strict=False))
    group = RunGroup("batch-sizes", traces, roles, "epoch", "batch_loss")
    with st.container(key=group.container):
        show_chart(
            page,
            batch_loss_chart(page.style),
            group_tables(page, group) | {"floor": floor_table(page)},
            "Mini-batch losses over the epochs, one curve for each batch size.",
            sizes_message(traces),
        )
    page.groups.append(group)
    st.markdown("\n".join(f"- {batch_message(name, traces[name])}" for name in reversed(traces)))


@cache
def batch_loss_chart(style: Style = vega.DESK) -> Specification:
    """Draw mini-batch losses over their epochs, Figure 3 of the post: datasets `run`, `here` and `floor`."""
    x, y, here = vega.progress_x("epoch"), vega.log_loss_y("batch_loss"), vega.log_loss_y("loss")
    return vega.specification(
        "wide",
        style,
        *vega.noise_floor(style),
        vega.run_line(strokeWidth=style.line - 0.5).encode(x, y),
        *vega.playhead(style, x, here),
        vega.names(style, x, here),
    )


def sizes_message(runs: Mapping[str, RunTrace]) -> str:
    """Return a sentence that introduces the comparison."""
    start = next(iter(runs.values())).experiment
    return (
        f"Gradient descent from A = {number(start.start_a)} and B = {number(start.start_b)}: the loss of each "
        f"mini-batch over the epochs, for the batch {'sizes' if len(runs) > 1 else 'size'} "
        f"{'; '.join(reversed(list(runs)))}."
    )


def batch_message(name: str, run: RunTrace) -> str:
    """Describe the curve of one batch size; the run has the rows of `traces.rows_of_batches`."""
    experiment, losses, epochs = run.experiment, run.rows["batch_loss"], run.rows["epoch"]
    early = epochs < experiment.switch_after
    parts = [losses[early], losses[~early]] if early.any() and not early.all() else [losses]
    manners = [_manner(part) for part in parts]
    near = ""
    if run.reached_after is not None:
        near = f"within 10 % of the minimum after {progress_text(run, 'epoch')}; "
    return (
        f"{name}: {' and then '.join(dict.fromkeys(manners))}; {near}it {run.outcome.value}, and the loss is "
        f"{excess_text(run)}."
    )


def _manner(losses: Any) -> str:
    """Describe how a loss changes from point to point after its first third."""
    jumps = np.abs(np.diff(np.log(losses[len(losses) // 3 :])))
    factor = float(np.exp(np.nanmedian(jumps))) if np.isfinite(jumps).any() else 1.0
    return "smooth" if factor < 1.15 else f"noisy, changing by a factor of {number(factor, 2)} from point to point"
