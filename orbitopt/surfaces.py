"""The square of A and B on which the loss surface is shown, and the bands of the loss on it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .arrays import Columns, Floats
from .contours import Patch, contours
from .formatting import number
from .hohmann import SEMI_MINOR_AXIS
from .problem import FitProblem

AxisLimits: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""Limits of A and of B on the loss surface, AU."""

MIN_LEVEL = 1e-4
"""Unit of the contour levels if the minimum loss is smaller than this, AU^2; of other orbits in proportion to B^2."""

LEVELS: list[float] = [1.1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
"""Levels of the contours, as multiples of the minimum loss."""

MAX_SIDE = 4.0
"""Largest difference of the axis limits, AU, unless start and optimum need more."""


# Axis limits.


def square_limits(needed: Floats, wanted: Floats) -> AxisLimits:
    """Return equally long limits of A and of B in steps of 0.5, which include 0 to 2.

    Parameters
    ----------
    needed
        Points inside the limits, AU, shape (n, 2).
    wanted
        Points that are inside if the limits need not differ by more than MAX_SIDE, AU, shape (m, 2).
    """
    ends = [_axis_limits(needed[:, k], np.append(wanted[:, k], needed[:, k])) for k in range(2)]
    side = max(high - low for low, high in ends)
    (a_low, _), (b_low, _) = ends
    return (a_low, a_low + side), (b_low, b_low + side)


def _axis_limits(needed: Floats, every: Floats) -> tuple[float, float]:
    low, high = _low_limit(every.min()), _high_limit(every.max())
    least_low, least_high = _low_limit(needed.min()), _high_limit(needed.max())
    low = min(least_low, max(low, least_high - MAX_SIDE))
    return low, max(least_high, min(high, low + MAX_SIDE))


def _low_limit(low: float) -> float:
    return min(0.0, floor(2.0 * low - 0.1) / 2.0)


def _high_limit(high: float) -> float:
    return max(2.0, ceil(2.0 * high + 0.1) / 2.0)


class Exit(NamedTuple):
    """The point where a path first leaves the axis limits."""

    row: int
    """First row outside."""
    a: float
    b: float
    """Point on the frame, AU."""
    angle: float
    """Direction of the path on the square, degrees clockwise from the direction of A."""


def exit_of(a: npt.ArrayLike, b: npt.ArrayLike, limits: AxisLimits) -> Exit | None:
    """Return where a path leaves the axis limits, or None if it stays inside or leaves without a direction."""
    path = np.stack([np.asarray(a, float), np.asarray(b, float)], axis=1)
    low, high = np.array(limits).T
    inside = ((path >= low) & (path <= high)).all(axis=1)
    row = int(np.argmin(inside))
    if inside.all() or row == 0 or not np.isfinite(path[row]).all():
        return None
    before, move = path[row - 1], path[row] - path[row - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(move > 0.0, (high - before) / move, np.where(move < 0.0, (low - before) / move, np.inf))
    at = np.clip(before + shares.min() * move, low, high)
    right, up = move / (high - low)
    return Exit(row, float(at[0]), float(at[1]), float(-np.degrees(np.arctan2(up, right))))


# Bands.


def surface_columns(
    problem: FitProblem,
    limits: AxisLimits,
    domain_only: bool = False,
    levels: Sequence[float] = LEVELS,
    min_level: float | None = None,
) -> Columns:
    """Return the bands of the loss surface as patches in the order in which they are painted.

    The first patch is the whole square. The others are where the loss is at most a level that occurs in it.

    Parameters
    ----------
    problem
    limits
        Limits of A and of B, AU.
    domain_only
        As for `contours.contours`.
    levels
        Multiples of the minimum loss, ascending, at most twelve.
    min_level
        Unit of the levels if the minimum loss is smaller than this, AU^2; by default that of the samples.

    Returns
    -------
    dict
        `patch`; `level`, the multiple of the minimum that the loss does not exceed, infinite if there is none; `band`,
        the index of its colour in `palette.RAMP`; and `a`, `low` and `high`, AU.
    """
    unit = max(problem.optimum.loss, _min_level(problem) if min_level is None else min_level)
    bands = {unit * level: (len(levels) - k, level) for k, level in enumerate(levels)}
    patches = contours(problem.samples, list(bands)[::-1], *limits, domain_only, problem.focus_offset)
    covering = [patch for patch in patches if _covers(patch, limits)]
    (a_low, a_high), (b_low, b_high) = limits
    ground = covering[-1][0] if covering else np.inf
    whole = (ground, np.array([a_low, a_high]), np.array([b_low, b_low]), np.array([b_high, b_high]))
    shown = [whole, *(patch for patch in patches if patch[0] < ground)]
    columns: dict[str, list[npt.NDArray[Any]]] = {
        "patch": [np.full(len(a), k) for k, (_, a, _, _) in enumerate(shown)],
        "level": [np.full(len(a), bands.get(level, (0, np.inf))[1]) for level, a, _, _ in shown],
        "band": [np.full(len(a), bands.get(level, (0, np.inf))[0]) for level, a, _, _ in shown],
        "a": [a for _, a, _, _ in shown],
        "low": [low for _, _, low, _ in shown],
        "high": [high for _, _, _, high in shown],
    }
    return {name: np.concatenate(column).astype(np.float32) for name, column in columns.items()}


def _covers(patch: Patch, limits: AxisLimits) -> bool:
    """Return True if a patch is the whole square."""
    _, a, low, high = patch
    ends, (b_low, b_high) = (a[0], a[-1]), limits[1]
    return ends == limits[0] and bool((low <= b_low).all() and (high >= b_high).all())


def level_unit(problem: FitProblem) -> str:
    """Return what the levels of `surface_columns` are multiples of, as text that follows "×"."""
    least = _min_level(problem)
    if problem.optimum.loss >= least:
        return "the minimum"
    return "10⁻⁴ AU²" if least == MIN_LEVEL else f"{number(least)} AU²"


def _min_level(problem: FitProblem) -> float:
    """Return MIN_LEVEL, for user-supplied samples in proportion to B^2 and to one digit, AU^2."""
    share = (problem.optimum.b / SEMI_MINOR_AXIS) ** 2 if problem.own else 1.0
    return float(f"{MIN_LEVEL * share:.0e}")
