"""Contours of a loss as patches of the plane of A and B: an interval of B for each of several values of A.

For every A the loss is a parabola in B. As a function of A it is smooth except at kinks, where a sample enters the
domain: the slope of the clamped loss jumps there, and the domain-only loss itself jumps. The nodes of a patch, its
values of A, therefore include the kinks. Nodes that straight lines can replace are left out, to keep the data for the
browser small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats, Ints
from .bounds import Targets, axes_of
from .hohmann import FOCUS_OFFSET
from .landscape import LossProfile, largest_axis, loss_profile
from .model import centre_distance_squared
from .samples import Samples

Patch: TypeAlias = tuple[float, Floats, Floats, Floats]
"""Level, AU^2; then A, and the smallest and the largest B at each A, AU, shape (m,) each."""

_GRID = 400
_ONE_KINK = 1e-9  # relative to the width of the picture; closer kinks are merged
_BISECTIONS = 8
_TURN = 6  # nodes between the turn of a contour and the next node of the grid
_VISIBLE = 0.002  # relative to the height of the picture: less than a pixel
_THINNINGS = 6


def contours(
    samples: Samples,
    levels: Sequence[float],
    a_range: tuple[float, float],
    b_range: tuple[float, float],
    domain_only: bool = False,
    focus_offset: float = FOCUS_OFFSET,
) -> list[Patch]:
    """Return the regions where the loss is at most each level, as intervals of B for each of several values of A.

    Parameters
    ----------
    samples
    levels
        Losses, AU^2.
    a_range, b_range
        Axis limits, AU.
    domain_only
        False for the clamped loss over all samples, True for the loss of Eq. 18 over those in the domain.
    focus_offset
        AU.

    Returns
    -------
    list of Patch
        The loss at the ends of an interval is the level, unless they are at the axis limits. Where the domain-only loss
        jumps, two values of A differ only by rounding.
    """
    profile = partial(loss_profile, samples, domain_only=domain_only, focus_offset=focus_offset)
    kinks = np.unique(centre_distance_squared(samples.x, focus_offset))
    grid = profile(_grid_nodes(kinks, a_range, domain_only))
    spans = [(level, first, after) for level in levels for first, after in _spans(grid.floor <= level)]
    if not spans:
        return []
    level, first, after = (np.array(column) for column in zip(*spans))
    inside, outside = np.concatenate([first, after - 1]), np.concatenate([first - 1, after])
    turns = _turns(profile, grid, np.tile(level, 2), inside, outside)
    # The nodes of a span are those of its first turn, of the grid, and of its second turn in reverse order.
    nodes, places = np.unique(turns, return_inverse=True)
    firsts, lasts = places.reshape(2, len(spans), _TURN) + len(grid.a)
    joined = zip(firsts, spans, lasts)
    of_spans = [np.concatenate([start, np.arange(*span[1:]), end[::-1]]) for start, span, end in joined]
    span, at = np.repeat(np.arange(len(spans)), [len(each) for each in of_spans]), np.concatenate(of_spans)
    rows = zip(grid, profile(nodes))
    a, best_b, floor, curvature = (np.concatenate(row)[at] for row in rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.nan_to_num(np.sqrt(np.maximum(level[span] - floor, 0.0) / curvature), nan=0.0)
    low, high = np.maximum(best_b - reach, b_range[0]), np.minimum(best_b + reach, b_range[1])
    # A span that leaves the axis limits and returns is more than one patch.
    visible = low <= high
    if not visible.any():
        return []
    patch = np.cumsum(np.append(0, (np.diff(span) != 0) | ~visible[:-1]))
    kept = _needed(patch[visible], a[visible], low[visible], high[visible])
    ends = np.flatnonzero(np.diff(patch[visible][kept])) + 1
    columns = [np.split(column[visible][kept], ends) for column in (level[span], a, low, high)]
    return [(float(levels[0]), a, low, high) for levels, a, low, high in zip(*columns) if len(levels)]


def region_within(samples: Samples, level: float, focus_offset: float = FOCUS_OFFSET) -> list[Patch]:
    """Return the region where the clamped loss is at most a level, AU^2, with A and |B| up to `largest_axis`."""
    targets, largest = Targets.of(samples, focus_offset), largest_axis(samples, focus_offset)
    most = level * len(samples.x) + targets.rounding
    if most < targets.square_above_0:
        intervals = targets.intervals_within(most, largest)
        apart = intervals.low[1:] > intervals.high[:-1]
        low, high = np.sqrt(intervals.low[np.append(True, apart)]), np.sqrt(intervals.high[np.append(apart, True)])
    else:
        low, high = np.array([0.0]), np.array([largest])  # B may be below 0
    patches = (contours(samples, [level], ends, (-largest, largest), False, focus_offset) for ends in zip(low, high))
    return [patch for some in patches for patch in some]


def extent_of(patches: Sequence[Patch]) -> Floats:
    """Return the smallest and the largest A and B of patches, AU, shape (2, 2): a row for A and one for B."""
    _, a, low, high = (np.concatenate([np.atleast_1d(patch[k]) for patch in patches]) for k in range(4))
    return np.array([(a.min(), a.max()), (low.min(), high.max())])


def _grid_nodes(kinks: Floats, a_range: tuple[float, float], domain_only: bool) -> Floats:
    """Return the possible nodes of contours, AU, ascending: a grid and every kink, on both sides if the loss jumps."""
    grid = np.linspace(*a_range, _GRID)
    apart = np.diff(np.sqrt(kinks)) > _ONE_KINK * (grid[-1] - grid[0])
    below, above = axes_of(kinks[np.append(True, apart)]), axes_of(kinks[np.append(apart, True)]) * (1.0 + 4e-16)
    below, above = (np.sort(np.append(-side, side)) for side in (below, above))
    below, above = (side[(side > grid[0]) & (side < grid[-1])] for side in (below, above))
    if len(below) <= _GRID:
        return np.unique(np.concatenate([grid, below, above] if domain_only else [grid, below]))
    # Where kinks are closer to each other than a pixel, their jumps form a band, and one of its edges is drawn.
    nearest = below[np.minimum(np.searchsorted(below, grid), len(below) - 1)]
    return np.unique(np.where(np.abs(nearest - grid) <= grid[1] - grid[0], nearest, grid))


def _spans(inside: Bools) -> list[list[int]]:
    """Return the first index of every span of True in a mask, and the index after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return [[int(first), int(after)] for first, after in edges.reshape(-1, 2)]


