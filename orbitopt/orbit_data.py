"""Reader of any orbit around the Sun from a file, prepared for the model: turned, mirrored, and with its own c."""

from __future__ import annotations

import reprlib
from math import cos, radians, sin
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .conics import Conic, arc, far_off, fit_conic, in_plane, systematic
from .coordinates import Positions, read_positions
from .experiment import SETTINGS
from .formatting import count, fixed, listed, number
from .landscape import largest_axis, optimum
from .problem import FitProblem
from .samples import Samples

MAX_POINTS = 100_000
"""Largest number of points in a file."""

SCATTER_WARNING, MAX_SCATTER = 0.02, 0.05
"""Root mean square distance of the points from the fitted ellipse, relative to p = B^2 / A, from which the fit has a
warning, and above which the file is refused."""

MAX_ERROR = 0.01
"""Largest standard error of A, B and c, relative to A, B and c themselves; see C_SHARE for c."""

C_SHARE = 0.2
"""Share of A that an error of c is measured against if it is larger than c."""

MIN_ARC = 90.0
"""Smallest arc as seen from the Sun, degrees."""

OUTLIER_FACTOR, OUTLIER_SIZE = 10.0, 0.02
"""A point farther from the ellipse through the others than so many standard deviations and than this share of A is an
error in the file."""

MAX_CHANCE, MAX_PATTERN = 1e-6, 5e-4
"""The file is refused if the points bend away from the ellipse in a pattern that has less than this probability by
chance, and whose standard deviation exceeds this share of p."""

DISAGREEMENT_WARNING, MAX_DISAGREEMENT = 0.01, 0.03
"""Difference of the optimum of the page's loss from A and B by least squares, relative to these, from which the fit has
a warning, and above which the file is refused."""

MAX_HEIGHT = 0.05
"""Share of the distance from the Sun up to which z is left out; where it is larger, the plane is fitted."""

MAX_PLANE_SCATTER = 0.02
"""Largest root mean square distance from the plane, relative to that from the Sun."""

CIRCLE = 0.005
"""An eccentricity below this that is less than three standard errors counts as 0."""

SMALL_TURN, LARGE_TURN = 0.05, 0.5
"""A turn below the first, degrees, counts as 0, and so does one below the second of less than three standard errors."""

MAX_SIZE = 50.0
"""Upper bound on |x + c|, y and A, AU."""

_MIN_SAMPLES, _MAX_SAMPLES = int(SETTINGS["n_samples"].low), int(SETTINGS["n_samples"].high)
_DECIMALS = 9  # of turned samples, AU: fewer than the digits in which processors differ


class Orbit(NamedTuple):
    """An orbit around the Sun, prepared for the model."""

    samples: Samples
    """Points, AU, shape (n,) each: perihelion lies on +x, and those below the x axis are mirrored."""
    focus_offset: float
    """c = A e, AU."""
    turn: float
    """Direction of perihelion in the file, degrees, in (-180, 180]."""
    semi_axes: tuple[float, float]
    """A and B by least squares, AU."""
    notes: tuple[str, ...]
    """Sentences on what was done to the points."""
    warning: str = ""
    """Sentence on a fit to be used with care."""

    def problem(self, name: str = "") -> FitProblem:
        """Return the problem of fitting A and B to the samples; `name` is that of their file."""
        return FitProblem.of(self.samples, name, self.focus_offset, self.warning)


def read_orbit(data: bytes) -> Orbit:
    """Read an orbit around the Sun from a file, and fit A, B, c and its direction by least squares.

    The file is a table of positions relative to the Sun in any common form, see `tables` and `coordinates`, or a vector
    table of JPL Horizons. With z, the points are turned into the plane of the orbit unless |z| stays below 5 % of the
    distance from the Sun. A file that this page exported, which has a comment `# c (AU): 0.26185`, is used as it is.

    Parameters
    ----------
    data
        At most `tables.MAX_BYTES` bytes with 16 to 100,000 points; more than 4,096 are thinned evenly after the fit.

    Returns
    -------
    Orbit

    Raises
    ------
    TypeError
        If `data` is not bytes.
    ValueError
        If the file cannot be read, or the points do not determine an ellipse with the Sun at a focus within the limits
        above. The message says why, with the line where one is at fault, and what to do.

    Examples
    --------
    >>> angle = np.radians(np.arange(0.0, 180.0, 5.0))
    >>> r = 1.2 / (1.0 + 0.2 * np.cos(angle - 0.5))
    >>> rows = [f"{x},{y}" for x, y in zip(r * np.cos(angle), r * np.sin(angle))]
    >>> orbit = read_orbit("\\n".join(["x (AU),y (AU)", *rows]).encode())
    >>> [round(value, 6) for value in (*orbit.semi_axes, orbit.focus_offset, orbit.turn)]
    [1.25, 1.224745, 0.25, 28.64789]
    >>> orbit.notes
    ('Read as AU.', 'Turned by −28.6°, 6 points mirrored, c = 0.25 AU.')
    """
    if not isinstance(data, bytes):
        raise TypeError(f"data must be bytes, such as Path('orbit.csv').read_bytes(), got {reprlib.repr(data)}")
    positions = read_positions(data)
    n = len(positions.points)
    if not _MIN_SAMPLES <= n <= MAX_POINTS:
        bound = f"at least {_MIN_SAMPLES}" if n < _MIN_SAMPLES else f"at most {MAX_POINTS:,}"
        raise ValueError(f"there must be {bound} points, got {n:,}")
    if positions.exported_offset is not None:
        return _exported(positions, positions.exported_offset)
    x, y, notes = _plane_coordinates(positions)
    conic = _checked_conic(x, y, positions.lines)
    orbit = _prepared(x, y, conic, [*positions.notes, *notes])
    return orbit._replace(warning=" ".join(filter(None, [positions.warning, orbit.warning])))


