"""Outcome of a run, judged over the last tenth of its updates, and told in one sentence.

A run is near the optimum where its clamped loss is within 10 % of the least possible (`landscape.near_optimum`).
"""

from enum import Enum

import numpy as np

from .formatting import above_least, count, number, percent
from .landscape import REACHED_MARGIN
from .model import centre_distance_squared, clamped_loss, loss_and_gradient
from .training import DIVERGENCE_LIMIT

_MOST_JUDGED = 50
_PLATEAU_SLOPE = 0.05  # AU; the gradient by A is ten times as large at the start of the published runs


class Outcome(Enum):
    """Outcome of a run; the value completes a sentence about the run."""

    REACHED = "settled at the optimum"
    """Near it in at least nine tenths of the last tenth of the updates."""
    MIRROR = "settled at the mirror image"
    """The same with A < 0: the model depends on A only through its square."""
    HOVERING = "hovers around the optimum"
    """Near it in at least half of the last tenth, or time and again, but not settled."""
    PASSED = "passed the optimum and left"
    """Near it once, and not at the end."""
    MOVING = "is still on its way"
    NO_SAMPLE = "has no sample left"
    """A has become so small that no sample lies inside the ellipse, and there is no gradient any more."""
    DIVERGED = "diverged"
    """|A| or |B| has exceeded DIVERGENCE_LIMIT."""


SETTLED_SHARE = 0.9
"""A run has settled if it is near the optimum after this share of the judged updates, or more."""

SETTLED = (Outcome.REACHED, Outcome.MIRROR)
"""The outcomes of runs that fit the samples as well as possible."""


def judged_updates(updates):
    """After which updates a run is judged: at most 50, spread evenly over the last tenth, the last included.

    Parameters
    ----------
    updates : int

    Returns
    -------
    ndarray of int, shape (k,)

    Examples
    --------
    >>> judged_updates(50)
    array([45, 46, 47, 48, 49, 50])
    """
    first = updates - updates // 10
    return np.linspace(first, updates, min(updates - first + 1, _MOST_JUDGED)).round().astype(int)


def outcomes(params, near, reached_after, samples):
    """Outcomes of one run or of many.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B after the last update, AU.
    near : array_like of bool, shape (..., k)
        Whether the run was near the optimum after each of `judged_updates`.
    reached_after : array_like of int, shape (...)
        After how many updates it was near the optimum for the first time; -1 if never.
    samples : Samples
        x and y of shape (n,), AU.

    Returns
    -------
    ndarray of Outcome, shape (...)
    """
    params, near = np.asarray(params, float), np.asarray(near, bool)
    a = params[..., 0]
    share = np.count_nonzero(near, axis=-1) / near.shape[-1]
    entries = _entries(near)
    arriving = near[..., -1] & (entries == 1)
    return np.select(
        [
            ~(np.abs(params) < DIVERGENCE_LIMIT).all(axis=-1),
            a * a <= centre_distance_squared(samples.x).min(),
            (share >= SETTLED_SHARE) & (a < 0.0),
            share >= SETTLED_SHARE,
            arriving,
            (share >= 0.5) | (entries > 1),
            np.asarray(reached_after) >= 0,
        ],
        [
            Outcome.DIVERGED,
            Outcome.NO_SAMPLE,
            Outcome.MIRROR,
            Outcome.REACHED,
            Outcome.MOVING,
            Outcome.HOVERING,
            Outcome.PASSED,
        ],
        Outcome.MOVING,
    )


def _entries(near):
    """How many times runs came near the optimum, over the judged updates."""
    outside_before = np.concatenate([np.ones_like(near[..., :1]), ~near[..., :-1]], axis=-1)
    return np.count_nonzero(near & outside_before, axis=-1)


