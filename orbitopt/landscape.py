"""The loss surface over A and B: its global optimum, the region near it, and the bound of its confidence region.

For a given A, both losses are quadratic in B. With root_i = sqrt(1 - (x_i + c)^2 / A^2),

    loss(A, B) = floor(A) + curvature(A) (B - best_b(A))^2.

These three functions of A give the best B, the contours, and the search for the best A.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats
from .bounds import MAX_ROUNDS, Targets, axes_of
from .hohmann import FOCUS_OFFSET
from .model import centre_distance_squared, clamped_loss
from .samples import Samples, check_samples
from .settings import check_number

LARGEST_AXIS = 8.0
"""Upper bound of A in the search for the optimum, AU, unless samples are farther than a quarter of it from the centre:
twice the largest start of a run."""

CONFIDENCE = 0.95
"""Coverage of the confidence region: the share of noise realizations for which it contains the true A and B."""

REACHED_FACTOR = 1.1
"""A run has reached the optimum when its clamped loss is at most this factor times the minimum."""

REACHED_MARGIN = 1e-8
"""Margin added to that bound, AU^2, for samples without noise, whose minimum loss is 0."""

_PRECISION = 1e-10  # relative precision of the minimum loss
_MAX_WORK = 2**17  # intervals times distances; limits the search if the samples determine no ellipse
_MAX_CANDIDATES = 128
_NEWTON_STEPS = 6
_AT_ONCE = 2**15  # numbers; a block of the profile fits the processor's cache
_CANCELLED = 1e-5  # relative to the sum of squares; a smaller floor is computed from the residuals
_MARGIN = 1e-9  # relative, for the rounding of bounds
_EVERY_AXIS = 1e150  # AU; its square is still finite

NearOptimum: TypeAlias = Callable[[Floats], Bools]
"""Function of parameters, AU, shape (R, 2): True where the loss is within 10 % of the minimum, shape (R,)."""


class Optimum(NamedTuple):
    """Global optimum of the clamped loss of samples."""

    a: float
    """Semi-major axis, AU."""
    b: float
    """Semi-minor axis, AU."""
    loss: float
    """Clamped loss at A and B, AU^2."""


class LossProfile(NamedTuple):
    """The loss as a function of B at each of m values of A: floor + curvature (B - best_b)^2, shape (m,) each."""

    a: Floats
    """Semi-major axis, AU."""
    best_b: Floats
    """Semi-minor axis that minimizes the loss for this A, AU; 0 if no sample is in the domain."""
    floor: Floats
    """Minimum loss for this A, AU^2; infinite if no sample is in the domain and the loss is `domain_only`."""
    curvature: Floats
    """Coefficient of (B - best_b)^2; 0 if no sample is in the domain."""


def largest_axis(samples: Samples, focus_offset: float = FOCUS_OFFSET) -> float:
    """Return the upper bound of A in the search for the optimum, AU: LARGEST_AXIS, or more for large orbits.

    Parameters
    ----------
    samples
    focus_offset
        AU.
    """
    x, y = (np.abs(column).max(initial=0.0) for column in (np.asarray(samples.x, float) + focus_offset, samples.y))
    return max(LARGEST_AXIS, 4.0 * float(max(x, y)))


def loss_profile(
    samples: Samples, a: npt.ArrayLike, domain_only: bool = False, focus_offset: float = FOCUS_OFFSET
) -> LossProfile:
    """Return the loss as a function of B for every given A.

    Parameters
    ----------
    samples
    a
        Semi-major axes, AU, shape (m,).
    domain_only
        False for the clamped loss over all samples, True for the loss of Eq. 18 over those in the domain.
    focus_offset
        AU.
    """
    a = np.asarray(a, float)
    distance, y = centre_distance_squared(samples.x, focus_offset), np.asarray(samples.y, float)
    if domain_only:
        order = np.argsort(distance, kind="stable")
        distance, y = distance[order], y[order]
    within = np.append(0.0, np.cumsum(y * y))
    rows = max(_AT_ONCE // y.size, 1)
    parts = [_profile(a[k : k + rows], distance, y, within, domain_only) for k in range(0, max(len(a), 1), rows)]
    return LossProfile(a, *(np.concatenate(column) for column in zip(*parts)))


def _profile(
    a: Floats, distance: Floats, y: Floats, within: Floats, domain_only: bool
) -> tuple[Floats, Floats, Floats]:
    """Return `best_b`, `floor` and `curvature` for a block of A.

    Parameters
    ----------
    distance
        Ascending if `domain_only`.
    within
        Sums of the squared targets of the first k samples, shape (n + 1,).
    """
    square = a * a
    count = np.searchsorted(distance, square) if domain_only else np.full(len(a), y.size)
    most = count.max(initial=0)  # the samples after these are in no domain
    distance, y = distance[:most], y[:most]
    gap = np.maximum(square[:, None] - distance, 0.0)
    gaps = np.add.reduce(gap, axis=-1)
    root = np.sqrt(gap, out=gap)
    product = np.add.reduce(root * y, axis=-1)
    ratio = np.divide(product, gaps, out=np.zeros(len(a)), where=gaps > 0.0)
    total = within[count]
    floor = total - product * ratio
    if (cancelled := floor < _CANCELLED * total).any():
        targets = np.where(root[cancelled] > 0.0, y, 0.0) if domain_only else y
        residual = targets - ratio[cancelled, None] * root[cancelled]
        floor[cancelled] = np.add.reduce(residual * residual, axis=-1)
    floor = np.where(count > 0, floor / np.maximum(count, 1), np.inf)
    curvature = np.divide(gaps, square * count, out=np.zeros(len(a)), where=gaps > 0.0)
    return ratio * np.abs(a), floor, curvature


def optimum(samples: Samples, focus_offset: float = FOCUS_OFFSET) -> Optimum:
    """Find the global optimum of the clamped loss over A in (0, `largest_axis`] and B >= 0 by branch and bound.

    The loss found exceeds the minimum by at most 1e-10 of it, or by the rounding error of the sum of squared targets.

    Parameters
    ----------
    samples
        x and y, AU, finite.
    focus_offset
        AU.

    Raises
    ------
    TypeError, ValueError
        If `samples` are not such samples; see `samples.check_samples`.
    """
    check_samples(samples, fewest=1)
    targets, largest = Targets.of(samples, focus_offset), largest_axis(samples, focus_offset)
    nodes, best = targets.first_nodes(largest), 0.0
    ends: list[Floats] = []
    explained_at_ends: list[Floats] = []
    for _ in range(MAX_ROUNDS):
        intervals = targets.bounds(nodes)
        ends += intervals.low, intervals.high
        explained_at_ends += intervals.explained_low, intervals.explained_high
        best = max(best, intervals.explained_low.max(), intervals.explained_high.max())
        # Split the intervals that may hold a loss below the lowest so far by more than the precision, and below the
        # losses at their ends by more than rounding.
        worth = best + _PRECISION * (targets.square - best) - targets.rounding
        shown = np.maximum(intervals.explained_low, intervals.explained_high) + targets.rounding
        intervals = intervals.where(intervals.max_explained > np.maximum(worth, shown))
        if not len(intervals.low):
            break
        most = max(_MAX_WORK // len(targets.kinks), 1)
        nodes = targets.split(intervals.where(np.argsort(-intervals.max_explained, kind="stable")[:most]))
    # Candidates that differ from the best by no more than rounding are compared again, by their residuals.
    candidates, explained = np.concatenate(ends), np.concatenate(explained_at_ends)
    order = np.argsort(-explained, kind="stable")[:_MAX_CANDIDATES]
    candidates = np.unique(candidates[order[explained[order] >= best - 2.0 * targets.rounding]])
    a = axes_of(np.append(candidates, _climb(targets, candidates, largest)))
    row = loss_profile(samples, a, focus_offset=focus_offset)
    least = int(np.argmin(np.where(row.best_b < 0.0, np.inf, row.floor)))
    params = float(row.a[least]), float(row.best_b[least])
    return Optimum(*params, float(clamped_loss(params, *samples, focus_offset)))


def _climb(targets: Targets, s: Floats, largest: float) -> Floats:
    """Move values of A^2 to the minimum loss between their neighbouring kinks, by Newton's method."""
    ends = np.concatenate([[0.0], targets.kinks, [np.inf]])
    after = np.searchsorted(targets.kinks, s) + 1
    low, high = ends[after - 1], np.minimum(ends[after], largest**2)
    for _ in range(_NEWTON_STEPS):
        s = np.clip(s + targets.newton_step(s), low, high)
    return s


