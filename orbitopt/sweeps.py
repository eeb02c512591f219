"""Sweeps: an experiment at many learning rates or from many starts, with the runs in parallel.

The sweeps are jobs, that is generators that yield their progress and return their result; see `jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats, Ints
from .comparisons import with_optimizer
from .experiment import Experiment, check_experiment
from .fit import problem_of, training_arguments
from .jobs import JobSteps, part
from .model import clamped_loss
from .optimizers import OPTIMIZERS
from .outcomes import SETTLED, judged_updates, outcomes
from .problem import FitProblem
from .settings import check_number
from .training import iterate_parallel_updates

RATES: Floats = np.array([float(f"{10.0 ** (k / 12.0 - 4.0):.4g}") for k in range(61)])
"""Learning rates of a sweep, twelve per decade, rounded to the four digits of a control."""

FARTHEST_START = 2.0
"""Largest A and B of the map of starts, AU."""

_SAMPLES_AT_ONCE = 2**17  # of all runs in one update, to fit the processor's cache
_REPORT_EVERY = 50  # updates


class SweepResult(NamedTuple):
    """Results of the runs of a sweep: arrays of one shape, with a value for each run."""

    params: Floats
    """A and B after the last update, AU, shape (..., 2)."""
    loss: Floats
    """Clamped loss at `params`, AU^2."""
    outcome: npt.NDArray[np.object_]
    """Members of Outcome."""
    reached_after: Ints
    """Number of updates after which the loss was first within 10 % of the minimum; -1 if never."""

    @property
    def settled(self) -> Bools:
        """True for the runs that settled, at the optimum or at its mirror image."""
        return np.isin(self.outcome, np.array(SETTLED, object))


def sweep(
    experiment: Experiment, starts: npt.ArrayLike, learning_rates: npt.ArrayLike, problem: FitProblem | None = None
) -> JobSteps[SweepResult]:
    """Return a job that runs an experiment from many starts and at many learning rates in parallel.

    Every run is identical to that of `fit.run`, bit for bit.

    Parameters
    ----------
    experiment
        Experiment with all other settings.
    starts
        A and B, AU, shape (R, 2).
    learning_rates
        Shape (R, 1).
    problem
        As for `fit.run`.

    Yields
    ------
    float
        Progress, 0 to 1.

    Returns
    -------
    SweepResult
        Shape (R,).

    Raises
    ------
    ValueError
        If `starts` and `learning_rates` do not have these shapes.
    """
    problem = problem_of(experiment, problem)
    params, learning_rates = np.array(starts, float), np.asarray(learning_rates, float)
    if params.ndim != 2 or params.shape[1] != 2:
        raise ValueError(f"starts must have shape (R, 2), got {params.shape}")
    if learning_rates.shape != (len(params), 1):
        raise ValueError(f"learning_rates must have shape ({len(params)}, 1), got {learning_rates.shape}")
    is_near, shared = problem.is_near, training_arguments(experiment, problem)
    n_updates = len(shared["factors"])
    judged = {int(done): column for column, done in enumerate(judged_updates(n_updates))}
    near = np.zeros((len(params), len(judged)), bool)
    reached_after = np.where(is_near(params), 0, -1)
    blocks = np.array_split(np.arange(len(params)), -(-len(params) * max(shared["sizes"]) // _SAMPLES_AT_ONCE))
    for k, block in enumerate(blocks):
        updates = iterate_parallel_updates(**shared, starts=params[block], learning_rates=learning_rates[block])
        for done, update in enumerate(updates, start=1):
            runs = block[update.runs]
            finite = np.isfinite(update.next_params).all(axis=1, keepdims=True)
            params[runs] = np.where(finite, update.next_params, update.params)
            waiting = runs[reached_after[runs] < 0]
            reached_after[waiting[is_near(params[waiting])]] = done
            if done in judged:
                near[runs, judged[done]] = is_near(params[runs])
            if done % _REPORT_EVERY == 0:
                yield (k + done / n_updates) / len(blocks)
    loss = clamped_loss(params, *problem.data)
    outcome = outcomes(params, near, reached_after, problem)
    return SweepResult(params, loss, outcome, reached_after)


def sweep_learning_rates(experiment: Experiment, problem: FitProblem | None = None) -> JobSteps[dict[str, SweepResult]]:
    """Return a job that runs an experiment with every optimizer at each of RATES.

    Parameters
    ----------
    experiment
        Experiment with the optimizer, whose hyperparameters are kept, and the schedule. The other optimizers have the
        hyperparameters of RACE_DEFAULTS.
    problem
        As for `fit.run`.

    Yields
    ------
    float
        Progress, 0 to 1.

    Returns
    -------
    dict
        SweepResult, shape (61,), by the key of the optimizer.

    Examples
    --------
    >>> from orbitopt.jobs import finish
    >>> swept = finish(sweep_learning_rates(Experiment("adam", schedule="constant")))
    >>> settled_ranges(RATES, swept["momentum"].settled)
    [(0.0004642, 0.01)]
    """
    check_experiment(experiment)
    starts = np.tile([experiment.start_a, experiment.start_b], (len(RATES), 1))
    swept = {}
    for k, key in enumerate(OPTIMIZERS):
        own = experiment
        if key != experiment.optimizer:
            own = with_optimizer(experiment, key, schedule=experiment.schedule)
        swept[key] = yield from part(sweep(own, starts, RATES[:, None], problem), k, len(OPTIMIZERS))
    return swept


def best_rates(swept: Mapping[str, SweepResult]) -> dict[str, float | None]:
    """Return the learning rate at which each optimizer settles after the fewest updates; None if it settles at none.

    Of several such rates it is the one with the smallest loss at the end.

    Parameters
    ----------
    swept
        Result of `sweep_learning_rates`.
    """
    best: dict[str, float | None] = {}
    for key, result in swept.items():
        order = np.lexsort((result.loss, result.reached_after, ~result.settled))
        best[key] = float(RATES[order[0]]) if result.settled.any() else None
    return best


def map_starts(experiment: Experiment, resolution: int, problem: FitProblem | None = None) -> JobSteps[SweepResult]:
    """Return a job that runs an experiment from every start on a square grid over A and B in (0, 2] AU.

    Parameters
    ----------
    experiment
    resolution
        Number of starts along each axis.
    problem
        As for `fit.run`.

    Yields
    ------
    float
        Progress, 0 to 1.

    Returns
    -------
    SweepResult
        Shape (resolution^2,); B varies fastest.
    """
    check_experiment(experiment)
    axis = start_axis(resolution)
    starts = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return (yield from sweep(experiment, starts, np.full((len(starts), 1), experiment.learning_rate), problem))


def start_axis(resolution: int) -> Floats:
    """Return the starts along one axis of the map, AU, shape (resolution,), rounded to the digits of a control.

    Raises
    ------
    ValueError
        If `resolution` is not a whole number of at least 1.

    Examples
    --------
    >>> start_axis(5)
    array([0.4, 0.8, 1.2, 1.6, 2. ])
    """
    resolution = check_number("resolution", resolution, int, 1)
    return np.round(FARTHEST_START * np.arange(1, resolution + 1) / resolution, 4)


def with_run(result: SweepResult, learning_rate: float, settled: bool) -> tuple[Floats, Bools]:
    """Return the learning rates of a sweep and of one more run, in order, and True for those that settled.

    Parameters
    ----------
    result
        One optimizer's result of `sweep_learning_rates`.
    learning_rate, settled
        Learning rate of the run, and whether it settled; at one of RATES it replaces the run of the sweep.
    """
    rates, place = np.unique(np.append(RATES, learning_rate), return_inverse=True)
    flags = np.zeros(len(rates), bool)
    flags[place] = np.append(result.settled, settled)
    return rates, flags


def settled_ranges(learning_rates: Floats, settled: Bools) -> list[tuple[float, float]]:
    """Return the ranges in which all runs settled, as (smallest, largest) learning rates.

    Parameters
    ----------
    learning_rates
        Shape (R,), in order.
    settled
        True for the runs that settled, shape (R,).
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], settled, [False]])))
    return [(float(learning_rates[first]), float(learning_rates[after - 1])) for first, after in edges.reshape(-1, 2)]
