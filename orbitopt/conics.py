"""Least-squares fit of a conic with one focus at the origin to points, and its uncertainty.

A conic with its focus at the origin is r = p / (1 + e cos(theta - omega)). With (ex, ey) = e (cos omega, sin omega) it
is r + ex x + ey y - p = 0, which is linear in p, ex and ey. The distance of a point from the conic is, to first order,
this expression divided by the length of its gradient (Sampson 1982, Fitting conic sections to "very scattered" data,
Comput. Graph. Image Process. 18, 97).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, degrees, erfc, hypot, inf, sqrt
from typing import NamedTuple

import numpy as np

from .arrays import Bools, Floats

_ROUNDS = 50
_PRECISION = 1e-13
_SUBSETS = 200
_MAX_FOR_SUBSETS = 1000
_LEAST_GRADIENT = 1e-12


class Conic(NamedTuple):
    """Fitted conic with one focus at the origin."""

    parameter: float
    """p, the distance from the focus at a right angle to the axis, AU."""
    ex: float
    ey: float
    """Components of the eccentricity vector, which points to perihelion."""
    distances: Floats
    """Signed distance of each point from the conic, AU, shape (n,)."""
    covariance: Floats
    """Covariance of p, ex and ey, shape (3, 3)."""

    @property
    def eccentricity(self) -> float:
        """e."""
        return hypot(self.ex, self.ey)

    @property
    def turn(self) -> float:
        """Direction of perihelion, degrees, in (-180, 180]."""
        return degrees(atan2(self.ey, self.ex))

    @property
    def elements(self) -> tuple[float, float, float]:
        """A, B and c, AU; infinite unless e < 1."""
        e = self.eccentricity
        if not e < 1.0:
            return inf, inf, inf
        square = 1.0 - e * e
        return self.parameter / square, self.parameter / sqrt(square), self.parameter * e / square

    @property
    def scatter(self) -> float:
        """Standard deviation of the points from the conic, AU."""
        return sqrt(float(np.add.reduce(self.distances**2)) / (len(self.distances) - 3))

    @property
    def turn_error(self) -> float:
        """Standard error of `turn`, degrees."""
        e = self.eccentricity
        if e == 0.0:
            return 180.0
        across = np.array([-self.ey, self.ex]) / e
        return degrees(sqrt(max(float(across @ self.covariance[1:, 1:] @ across), 0.0)) / e)

    @property
    def errors(self) -> tuple[float, float, float]:
        """Standard errors of A, B and c, AU; infinite unless e < 1."""
        if not self.eccentricity < 1.0:
            return inf, inf, inf
        p, e = self.parameter, self.eccentricity
        square = 1.0 - e * e
        along = np.array([self.ex, self.ey]) / e if e > 0.0 else np.array([1.0, 0.0])
        # Derivatives of A = p / square, B = p / sqrt(square) and c = p e / square by p and e.
        by_p = np.array([1.0 / square, 1.0 / sqrt(square), e / square])
        by_e = np.array([2.0 * p * e / square**2, p * e / square**1.5, p * (1.0 + e * e) / square**2])
        derivative = np.column_stack([by_p, np.outer(by_e, along)])
        a, b, c = np.sqrt(np.maximum(np.diag(derivative @ self.covariance @ derivative.T), 0.0)).tolist()
        return a, b, c


def fit_conic(x: Floats, y: Floats) -> Conic:
    """Fit a conic with one focus at the origin by least squares of the points' distances from it.

    The linear fit starts a Gauss-Newton iteration.

    Parameters
    ----------
    x, y
        AU, shape (n,), n at least 4; no point is the origin.

    Examples
    --------
    >>> angle = np.linspace(0.0, 3.0, 20)
    >>> r = 1.5 / (1.0 + 0.5 * np.cos(angle - 1.0))
    >>> conic = fit_conic(r * np.cos(angle), r * np.sin(angle))
    >>> round(conic.eccentricity, 6), round(conic.turn, 4), [round(value, 6) for value in conic.elements]
    (0.5, 57.2958, [2.0, 1.732051, 1.0])
    """
    scale = float(np.median(np.hypot(x, y)))
    x, y = x / scale, y / scale
    r = np.hypot(x, y)
    columns = np.column_stack([np.ones(len(x)), -x, -y])
    params = np.linalg.lstsq(columns, r, rcond=None)[0]
    distances, jacobian = _distances(params, x, y, r)
    for _ in range(_ROUNDS):
        step = np.linalg.lstsq(jacobian, -distances, rcond=None)[0]
        for _ in range(8):
            further, derivative = _distances(params + step, x, y, r)
            if np.add.reduce(further**2) <= np.add.reduce(distances**2):
                break
            step = 0.5 * step
        else:
            break
        params, distances, jacobian = params + step, further, derivative
        if np.abs(step).max() <= _PRECISION * np.abs(params).max():
            break
    variance = float(np.add.reduce(distances**2)) / (len(x) - 3)
    covariance = variance * np.linalg.pinv(jacobian.T @ jacobian)
    units = np.array([scale, 1.0, 1.0])
    p, ex, ey = (params * units).tolist()
    return Conic(p, ex, ey, distances * scale, np.asarray(covariance * np.outer(units, units), float))


def _distances(params: Sequence[float] | Floats, x: Floats, y: Floats, r: Floats) -> tuple[Floats, Floats]:
    """Return the distances of points from a conic, shape (n,), and their derivatives by p, ex and ey, shape (n, 3)."""
    p, ex, ey = params
    value = r + ex * x + ey * y - p
    gx, gy = x / r + ex, y / r + ey
    length = np.maximum(np.hypot(gx, gy), _LEAST_GRADIENT)
    by_length = value / length**3
    columns = [-1.0 / length, x / length - by_length * gx, y / length - by_length * gy]
    return value / length, np.column_stack(columns)


def far_off(x: Floats, y: Floats, factor: float, least: float) -> Bools:
    """Find points far off a conic that most points lie on.

    Conics through three points each, drawn at random with a fixed seed, are compared by the median distance of all
    points (least median of squares); the best selects the points for a fit.

    Parameters
    ----------
    x, y
        AU, shape (n,).
    factor
        A point is far off if its distance exceeds this many standard deviations of those that are not,
    least
        and this much, relative to A.

    Returns
    -------
    ndarray
        Shape (n,).
    """
    rng = np.random.default_rng(0)
    r = np.hypot(x, y)
    subsets = rng.integers(0, len(x), (_SUBSETS, 3))
    systems = np.stack([np.ones_like(r)[subsets], -x[subsets], -y[subsets]], axis=-1)
    some = rng.permutation(len(x))[:_MAX_FOR_SUBSETS]
    usable = np.abs(np.linalg.det(systems)) > 1e-9 * np.median(r) ** 2
    if not usable.any():
        return np.zeros(len(x), bool)
    candidates = np.linalg.solve(systems[usable], r[subsets[usable]][..., None])[..., 0]
    p, ex, ey = candidates.T[..., None]
    sx, sy, sr = x[some], y[some], r[some]
    gradient = np.maximum(np.hypot(sx / sr + ex, sy / sr + ey), _LEAST_GRADIENT)
    medians = np.median(np.abs(sr + ex * sx + ey * sy - p) / gradient, axis=1)
    best = candidates[int(np.argmin(medians))]
    near = np.abs(_distances(best, x, y, r)[0]) <= 5.0 * float(medians.min()) + 1e-9 * float(np.median(r))
    for _ in range(3):
        conic = fit_conic(x[near], y[near])
        distances = np.abs(_distances(conic[:3], x, y, r)[0])
        size = min(conic.elements[0], 10.0 * float(np.median(r)))
        near = distances <= max(factor * conic.scatter, least * size)
        if np.count_nonzero(near) < 8:
            return np.zeros(len(x), bool)
    return ~near


def systematic(conic: Conic, x: Floats, y: Floats) -> tuple[float, float]:
    """Test if points bend away from a fitted conic in a pattern, as they do if the focus is elsewhere.

    Two tests are made, and the more significant one counts. First, the distances are fitted with harmonics of twice and
    three times the angle besides the conic's own changes. Without a pattern, the share of the squares that this leaves
    has a beta distribution with (n - 7) / 2 and 2 degrees. Second, the correlation of neighbours in the order of the
    angle has a normal distribution with variance 1 / n.

    Returns
    -------
    probability
        Probability of such a pattern by chance.
    size
        Standard deviation of the pattern, AU.
    """
    before = float(np.add.reduce(conic.distances**2))
    if before == 0.0:
        return 1.0, 0.0
    # The columns are those at points of the conic in the same directions: they must not contain the noise themselves.
    p, ex, ey = conic[:3]
    angle = np.arctan2(y, x)
    x, y = np.cos(angle), np.sin(angle)
    r = p / np.maximum(1.0 + ex * x + ey * y, _LEAST_GRADIENT)
    own = _distances(conic[:3], r * x, r * y, r)[1] / [1.0, p, p]
    columns = np.column_stack([own, *(wave(k * angle) for k in (2, 3) for wave in (np.cos, np.sin))])
    pattern = columns @ np.linalg.lstsq(columns, conic.distances, rcond=None)[0]
    share = min(float(np.add.reduce((conic.distances - pattern) ** 2)) / before, 1.0)
    power = (len(x) - 7) / 2.0
    harmonics = share**power * (1.0 + power * (1.0 - share)), sqrt(float(np.mean(pattern**2)))
    ordered = conic.distances[np.argsort(angle, kind="stable")]
    together = float(np.add.reduce(ordered[1:] * ordered[:-1]))
    neighbours = erfc(together / before * sqrt(len(x) / 2.0)) / 2.0, sqrt(max(together, 0.0) / len(x))
    return min(harmonics, neighbours)


def arc(x: Floats, y: Floats) -> float:
    """Return the arc that points cover as seen from the origin, degrees: 360 less the largest gap.

    Examples
    --------
    >>> round(arc(np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, -1.0])), 6)
    180.0
    """
    angle = np.sort(np.arctan2(y, x))
    gaps = np.diff(angle, append=angle[0] + 2.0 * np.pi)
    return 360.0 - degrees(float(gaps.max()))


def in_plane(points: Floats) -> tuple[Floats, float, Floats]:
    """Turn points into the plane through the origin that fits them best.

    Parameters
    ----------
    points
        AU, shape (n, 3).

    Returns
    -------
    points
        x and y in the plane, AU, shape (n, 2): the turn about the line of nodes leaves this line as it is.
    inclination
        Angle between the planes, degrees, 0 to 90.
    heights
        Distances from the plane, AU, shape (n,).
    """
    normal = np.linalg.svd(points, full_matrices=False)[2][2]
    nx, ny, nz = (normal if normal[2] >= 0.0 else -normal).tolist()
    # Rodrigues' rotation about (ny, -nx, 0), which takes the normal to the z axis.
    share = 1.0 / (1.0 + nz)
    turn = np.array([[1.0 - nx * nx * share, -nx * ny * share, -nx], [-nx * ny * share, 1.0 - ny * ny * share, -ny]])
    return points @ turn.T, degrees(atan2(hypot(nx, ny), nz)), points @ np.array([nx, ny, nz])
