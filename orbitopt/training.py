"""The one training loop, its history, and how a run ended.

`descend` is the loop: it drives every optimizer, for one run on plain floats and for many in parallel on columns, and
yields every update. What is kept of a run is up to who listens: `train` keeps the whole history of one.
"""

from enum import Enum
from typing import NamedTuple

import numpy as np

from .landscape import REACHED_MARGIN, near_optimum, reached_bound  # noqa: F401
from .model import centre_distance_squared, clamped_loss, many_runs, one_run, one_sample
from .samples import mini_batches
from .schedules import places

ABSURD = 1000.0
"""A run whose A or B lies beyond this, AU, has diverged: Neptune is at 30."""

_LARGE = 2**20
"""Having let go of one block this large, glibc keeps the smaller ones of many runs in parallel at hand from then on.
Else it hands each back to the system and asks for it anew, which costs four times as much as the arithmetic."""


class Update(NamedTuple):
    """One change of the parameters. Of many runs in parallel every number is a column, shape (runs, 1)."""

    runs: np.ndarray | None
    """Which of the runs these are, shape (runs,): those that have not ended. None for a single run."""
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
    """Its slopes by A and by B, AU."""
    in_domain: int
    """How many samples of the mini-batch were in the domain. With none, nothing changes, the state included."""
    next_params: tuple
    next_states: tuple


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
    in_domain: np.ndarray
    """Samples of the mini-batch in the domain, shape (updates,)."""


class Outcome(Enum):
    """How a run ended, by its last parameters."""

    REACHED = "reached the optimum"
    MIRROR = "reached the mirror image"
    MOVING = "still on its way"
    NO_SAMPLE = "no sample left"
    DIVERGED = "diverged"


def descend(rule, start, samples, orders, sizes, factors, learning_rate):
    """The training loop: a generator of every `Update`, until the epochs or the runs are at an end.

    A run ends early when A or B is no longer finite or absurd, or when A has shrunk to where no sample is in the
    domain; of many runs the others go on without it.

    Parameters
    ----------
    rule
        An instance of a class in OPTIMIZERS.
    start : array_like, shape (2,) or (R, 2)
        A and B, AU, of one run or of R in parallel.
    samples : Samples
        x and y of shape (n,), AU.
    orders : iterable of ndarray of int, shape (n,)
        In what order each epoch visits the samples.
    sizes : sequence of int
        Batch size of every epoch.
    factors : sequence of float
        What the learning rate is multiplied by at every update.
    learning_rate : float or ndarray, shape (R, 1)

    Yields
    ------
    Update
    """
    distance, y = centre_distance_squared(samples.x), np.asarray(samples.y, float)
    nearest = float(distance.min())
    params = np.asarray(start, float)
    single = params.ndim == 1
    runs = None if single else np.arange(len(params))
    params = tuple(params.tolist()) if single else (params[:, :1], params[:, 1:])
    states = tuple(map(rule.init, params))
    if not single:
        np.empty(_LARGE)  # and let go of
    step, factors, new_update = rule.step, iter(factors), tuple.__new__  # Update(...) itself takes thrice as long

    for epoch, (order, size) in enumerate(zip(orders, sizes)):
        evaluate, batches = _cut(distance[order], y[order], size, single)
        for batch in batches:
            (a, b), (state_a, state_b) = params, states
            rate = learning_rate * next(factors)
            loss, slope_a, slope_b, in_domain = evaluate(a, b, *batch)
            a, state_a = step(a, slope_a, state_a, rate)
            b, state_b = step(b, slope_b, state_b, rate)
            after, states_after = (a, b), (state_a, state_b)
            if single:
                if not in_domain:
                    after, states_after = params, states
            elif not in_domain.all():
                after, states_after = _held(in_domain > 0, (after, states_after), (params, states))
            slopes = slope_a, slope_b
            yield new_update(
                Update, (runs, epoch, rate, params, states, loss, slopes, in_domain, after, states_after)
            )
            params, states = after, states_after
            a, b = params
            going_on = (abs(a) < ABSURD) & (abs(b) < ABSURD) & (a * a > nearest)
            if single:
                if not going_on:
                    return
            elif not going_on.all():
                keep = going_on[:, 0]
                runs, (params, states) = runs[keep], _kept(keep, (params, states))
                learning_rate = _kept(keep, learning_rate)
                if not len(runs):
                    return


def train(rule, start, samples, orders, sizes, factors, learning_rate):
    """Train one run and keep its history.

    Parameters
    ----------
    start : array_like, shape (2,)
        Starting A and B, AU.

    The other parameters are those of `descend`.

    Returns
    -------
    history : History
    params : ndarray, shape (2,)
        A and B after the last update, AU; before it, if it left them not finite.
    """
    rows = []
    for update in descend(rule, start, samples, orders, sizes, factors, learning_rate):
        a, b = update.params
        rows += (a, b, update.loss, update.in_domain)
    table = np.fromiter(rows, float, len(rows)).reshape(-1, 4)
    updates = len(table)
    epochs, _ = places(len(samples.x), sizes)
    params = np.array(update.next_params)
    return (
        History(
            params=table[:, :2],
            loss=table[:, 2],
            learning_rate=learning_rate * np.asarray(factors[:updates]),
            epoch=epochs[:updates],
            in_domain=table[:, 3].astype(int),
        ),
        params if np.isfinite(params).all() else np.array(update.params),
    )


