"""Fit, a run of an experiment on the samples of a FitProblem, and functions that run an experiment."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats
from .experiment import Experiment, check_experiment
from .hohmann import miss_at_mars
from .landscape import Optimum
from .model import clamped_loss
from .outcomes import SETTLED, SETTLED_SHARE, Outcome, explain, judged_updates, outcomes
from .problem import FitProblem
from .samples import Samples, noisy_samples, shuffles
from .settings import check_number
from .training import History, Update, iterate_updates, train

_ROWS_AT_ONCE = 256
_MAX_SETTLING_ROWS = 1000


@dataclass(frozen=True)
class Fit:
    """One run of an experiment: its history and its outcome."""

    experiment: Experiment
    problem: FitProblem
    history: History
    params: Floats
    """A and B after the last update, AU, shape (2,); either may be negative."""

    @property
    def samples(self) -> Samples:
        """Samples of the problem."""
        return self.problem.samples

    @property
    def optimum(self) -> Optimum:
        """Global optimum of the clamped loss on these samples."""
        return self.problem.optimum

    @property
    def a(self) -> float:
        """Fitted semi-major axis |A|, AU."""
        return abs(float(self.params[0]))

    @property
    def b(self) -> float:
        """Fitted semi-minor axis B, AU, with its sign, since only A has a mirror image."""
        return float(self.params[1])

    @cached_property
    def path(self) -> Floats:
        """A and B before the first update and after each, AU, shape (updates + 1, 2)."""
        return np.vstack([self.history.params, self.params])

    @property
    def loss(self) -> float:
        """Clamped loss of the fit over all samples, AU^2."""
        return float(clamped_loss(self.params, *self.problem.data))

    @property
    def miss_at_mars(self) -> float:
        """Distance by which the fitted aphelion overshoots Mars's orbit, km; negative if it falls short."""
        return float(miss_at_mars(self.a, self.problem.focus_offset))

    @property
    def empty_batches(self) -> int:
        """Number of mini-batches without a sample in the domain, which left the parameters unchanged."""
        return int(np.count_nonzero(self.history.n_in_domain == 0))

    @cached_property
    def reached_after(self) -> int | None:
        """Number of updates after which the loss was first within 10 % of the minimum; None if never."""
        for start in range(0, len(self.path), _ROWS_AT_ONCE):
            near = self.problem.is_near(self.path[start : start + _ROWS_AT_ONCE])
            if near.any():
                return start + int(np.argmax(near))
        return None

    @cached_property
    def settled_after(self) -> int | None:
        """Number of updates after which a settled run stayed near the optimum, or None if it did not settle.

        It stayed near the optimum for at least 90 % of the remaining updates. If a run has more than 1,000 updates,
        1,000 evenly spaced ones are examined.
        """
        if self.outcome not in SETTLED:
            return None
        last = len(self.path) - 1
        updates = np.unique(np.linspace(0, last, _MAX_SETTLING_ROWS + 1).round().astype(int))
        near = self.problem.is_near(self.path[updates])
        share = np.add.accumulate(near[::-1])[::-1] / np.arange(len(near), 0, -1)
        return int(updates[np.argmax(near & (share >= SETTLED_SHARE))])

    @cached_property
    def outcome(self) -> Outcome:
        """Outcome of the run."""
        outcome = self._outcome(-1)
        # `reached_after` takes the whole path to compute, and only these runs depend on it.
        return self._outcome(self._reached_after) if outcome is Outcome.MOVING else outcome

    @cached_property
    def message(self) -> str:
        """Outcome of the run, in one sentence, and the warning of its samples."""
        sentence = explain(
            self.outcome, self.history, self.params, self._near, self._reached_after, self.problem
        )
        return f"{sentence} {self.problem.warning}".rstrip()

    def at(self, updates: npt.ArrayLike) -> Floats:
        """Return A and B, AU, shape (k, 2), after given numbers of updates, shape (k,)."""
        params: Floats = self.path[np.asarray(updates)]
        return params

    def loss_at(self, updates: npt.ArrayLike) -> Floats:
        """Return the clamped loss over all samples, AU^2, after given numbers of updates, shape (k,)."""
        return clamped_loss(self.at(updates), *self.problem.data)

    @cached_property
    def _near(self) -> Bools:
        return self.problem.is_near(self.path[judged_updates(len(self.history.loss))])

    @property
    def _reached_after(self) -> int:
        return -1 if self.reached_after is None else self.reached_after

    def _outcome(self, reached_after: int) -> Outcome:
        outcome: Outcome = outcomes(self.params, self._near, reached_after, self.problem).item()
        return outcome


