"""A lesson on the page: its question, what happened, its task, and the strip of all lessons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import streamlit as st

from ..equations import in_symbols
from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from ..experiment import Experiment
from ..fit import problem_of
from ..formatting import count, listed
from ..lesson_parts import Lesson
from ..lessons import LESSONS
from ..outcomes import SETTLED
from ..problem import FitProblem
from ..settings import Setting
from ..steps import arrow_columns, follow_steps
from ..traces import RunGroup, RunTrace, start_trace, trace
from . import hand_fit, overview, own_samples, share, sidebar
from .cache import cached, run_job, to_arrow
from .context import Page
from .controls import Controls
from .pictures import run_trace, show_runs

FREE = "free"
"""Key in links of the page without a lesson."""

SETTINGS = {
    "lesson": Setting(
        "Lessons", "", "lesson", str,
        choices={
            FREE: "**Free** play",
            **{key: f"**{n}** {lesson.title}" for n, (key, lesson) in enumerate(LESSONS.items(), 1)},
        },
    ),
    "asked": Setting("Question", "", "question", bool),
    "guess": Setting(
        "Guess", "", "guess", str,
        choices={key: choice.label for one in LESSONS.values() for key, choice in one.choices.items()},
    ),
    "reveal": Setting("Answer", "", "reveal", bool),
    **hand_fit.SETTINGS,
}

GUESSED, CORRECT, TASK = "Your guess is right", "Correct answer", "Your turn."
"""Words before the right choice, if it is the visitor's guess and if it is not, and before the task."""

YOURS = "your run"
"""Name of a run with the visitor's changes."""

_KEPT = {"projector", share.ONLY, *share.SAMPLES}  # parts of a link that the next lesson keeps
_WATCHED = "watched"  # key of the session for the number of times that Watch was pressed
_IN_LESSONS_ONLY = ("question", "guess", "reveal", *hand_fit.SETTINGS, hand_fit.BEST)


class _Watched(NamedTuple):
    """Runs of a lesson, with the answer that they give."""

    right: str
    """Key of the choice that is right."""
    happened: str
    traces: dict[str, RunTrace]
    """Runs by name."""

    @property
    def first(self) -> tuple[str, RunTrace]:
        """Name and run that the question is about."""
        return next(iter(self.traces.items()))


@dataclass(frozen=True, eq=False)
class OpenLesson:
    """The lesson that is open, and how far the visitor has come."""

    key: str
    lesson: Lesson
    controls: Controls
    text: Any
    """Container of its text."""
    state: Any
    """Container of what the visitor has reached, above the controls."""
    rest: Any
    """Container of what follows the controls."""
    answered: bool
    """True once the runs have been watched."""
    by_hand: bool
    """True while A and B are fitted by hand."""
    guess: str | None
    """Key of the choice that the visitor has made."""

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return list(LESSONS).index(self.key) + 1

    @property
    def click_sets(self) -> tuple[str, str] | None:
        """Names of the controls that a click on the surface sets, if any."""
        if self.by_hand:
            return "hand_a", "hand_b"
        return ("start_a", "start_b") if self.answered and "start_a" in self.lesson.task.controls else None

    @property
    def section(self) -> str | None:
        """Key of the section that is shown below the player, if any."""
        return self.lesson.section or None if self.answered else None


def open_lesson(controls: Controls, screen: Any) -> OpenLesson | None:
    """Return the lesson that the link or the strip opens, if any, and hide the controls that would give it away.

    Parameters
    ----------
    controls
    screen
        Container in which the lesson's panel is shown.
    """
    key = controls.peek("lesson", FREE)
    if key == FREE:
        for only in _IN_LESSONS_ONLY:
            controls.drop(only, "needs a lesson")
        return None
    lesson = LESSONS[key]
    guess = controls.value("guess", None)
    if guess is not None and guess not in lesson.choices:
        controls.drop("guess", "is not offered here")
        guess = None
    answered = bool(controls.value("reveal", False))
    by_hand = bool(lesson.by_hand) and not answered and not controls.value("asked", False)
    panel = screen.container(key="panel")
    text, state, tools, rest = (panel.container(key=f"panel-{part}") for part in ("text", "state", "tools", "rest"))
    opened = OpenLesson(key, lesson, controls, text, state, rest, answered, by_hand, guess)
    decay = ("milestones", "gamma") if "schedule" in lesson.task.controls else ()
    controls.places = dict.fromkeys([*lesson.task.controls, *decay], tools)
    for unused in (overview.PIN, own_samples.KEY):
        controls.drop(unused, "is not used in lessons")
    hidden = {"example"}
    if not answered:
        hidden |= set(EXPERIMENT_SETTINGS)
        for setting in EXPERIMENT_SETTINGS.values():
            if setting.key not in share.SAMPLES:
                controls.drop(setting.key, "cannot be changed before the answer")
    others = controls.hides
    controls.hides = lambda name: name in hidden or others(name)
    return opened