def outcomes(params, samples, optimum):
    """How runs ended, by their last parameters.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B after the last update, AU.
    samples : Samples
        x and y of shape (n,), AU.
    optimum : Optimum
        The exact optimum of those samples.

    Returns
    -------
    ndarray of Outcome, shape (...)
    """
    params = np.asarray(params, float)
    reached = clamped_loss(params, *samples) <= reached_bound(optimum)
    return np.select(
        [
            ~(np.abs(params) < ABSURD).all(axis=-1),
            params[..., 0] ** 2 <= centre_distance_squared(samples.x).min(),
            reached & (params[..., 0] < 0.0),
            reached,
        ],
        [Outcome.DIVERGED, Outcome.NO_SAMPLE, Outcome.MIRROR, Outcome.REACHED],
        Outcome.MOVING,
    )


def reached_after(path, is_near):
    """After how many updates a run was first near the optimum.

    Parameters
    ----------
    path : ndarray, shape (updates + 1, 2)
        A and B before every update and after the last, AU.
    is_near : function
        What `near_optimum` returns.

    Returns
    -------
    int or None
        None if it never was.
    """
    for start in range(0, len(path), 256):
        near = is_near(path[start : start + 256])
        if near.any():
            return start + int(np.argmax(near))
    return None


def explain(outcome, history, params, samples, optimum):
    """One sentence for a student: what happened, and what to try.

    Parameters
    ----------
    outcome : Outcome
    history : History
    params : ndarray, shape (2,)
        A and B after the last update, AU.
    samples : Samples
    optimum : Optimum

    Returns
    -------
    str
    """
    a = params[0]
    match outcome:
        case Outcome.REACHED:
            return (
                f"Reached the optimum: the loss is {_excess(params, samples, optimum)}; "
                "try a larger learning rate or fewer epochs, and see how long that holds."
            )
        case Outcome.MIRROR:
            return (
                f"Reached the mirror image: A ended at {_signed(a)}, and as the model knows A only by its square, "
                "|A| fits as well; try a smaller learning rate to keep A from jumping across zero."
            )
        case Outcome.NO_SAMPLE:
            if abs(a) == abs(history.params[0, 0]):
                return (
                    f"No sample at all: with A at {_signed(a)} AU none lies inside the ellipse, so there is no "
                    "gradient; try a start with a larger A."
                )
            return (
                f"No sample left: A shrank to {_signed(a)} AU, where no sample lies inside the ellipse and no gradient "
                "leads back; try a smaller learning rate, or a start with a larger A or a smaller B."
            )
        case Outcome.DIVERGED:
            return (
                f"Diverged after {len(history.loss)} updates: each step overshot by more than the last, until the "
                "ellipse left the solar system; try a learning rate ten times smaller."
            )
    why = _on_its_way(history, params, samples, optimum)
    return f"Still on its way: the loss is {_excess(params, samples, optimum)} {why}"


def _on_its_way(history, params, samples, optimum):
    """Why a run is not there yet, by its second half: how the loss went, and whether it drifted or jumped about."""
    path = np.vstack([history.params[len(history.loss) // 2 :], params])
    drift, travel = np.abs(path[-1] - path[0]), np.abs(np.diff(path, axis=0)).sum(axis=0)
    jumps = (drift < 0.5 * travel).all()
    loss = clamped_loss(path[:: -(-len(path) // 64)], *samples)
    half = len(loss) // 2
    if np.median(loss[half:]) < (0.5 if jumps else 0.9) * np.median(loss[:half]):
        return "and falling; try more epochs or a larger learning rate."
    if jumps:
        in_batches = np.count_nonzero(history.epoch == history.epoch[-1]) > 1
        more = ", one that falls with time, or larger batches" if in_batches else " or one that falls with time"
        return f"and falls no more, because the steps jump to and fro; try a smaller learning rate{more}."
    start, end = (np.linalg.norm(np.abs(at) - optimum[:2]) for at in (history.params[0], params))
    if end < start:
        return "and falls but slowly; try more epochs or a larger learning rate."
    return (
        "and the run creeps over ground so flat that the gradient hardly moves it; "
        "try a smaller learning rate, which does not throw it out there, or another start."
    )


def _excess(params, samples, optimum):
    """By how much the clamped loss exceeds the least possible, in words."""
    loss = float(clamped_loss(params, *samples))
    if loss <= optimum.loss + REACHED_MARGIN:
        return "as small as these samples allow"
    ratio = loss / max(optimum.loss, REACHED_MARGIN)
    if ratio < 2.0:
        return f"{100.0 * (ratio - 1.0):.2g} % above the least that these samples allow"
    if ratio > 10_000.0:
        return f"{loss:.2g} AU², of which these samples allow next to nothing,"
    return f"{ratio:,.0f} times the least that these samples allow"


def _signed(value):
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def _cut(distance, y, size, single):
    """The model's function for one epoch's batches, and what it is to be called with for each of them."""
    if single and size == 1:
        return one_sample, zip(distance.tolist(), y.tolist())
    cuts = mini_batches(len(y), size)
    reaches = np.maximum.reduceat(distance, [cut.start for cut in cuts]).tolist()
    return one_run if single else many_runs, [
        (distance[cut], y[cut], reach) for cut, reach in zip(cuts, reaches, strict=True)
    ]


def _held(moved, after, before):
    """Parameters and states after an update, but for the runs that have not moved, which keep those before it."""
    if isinstance(after, tuple):
        return _like(after, [_held(moved, *pair) for pair in zip(after, before)])
    return np.where(moved, after, before)


def _kept(keep, values):
    """Of parameters, states or learning rates the rows of the runs to keep; a plain number is every run's."""
    if isinstance(values, tuple):
        return _like(values, [_kept(keep, value) for value in values])
    return values[keep] if np.ndim(values) else values


def _like(model, values):
    """A tuple of the same kind, named or not."""
    return type(model)(*values) if hasattr(model, "_fields") else tuple(values)