def _turns(
    profile: Callable[[Floats], LossProfile], grid: LossProfile, level: Floats, inside: Ints, outside: Ints
) -> Floats:
    """Return nodes from the point where the floor crosses the level to the first node of the grid inside, AU.

    They are densest at the turn of the contour. If a span ends at a jump or at the axis limits, they coincide.

    Parameters
    ----------
    level
        Level of every span, AU^2, shape (spans,).
    inside, outside
        Index of the last node inside and of the first one outside, shape (spans,).

    Returns
    -------
    ndarray
        Shape (spans, _TURN).
    """
    near, far = grid.a[inside], grid.a[np.clip(outside, 0, len(grid.a) - 1)]
    crosses = np.abs(far - near) > _ONE_KINK * (grid.a[-1] - grid.a[0])
    turn, far, level = near[crosses], far[crosses], level[crosses]
    for _ in range(_BISECTIONS):
        middle = 0.5 * (turn + far)
        below = profile(middle).floor <= level
        turn, far = np.where(below, middle, turn), np.where(below, far, middle)
    nodes = np.repeat(near[:, None], _TURN, axis=1)
    nodes[crosses] = turn[:, None] + (near[crosses] - turn)[:, None] * (np.arange(_TURN) / _TURN) ** 2
    return nodes


def _needed(patch: Ints, a: Floats, low: Floats, high: Floats) -> npt.NDArray[np.intp]:
    """Return the indices of the nodes that straight lines between the others cannot replace."""
    kept = np.arange(len(a))
    lowest, highest = np.argmin(low), np.argmax(high)
    tolerance = _VISIBLE / _THINNINGS * (high[highest] - low[lowest])
    for _ in range(_THINNINGS):
        left, middle, right = kept[:-2:2], kept[1:-1:2], kept[2::2]
        width = a[right] - a[left]
        share = np.divide(a[middle] - a[left], width, out=np.zeros(len(middle)), where=width > 0.0)
        off = [np.abs(edge[left] + share * (edge[right] - edge[left]) - edge[middle]) for edge in (low, high)]
        drop = (np.maximum(*off) <= tolerance) & (patch[left] == patch[right])
        drop &= (middle != lowest) & (middle != highest)
        kept = np.delete(kept, 1 + 2 * np.flatnonzero(drop))
    return kept
