"""A lesson on the page: its question, what happened, its task, and the strip of all lessons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import streamlit as st

from ..equations import in_symbols
from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from ..experiment import Experiment
from ..fit import FitProblem
from ..formatting import listed, number
from ..lesson_parts import Lesson
from ..lessons import LESSONS
from ..model import clamped_loss
from ..outcomes import SETTLED
from ..settings import Setting
from ..traces import MAIN, RunGroup, RunTrace, start_trace
from . import overview, share
from .cache import cached
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
    "hand_a": Setting("A", "Half the width of the ellipse, in AU.", "hand_a", float, 0, 2.5, open_low=True, step=0.01),
    "hand_b": Setting("B", "Half the height of the ellipse, in AU.", "hand_b", float, 0, 2.5, open_low=True, step=0.01),
}

BEST = "best"
"""Key in the link of the best fit by hand."""

_HAND_START = 0.8, 0.4
_WATCHED = "watched"  # key of the session for the number of times that Watch was pressed
_IN_LESSONS_ONLY = ("asked", "guess", "reveal", "hand_a", "hand_b")


class Answer(NamedTuple):
    """What the runs of a lesson show."""

    right: str
    """Key of the choice that is right."""
    happened: str


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
        for name in _IN_LESSONS_ONLY:
            controls.drop(name, "needs a lesson")
        if controls.unread_texts(BEST):
            controls.leave_out(BEST, "needs a lesson")
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
    controls.places = dict.fromkeys(lesson.task.controls, tools)
    hidden = {"example"} if answered else {"example", *EXPERIMENT_SETTINGS}
    others = controls.hides
    controls.hides = lambda name: name in hidden or others(name)
    return opened


def visible_run(opened: OpenLesson | None, problem: FitProblem, experiment: Experiment) -> RunTrace:
    """Return the run of an experiment as far as the visitor may see it: before Watch, its start alone."""
    return start_trace(problem, experiment) if opened and not opened.answered else run_trace(problem, experiment)


def player_options(opened: OpenLesson | None) -> dict[str, Any]:
    """Return the options of `player.show`: what a click sets, and how often Watch was pressed."""
    return {"click_sets": opened.click_sets, "watched": st.session_state.get(_WATCHED, 0)} if opened else {}


def show(opened: OpenLesson, page: Page, screen: Any, head: Any) -> None:
    """Show the charts and the panel of a lesson, and the read-outs once the runs have been watched."""
    with screen:
        if opened.by_hand:
            show_runs(page, _hand_group(opened, page), residuals=True)
            return
        show_runs(page, _group(page.problem, opened.key, page.experiment, opened.answered, _best(opened)))
    if opened.answered:
        with head:
            overview.show_readouts(page)
        _show_answer(opened, page)
    else:
        _show_question(opened)


@cached(64)
def _answer(problem: FitProblem, key: str) -> Answer:
    """Work out the answer of a lesson from its runs."""
    lesson = LESSONS[key]
    fits = lesson.fits(problem)
    return Answer(lesson.right_choice(fits), lesson.happened(fits))


@cached(128)
def _is_task_reached(problem: FitProblem, key: str, experiment: Experiment) -> bool:
    return LESSONS[key].is_task_reached(run_trace(problem, experiment), problem)


# The strip.


def show_strip(controls: Controls, opened: OpenLesson | None) -> None:
    """Show the list of lessons, and the button that shares a link."""
    with st.container(key="lessons", horizontal=True):
        controls.choice(
            "lesson", FREE, label_visibility="collapsed", help=None, wrap=False, on_change=_take, args=[controls]
        )
        share.show_button(controls, opened.lesson.title if opened else None)


def _take(controls: Controls) -> None:
    """Open the lesson that was chosen, or return to free play with the settings of the lesson."""
    _go(controls, st.session_state.lesson)


def _go(controls: Controls, key: str) -> None:
    if key != FREE:
        kept = {"projector": ["true"]} if st.session_state.get("projector") else {}
        controls.open_link({"lesson": [key]} | kept)
        return
    for name in _IN_LESSONS_ONLY:
        controls.drop(name)
    st.session_state.pop(BEST, None)
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
    experiments = lesson.experiments_on(problem)
    first = next(iter(experiments))
    if answered and experiment != experiments[first]:
        experiments = {MAIN: experiment, first: experiments[first]}
    traced = run_trace if answered else start_trace
    traces = {name: traced(problem, one) for name, one in experiments.items()}
    optimizers = [one.optimizer for one in experiments.values()]
    alike = MAIN in experiments or not lesson.competing
    roles = [kind if k == 0 or not alike else "pinned" for k, kind in enumerate(optimizers)]
    length = max(float(_progress(one, lesson.over)) for one in experiments.values())
    marks = {"your best": best} if best else {}
    return RunGroup("pictures", traces, dict(zip(traces, roles)), lesson.over, length=length, marks=marks)


def _progress(experiment: Experiment, over: str) -> float:
    """Return the progress at the end of an experiment, on a key of PROGRESS_AXES."""
    return float({"update": experiment.updates, "epoch": experiment.epochs}[over])


# The fit by hand.


def _hand_group(opened: OpenLesson, page: Page) -> RunGroup:
    """Show the controls of A and B, and return the group of their ellipse."""
    controls, problem = opened.controls, page.problem
    with opened.text:
        _show_title(opened)
        st.markdown(opened.lesson.by_hand)
        a = controls.show("hand_a", _HAND_START[0])
        b = controls.show("hand_b", _HAND_START[1])
        loss = _loss(problem, (a, b))
        best = _best(opened)
        tried = (a, b) != _HAND_START
        if tried and (best is None or loss < _loss(problem, best)):
            best = a, b
        _keep_best(opened, best)
        meaning = "Mean squared vertical distance from all samples to the ellipse."
        st.markdown(f"Loss: **{number(loss)}** AU²", help=meaning)
        if best:
            st.markdown(f"Best so far: **{number(_loss(problem, best))}** AU² at A = {best[0]:.2f}, B = {best[1]:.2f}")
        label = "Continue to the question" if best else "Skip this"
        st.button(label, key="go-on", type="primary" if best else "secondary", width="stretch", on_click=controls.set,
                  args=["asked", True])  # fmt: skip
    trace = start_trace(problem, Experiment("sgd", start_a=a, start_b=b))
    marks = {"your best": best} if best else {}
    return RunGroup("pictures", {"you": trace}, {"you": "step"}, reference=False, marks=marks)


def _loss(problem: FitProblem, point: tuple[float, float]) -> float:
    return float(clamped_loss(point, *problem.samples))


def _best(opened: OpenLesson) -> tuple[float, float] | None:
    """Return A and B of the best fit by hand, if there is one."""
    texts = opened.controls.unread_texts(BEST) or st.session_state.get(BEST) or []
    best = None
    if texts:
        found = re.fullmatch(r"(\d\.\d{1,2})-(\d\.\d{1,2})", texts[-1])
        if found and opened.lesson.by_hand:
            best = float(found[1]), float(found[2])
        else:
            opened.controls.leave_out(BEST, "is not a fit by hand")
    _keep_best(opened, best)
    return best


def _keep_best(opened: OpenLesson, best: tuple[float, float] | None) -> None:
    if best is None:
        st.session_state.pop(BEST, None)
        return
    text = f"{best[0]:.2f}-{best[1]:.2f}"
    st.session_state[BEST] = [text]
    opened.controls.keep_in_link(BEST, text)


# The panel.


def _show_title(opened: OpenLesson) -> None:
    st.header(f"{opened.number} · {opened.lesson.title}")


def _show_question(opened: OpenLesson) -> None:
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


def _watch(controls: Controls) -> None:
    st.session_state[_WATCHED] = st.session_state.get(_WATCHED, 0) + 1
    controls.set("reveal", True)


def _show_answer(opened: OpenLesson, page: Page) -> None:
    lesson = opened.lesson
    answer: Answer = _answer(page.problem, opened.key)
    with opened.text, st.container(key="outcome"):
        st.markdown(f"**{lesson.question}**")
        if opened.guess and opened.guess != answer.right:
            guessed = lesson.choices[opened.guess]
            st.markdown(f":material/close: Your guess: {guessed.label}. {guessed.reply}")
        mark = "Your guess is right" if opened.guess == answer.right else "Correct answer"
        st.markdown(f":material/check: {mark}: **{lesson.choices[answer.right].label}.**")
        st.markdown(answer.happened)
        st.markdown(lesson.why)
        number = f" \\quad ({lesson.equation.number})" if lesson.equation.number else ""
        st.latex(in_symbols(lesson.equation) + number)
        st.markdown(f"**Your turn.** {lesson.task.text}")
    with opened.state:
        _show_state(opened, page)
    with opened.rest:
        _show_ways(opened)


def _show_state(opened: OpenLesson, page: Page) -> None:
    """Show whether the task is reached, with the link of the run, or how the visitor's run ended."""
    lesson, run = opened.lesson, page.run
    with st.container(key="task"):
        if _is_task_reached(page.problem, opened.key, page.experiment):
            st.success(f"Done. {run.message}")
            st.caption("Link to this run, to hand in:")
            st.code(share.full_link(opened.controls.link), language=None, wrap_lines=True)
        elif changed := lesson.departures(page.experiment):
            verb = "differs" if len(changed) == 1 else "differ"
            st.warning(f"This does not count: {listed(changed)} {verb} from the lesson. {run.message}")
        elif page.experiment != lesson.main:
            missing = lesson.task.missing(run, page.problem) if run.outcome in SETTLED else ""
            st.info(f"Not yet. {missing or run.message}")


def _show_ways(opened: OpenLesson) -> None:
    """Show buttons to the lessons before and after."""
    keys = list(LESSONS)
    before, after = keys[: opened.number - 1][-1:], keys[opened.number :][:1]
    with st.container(key="ways", horizontal=True):
        for key in before:
            st.button("Back", key="back", on_click=_go, args=[opened.controls, key], icon=":material/arrow_back:")
        for key in after:
            label = f"Next: {LESSONS[key].title}"
            st.button(label, key="next", type="primary", on_click=_go, args=[opened.controls, key])
        if not after:
            st.button("Free play", key="next", type="primary", on_click=_go, args=[opened.controls, FREE])
