"""The training loop of one run, of many runs in parallel, and the history of a run.

Both loops call the same model and the same optimizers, and to the last bit every run of the second is what the first
makes of it alone.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .model import centre_distance_squared, many_runs, one_run, one_sample, sums_of_one_run
from .samples import mini_batches
from .schedules import places

DIVERGENCE_LIMIT = 1000.0
"""A run whose |A| or |B| exceeds this, AU, has diverged: Neptune is at 30."""


_LARGE = 2**20
"""Once it has freed one block this large, glibc's malloc keeps the smaller ones of many runs in parallel at hand. Else it
returns each to the system and asks for it anew, which makes 1,681 runs take 1.8 times as long."""


class Update(NamedTuple):
    """One change of the parameters of one run."""

    epoch: int
    """Zero-based epoch."""
    learning_rate: float
    params: tuple
    """A and B before the update, AU."""
    states: tuple
    """The optimizer's state for A and for B before the update."""
    loss: float
    """Loss of the mini-batch at those parameters, Eq. 18, AU^2; infinite if no sample was in the domain."""
    gradient: tuple
    """Its derivatives by A and by B, AU."""
    n_in_domain: int
    """Samples of the mini-batch in the domain. With none, nothing changes, the optimizer's state included."""
    next_params: tuple
    next_states: tuple


class ParallelUpdate(NamedTuple):
    """One change of the parameters of all runs that have not ended yet."""

    runs: np.ndarray
    """Indices of these runs, shape (r,)."""
    params: np.ndarray
    """A and B before the update, AU, shape (r, 2)."""
    next_params: np.ndarray
    """A and B after it."""


class History(NamedTuple):
    """All updates of one run: row k holds the parameters before update k + 1 and the mini-batch loss there."""

    params: np.ndarray
    """A and B, AU, shape (updates, 2)."""
    loss: np.ndarray
    """Loss of the mini-batch, AU^2, shape (updates,); infinite if no sample was in the domain."""
    learning_rate: np.ndarray
    """Shape (updates,)."""
    epoch: np.ndarray
    """Zero-based, shape (updates,)."""
    n_in_domain: np.ndarray
    """Samples of the mini-batch in the domain, shape (updates,)."""


def iterate_updates(rule, start, samples, permutations, sizes, factors, learning_rate):
    """Train one run, and yield each of its updates.

    The run ends early when |A| or |B| exceeds DIVERGENCE_LIMIT or is not finite, or when no sample at all is in the
    domain any more.

    Parameters
    ----------
    rule
        An instance of a class in OPTIMIZERS.
    start : array_like, shape (2,)
        A and B, AU.
    samples : Samples
        x and y of shape (n,), AU.
    permutations : iterable of ndarray of int, shape (n,)
        The order in which each epoch visits the samples.
    sizes : sequence of int
        Batch size of every epoch.
    factors : iterable of float
        What the learning rate is multiplied by at every update.
    learning_rate : float

    Yields
    ------
    Update
    """
    distance, y = centre_distance_squared(samples.x), np.asarray(samples.y, float)
    nearest, step, factors = float(distance.min()), rule.step, iter(factors)
    a, b = params = tuple(map(float, start))
    new, limit = tuple.__new__, DIVERGENCE_LIMIT  # Update(...) itself takes twice as long
    states = rule.init(a), rule.init(b)
    sums_of = lru_cache(maxsize=4)(sums_of_one_run)  # for as many lengths of a batch as a run can have
    for epoch, (order, size) in enumerate(zip(permutations, sizes)):
        evaluate, batches = _one_run_batches(distance, y, order, size, sums_of)
        for batch in batches:
            rate = learning_rate * next(factors)
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


def iterate_parallel_updates(rule, starts, samples, permutations, sizes, factors, learning_rates):
    """Train many runs in parallel, and yield their updates, one for all of them at a time.

    Each run ends as it would in `iterate_updates`; the others go on without it.

    Parameters
    ----------
    starts : array_like, shape (R, 2)
        A and B, AU, of R runs.
    learning_rates : array_like, shape (R, 1)

    The other parameters are those of `iterate_updates`.

    Yields
    ------
    ParallelUpdate
    """
    distance, y = centre_distance_squared(samples.x), np.asarray(samples.y, float)
    nearest, step, factors = float(distance.min()), rule.step, iter(factors)
    np.empty(_LARGE)  # and let go of
    runs, params = np.arange(len(starts)), np.asarray(starts, float)
    state = rule.init(params)
    for order, size in zip(permutations, sizes):
        for batch in _batches(distance, y, order, size):
            _, gradient, count = many_runs(params, *batch)
            next_params, next_state = step(params, gradient, state, learning_rates * next(factors))
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


def train(rule, start, samples, permutations, sizes, factors, learning_rate):
    """Train one run and keep its history.

    Parameters
    ----------
    factors : sequence of float

    The parameters are those of `iterate_updates`.

    Returns
    -------
    history : History
    params : ndarray, shape (2,)
        A and B after the last update, AU; before it, if it left them not finite.
    """
    rows = []
    updates = iterate_updates(rule, start, samples, permutations, sizes, factors, learning_rate)
    for _, _, (a, b), _, loss, _, n_in_domain, next_params, _ in updates:
        rows += (a, b, loss, n_in_domain)
    table = np.fromiter(rows, float, len(rows)).reshape(-1, 4)
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


def _batches(distance, y, order, size):
    """Distances, targets and greatest distance of every mini-batch of an epoch."""
    order = order.astype(np.intp)  # else each of the two lookups converts it
    distance, y = distance[order], y[order]
    reaches = np.maximum.reduceat(distance, np.arange(0, len(y), size)).tolist()
    return [(distance[cut], y[cut], reach) for cut, reach in zip(mini_batches(len(y), size), reaches)]


def _one_run_batches(distance, y, order, size, sums_of):
    """The model's function for one run's mini-batches of an epoch, and its arguments for each of them."""
    if size == 1:
        return one_sample, zip(distance[order].tolist(), y[order].tolist())
    return one_run, [(*batch, sums_of(len(batch[0]))) for batch in _batches(distance, y, order, size)]