def _exported(positions: Positions, text: str) -> Orbit:
    """Return the samples of a file that this page exported, as they are."""
    try:
        offset = float(text)
    except ValueError:
        offset = -1.0
    if not 0.0 <= offset < MAX_SIZE:
        expected = f"a number from 0 to {MAX_SIZE:g}, got {text[:24]!r}"
        raise ValueError(f"the comment c (AU) must have {expected}: correct or delete it")
    if (n := len(positions.points)) > _MAX_SAMPLES:
        raise ValueError(f"there must be at most {_MAX_SAMPLES:,} samples, got {n:,}: delete the comment c (AU)")
    samples = Samples(*positions.points[:, :2].T.copy())
    outside = np.maximum(np.abs(samples.x + offset), np.abs(samples.y)) >= MAX_SIZE
    if outside.any():
        k = int(np.argmax(outside))
        raise ValueError(f"line {positions.lines[k]}: |x + c| and |y| must be less than {MAX_SIZE:g} AU")
    if np.ptp(np.abs(samples.x + offset)) == 0.0:
        raise ValueError(
            "all samples are equally far from the ellipse's centre in x, so A and B cannot be determined separately: "
            "add samples at other x"
        )
    best = optimum(samples, offset)
    if not best.a < 0.999 * largest_axis(samples, offset):
        raise ValueError(
            "the samples do not curve like an ellipse with this centre, so no A fits best: delete the comment c (AU)"
        )
    if not best.b > 0.0:
        raise ValueError(
            "the samples must lie mostly above the x axis, as the upper half of an ellipse does: change the sign of y"
        )
    notes = *positions.notes, f"Exported by this page, with c = {number(offset, 5)} AU: used as it is."
    return Orbit(samples, offset, 0.0, (best.a, best.b), notes)


def _plane_coordinates(positions: Positions) -> tuple[Floats, Floats, list[str]]:
    """Return x and y in the plane of the orbit, AU, and sentences on z."""
    points = positions.points
    distance = np.hypot.reduce(points, axis=1)
    if not distance.all():
        line = positions.lines[int(np.argmin(distance))]
        raise ValueError(f"line {line}: the point lies in the Sun, at x = 0 and y = 0: correct or delete this line")
    if points.shape[1] == 2:
        return points[:, 0], points[:, 1], []
    share = float((np.abs(points[:, 2]) / distance).max())
    if share <= MAX_HEIGHT:
        note = f"Without z, which is at most {number(100.0 * share, 2)} % of the distance from the Sun."
        return points[:, 0], points[:, 1], [note]
    plane, inclination, heights = in_plane(points)
    scatter = float(np.sqrt(np.mean((heights / distance) ** 2)))
    if scatter > MAX_PLANE_SCATTER:
        raise ValueError(
            f"the points do not lie in a plane through the Sun: they are {100.0 * scatter:.2g} % of their distance off "
            f"it, at most {100.0 * MAX_PLANE_SCATTER:g} % is accepted: check that x, y and z are measured from the Sun"
        )
    return plane[:, 0], plane[:, 1], [f"Turned into the plane of the orbit, inclined by {fixed(inclination, 1)}°."]