def visible_run(opened: OpenLesson | None, problem: FitProblem, experiment: Experiment) -> RunTrace:
    """Return the run of an experiment as far as the visitor may see it: before Watch, its start alone."""
    if opened and not opened.answered:
        return start_trace(problem, experiment)
    if opened:
        _, first = _watched(problem, opened.key).first
        if first.experiment == experiment:
            return first
    result: RunTrace = run_trace(problem, experiment)
    return result


def player_options(opened: OpenLesson | None) -> dict[str, Any]:
    """Return the options of `player.show`: what a click sets, and how often Watch was pressed."""
    options = {"watched": st.session_state.get(_WATCHED, 0)}
    return options | ({"click_sets": opened.click_sets, "lesson": opened.key} if opened else {})


def show(opened: OpenLesson, page: Page, screen: Any, head: Any) -> None:
    """Show the charts and the panel of a lesson, and the read-outs once the runs have been watched."""
    with screen:
        if opened.by_hand:
            with opened.text:
                _show_title(opened)
                st.markdown(opened.lesson.by_hand)
                group = hand_fit.show(opened.controls, page.problem)
            show_runs(page, group, residuals=True)
            return
        best = hand_fit.best_try(opened.controls, bool(opened.lesson.by_hand))
        group = _group(page.problem, opened.key, page.experiment, opened.answered, best)
        steps = None
        if opened.answered and opened.lesson.arrows:
            steps = run_job(follow_steps, page.problem, page.experiment)
        arrows = to_arrow(arrow_columns(steps, group.axis_limits, even=True)[0]) if steps else None
        show_runs(page, group, arrows, floor=opened.lesson.section == "noise")
    if opened.answered:
        with head:
            overview.show_readouts(page)
        _show_answer(opened, page)
    else:
        _show_question(opened)


@cached(64)
def _watched(problem: FitProblem, key: str) -> _Watched:
    """Run the experiments of a lesson, and work out its answer."""
    lesson = LESSONS[key]
    fits = lesson.fits(problem)
    traces = {name: trace(fit) for name, fit in fits.items()}
    return _Watched(lesson.right_choice(fits), lesson.happened(fits), traces)


def asked_about(lesson: Lesson, problem: FitProblem) -> FitProblem:
    """Return the samples of the question: those of a problem, unless the task is to change them."""
    _, _, seed = problem.key
    return problem_of(replace(lesson.main, seed=seed)) if "noise_scale" in lesson.task.controls else problem


@cached(128)
def _is_task_reached(problem: FitProblem, key: str, experiment: Experiment) -> bool:
    """Return True if the run of an experiment reaches the goal of a lesson's task."""
    return LESSONS[key].is_task_reached(run_trace(problem, experiment), problem)


# The strip.


def show_strip(controls: Controls) -> Any:
    """Show the list of lessons, and return a container beside it."""
    with st.container(key="lessons", horizontal=True):
        controls.choice(
            "lesson", FREE, label_visibility="collapsed", help=None, wrap=False, on_change=_take, args=[controls]
        )
        return st.container()


def _take(controls: Controls) -> None:
    """Open the lesson that was chosen, or return to free play with the settings of the lesson."""
    _go(controls, st.session_state.lesson)


def _go(controls: Controls, key: str) -> None:
    """Open a lesson at its beginning, or free play with the settings that the page has."""
    if key != FREE:
        kept = {part: texts for part, texts in controls.link.items() if part in _KEPT}
        controls.open_link({"lesson": [key]} | kept)
        sidebar.forget_former_rate()
        return
    for part in _IN_LESSONS_ONLY:
        controls.drop(part)
    for name, value in st.session_state.get("chosen", {}).items():
        if value is not None:
            controls.set(name, value)
    controls.set("lesson", FREE)


# The charts.


@cached(64)
def _group(
    problem: FitProblem, key: str, experiment: Experiment, answered: bool, best: tuple[float, float] | None
) -> RunGroup:
    """Return the runs of a lesson, or that of a changed experiment with the lesson's behind it."""
    lesson = LESSONS[key]
    if answered:
        watched: _Watched = _watched(problem, key)
        name, first = watched.first
        traces = watched.traces
        if experiment != first.experiment:
            others = {other: one for other, one in traces.items() if other != name}
            traces = {YOURS: run_trace(problem, experiment), **(others if lesson.competing else {name: first})}
    else:
        traces = {name: start_trace(problem, one) for name, one in lesson.experiments_on(problem).items()}
    return group_of(lesson, traces, hand_fit.marks(best))


def group_of(
    lesson: Lesson, traces: Mapping[str, RunTrace], marks: Mapping[str, tuple[float, float]] | None = None
) -> RunGroup:
    """Return runs of a lesson as a group: all but the first are grey, unless they compete."""
    roles = {
        name: "pinned" if k and not lesson.competing else one.experiment.optimizer
        for k, (name, one) in enumerate(traces.items())
    }
    length = max(_progress(one.experiment, lesson.over) for one in traces.values())
    return RunGroup("pictures", traces, roles, lesson.over, length=length, marks=marks or {})


