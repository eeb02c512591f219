"""Outcome of a run, from the last tenth of its updates, and an explanation in one sentence.

A run is near the optimum when its clamped loss is within 10 % of the minimum (`landscape.near_optimum`).
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats, Ints
from .formatting import count, number, percent
from .model import centre_distance_squared, clamped_loss, loss_and_gradient
from .problem import FitProblem
from .training import DIVERGENCE_LIMIT, History

_MAX_JUDGED = 50
_PLATEAU_SLOPE = 0.05  # AU; the derivative with respect to A is ten times larger at the start of the published runs


class Outcome(Enum):
    """Outcome of a run; the value completes a sentence about the run."""

    REACHED = "settled at the optimum"
    """Near the optimum after at least nine tenths of the judged updates."""
    MIRROR = "settled at the mirror image"
    """The same with A < 0, since the model depends on A only through its square."""
    HOVERING = "hovers around the optimum"
    """Near the optimum after at least half of the judged updates, or repeatedly, but not settled."""
    PASSED = "passed the optimum and left"
    """Near the optimum at least once, but not at the end."""
    MOVING = "is still on its way"
    """Not near the optimum yet, or only since partway through the judged updates."""
    NO_SAMPLE = "has no sample left"
    """|A| is so small that no sample is in the domain, so the gradient is 0."""
    DIVERGED = "diverged"
    """|A| or |B| exceeds DIVERGENCE_LIMIT."""


SETTLED_SHARE = 0.9
"""Minimum share of the judged updates after which a settled run is near the optimum."""

SETTLED: tuple[Outcome, ...] = (Outcome.REACHED, Outcome.MIRROR)
"""Outcomes of runs that settled, at the optimum or at its mirror image."""


class OutcomeMark(NamedTuple):
    """Colour and shape of an outcome in charts."""

    role: str
    """Role of its colour in `palette.COLOURS`; runs that reached the optimum have the colour of their optimizer."""
    shape: str
    """Name of its shape in Vega."""
    glyph: str
    """Its shape as a character."""


OUTCOME_MARKS: dict[Outcome, OutcomeMark] = {
    Outcome.REACHED: OutcomeMark("reached", "circle", "○"),
    Outcome.MIRROR: OutcomeMark("mirror", "diamond", "◇"),
    Outcome.HOVERING: OutcomeMark("hovering", "triangle-down", "▽"),
    Outcome.PASSED: OutcomeMark("passed", "triangle-right", "▷"),
    Outcome.MOVING: OutcomeMark("moving", "triangle-up", "△"),
    Outcome.NO_SAMPLE: OutcomeMark("no sample", "square", "□"),
    Outcome.DIVERGED: OutcomeMark("diverged", "cross", "✚"),
}
"""Mark of each outcome."""


def judged_updates(updates: int) -> Ints:
    """Return the numbers of updates after which a run is judged: at most 50, evenly spaced over the last tenth.

    The last of them is `updates`, the number of updates of the run.

    Examples
    --------
    >>> judged_updates(50)
    array([45, 46, 47, 48, 49, 50])
    """
    first = updates - updates // 10
    return np.linspace(first, updates, min(updates - first + 1, _MAX_JUDGED)).round().astype(int)


def outcomes(
    params: npt.ArrayLike,
    near: npt.ArrayLike,
    reached_after: npt.ArrayLike,
    problem: FitProblem,
) -> npt.NDArray[np.object_]:
    """Return the outcomes of one run or of many, shape (...).

    Parameters
    ----------
    params
        A and B after the last update, AU, shape (..., 2).
    near
        True if the run was near the optimum, after each of the k `judged_updates`, shape (..., k).
    reached_after
        Number of updates after which the run was first near the optimum, shape (...); -1 if never.
    problem
    """
    params, near = np.asarray(params, float), np.asarray(near, bool)
    a = params[..., 0]
    share = np.count_nonzero(near, axis=-1) / near.shape[-1]
    entries = _entries(near)
    arriving = near[..., -1] & (entries == 1)
    cases: list[tuple[Any, Any]] = [
        (~(np.abs(params) < DIVERGENCE_LIMIT).all(axis=-1), Outcome.DIVERGED),
        (a * a <= centre_distance_squared(problem.samples.x, problem.focus_offset).min(), Outcome.NO_SAMPLE),
        ((share >= SETTLED_SHARE) & (a < 0.0), Outcome.MIRROR),
        (share >= SETTLED_SHARE, Outcome.REACHED),
        (arriving, Outcome.MOVING),
        ((share >= 0.5) | (entries > 1), Outcome.HOVERING),
        (np.asarray(reached_after) >= 0, Outcome.PASSED),
    ]
    conditions, endings = zip(*cases, strict=True)
    otherwise: Any = Outcome.MOVING
    return np.select(conditions, endings, otherwise)


def _entries(near: Bools) -> Ints:
    """Return the number of times that runs came near the optimum over the judged updates, shape (...)."""
    outside_before = np.concatenate([np.ones_like(near[..., :1]), ~near[..., :-1]], axis=-1)
    entries: Ints = np.count_nonzero(near & outside_before, axis=-1)
    return entries


def explain(
    outcome: Outcome,
    history: History,
    params: Floats,
    near: Bools,
    reached_after: int,
    problem: FitProblem,
) -> str:
    """Explain the outcome of a run in one sentence, and the reason if it did not settle.

    Parameters
    ----------
    outcome
    history
    params
        A and B after the last update, AU, shape (2,).
    near
        True if the run was near the optimum, after each of the k `judged_updates`, shape (k,).
    reached_after
        Number of updates after which the run was first near the optimum; -1 if never.
    problem
    """
    (a, b), best = params.tolist(), problem.best
    loss = problem.excess_text(float(clamped_loss(params, *problem.data)))
    was_near = f"it was {problem.near} loss after {count(reached_after, 'update')}"
    before = f"; before that {was_near}" if reached_after >= 0 else ""
    match outcome:
        case Outcome.REACHED:
            return f"Settled at {best}: the loss is {loss}."
        case Outcome.MIRROR:
            return (
                f"Settled at the mirror image: A ended at {number(a, 4)} AU; the model depends on A only through its "
                f"square, so |A| fits equally well, and the loss is {loss}."
            )
        case Outcome.HOVERING:
            return (
                f"Hovers around {'the mirror image of ' if a < 0.0 else ''}{best} without settling: the loss is "
                f"{problem.near} for {percent(near.mean())} of the updates in the last tenth of "
                "the run."
            )
        case Outcome.PASSED:
            return f"Passed {best} and left: {was_near}, and at the end the loss is {loss}{_where(a, b)}."
        case Outcome.NO_SAMPLE if abs(a) == abs(history.params[0, 0]):
            return (
                f"No sample from the start: with A at {number(a)} AU none lies within the ellipse's x range, so "
                "there is no gradient."
            )
        case Outcome.NO_SAMPLE:
            return (
                f"No sample left: after {count(len(history.loss), 'update')} A is {number(a)} AU, where no sample lies "
                f"within the ellipse's x range and there is no gradient{before}."
            )
        case Outcome.DIVERGED:
            return f"Diverged after {count(len(history.loss), 'update')}: {_divergence(history, params)}{before}."
    delay = _delay(history, params, near, problem)
    return f"Has not settled: the loss is {loss}{_where(a, b)}, and {delay}."


def _where(a: float, b: float) -> str:
    """Return a clause about the axes that are negative at the end of a run, if any."""
    notes = [f"{name} is negative ({number(value)} AU)" for name, value in (("A", a), ("B", b)) if value < 0.0]
    return f", while {' and '.join(notes)}" if notes else ""


def _divergence(history: History, params: Floats) -> str:
    """Return a clause about the end of a diverged run: growing steps, or a single long step."""
    path = np.vstack([history.params, params])
    name = "AB"[int(np.argmax(np.abs(path[-1])))]
    end = f"{name} is {number(np.abs(path[-1]).max() * np.sign(path[-1][np.argmax(np.abs(path[-1]))]))} AU"
    lengths = np.abs(np.diff(path, axis=0)).max(axis=1)
    shrinking = np.flatnonzero(np.diff(lengths) <= 0.0)
    growing = len(lengths) - 1 - (int(shrinking[-1]) + 1 if len(shrinking) else 0)
    if growing >= 2:
        return f"{end}, and each of the last {growing} steps was longer than the one before it"
    return f"{end}, and the last step alone was {number(lengths[-1])} AU long"


def _delay(history: History, params: Floats, near: Bools, problem: FitProblem) -> str:
    """Return a clause about why a run has not reached the optimum, from the second half of its path."""
    updates, optimum = len(history.loss), problem.optimum
    path = np.vstack([history.params, params])
    if near[-1]:
        since = int(judged_updates(updates)[len(near) - np.argmin(near[::-1])])
        return f"has been {problem.near} only since update {since:,} of {updates:,}"
    late = path[updates // 2 :]
    moved, missing = np.abs(path - path[0]).max(), np.linalg.norm(_folded(path[-1]) - optimum[:2])
    rates = history.learning_rate
    last_tenth = path[updates - updates // 10 - 1 :]
    if rates[-1] < 0.01 * rates[0] and np.abs(np.diff(last_tenth, axis=0)).sum() < 0.01 * missing:
        return f"the run has stopped, since the learning rate has fallen to {number(rates[-1])}"
    if moved < 0.01 * missing:
        return f"the steps are so short that A and B have moved by at most {number(moved, 2)} AU"
    drift, travel = np.abs(late[-1] - late[0]), np.abs(np.diff(late, axis=0)).sum(axis=0)
    oscillates = (drift < 0.5 * travel).all()
    losses = clamped_loss(late[:: -(-len(late) // 256)], *problem.data)
    before, after = np.median(losses[: len(losses) // 2]), np.median(losses[len(losses) // 2 :])
    if after < (0.5 if oscillates else 0.9) * before:
        return "falling"
    if oscillates:
        return "it has stalled: the steps oscillate"
    _, gradient, _ = loss_and_gradient(params, *problem.data)
    if abs(params[0]) > 2.0 * optimum.a and abs(gradient[0]) < _PLATEAU_SLOPE:
        return "the run is on a plateau far out in A, where the gradient nearly vanishes"
    if after > 1.02 * before:
        return "rising: the run is moving away from the optimum"
    return "falling only slowly"


def _folded(params: Floats) -> Floats:
    """Return parameters with |A| instead of A, which are equivalent in the model."""
    folded: Floats = np.abs(params) * [1.0, np.sign(params[1])]
    return folded
