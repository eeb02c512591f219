"""The loss surface over A and B: its exact optimum, its contours, and what the noise allows.

For a given A both losses are quadratic in B: with root_i = sqrt(1 - (x_i + c)^2 / A^2),

    loss(A, B) = floor(A) + curvature(A) (B - best_b(A))^2,

so that the best B, the contours and the search for the best A all follow from three numbers at every A.
"""

from typing import NamedTuple

import numpy as np

from .model import centre_distance_squared, predict

_GRID = 33
_ROUNDS = 9
_KINKS_WITHIN = 0.05
_CONTOUR_GRID = 400
_CONTOUR_NODES = 48
_SETTLED_AFTER = 30
_LEAST_DEVIATION = 1e-7  # AU, 15 km
LARGEST_AXIS = 8.0
"""How far the search for the best A looks, AU: twice as far as a run may start."""


class Optimum(NamedTuple):
    """Where the clamped loss of given samples is least."""

    a: float
    """Semi-major axis, AU."""
    b: float
    """Semi-minor axis, AU."""
    loss: float
    """The clamped loss there, AU^2."""


class Valley(NamedTuple):
    """The loss along B at every A of a row, shape (n,) each: floor + curvature (B - best_b)^2."""

    a: np.ndarray
    """Semi-major axis, AU."""
    best_b: np.ndarray
    """The semi-minor axis with the least loss at that A, AU; 0 where no sample is in the domain."""
    floor: np.ndarray
    """The least loss at that A, AU^2; infinite where no sample is in the domain and the loss is `domain_only`."""
    curvature: np.ndarray
    """How fast the loss grows with (B - best_b)^2; 0 where no sample is in the domain."""


def valley(samples, a, domain_only=False):
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
    Valley
    """
    a = np.asarray(a, float)
    y = np.asarray(samples.y, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.fmax(1.0 - centre_distance_squared(samples.x) / (a * a)[:, None], 0.0))
        count = np.count_nonzero(root, axis=-1) if domain_only else y.size
        target_square = np.vecdot(root > 0.0, y * y) if domain_only else y @ y
        root_square = np.vecdot(root, root)
        best_b = np.where(root_square > 0.0, np.vecdot(root, y) / root_square, 0.0)
        floor = np.where(count > 0, (target_square - root_square * best_b * best_b) / count, np.inf)
        curvature = np.where(count > 0, root_square / count, 0.0)
    return Valley(a, best_b, np.maximum(floor, 0.0), curvature)


def optimum(samples):
    """The exact optimum of the clamped loss, by a search in A alone that narrows to rounding.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.

    Returns
    -------
    Optimum
    """
    low, high = 0.0, LARGEST_AXIS
    for _ in range(_ROUNDS):
        row = valley(samples, np.linspace(low, high, _GRID))
        best = int(np.argmin(row.floor))
        low, high = row.a[max(best - 1, 0)], row.a[min(best + 1, _GRID - 1)]
    # Wherever a sample enters the domain the floor has a kink, and the least loss may hide in one beside this best.
    kinks = np.sqrt(centre_distance_squared(samples.x))
    row = valley(samples, np.append(row.a[best], kinks[np.abs(kinks - row.a[best]) < _KINKS_WITHIN]))
    best = int(np.argmin(row.floor))
    return Optimum(float(row.a[best]), float(row.best_b[best]), float(row.floor[best]))


def covariance(samples, optimum):
    """What the noise does to the optimum: the covariance of A and B, by Gauss and Newton.

    With the Jacobian J of the clamped predictions and the variance s^2 of the residuals it is s^2 (J' J)^-1. Its slopes
    are taken not at the optimum, where by A they are without bound for every sample that just enters the domain, but
    from one standard deviation below to one above, which is settled by iteration.

    Parameters
    ----------
    samples : Samples
        x and y of shape (n,), AU.
    optimum : Optimum
        The exact optimum of those samples.

    Returns
    -------
    ndarray, shape (2, 2)
        AU^2.
    """
    best = np.array(optimum[:2])
    variance = optimum.loss * len(samples.x) / (len(samples.x) - 2)
    deviation = np.array([1e-3, 1e-3])
    for _ in range(_SETTLED_AFTER):
        steps = np.diag(np.maximum(deviation, _LEAST_DEVIATION))
        above, below = (predict(best + sign * steps, samples.x)[0] for sign in (1.0, -1.0))
        jacobian = (above - below) / (2.0 * np.diagonal(steps)[:, None])
        matrix = variance * np.linalg.pinv(jacobian @ jacobian.T)
        deviation = np.sqrt(deviation * np.sqrt(np.diagonal(matrix)))
    return matrix


def deviations(params, optimum, matrix):
    """How far parameters lie from the optimum, in standard deviations: the Mahalanobis distance.

    Parameters
    ----------
    params : array_like, shape (2,)
        A and B, AU.
    optimum : Optimum
    matrix : ndarray, shape (2, 2)
        The `covariance` of the optimum.

    Returns
    -------
    float
        Infinite where the covariance rules them out, as it does all but the optimum without noise.
    """
    away = np.asarray(params) - optimum[:2]
    if not np.linalg.det(matrix) > 0.0:
        return float(np.inf if away.any() else 0.0)
    return float(np.sqrt(away @ np.linalg.solve(matrix, away)))


def contours(samples, levels, a_range, b_range, domain_only=False):
    """Where the loss is at most each level, as the stretch of B at a row of A.

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
        For every connected stretch of A the level, A, and the least and the greatest B; shapes (m,), AU.
    """
    grid = valley(samples, np.linspace(*a_range, _CONTOUR_GRID), domain_only)
    patches = []
    for level in levels:
        for start, end in _stretches(grid, level):
            # Nodes crowd towards both ends, where the contour turns round.
            a = start + (end - start) * (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, _CONTOUR_NODES)))
            best_b, floor, curvature = (np.interp(a, grid.a, row) for row in (grid.best_b, grid.floor, grid.curvature))
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = np.nan_to_num(np.sqrt(np.maximum(level - floor, 0.0) / curvature), nan=0.0)
            low, high = np.maximum(best_b - reach, b_range[0]), np.minimum(best_b + reach, b_range[1])
            inside = low <= high
            if inside.any():
                patches.append((level, a[inside], low[inside], high[inside]))
    return patches


def _stretches(grid, level):
    """Ends of the stretches of A in which the floor is at most the level."""
    inside = np.flatnonzero(np.diff(np.concatenate([[False], grid.floor <= level, [False]])))
    for first, after in inside.reshape(-1, 2):
        yield _crossing(grid, first - 1, first, level), _crossing(grid, after, after - 1, level)


def _crossing(grid, outside, inside, level):
    """Where the floor crosses the level between two neighbours of the grid, or the grid's end."""
    if not 0 <= outside < len(grid.a) or not np.isfinite(grid.floor[outside]):
        return grid.a[inside]
    share = (level - grid.floor[inside]) / (grid.floor[outside] - grid.floor[inside])
    return grid.a[inside] + share * (grid.a[outside] - grid.a[inside])


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
