"""Training loops of one run and of many runs in parallel, and the history of a run.

Both loops call the same model and the same optimizers. Each parallel run is identical to the same run on its own,
bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Ints
from .hohmann import FOCUS_OFFSET
from .model import SumsOfOneRun, centre_distance_squared, many_runs, one_run, one_sample, sums_of_one_run
from .optimizers import Optimizer
from .samples import Samples, mini_batches
from .schedules import places

DIVERGENCE_LIMIT = 1000.0
"""A run has diverged when |A| or |B| exceeds this, AU. For comparison, Neptune's orbit has a radius of 30 AU."""

_LARGE = 2**20
"""Size of a block that is allocated and freed before a parallel run. After that, glibc's malloc reuses the smaller
blocks of the run instead of returning each to the system. Without this, 1,681 runs take 1.8 times as long."""


class Update(NamedTuple):
    """One update of one run."""

    epoch: int
    """Zero-based epoch."""
    learning_rate: float
    params: tuple[float, float]
    """A and B before the update, AU."""
    states: tuple[Any, Any]
    """State of the optimizer for A and for B before the update."""
    loss: float
    """Loss of the mini-batch at `params`, Eq. 18, AU^2; infinite if no sample was in the domain."""
    gradient: tuple[float, float]
    """Derivatives of that loss with respect to A and B, AU."""
    n_in_domain: int
    """Number of samples of the mini-batch in the domain. If it is 0, neither parameters nor states change."""
    next_params: tuple[float, float]
    next_states: tuple[Any, Any]


class ParallelUpdate(NamedTuple):
    """One update of all runs that have not ended."""

    runs: Ints
    """Indices of these runs, shape (r,)."""
    params: Floats
    """A and B before the update, AU, shape (r, 2)."""
    next_params: Floats
    """A and B after the update, AU, shape (r, 2)."""


class History(NamedTuple):
    """All updates of one run: row k holds the parameters before update k + 1 and the mini-batch loss at them."""

    params: Floats
    """A and B, AU, shape (updates, 2)."""
    loss: Floats
    """Loss of the mini-batch, AU^2, shape (updates,); infinite if no sample was in the domain."""
    learning_rate: Floats
    """Shape (updates,)."""
    epoch: Ints
    """Zero-based, shape (updates,)."""
    n_in_domain: Ints
    """Number of samples of the mini-batch in the domain, shape (updates,)."""


def iterate_updates(
    rule: Optimizer,
    start: Iterable[float],
    samples: Samples,
    permutations: Iterable[npt.NDArray[Any]],
    sizes: Sequence[int],
    factors: Iterable[float],
    learning_rate: float,
    focus_offset: float = FOCUS_OFFSET,
) -> Iterator[Update]:
    """Train one run and yield each of its updates.

    The run ends early when |A| or |B| exceeds DIVERGENCE_LIMIT or is not finite, or when no sample is in the domain.

    Parameters
    ----------
    rule
        Instance of a class in OPTIMIZERS.
    start
        A and B, AU.
    samples
    permutations
        For every epoch the order of the samples, shape (n,).
    sizes
        Batch size of every epoch.
    factors
        Factor of the learning rate at every update.
    learning_rate
    focus_offset
        AU.
    """
    distance, y = centre_distance_squared(samples.x, focus_offset), np.asarray(samples.y, float)
    nearest, remaining_factors = float(distance.min()), iter(factors)
    step: Callable[..., tuple[Any, Any]] = rule.step
    a, b = map(float, start)
    params = a, b
    new, limit = tuple.__new__, DIVERGENCE_LIMIT  # Update(...) itself takes twice as long
    states = rule.init(a), rule.init(b)
    sums_of = lru_cache(maxsize=4)(sums_of_one_run)  # a run has at most four batch lengths
    for epoch, (order, size) in enumerate(zip(permutations, sizes)):
        evaluate, batches = _one_run_batches(distance, y, order, size, sums_of)
        for batch in batches:
            rate = learning_rate * next(remaining_factors)
            loss, slope_a, slope_b, count = evaluate(a, b, *batch)
            next_params, next_states = params, states
            if count:
                state_a, state_b = states
                a, state_a = step(a, slope_a, state_a, rate)
                b, state_b = step(b, slope_b, state_b, rate)
                next_params, next_states = (a, b), (state_a, state_b)
            yield new(Update, (epoch, rate, params, states, loss, (slope_a, slope_b), count, next_params, next_states))
            params, states = next_params, next_states
            if not (-limit < a < limit and -limit < b < limit and a * a > nearest):
                return


