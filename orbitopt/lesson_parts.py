"""Lesson, with its choices and its task: everything that a lesson has, whatever it teaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

from .experiment import SETTINGS, Experiment
from .fit import Fit, run
from .optimizers import Equation
from .outcomes import Outcome
from .problem import FitProblem

Fits: TypeAlias = Mapping[str, Fit]
"""Runs of a lesson by name; the first is the one that the question is about."""


class Run(Protocol):
    """The part of a Fit or of a RunTrace that a task depends on."""

    @property
    def experiment(self) -> Experiment: ...

    @property
    def outcome(self) -> Outcome: ...

    @property
    def reached_after(self) -> int | None: ...


@dataclass(frozen=True)
class Choice:
    """One of the answers that a question offers. For every set of runs exactly one of a lesson's choices is right."""

    label: str
    is_right: Callable[[Fits], bool]
    reply: str = "Not with these samples."
    """Sentence for those who chose it and were wrong."""
    would: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Changes to the experiments, by the names of the runs, with which it would be right, if the reply names some."""


@dataclass(frozen=True)
class Task:
    """A goal that a visitor reaches by changing a few settings."""

    text: str
    controls: tuple[str, ...]
    """Names of the settings that may be changed."""
    is_reached: Callable[[Run, FitProblem], bool]
    missing: Callable[[Run, FitProblem], str] = lambda result, problem: ""
    """Function that says what a run lacks, in a sentence, where its outcome does not say so."""


@dataclass(frozen=True)
class Lesson:
    """A story, a stage, a question with choices, and a task."""

    title: str
    source: str
    """Section of the post."""
    story: str
    experiments: Mapping[str, Experiment]
    """Experiments by the names of their runs. The first is the one that the visitor changes later."""
    question: str
    choices: Mapping[str, Choice]
    """Choices by their keys in links."""
    happened: Callable[[Fits], str]
    """Function that describes the runs in one sentence."""
    why: str
    """The reason, in one sentence."""
    equation: Equation
    terms: str
    """Meaning of the words and symbols that the lesson introduces."""
    task: Task
    over: str = "update"
    """Key of `traces.PROGRESS_AXES`, for the loss curve."""
    by_hand: str = ""
    """Instruction for fitting A and B by hand before the question, if the lesson begins with that."""
    arrows: bool = False
    """True to show gradient and step at the player's position, once the runs have been watched."""
    competing: bool = False
    """True to draw every run in the colour of its optimizer; otherwise all but the first are grey."""
    section: str = ""
    """Key of the closer look that the page shows once the runs have been watched."""

    @property
    def main(self) -> Experiment:
        """First experiment."""
        return next(iter(self.experiments.values()))

    def experiments_on(self, problem: FitProblem) -> dict[str, Experiment]:
        """Return the experiments on other generated samples. Batches of all samples still have all of them."""
        return {name: on_samples(experiment, problem) for name, experiment in self.experiments.items()}

    def fits(self, problem: FitProblem) -> dict[str, Fit]:
        """Run the experiments on the generated samples of a problem."""
        return {name: run(experiment, problem) for name, experiment in self.experiments_on(problem).items()}

    def right_choice(self, fits: Fits) -> str:
        """Return the key of the choice that is right for these runs."""
        (right,) = (key for key, choice in self.choices.items() if choice.is_right(fits))
        return right

    def departures(self, experiment: Experiment, problem: FitProblem) -> list[str]:
        """Return the labels of the settings that differ from the lesson's on a problem, and may not for the task."""
        own = on_samples(self.main, problem)
        free = {*self.task.controls, *(("milestones", "gamma") if "schedule" in self.task.controls else ())}
        names = [name for name in SETTINGS if name not in free and getattr(experiment, name) != getattr(own, name)]
        return [SETTINGS[name].label for name in names]

    def is_task_reached(self, result: Run, problem: FitProblem) -> bool:
        """Return True if a run reaches the goal of the task with allowed changes only."""
        return not self.departures(result.experiment, problem) and self.task.is_reached(result, problem)


def on_samples(experiment: Experiment, problem: FitProblem) -> Experiment:
    """Return an experiment on the generated samples of a problem. A batch of all samples still has all of them."""
    n_samples, noise_scale, seed = problem.key
    whole = experiment.batch_size == experiment.n_samples
    size = n_samples if whole else min(experiment.batch_size, n_samples)
    return replace(experiment, n_samples=n_samples, noise_scale=noise_scale, seed=seed, batch_size=size)