def _progress(experiment: Experiment, over: str) -> float:
    """Return the progress at the end of an experiment, on a key of PROGRESS_AXES."""
    seen = int(experiment.samples_seen[-1])
    return float({"update": experiment.updates, "epoch": seen / experiment.n_samples, "seen": seen}[over])


# The panel.


def _show_title(opened: OpenLesson) -> None:
    """Show number and title."""
    st.header(f"{opened.number} · {opened.lesson.title}")


def _show_question(opened: OpenLesson) -> None:
    """Show the story, and the question with its choices."""
    lesson, controls = opened.lesson, opened.controls
    with opened.text:
        _show_title(opened)
        st.markdown(lesson.story)
        st.markdown(f"**{lesson.question}**")
        with st.container(key="choices"):
            for key, choice in lesson.choices.items():
                chosen: Literal["primary", "secondary"] = "primary" if key == opened.guess else "secondary"
                st.button(choice.label, key=f"choice-{key}", type=chosen, width="stretch", on_click=controls.set,
                          args=["guess", key])  # fmt: skip
        st.button("Watch", key="watch", type="primary", width="stretch", disabled=not opened.guess,
                  icon=":material/play_arrow:", on_click=_watch, args=[controls])  # fmt: skip


def guess_message(lesson: Lesson, guess: str) -> str:
    """Return a sentence on a guess, the key of a choice."""
    return f"Your guess: {lesson.choices[guess].label}."


def equation(lesson: Lesson) -> str:
    """Return the equation of a lesson with its number, as LaTeX."""
    number = f" \\quad ({lesson.equation.number})" if lesson.equation.number else ""
    return in_symbols(lesson.equation) + number


def _watch(controls: Controls) -> None:
    """Reveal the answer, and have the player play."""
    st.session_state[_WATCHED] = st.session_state.get(_WATCHED, 0) + 1
    controls.set("reveal", True)


def _show_answer(opened: OpenLesson, page: Page) -> None:
    """Show the guess, the outcome of the runs with its reason, and the task."""
    lesson = opened.lesson
    answer: _Watched = _watched(asked_about(lesson, page.problem), opened.key)
    with opened.text:
        st.markdown(f"**{lesson.question}**")
        if opened.guess:
            st.markdown(guess_message(lesson, opened.guess))
    with opened.text, st.container(key="outcome"):
        if opened.guess and opened.guess != answer.right:
            st.markdown(f":material/close: {lesson.choices[opened.guess].reply}")
        mark = GUESSED if opened.guess == answer.right else CORRECT
        st.markdown(f":material/check: {mark}: **{lesson.choices[answer.right].label}.**")
        st.markdown(answer.happened)
        st.markdown(lesson.why)
        st.latex(equation(lesson))
        st.caption(lesson.terms)
        st.markdown(f"**{TASK}** {lesson.task.text}")
    with opened.state:
        _show_state(opened, page)
    with opened.rest:
        _show_ways(opened)


def _show_state(opened: OpenLesson, page: Page) -> None:
    """Show whether the task is reached, with the link of the run, or how the visitor's run ended."""
    lesson, run = opened.lesson, page.run
    changed = lesson.departures(page.experiment, page.problem)
    touched = [name for name in lesson.task.controls if getattr(page.experiment, name) != getattr(lesson.main, name)]
    if not touched and not changed:
        return
    with st.container(key="task"):
        if _is_task_reached(page.problem, opened.key, page.experiment):
            st.success(f"Done. {_arrival(run)}")
            st.caption("Link to this run, to hand in:")
            st.code(share.full_link(opened.controls.link), language=None, wrap_lines=True)
        elif changed:
            verb = "differs" if len(changed) == 1 else "differ"
            st.warning(f"This does not count: {listed(changed)} {verb} from the lesson. {run.message}")
        else:
            missing = lesson.task.missing(run, page.problem) if run.outcome in SETTLED else ""
            st.info(f"Not yet. {missing or run.message}")


def _arrival(run: RunTrace) -> str:
    """Return a sentence on the end of a run that reaches the goal of a task."""
    if run.outcome not in SETTLED or run.reached_after is None:
        return run.message
    return f"The run settles; it is within 10 % of the minimum loss after {count(run.reached_after, 'update')}."


def _show_ways(opened: OpenLesson) -> None:
    """Show buttons to the lessons before and after."""
    keys = list(LESSONS)
    before, after = keys[: opened.number - 1][-1:], keys[opened.number :][:1]
    if opened.controls.hides("lesson"):
        return
    with st.container(key="ways", horizontal=True):
        for key in before:
            st.button("Back", key="back", on_click=_go, args=[opened.controls, key], icon=":material/arrow_back:")
        for key in after:
            label = f"Next: {LESSONS[key].title}"
            st.button(label, key="next", type="primary", on_click=_go, args=[opened.controls, key])
        if not after:
            st.button("Free play", key="next", type="primary", on_click=_go, args=[opened.controls, FREE])