def reached_bound(optimum: Optimum, margin: float = REACHED_MARGIN) -> float:
    """Return the largest clamped loss at which a run counts as having reached the optimum, AU^2."""
    return REACHED_FACTOR * optimum.loss + margin


def near_optimum(
    samples: Samples, optimum: Optimum, focus_offset: float = FOCUS_OFFSET, margin: float = REACHED_MARGIN
) -> NearOptimum:
    """Return a function that finds the parameters whose clamped loss is at most `reached_bound`.

    To save time, it computes the loss only where a lower bound on the loss does not exceed `reached_bound`.

    Parameters
    ----------
    samples
    optimum
        Global optimum of these samples.
    focus_offset
        AU.
    margin
        As for `reached_bound`, AU^2.

    Returns
    -------
    function
        Takes parameters, AU, shape (R, 2); returns True for those near the optimum, shape (R,).
    """
    bound = reached_bound(optimum, margin)
    targets, most = Targets.of(samples, focus_offset), bound * len(samples.x)
    most += _MARGIN * most + 100.0 * targets.rounding
    cells = targets.intervals_within(most, _EVERY_AXIS)
    low, high, product, product_high, square, square_high, *_ = cells
    width = (low - high) / low / high
    columns = low, product, (product_high - product) / width, square, (square_high - square) / width
    unbounded = targets.square_above_0 <= most  # B < 0 may be near too, which the bounds do not cover

    def is_near(params: Floats) -> Bools:
        near: Bools
        with np.errstate(all="ignore"):
            a, b = params.T
            s = a * a
            cell = np.searchsorted(low, s, "right") - 1
            start, product, product_slope, square, square_slope = (column[cell] for column in columns)
            along = (start - s) / start / s
            least = b * (b * (square + square_slope * along) - 2.0 * (product + product_slope * along))
            near = (cell >= 0) & (s <= high[cell]) & (b >= 0.0) & (least + targets.square <= most)
        if unbounded:
            near = np.logical_and.reduce(np.isfinite(params), axis=1)
        if near.any():
            near[near] = clamped_loss(params[near], *samples, focus_offset) <= bound
        return near

    return is_near


