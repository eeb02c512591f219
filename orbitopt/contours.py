"""Outlines of where a loss is small, as patches of the plane of A and B: an interval of B at every node of A.

At every A the loss is a parabola in B. In A it is smooth but for its kinks, where a sample enters the domain: there the
clamped loss bends, and the domain-only loss jumps. So kinks are nodes too; nodes that straight lines do without are
left out, since patches travel to every visitor.
"""

import numpy as np

from .bounds import Targets, axes_of
from .landscape import LARGEST_AXIS, loss_profile
from .model import centre_distance_squared

_GRID = 400
_ONE_KINK = 1e-9  # of the picture's width; kinks as close as this are one
_BISECTIONS = 8
_TURN = 6  # nodes between where a contour turns round and the next node of the grid
_VISIBLE = 0.002  # of the picture's height: less than a pixel
_THINNINGS = 6


def contours(samples, levels, a_range, b_range, domain_only=False):
    """Where the loss is at most each level, as intervals of B at a row of A.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.
    levels : sequence of float
        Losses, AU^2.
    a_range, b_range : (float, float)
        The window, AU.
    domain_only : bool
        False for the clamped loss over all samples, True for the loss of Eq. 18 over those in the domain.

    Returns
    -------
    list of (float, ndarray, ndarray, ndarray)
        For every patch its level, A, and the least and the greatest B; shapes (m,), AU. The loss at both is the level,
        unless they are the window's edge. Where the domain-only loss jumps, two of the A are the same but for rounding.
    """
    grid = loss_profile(samples, _grid_nodes(samples, a_range, domain_only), domain_only)
    runs = [(level, first, after) for level in levels for first, after in _runs(grid.floor <= level)]
    if not runs:
        return []
    level, first, after = (np.array(column) for column in zip(*runs))
    ends = np.concatenate([[first, first - 1], [after - 1, after]], axis=1)
    nodes = _turns(samples, grid, np.tile(level, 2), *ends, domain_only)
    # The nodes of a run: those of its first turn, of the grid, and of its second turn backwards.
    nodes, places = np.unique(nodes, return_inverse=True)
    starts, ends = places.reshape(2, len(runs), _TURN) + len(grid.a)
    at = [np.concatenate([start, np.arange(*run[1:]), end[::-1]]) for start, run, end in zip(starts, runs, ends)]
    run, at = np.repeat(np.arange(len(runs)), [len(each) for each in at]), np.concatenate(at)
    rows = zip(grid, loss_profile(samples, nodes, domain_only))
    a, best_b, floor, curvature = (np.concatenate(row)[at] for row in rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.nan_to_num(np.sqrt(np.maximum(level[run] - floor, 0.0) / curvature), nan=0.0)
    low, high = np.maximum(best_b - reach, b_range[0]), np.minimum(best_b + reach, b_range[1])
    # A run that leaves the window and comes back is more than one patch.
    inside = low <= high
    if not inside.any():
        return []
    patch = np.cumsum(np.append(0, (np.diff(run) != 0) | ~inside[:-1]))
    kept = _needed(patch[inside], a[inside], low[inside], high[inside])
    ends = np.flatnonzero(np.diff(patch[inside][kept])) + 1
    columns = (np.split(column[inside][kept], ends) for column in (level[run], a, low, high))
    return [(float(level[0]), *patch) for level, *patch in zip(*columns) if len(level)]


def region_within(samples, level):
    """All parameters whose clamped loss is at most a level, with A and |B| up to LARGEST_AXIS.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.
    level : float
        AU^2.

    Returns
    -------
    list of (float, ndarray, ndarray, ndarray)
        Patches, as those of `contours`.
    """
    targets = Targets.of(samples)
    most = level * len(samples.x) + targets.rounding
    if most < targets.square_above_0:
        intervals = targets.intervals_within(most, LARGEST_AXIS)
        apart = intervals.low[1:] > intervals.high[:-1]
        low, high = np.sqrt(intervals.low[np.append(True, apart)]), np.sqrt(intervals.high[np.append(apart, True)])
    else:
        low, high = [0.0], [LARGEST_AXIS]  # B may be below 0
    limits = -LARGEST_AXIS, LARGEST_AXIS
    return [patch for a_range in zip(low, high) for patch in contours(samples, [level], a_range, limits)]


def _grid_nodes(samples, a_range, domain_only):
    """Where contours may have nodes: a grid, and every kink, both sides of it where the loss jumps, AU, ascending."""
    grid = np.linspace(*a_range, _GRID)
    kinks = np.unique(centre_distance_squared(samples.x))
    apart = np.diff(np.sqrt(kinks)) > _ONE_KINK * (grid[-1] - grid[0])
    below, above = axes_of(kinks[np.append(True, apart)]), axes_of(kinks[np.append(apart, True)]) * (1.0 + 4e-16)
    below, above = (np.sort(np.append(-side, side)) for side in (below, above))
    below, above = (side[(side > grid[0]) & (side < grid[-1])] for side in (below, above))
    if len(below) <= _GRID:
        return np.unique(np.concatenate([grid, below, above] if domain_only else [grid, below]))
    # Where kinks are closer to each other than a pixel, their jumps are a band: one of its edges is drawn.
    nearest = below[np.minimum(np.searchsorted(below, grid), len(below) - 1)]
    return np.unique(np.where(np.abs(nearest - grid) <= grid[1] - grid[0], nearest, grid))


def _runs(inside):
    """The runs of True in a mask, as pairs of their first index and the index after their last."""
    return np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]))).reshape(-1, 2).tolist()


def _turns(samples, grid, level, inside, outside, domain_only):
    """Nodes from where the floor crosses the level up to the grid's first node inside, shape (runs, _TURN), AU.

    They crowd where the contour turns round. Where the run ends at a jump or at the window's edge they are all one.
    """
    near, far = grid.a[inside], grid.a[np.clip(outside, 0, len(grid.a) - 1)]
    crosses = np.abs(far - near) > _ONE_KINK * (grid.a[-1] - grid.a[0])
    turn, far, level = near[crosses], far[crosses], level[crosses]
    for _ in range(_BISECTIONS):
        middle = 0.5 * (turn + far)
        below = loss_profile(samples, middle, domain_only).floor <= level
        turn, far = np.where(below, middle, turn), np.where(below, far, middle)
    nodes = np.repeat(near[:, None], _TURN, axis=1)
    nodes[crosses] = turn[:, None] + (near[crosses] - turn)[:, None] * (np.arange(_TURN) / _TURN) ** 2
    return nodes


def _needed(patch, a, low, high):
    """Indices of the nodes without which straight lines would not follow the edges of the patches."""
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
