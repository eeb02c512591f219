"""Race: several optimizers from one start, on the same samples in the same order."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ... import hohmann
from ...comparisons import ranked
from ...formatting import number
from ...optimizers import OPTIMIZERS
from ...outcomes import SETTLED
from ...settings import Setting
from ...traces import PROGRESS_AXES, RunGroup, RunTrace, trace_runs
from ..cache import run_job
from ..comparisons import front_first, racers
from ..context import Page
from ..pictures import show_runs
from ..text import axis_text, distance_text, excess_text, progress_text

NAME = "Race"
QUESTION = "Which optimizer is fastest from here?"
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


def ranking(runs: Mapping[str, RunTrace]) -> dict[str, list[str]]:
    """Tabulate runs as columns by their headings: those that settled, fastest first, then the others."""
    order = ranked(runs)
    settled = [runs[name].outcome in SETTLED for name in order]
    return {
        "Place": [str(place) if there else "–" for place, there in enumerate(settled, 1)],
        "Optimizer": order,
        "Updates to within 10 % of the minimum": [
            "never" if runs[name].reached_after is None else f"{runs[name].reached_after:,}" for name in order
        ],
        "Outcome": [runs[name].outcome.value for name in order],
        "α": [number(runs[name].experiment.learning_rate, 4) for name in order],
        "A (AU)": [axis_text(runs[name].a).removesuffix(" AU") for name in order],
        "B (AU)": [axis_text(runs[name].b).removesuffix(" AU") for name in order],
        "Loss": [excess_text(runs[name]) for name in order],
    }


def race_messages(runs: Mapping[str, RunTrace], over: str) -> list[str]:
    """Return the sentences on the three charts of a race, whose progress is a key of PROGRESS_AXES."""
    settled = [name for name in ranked(runs) if runs[name].outcome in SETTLED]
    own_path = ", each by its own path" if len(settled) > 1 else ""
    return [
        _closest(runs),
        _quickest(runs, over),
        f"From the same start, {len(settled)} of {len(runs)} runs settled{own_path}.",
    ]


def _closest(runs: Mapping[str, RunTrace]) -> str:
    """Return a sentence on the run that ends closest to Mars's orbit or, for own samples, with the least loss."""
    if next(iter(runs.values())).problem.own:
        best = min(runs, key=lambda name: runs[name].loss)
        return f"{best} ends with the least loss: {excess_text(runs[best])}."
    closest = min(runs, key=lambda name: abs(float(hohmann.miss_at_mars(runs[name].a))))
    miss = distance_text(abs(float(hohmann.miss_at_mars(runs[closest].a))))
    return f"{closest} ends closest to Mars's orbit: it misses by {miss}."


def _quickest(runs: Mapping[str, RunTrace], over: str) -> str:
    """Return a sentence on the run that was near the optimum first, and on whether it stayed."""
    near = {name: run.reached_after for name, run in runs.items() if run.reached_after is not None}
    if not near:
        return "None of them comes within 10 % of the minimum."
    first = min(near, key=lambda name: near[name])
    sentence = f"{first} is the first within 10 % of the minimum, after {progress_text(runs[first], over)}"
    if runs[first].outcome in SETTLED:
        return f"{sentence}, and {runs[first].outcome.value}."
    settled = [name for name in ranked(runs) if runs[name].outcome in SETTLED]
    sentence += f", but {runs[first].outcome.value}"
    if not settled:
        return f"{sentence}; none of them settled."
    return f"{sentence}; {settled[0]} is the first that settled, after {progress_text(runs[settled[0]], over)}."