def explain(outcome, history, params, near, reached_after, samples, optimum):
    """Tell in one sentence how a run ended, and why it did not settle.

    Parameters
    ----------
    outcome : Outcome
    history : History
    params : ndarray, shape (2,)
        A and B after the last update, AU.
    near : ndarray of bool, shape (k,)
        Whether the run was near the optimum after each of `judged_updates`.
    reached_after : int
        After how many updates it was near the optimum for the first time; -1 if never.
    samples : Samples
    optimum : Optimum

    Returns
    -------
    str
    """
    a, b = params.tolist()
    loss = above_least(float(clamped_loss(params, *samples)), optimum.loss, REACHED_MARGIN)
    was_near = f"it was within 10 % of the least possible loss after {count(reached_after, 'update')}"
    match outcome:
        case Outcome.REACHED:
            return f"Settled at the optimum: the loss is {loss}."
        case Outcome.MIRROR:
            return (
                f"Settled at the mirror image: A ended at {number(a, 4)} AU; the model depends on A only through its "
                f"square, so |A| fits as well, and the loss is {loss}."
            )
        case Outcome.HOVERING:
            return (
                f"Hovers around the {'mirror image of the ' if a < 0.0 else ''}optimum without settling: the loss is "
                f"within 10 % of the least possible after {percent(near.mean())} of the updates in the last tenth of "
                "the run."
            )
        case Outcome.PASSED:
            return f"Passed the optimum and left: {was_near}, and at the end the loss is {loss}{_where(a, b)}."
        case Outcome.NO_SAMPLE if abs(a) == abs(history.params[0, 0]):
            return (
                f"No sample from the start: with A at {number(a)} AU none lies inside the ellipse, so there is no "
                "gradient."
            )
        case Outcome.NO_SAMPLE:
            return (
                f"No sample left: after {count(len(history.loss), 'update')} A is {number(a)} AU, where no sample lies "
                f"inside the ellipse and there is no gradient{f'; before that {was_near}' if reached_after >= 0 else ''}."
            )
        case Outcome.DIVERGED:
            return (
                f"Diverged after {count(len(history.loss), 'update')}: {_divergence(history, params)}"
                f"{f'; before that {was_near}' if reached_after >= 0 else ''}."
            )
    return f"Still on its way: the loss is {loss}{_where(a, b)}, and {_delay(history, params, near, samples, optimum)}."


def _where(a, b):
    """What must be known of the place where a run ended: an axis that is negative, or A far out."""
    notes = [f"{name} is negative ({number(value)} AU)" for name, value in (("A", a), ("B", b)) if value < 0.0]
    return f", while {' and '.join(notes)}" if notes else ""


def _divergence(history, params):
    """How a run left: by steps that grew to the end, or by its last step alone."""
    path = np.vstack([history.params, params])
    name = "AB"[int(np.argmax(np.abs(path[-1])))]
    end = f"{name} is {number(np.abs(path[-1]).max() * np.sign(path[-1][np.argmax(np.abs(path[-1]))]))} AU"
    lengths = np.abs(np.diff(path, axis=0)).max(axis=1)
    shrinking = np.flatnonzero(np.diff(lengths) <= 0.0)
    growing = len(lengths) - 1 - (int(shrinking[-1]) + 1 if len(shrinking) else 0)
    if growing >= 2:
        return f"{end}, and each of the last {growing} steps was longer than the one before it"
    return f"{end}, and the last step alone was {number(lengths[-1])} AU long"


def _delay(history, params, near, samples, optimum):
    """Why a run is not at the optimum yet, from the second half of its path."""
    updates = len(history.loss)
    path = np.vstack([history.params, params])
    if near[-1]:
        since = int(judged_updates(updates)[len(near) - np.argmin(near[::-1])])
        return f"within 10 % of that only since update {since:,} of {updates:,}"
    late = path[updates // 2 :]
    moved, missing = np.abs(path - path[0]).max(), np.linalg.norm(_folded(path[-1]) - optimum[:2])
    rates = history.learning_rate
    last_tenth = path[updates - updates // 10 - 1 :]
    if rates[-1] < 0.01 * rates[0] and np.abs(np.diff(last_tenth, axis=0)).sum() < 0.01 * missing:
        return f"the run has stopped, since the learning rate has fallen to {number(rates[-1])}"
    if moved < 0.01 * missing:
        return f"the steps are so short that A and B have moved by {number(moved, 2)} AU at most"
    drift, travel = np.abs(late[-1] - late[0]), np.abs(np.diff(late, axis=0)).sum(axis=0)
    oscillates = (drift < 0.5 * travel).all()
    losses = clamped_loss(late[:: -(-len(late) // 256)], *samples)
    before, after = np.median(losses[: len(losses) // 2]), np.median(losses[len(losses) // 2 :])
    if after < (0.5 if oscillates else 0.9) * before:
        return "falling"
    if oscillates:
        return "it has stalled: the steps oscillate"
    _, gradient, _ = loss_and_gradient(params, *samples)
    if abs(params[0]) > 2.0 * optimum.a and abs(gradient[0]) < _PLATEAU_SLOPE:
        return "the run is on a plateau far out in A, where the gradient nearly vanishes"
    if after > 1.02 * before:
        return "rising: the run moves away from the optimum"
    return "falling only slowly"


def _folded(params):
    """Parameters with |A| in the place of A, which the model cannot tell apart."""
    return np.abs(params) * [1.0, np.sign(params[1])]
