"""The loss surface over A and B: its exact optimum, what is near it, and the bound of the confidence region.

For a given A both losses are quadratic in B: with root_i = sqrt(1 - (x_i + c)^2 / A^2),

    loss(A, B) = floor(A) + curvature(A) (B - best_b(A))^2,

so that the best B, the contours and the search for the best A all follow from three numbers at every A.
"""

from typing import NamedTuple

import numpy as np

from .bounds import MOST_ROUNDS, Targets, axes_of
from .model import centre_distance_squared, clamped_loss

LARGEST_AXIS = 8.0
"""How far the search for the best A looks, AU: twice as far as a run may start."""

CONFIDENCE = 0.95
"""Share of all draws of the noise for which the confidence region contains the true A and B."""

REACHED_FACTOR = 1.1
"""A run has reached the optimum when its clamped loss is at most this times the least possible."""

REACHED_MARGIN = 1e-8
"""Added to that bound, AU^2, so that it can be met where the samples have no noise and the least loss is 0."""

_PRECISION = 1e-10  # of the least loss: how much less of it the search may miss
_MOST_WORK = 2**17  # intervals times distances; the bounds of samples that fix no ellipse would ask for more
_MOST_CANDIDATES = 128
_NEWTON_STEPS = 6
_AT_ONCE = 2**15  # numbers, so that a block of the profile fits the processor's cache
_CANCELLED = 1e-5  # of the sum of squares; a floor below it is computed from the residuals
_MARGIN = 1e-9  # relative, for the rounding of bounds
_EVERY_AXIS = 1e150  # AU; its square is still finite


class Optimum(NamedTuple):
    """Where the clamped loss of given samples is least."""

    a: float
    """Semi-major axis, AU."""
    b: float
    """Semi-minor axis, AU."""
    loss: float
    """The clamped loss there, AU^2."""


class LossProfile(NamedTuple):
    """The loss along B at every A of a row, shape (n,) each: floor + curvature (B - best_b)^2."""

    a: np.ndarray
    """Semi-major axis, AU."""
    best_b: np.ndarray
    """The semi-minor axis with the least loss at that A, AU; 0 where no sample is in the domain."""
    floor: np.ndarray
    """The least loss at that A, AU^2; infinite where no sample is in the domain and the loss is `domain_only`."""
    curvature: np.ndarray
    """How fast the loss grows with (B - best_b)^2; 0 where no sample is in the domain."""


