"""Race: several optimizers from one start, on the same samples in the same order."""

from __future__ import annotations

import streamlit as st

from ...optimizers import OPTIMIZERS
from ...settings import Setting
from ...traces import PROGRESS_AXES, RunGroup, trace_runs
from ..cache import run_job
from ..comparisons import RACE, front_first, race_messages, racers, ranking
from ..context import Page
from ..pictures import show_runs

NAME = "Race"
QUESTION = RACE
SETTINGS = {
    "over": Setting("Horizontal axis", "Horizontal axis of the loss chart.", "over", str, choices=PROGRESS_AXES),
}


def show(page: Page) -> None:
    """Show the section."""
    traces = run_job(trace_runs, page.problem, tuple(racers(page).items()))
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        over = page.controls.choice("over", "update")
    if traces is None:
        return
    with controls:
        traces = front_first(page, "front", traces, {key: kind.label for key, kind in OPTIMIZERS.items()})
    roles = {name: run.experiment.optimizer for name, run in traces.items()}
    show_runs(page, RunGroup("race", traces, roles, over))
    st.caption(" ".join(race_messages(traces, over)))
    st.table(ranking(traces), hide_index=True)