def confidence_bound(optimum: Optimum, n_samples: int) -> float:
    """Return the largest clamped loss in the 95 % confidence region of A and B, AU^2.

    The region contains all parameters whose loss is at most 1 + p / (n - p) F times the minimum, where F is the 95 %
    quantile of the F distribution with p = 2 and n - p degrees of freedom (Beale 1960, Confidence regions in non-linear
    estimation, J. R. Stat. Soc. B 22, 41). With p = 2 its tail is P(F > f) = (1 + 2 f / (n - 2))^(-(n - 2) / 2), so the
    factor is 0.05^(-2 / (n - 2)).

    Parameters
    ----------
    optimum
        Global optimum of the samples.
    n_samples

    Examples
    --------
    >>> round(confidence_bound(Optimum(1.26, 1.23, 1e-3), 512), 6)
    0.001012
    """
    bound: float = optimum.loss * (1.0 - CONFIDENCE) ** (-2.0 / (n_samples - 2))
    return bound


def noise_floor(noise_scale: float) -> float:
    """Return the expected loss of the true ellipse, AU^2: the variance of uniform noise, noise_scale^2 / 12.

    Parameters
    ----------
    noise_scale
        Width of the noise, AU.

    Raises
    ------
    ValueError
        If it is not a finite number of at least 0.

    Examples
    --------
    >>> round(noise_floor(0.1), 6)
    0.000833
    """
    width: float = check_number("noise_scale", noise_scale, float, 0.0)
    return width**2 / 12.0