def loss_profile(samples, a, domain_only=False):
    """The loss as a function of B at every given A.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.
    a : array_like, shape (m,)
        Semi-major axes, AU.
    domain_only : bool
        False for the clamped loss over all samples, True for the loss of Eq. 18 over those in the domain.

    Returns
    -------
    LossProfile
    """
    a = np.asarray(a, float)
    distance, y = centre_distance_squared(samples.x), np.asarray(samples.y, float)
    if domain_only:
        order = np.argsort(distance, kind="stable")
        distance, y = distance[order], y[order]
    within = np.append(0.0, np.cumsum(y * y))
    rows = max(_AT_ONCE // y.size, 1)
    parts = [_profile(a[k : k + rows], distance, y, within, domain_only) for k in range(0, max(len(a), 1), rows)]
    return LossProfile(a, *(np.concatenate(column) for column in zip(*parts)))


def _profile(a, distance, y, within, domain_only):
    """`best_b`, `floor` and `curvature` of a few A; if `domain_only`, the distances ascend.

    The squared targets of the first k samples sum to `within[k]`.
    """
    square = a * a
    count = np.searchsorted(distance, square) if domain_only else np.full(len(a), y.size)
    most = count.max(initial=0)  # beyond these no sample is in any domain
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


def optimum(samples):
    """The global optimum of the clamped loss over A in (0, LARGEST_AXIS] and B >= 0, by branch and bound.

    No A and B have a loss below it by more than 1e-10 of it, or by more than rounding of the sum of squared targets.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.

    Returns
    -------
    Optimum
    """
    targets = Targets.of(samples)
    nodes, found, explained, best = targets.first_nodes(LARGEST_AXIS), [], [], 0.0
    for _ in range(MOST_ROUNDS):
        intervals = targets.bounds(nodes)
        found += intervals.low, intervals.high
        explained += intervals.explained_low, intervals.explained_high
        best = max(best, intervals.explained_low.max(), intervals.explained_high.max())
        # Split what may hold a loss below the least so far by more than the precision, or by more than what the ends
        # of the interval show, where rounding is above that precision.
        worth = best + _PRECISION * (targets.square - best) - targets.rounding
        shown = np.maximum(intervals.explained_low, intervals.explained_high) + targets.rounding
        intervals = intervals.where(intervals.most_explained > np.maximum(worth, shown))
        if not len(intervals.low):
            break
        most = max(_MOST_WORK // len(targets.kinks), 1)
        nodes = targets.split(intervals.where(np.argsort(-intervals.most_explained, kind="stable")[:most]))
    # Those that rounding does not tell from the best are compared once more, by their residuals.
    found, explained = np.concatenate(found), np.concatenate(explained)
    order = np.argsort(-explained, kind="stable")[:_MOST_CANDIDATES]
    found = np.unique(found[order[explained[order] >= best - 2.0 * targets.rounding]])
    row = loss_profile(samples, axes_of(np.append(found, _climb(targets, found))))
    best = int(np.argmin(np.where(row.best_b < 0.0, np.inf, row.floor)))
    params = float(row.a[best]), float(row.best_b[best])
    return Optimum(*params, float(clamped_loss(params, *samples)))


def _climb(targets, s):
    """From values of A^2 to where the loss is least between the kinks around each, by Newton's method."""
    ends = np.concatenate([[0.0], targets.kinks, [np.inf]])
    after = np.searchsorted(targets.kinks, s) + 1
    low, high = ends[after - 1], np.minimum(ends[after], LARGEST_AXIS**2)
    for _ in range(_NEWTON_STEPS):
        s = np.clip(s + targets.newton_step(s), low, high)
    return s


def reached_bound(optimum):
    """Clamped loss up to which a run has reached the optimum, AU^2."""
    return REACHED_FACTOR * optimum.loss + REACHED_MARGIN


def near_optimum(samples, optimum):
    """A function that says which of many parameters have a clamped loss of at most `reached_bound`.

    It computes that loss only where a lower bound of it does not rule this out.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.
    optimum : Optimum
        The exact optimum of those samples.

    Returns
    -------
    function
        Of params, shape (R, 2), AU; it returns an ndarray of bool, shape (R,).
    """
    bound = reached_bound(optimum)
    targets, most = Targets.of(samples), bound * len(samples.x)
    most += _MARGIN * most + 100.0 * targets.rounding
    cells = targets.intervals_within(most, _EVERY_AXIS)
    low, high, product, product_high, square, square_high, *_ = cells
    width = (low - high) / low / high
    columns = low, product, (product_high - product) / width, square, (square_high - square) / width
    anything = targets.square_above_0 <= most  # with B < 0 too

    def is_near(params):
        with np.errstate(all="ignore"):
            a, b = params.T
            s = a * a
            cell = np.searchsorted(low, s, "right") - 1
            start, product, product_slope, square, square_slope = (column[cell] for column in columns)
            along = (start - s) / start / s
            least = b * (b * (square + square_slope * along) - 2.0 * (product + product_slope * along))
            near = (cell >= 0) & (s <= high[cell]) & (b >= 0.0) & (least + targets.square <= most)
        if anything:
            near = np.isfinite(params).all(axis=1)
        if near.any():
            near[near] = clamped_loss(params[near], *samples) <= bound
        return near

    return is_near


def confidence_bound(optimum, n_samples):
    """Clamped loss up to which A and B lie in their 95 % confidence region, AU^2.

    The region holds all parameters whose loss is at most 1 + p / (n - p) F times the least, where F is the 95 %
    quantile of the F distribution with p = 2 and n - p degrees of freedom (Beale 1960, Confidence regions in non-linear
    estimation, J. R. Stat. Soc. B 22, 41). With p = 2 its tail is P(F > f) = (1 + 2 f / (n - 2))^(-(n - 2) / 2), and
    the factor 0.05^(-2 / (n - 2)).

    Parameters
    ----------
    optimum : Optimum
        The exact optimum of the samples.
    n_samples : int

    Returns
    -------
    float

    Examples
    --------
    >>> round(confidence_bound(Optimum(1.26, 1.23, 1e-3), 512), 6)
    0.001012
    """
    return optimum.loss * (1.0 - CONFIDENCE) ** (-2.0 / (n_samples - 2))


def noise_floor(noise_scale):
    """Mean squared error of the truth itself: the variance of uniform noise, noise_scale^2 / 12.

    Parameters
    ----------
    noise_scale : float
        Width of the noise, AU.

    Returns
    -------
    float
        AU^2.

    Examples
    --------
    >>> round(noise_floor(0.1), 6)
    0.000833
    """
    return noise_scale**2 / 12.0
