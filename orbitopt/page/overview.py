"""The first screen: title, read-outs, verdict with advice, and the charts of the run and of the pinned one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from .. import hohmann, links
from ..advice import NO_ADVICE, Advice, search_advice
from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from ..experiment import Experiment
from ..fit import problem_of, run
from ..formatting import count, number
from ..jobs import JobSteps
from ..optimizers import OPTIMIZERS
from ..outcomes import Outcome
from ..problem import FitProblem
from ..settings import Setting
from ..steps import arrow_columns, follow_steps
from ..traces import MAIN, RunGroup, RunTrace
from . import player
from .cache import cached, job_of, run_in_background, run_job, to_arrow
from .context import Page
from .pictures import run_trace, show_runs
from .text import axis_text, distance_text, excess_text, plain_text

SETTINGS = {
    "arrows": Setting(
        "Arrows",
        "Two arrows at the player's position on the loss surface: −α × gradient, and the step taken. Short arrows are "
        "drawn longer than to scale.",
        "arrows", bool,
    ),
}

TITLE = "What does an optimizer do?"

PIN = "pin"
"""Key in the link of the pinned run."""

HIDDEN_PIN = "The pinned run is hidden, because it uses generated samples."

_ALERTS = {
    Outcome.REACHED: st.success,
    Outcome.MIRROR: st.info,
    Outcome.NO_SAMPLE: st.error,
    Outcome.DIVERGED: st.error,
}


def show_head(page: Page) -> None:
    """Show what the page does in one sentence, read-outs, verdict and advice."""
    with st.container(key="introduction"):
        st.markdown(introduction(page.experiment, page.problem))
    show_readouts(page)
    with st.container(key="verdict"):
        tone = st.warning if page.problem.warning else _ALERTS.get(page.run.outcome, st.warning)
        tone(page.run.message)
    if not page.style.projector:  # on a projector there is no room for it here
        _show_advice(page)


def show_readouts(page: Page) -> None:
    """Show A, B, loss and miss of the run, which follow the player."""
    with st.container(key="readouts", horizontal=True):
        for label, value, explanation in readouts(page.run):
            short = label.partition(" · ")[0] if page.style.projector else label
            st.metric(short, value, help=explanation, width="content")


def show_charts(page: Page) -> None:
    """Show the charts of the run, with the pinned one in grey behind it."""
    group: RunGroup = _run_group(page.problem, page.experiment, _pinned_experiment(page))
    steps = run_job(follow_steps, page.problem, page.experiment) if page.controls.peek("arrows", False) else None
    show_runs(page, group, to_arrow(arrow_columns(steps, group.axis_limits, even=True)[0]) if steps else None)


@cached(128)
def _run_group(problem: FitProblem, experiment: Experiment, pinned: Experiment | None) -> RunGroup:
    """Return the group of a run and of the pinned one."""
    traces, roles = {MAIN: run_trace(problem, experiment)}, {MAIN: experiment.optimizer}
    if pinned:
        traces["pinned"], roles["pinned"] = run_trace(problem_of(pinned), pinned), "pinned"
    return RunGroup("pictures", traces, roles)


def show_messages(page: Page) -> None:
    """Show what is below the player: sentences, settings for print, pinning, and the switch for arrows."""
    if page.style.projector:
        _show_advice(page)
    with st.container(key="messages"):
        st.caption(" ".join(run_messages(page.run)))
        if page.run.empty_batches:
            st.caption(empty_batches_message(page.run))
        if page.problem.notes:
            st.caption(page.problem.notes)
    with st.container(key="settings"):  # in print, where the sidebar is missing
        st.caption(settings_message(page.experiment, page.problem.own))
    pinned = page.groups[0].traces.get("pinned")
    with st.container(key="closer", horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.get(PIN):
            if not page.controls.hides(PIN):
                st.button("Unpin", on_click=_pin, args=[""])
            st.caption(f"Pinned, in grey: {summary(pinned)}" if pinned else HIDDEN_PIN)
        elif not page.problem.own and not page.controls.hides(PIN):
            st.button("Pin this run", on_click=_pin, args=[page.experiment.to_text()])
            st.caption("A pinned run stays on the charts, in grey, for comparison with later runs.")
        page.controls.show("arrows", False)


# The pinned run.


def _pinned_experiment(page: Page) -> Experiment | None:
    """Return the experiment that is pinned, if any, and if its samples are those of the page: generated ones."""
    texts = page.controls.unread_texts(PIN) or st.session_state.get(PIN) or []
    if not texts:
        return None
    try:
        pinned = links.parse_texts(Experiment.from_text, texts)
    except ValueError as fault:
        page.controls.leave_out(PIN, f"is no run that can be shown: {plain_text(str(fault), 200)}")
        return None
    st.session_state[PIN] = [pinned.to_text()]
    page.controls.keep_in_link(PIN, pinned.to_text())
    return None if page.problem.own else pinned


def _pin(text: str) -> None:
    """Pin the run of a text, or none if it is empty."""
    st.session_state[PIN] = [text] if text else []


# The advice.


@st.cache_resource(max_entries=1, show_spinner=False)
def _when_idle() -> Any:
    """Return a component that triggers `idle` once the page has been idle for a moment."""
    return st.components.v2.component("orbitopt.idle", js=(player.ASSETS / "idle.js").read_text("utf-8"))


def _advice(problem: FitProblem, experiment: Experiment) -> JobSteps[Advice | None]:
    """Search for advice on a run: a job."""
    return (yield from search_advice(run(experiment, problem)))


@st.fragment
def _show_advice(page: Page) -> None:
    """Show what to change, with a button that does it. The search waits until the page is idle."""
    job = job_of(_advice, page.problem, page.experiment)
    with st.container(key="advice", horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.pop("idle_now", False):
            run_in_background(job)
        advice = job.result
        if advice:
            st.caption(advice.sentence)
            hidden = any(page.controls.hides(name) for name in advice.changes)
            if advice.changes and not hidden and st.button("Try it", on_click=_take, args=[page, advice.changes]):
                st.rerun()
        elif job.done and page.run.outcome is not Outcome.REACHED:
            st.caption(NO_ADVICE)
    token = "" if job.done else str(time.monotonic())  # a new one in every run restarts the wait
    _when_idle()(key="idle", data={"token": token}, on_idle_change=_note_idle)


def forget_idle() -> None:
    """Forget that the page was idle, because a full rerun draws the charts first."""
    st.session_state.pop("idle_now", None)


def _note_idle() -> None:
    """Note, for the next run of the fragment, that the page is idle."""
    st.session_state.idle_now = True


def _take(page: Page, changes: Mapping[str, Any]) -> None:
    """Apply the changes of an Advice to the controls."""
    for name, value in changes.items():
        page.controls.set(name, value)


# Sentences.


def flight(run: RunTrace) -> str:
    """Describe the flight along a fitted ellipse, if it is a transfer to Mars, or along that of own samples."""
    a, c = run.a, run.problem.focus_offset
    if a <= c:
        return "The fitted ellipse does not go around the Sun."
    if run.problem.own:
        days = number(hohmann.transfer(a, c).days, 4)
        return (
            f"The aphelion is the farthest point of the fitted ellipse from the Sun, at A + c; the perihelion is the "
            f"nearest, at A − c = {axis_text(a - c)}. The flight from one to the other takes {days} days."
        )
    miss = (
        "How far the aphelion, the farthest point of the fitted ellipse from the Sun, lies beyond Mars's orbit; "
        "negative if it falls short."
    )
    if abs(hohmann.miss_at_mars(a)) >= 0.1 * hohmann.ASTRONOMICAL_UNIT:
        return (
            f"{miss} An ellipse that ends so far from Mars's orbit is not a transfer orbit, so no flight time or "
            "engine burns are given."
        )
    fitted = hohmann.transfer(a)
    return (
        f"{miss} On this ellipse the flight to Mars takes {fitted.days:.1f} days, with engine burns of "
        f"{fitted.launch_burn:.2f} and {fitted.arrival_burn:.2f} km/s, and Mars must be {fitted.lead_angle:.1f}° ahead "
        "of Earth at launch."
    )


def introduction(experiment: Experiment, problem: FitProblem) -> str:
    """Return the sentence below the title."""
    kind = "noisy samples" if experiment.noise_scale else "samples"
    if problem.own:
        kind = f"samples from {plain_text(problem.name, 40)}" if problem.name else "samples of your own"
    return (
        f"It walks downhill. {OPTIMIZERS[experiment.optimizer].label} fits the semi-axes A and B of an orbit to "
        f"{experiment.n_samples:,} {kind}."
    )


def readouts(run: RunTrace) -> list[tuple[str, str, str | None]]:
    """Return label, value and explanation of each number above the charts."""
    problem, end = run.problem, ("Miss at Mars", distance_text(float(hohmann.miss_at_mars(run.a))), flight(run))
    (a, b), yardstick = problem.truth or problem.optimum[:2], "truth" if problem.truth else "best"
    if problem.own:
        best = axis_text(a + problem.focus_offset).removesuffix(" AU")
        end = (f"Aphelion · {yardstick} {best}", axis_text(run.a + problem.focus_offset), flight(run))
    return [
        (f"A · {yardstick} {a:.4f}", axis_text(run.a), None),
        (f"B · {yardstick} {b:.4f}", axis_text(run.b), None),
        (
            f"Loss · min {number(run.optimum.loss)}",
            number(run.loss),
            f"The loss is {excess_text(run)} on these samples.",
        ),
        end,
    ]


def summary(run: RunTrace) -> str:
    """Return the main settings and the result of a run."""
    experiment = run.experiment
    return (
        f"{OPTIMIZERS[experiment.optimizer].label}, α = {number(experiment.learning_rate, 4)}, batch size "
        f"{experiment.batch_size:,}. A {axis_text(run.a)}, B {axis_text(run.b)}, miss at Mars "
        f"{distance_text(float(hohmann.miss_at_mars(run.a)))}; the loss is {excess_text(run)}. It {run.outcome.value}."
    )


def settings_message(experiment: Experiment, own: bool = False) -> str:
    """Return optimizer, learning rate, batch size, seed, and every other setting that differs from its default.

    The noise of a visitor's `own` samples is unknown.
    """
    default = Experiment(optimizer=experiment.optimizer)
    chosen = []
    for name, value in vars(experiment).items():
        always = name in ("optimizer", "learning_rate", "batch_size", "seed")
        if value is not None and (always or value != getattr(default, name)) and not (own and name == "noise_scale"):
            setting = EXPERIMENT_SETTINGS[name]
            text = number(value, 4) if setting.kind is float else setting.to_link(value)
            chosen.append(f"{setting.label}: {setting.choices[value] if setting.choices else text}")
    return f"Settings: {'; '.join(chosen)}."


def run_messages(run: RunTrace) -> tuple[str, str, str]:
    """Return the sentences on the three charts of a run."""
    return orbits_message(run), loss_message(run), search_message(run)


def orbits_message(run: RunTrace) -> str:
    """Return a sentence on where the fitted ellipse ends."""
    miss, after = float(hohmann.miss_at_mars(run.a)), count(run.updates, "update")
    if run.problem.own:
        nearest, farthest = (run.a + way * run.problem.focus_offset for way in (-1.0, 1.0))
        away = f"is at most {axis_text(farthest)}"
        if nearest > 0.0:
            away = f"ranges from {axis_text(nearest)} to {axis_text(farthest)}"
        return f"After {after} the distance of the fitted ellipse from the Sun {away}."
    share = abs(miss) / (hohmann.MARS_ORBIT * hohmann.ASTRONOMICAL_UNIT)
    if share > 1.0:
        return f"After {after} the fitted ellipse goes nowhere near Mars's orbit."
    if abs(miss) < 0.5:
        return f"After {after} the fitted ellipse touches Mars's orbit."
    way = "beyond" if miss > 0.0 else "short of"
    distance = f"{distance_text(abs(miss))} ({number(100.0 * share, 2)} % of its radius)"
    return f"After {after} the fitted ellipse ends {distance} {way} Mars's orbit."


def loss_message(run: RunTrace) -> str:
    """Return a sentence on how the loss changed."""
    first = float(run.rows["full_loss"][0])
    start, end = number(first), number(run.loss)
    excess = excess_text(run)
    if end == start:
        return f"The loss stayed at {excess if excess.startswith(f'{end} AU²') else f'{end}: {excess}'}."
    end = excess if excess.startswith(f"{end} AU²") else f"{end}: {excess}"
    return f"The loss {'fell' if run.loss < first else 'rose'} from {start} to {end}."


def search_message(run: RunTrace) -> str:
    """Return a sentence on where the path ends."""
    a, b = run.params
    away = float(np.hypot(abs(a) - run.optimum.a, b - run.optimum.b))
    start = f"A = {number(run.experiment.start_a, 4)}, B = {number(run.experiment.start_b, 4)}"
    mirrored = "the mirror image of " if a < 0.0 else ""
    best = run.problem.best if run.problem.own else "the exact optimum"
    return f"From {start} the path ends {number(away, 2)} AU from {mirrored}{best}."


def empty_batches_message(run: RunTrace) -> str:
    """Return a sentence on the mini-batches that changed nothing."""
    n = count(run.empty_batches, "mini-batch", "mini-batches")
    return f"{n} had no sample within the ellipse's x range and changed nothing."