def iterate_parallel_updates(
    rule: Optimizer,
    starts: npt.ArrayLike,
    samples: Samples,
    permutations: Iterable[npt.NDArray[Any]],
    sizes: Sequence[int],
    factors: Iterable[float],
    learning_rates: Floats,
    focus_offset: float = FOCUS_OFFSET,
) -> Iterator[ParallelUpdate]:
    """Train many runs in parallel and yield one update of all runs at a time.

    Each run ends early as in `iterate_updates`, and the others continue.

    Parameters
    ----------
    starts
        A and B of R runs, AU, shape (R, 2).
    learning_rates
        Shape (R, 1).
    rule, samples, permutations, sizes, factors, focus_offset
        As for `iterate_updates`.
    """
    distance, y = centre_distance_squared(samples.x, focus_offset), np.asarray(samples.y, float)
    nearest, remaining_factors = float(distance.min()), iter(factors)
    step: Callable[..., tuple[Any, Any]] = rule.step
    np.empty(_LARGE)  # freed at once
    params = np.asarray(starts, float)
    runs, state = np.arange(len(params)), rule.init(params)
    for order, size in zip(permutations, sizes):
        for batch in _batches(distance, y, order, size):
            _, gradient, count = many_runs(params, *batch)
            next_params, next_state = step(params, gradient, state, learning_rates * next(remaining_factors))
            if not count.all():
                moved = count > 0
                next_params = np.where(moved, next_params, params)
                next_state = type(state)(*(np.where(moved, *pair) for pair in zip(next_state, state)))
            yield ParallelUpdate(runs, params, next_params)
            params, state = next_params, next_state
            squares = params * params
            if np.max(squares, initial=0.0) < DIVERGENCE_LIMIT**2 and np.min(squares[:, 0], initial=np.inf) > nearest:
                continue
            going_on = (np.abs(params) < DIVERGENCE_LIMIT).all(axis=-1) & (squares[:, 0] > nearest)
            if not going_on.any():
                return
            runs, params, learning_rates = runs[going_on], params[going_on], learning_rates[going_on]
            state = type(state)(*(value[going_on] if np.ndim(value) else value for value in state))


def train(
    rule: Optimizer,
    start: Iterable[float],
    samples: Samples,
    permutations: Iterable[npt.NDArray[Any]],
    sizes: Sequence[int],
    factors: Sequence[float],
    learning_rate: float,
    focus_offset: float = FOCUS_OFFSET,
) -> tuple[History, Floats]:
    """Train one run and return its history; parameters as for `iterate_updates`.

    Returns
    -------
    history
    params
        A and B after the last update, AU, shape (2,); or the last finite ones, if that update produced
        a non-finite value.
    """
    rows: list[float] = []
    updates = iterate_updates(rule, start, samples, permutations, sizes, factors, learning_rate, focus_offset)
    for _, _, (a, b), _, loss, _, n_in_domain, next_params, _ in updates:
        rows += (a, b, loss, n_in_domain)
    table = np.fromiter(rows, np.float64, len(rows)).reshape(-1, 4)
    n_updates = len(table)
    epochs, _ = places(len(samples.x), sizes)
    params = np.array(next_params)
    return (
        History(
            params=table[:, :2],
            loss=table[:, 2],
            learning_rate=learning_rate * np.asarray(factors[:n_updates]),
            epoch=epochs[:n_updates],
            n_in_domain=table[:, 3].astype(int),
        ),
        params if np.isfinite(params).all() else np.array([a, b]),
    )


def _batches(
    distance: Floats, y: Floats, order: npt.NDArray[Any], size: int
) -> list[tuple[Floats, Floats, float]]:
    """Return the distances, targets and maximum distance of every mini-batch of an epoch."""
    order = order.astype(np.intp)  # otherwise both lookups convert it
    distance, y = distance[order], y[order]
    reaches = np.maximum.reduceat(distance, np.arange(0, len(y), size)).tolist()
    return [(distance[cut], y[cut], reach) for cut, reach in zip(mini_batches(len(y), size), reaches)]


def _one_run_batches(
    distance: Floats, y: Floats, order: npt.NDArray[Any], size: int, sums_of: Callable[[int], SumsOfOneRun]
) -> tuple[Callable[..., tuple[float, float, float, int]], Iterable[tuple[Any, ...]]]:
    """Return the model's function for the mini-batches of an epoch of one run, and its arguments for each of them."""
    if size == 1:
        return one_sample, zip(distance[order].tolist(), y[order].tolist())
    return one_run, [(*batch, sums_of(len(batch[0]))) for batch in _batches(distance, y, order, size)]