def run(experiment: Experiment, problem: FitProblem | None = None) -> Fit:
    """Run an experiment and return its Fit.

    Parameters
    ----------
    experiment
    problem
        Replaces the samples selected by the experiment's seed.

    Raises
    ------
    TypeError
        If `experiment` is not an Experiment, or `problem` is neither None nor a FitProblem.
    ValueError
        If the problem does not have `experiment.n_samples` samples.

    Examples
    --------
    >>> fit = run(Experiment("adam"))
    >>> round(fit.a, 4), round(fit.b, 4), fit.outcome.value
    (1.2612, 1.2315, 'settled at the optimum')
    """
    problem = problem_of(experiment, problem)
    history, params = train(**run_arguments(experiment, problem))
    return Fit(experiment, problem, history, params)


def check_fit(fit: Any) -> None:
    """Raise a TypeError that quotes the value, if it is not a Fit."""
    if not isinstance(fit, Fit):
        raise TypeError(f"fit must be a Fit, such as run(PUBLISHED['adam']), got {fit!r}")


def updates(experiment: Experiment, problem: FitProblem | None = None) -> Iterator[Update]:
    """Run an experiment and yield each of its updates; parameters as for `run`."""
    return iterate_updates(**run_arguments(experiment, problem_of(experiment, problem)))


def update_at(experiment: Experiment, step: int, problem: FitProblem | None = None) -> Update:
    """Return one update of a run, computed from the start.

    Parameters
    ----------
    experiment, problem
        As for `run`.
    step
        Number of updates before this one.

    Raises
    ------
    ValueError
        If the run has no such update.
    """
    step, done = check_number("step", step, int, 0), -1
    for done, update in enumerate(updates(experiment, problem)):
        if done == step:
            return update
    raise ValueError(f"step must lie in [0, {done}], got {step}")


def problem_of(experiment: Experiment, problem: FitProblem | None = None) -> FitProblem:
    """Return the given problem, or that of the samples selected by the experiment's seed; see `run`."""
    check_experiment(experiment)
    if problem is None:
        return _generated_problem(experiment.n_samples, experiment.noise_scale, experiment.seed)
    if not isinstance(problem, FitProblem):
        got = reprlib.repr(problem)
        raise TypeError(f"problem must be a FitProblem, such as FitProblem.of(samples), or None, got {got}")
    if len(problem.samples.x) != experiment.n_samples:
        raise ValueError(f"problem must have n_samples = {experiment.n_samples} samples, got {len(problem.samples.x)}")
    return problem


def training_arguments(experiment: Experiment, problem: FitProblem) -> dict[str, Any]:
    """Return the arguments of the training loops by name, without starts and learning rates."""
    return {
        "rule": experiment.rule,
        "samples": problem.samples,
        "permutations": shuffles(experiment.n_samples, experiment.epochs, experiment.seed),
        "sizes": experiment.batch_sizes,
        "factors": experiment.rate_factors.tolist(),
        "focus_offset": problem.focus_offset,
    }


def run_arguments(experiment: Experiment, problem: FitProblem) -> dict[str, Any]:
    """Return the arguments of the training loop of one run by name."""
    start = experiment.start_a, experiment.start_b
    return training_arguments(experiment, problem) | {"start": start, "learning_rate": experiment.learning_rate}


@lru_cache(maxsize=32)
def _generated_problem(n_samples: int, noise_scale: float, seed: int) -> FitProblem:
    samples = noisy_samples(n_samples, noise_scale, seed)
    for array in samples:
        array.flags.writeable = False
    return FitProblem((n_samples, noise_scale, seed), samples)