def _checked_conic(x: Floats, y: Floats, lines: list[int]) -> Conic:
    """Fit a conic, and raise an error unless it is an ellipse that the points determine well."""
    spread = np.linalg.svd(np.column_stack([x - x.mean(), y - y.mean()]), compute_uv=False)
    size = float(np.hypot(x, y).max())
    if not spread[0] > 1e-6 * size:
        raise ValueError("all points are at one place: the file must have points along an orbit")
    if not spread[1] > 1e-3 * spread[0]:
        raise ValueError("the points lie on a line, not on an ellipse around the Sun: check the columns x and y")
    _check_outliers(x, y, lines)
    conic, degrees = fit_conic(x, y), arc(x, y)
    scatter = conic.scatter
    more = f"the points cover an arc of {degrees:.0f}° as seen from the Sun, too little"
    if degrees < MIN_ARC:
        raise ValueError(f"{more}: at least {MIN_ARC:g}° are needed, so add more of the orbit")
    if conic.parameter <= 0.0 or scatter > MAX_SCATTER * conic.parameter:
        limit = MAX_SCATTER * max(conic.parameter, 0.0)
        raise ValueError(
            f"the points do not lie on an ellipse with the Sun at a focus: they are {number(scatter)} AU off the best "
            f"one, at most {number(limit)} AU is accepted: check that x and y are measured from the Sun"
        )
    chance, pattern = systematic(conic, x, y)
    if chance < MAX_CHANCE and pattern > MAX_PATTERN * conic.parameter:
        raise ValueError(
            f"the points bend away from the best ellipse with the Sun at a focus, by {number(pattern, 2)} AU and in a "
            "pattern that is no noise: check that x and y are measured from the Sun, in the orbit's plane or with z"
        )
    if conic.eccentricity >= 1.0:
        raise ValueError(
            "the points lie on a hyperbola or parabola rather than an ellipse: the eccentricity is "
            f"{number(conic.eccentricity, 4)} and must be less than 1: add more of the orbit if it is an ellipse"
        )
    a, b, c = conic.elements
    for name, value, error in zip("ABc", (a, b, max(c, C_SHARE * a)), conic.errors):
        if not error <= MAX_ERROR * value:
            raise ValueError(
                f"{more} to determine {name}: its standard error is {number(error, 2)} AU, at most "
                f"{number(MAX_ERROR * value, 2)} AU is accepted: add more of the orbit, or more precise points"
            )
    return conic


def _check_outliers(x: Floats, y: Floats, lines: list[int]) -> None:
    """Raise an error if a few points lie far off the ellipse through the others."""
    far = np.flatnonzero(far_off(x, y, OUTLIER_FACTOR, OUTLIER_SIZE))
    if 0 < len(far) <= max(1, len(x) // 10):
        more = f", as do {count(len(far) - 1, 'other point')}" if len(far) > 1 else ""
        raise ValueError(
            f"line {lines[far[0]]}: the point lies far off the ellipse through most points{more}: correct or delete "
            f"{'this line' if len(far) == 1 else 'lines ' + listed([str(lines[k]) for k in far[:5]])}"
        )


def _prepared(x: Floats, y: Floats, conic: Conic, notes: list[str]) -> Orbit:
    """Turn, mirror and thin points, and compare the fit of the page with that by least squares."""
    a, b, offset = conic.elements
    turn = round(conic.turn, 6)
    error = conic.errors[2] / a
    if conic.eccentricity < CIRCLE and conic.eccentricity < 3.0 * error:
        turn, offset, a = 0.0, 0.0, b
    elif abs(turn) < max(min(LARGE_TURN, 3.0 * conic.turn_error), SMALL_TURN):
        turn = 0.0
    if turn:
        cosine, sine = cos(radians(turn)), sin(radians(turn))
        x, y = np.round(x * cosine + y * sine, _DECIMALS), np.round(y * cosine - x * sine, _DECIMALS)
    offset = round(offset, _DECIMALS)
    below = int(np.count_nonzero(y < 0.0))
    turned = f"Turned by {fixed(-turn, 1)}°" if turn else "Not turned"
    mirrored = f", {count(below, 'point')} mirrored" if below else ""
    notes = [*notes, f"{turned}{mirrored}, c = {number(offset, 4)} AU."]
    samples = Samples(x.copy(), np.abs(y))
    if (n := len(x)) > _MAX_SAMPLES:
        kept = np.linspace(0.0, n - 1.0, _MAX_SAMPLES).round().astype(int)
        samples = Samples(samples.x[kept], samples.y[kept])
        notes.append(f"Thinned evenly from {n:,} to {_MAX_SAMPLES:,} points, after the fit.")
    if not max(np.abs(samples.x + offset).max(), samples.y.max(), a) < MAX_SIZE:
        raise ValueError(f"A must be less than {MAX_SIZE:g} AU, got {number(a)}: choose a smaller orbit")
    return Orbit(samples, offset, turn, (a, b), tuple(notes), _warning(samples, offset, (a, b), conic))


def _warning(samples: Samples, offset: float, semi_axes: tuple[float, float], conic: Conic) -> str:
    """Return a sentence if the fit needs care; raise an error if the page's loss has its optimum elsewhere."""
    best = optimum(samples, offset)
    differences = [abs(got - expected) / expected for got, expected in zip((best.a, best.b), semi_axes)]
    compared = (
        f"A = {number(best.a, 4)} and B = {number(best.b, 4)} AU, "
        f"where the points' distances from the ellipse give {number(semi_axes[0], 4)} and {number(semi_axes[1], 4)} AU"
    )
    if max(differences) > MAX_DISAGREEMENT:
        raise ValueError(f"the loss in y would give {compared}: add more of the orbit, or more precise points")
    if conic.scatter > SCATTER_WARNING * conic.parameter:
        share = f"{100.0 * conic.scatter / conic.parameter:.2g} % of B²/A"
        return f"The points lie {number(conic.scatter)} AU off the best ellipse, {share}: use A and B with care."
    if max(differences) > DISAGREEMENT_WARNING:
        return f"The loss in y has its optimum at {compared}."
    return ""
