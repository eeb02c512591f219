"""Reader of any orbit around the Sun from a file, prepared for the model: turned, mirrored, and with its own c."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from math import cos, radians, sin
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .conics import Conic, arc, far_off, fit_conic, in_plane, systematic
from .coordinates import Positions, read_positions
from .experiment import SETTINGS
from .formatting import count, fixed, listed, number
from .landscape import optimum
from .problem import FitProblem, digest
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

UNCERTAIN = 0.025
"""Standard error of c, relative to c, from which it is told."""

MIN_ARC = 90.0
"""Smallest arc as seen from the Sun, degrees."""

OUTLIER_FACTOR, OUTLIER_SIZE = 10.0, 0.02
"""A point is an error in the file if its distance from the ellipse through the others exceeds both this number of
standard deviations and this share of A."""

MAX_CHANCE, PATTERN_WARNING, MAX_PATTERN = 1e-6, 5e-4, 1.5e-3
"""Points may bend away from the ellipse in a pattern, because other planets disturb the orbit, or because they are not
measured from the Sun. If the pattern has less than this probability by chance, the fit has a warning from the first
share of p on, as the standard deviation of the pattern, and above the second the file is refused."""

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

SUN_RADIUS = 0.00465
"""Smallest distance of an orbit from the Sun's centre, AU: 695,700 km, IAU 2015 Resolution B3."""

MAX_SIZE = 50.0
"""Upper bound on |x + c|, y and A, AU."""

_MIN_SAMPLES, _MAX_SAMPLES = int(SETTINGS["n_samples"].low), int(SETTINGS["n_samples"].high)
_SAID = re.compile(r"(c \(AU\)|sha256|warning)\s*:\s*(.*)")  # comments in a file that this page exported
_INTO_PLANE = "Turned into the plane of the orbit, which is inclined by {}° to the x-y plane."
_NEARLY_WHOLE = 300.0  # degrees
_LISTED = 5  # lines in a message
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
    """Warning about an uncertain fit; empty if there is none."""

    def problem(self, name: str = "") -> FitProblem:
        """Return the problem of fitting A and B to the samples; `name` is that of their file."""
        return FitProblem.of(self.samples, name, self.focus_offset, self.warning, " ".join(self.notes))


def read_orbit(data: bytes, columns: Mapping[str, int] | None = None) -> Orbit:
    """Read an orbit around the Sun from a file, and fit A, B, c and its direction by least squares.

    The file is a table of positions relative to the Sun in any common form, see `tables` and `coordinates`, or a vector
    table of JPL Horizons. With z, the points are turned into the plane of the orbit unless |z| stays below 5 % of the
    distance from the Sun. A file that this page exported is used as it is; its comments contain c and a hash.

    Parameters
    ----------
    data
        At most `tables.MAX_BYTES` bytes with 16 to 100,000 points; more than 4,096 are thinned evenly after the fit.
    columns
        Numbers of the columns of x, y and perhaps z, from 0, if their names do not tell them.

    Returns
    -------
    Orbit

    Raises
    ------
    TypeError
        If `data` is not bytes.
    UnclearColumns
        If the columns of x and y cannot be determined: a ValueError with the names of all columns.
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
    positions = read_positions(data, columns)
    n = len(positions.points)
    if not _MIN_SAMPLES <= n <= MAX_POINTS:
        bound = f"at least {_MIN_SAMPLES} are needed. Add more"
        if n > MAX_POINTS:
            bound = f"at most {MAX_POINTS:,} are accepted. Keep every second or every tenth row"
        raise ValueError(f"the file has {count(n, 'point')}, and {bound}")
    if exported := _exported(positions):
        return exported
    x, y, notes = _plane_coordinates(positions)
    conic, pattern = _checked_conic(x, y, positions.lines)
    orbit = _prepared(x, y, conic, [*positions.notes, *notes])
    return orbit._replace(warning=" ".join(filter(None, [positions.warning, pattern, orbit.warning])))


def _exported(positions: Positions) -> Orbit | None:
    """Return the samples of a file that this page exported, as they are; None if it is another file, or was changed."""
    said = {found[1]: found[2] for comment in positions.comments if (found := _SAID.fullmatch(comment))}
    samples = Samples(*positions.points[:, :2].T.copy())
    try:
        offset = float(said["c (AU)"])
    except (KeyError, ValueError):
        return None
    if not 0.0 <= offset < MAX_SIZE or said.get("sha256") != digest(samples, offset):
        return None
    best = optimum(samples, offset)
    notes = *positions.notes, f"Exported by this page, with c = {number(offset, 5)} AU: used without changes."
    return Orbit(samples, offset, 0.0, (best.a, best.b), notes, said.get("warning", ""))


def _plane_coordinates(positions: Positions) -> tuple[Floats, Floats, list[str]]:
    """Return x and y in the plane of the orbit, AU, and sentences on z."""
    points = positions.points
    distance = np.hypot.reduce(points, axis=1)
    if not distance.all():
        line = positions.lines[int(np.argmin(distance))]
        raise ValueError(f"line {line}: the point is in the Sun, at x = 0 and y = 0. Correct or delete this line")
    if points.shape[1] == 2:
        return points[:, 0], points[:, 1], []
    share = float((np.abs(points[:, 2]) / distance).max())
    if share <= MAX_HEIGHT:
        note = f"z is left out: it is at most {number(100.0 * share, 2)} % of the distance from the Sun."
        return points[:, 0], points[:, 1], [note] if share else []
    plane, inclination, heights = in_plane(points)
    scatter = float(np.sqrt(np.mean((heights / distance) ** 2)))
    if scatter > MAX_PLANE_SCATTER:
        raise ValueError(
            "the points do not lie in a plane through the Sun: their typical distance from the best plane is "
            f"{100.0 * scatter:.2g} % of that from the Sun, and at most {100.0 * MAX_PLANE_SCATTER:g} % is accepted. "
            "Check that x, y and z are measured from the Sun"
        )
    return plane[:, 0], plane[:, 1], [_INTO_PLANE.format(fixed(inclination, 1))]


def _checked_conic(x: Floats, y: Floats, lines: list[int]) -> tuple[Conic, str]:
    """Fit a conic, and raise an error unless it is an ellipse that the points determine well; or return a warning."""
    spread = np.linalg.svd(np.column_stack([x - x.mean(), y - y.mean()]), compute_uv=False)
    size = float(np.hypot(x, y).max())
    if not spread[0] > 1e-6 * size:
        raise ValueError("all points are at the same place. The file must have points along an orbit")
    if not spread[1] > 1e-3 * spread[0]:
        raise ValueError("the points lie on a straight line, not on an ellipse. Check the columns x and y")
    _check_outliers(x, y, lines)
    conic, degrees = fit_conic(x, y), arc(x, y)
    scatter = conic.scatter
    if degrees < MIN_ARC:
        raise ValueError(
            f"the points cover only {degrees:.0f}° around the Sun. At least {MIN_ARC:g}° are needed, and 120° or more "
            "is better. Add more of the orbit"
        )
    if conic.parameter <= 0.0 or scatter > MAX_SCATTER * conic.parameter:
        limit = MAX_SCATTER * max(conic.parameter, 0.0)
        raise ValueError(
            "the points do not lie on an ellipse with the Sun at a focus: their typical distance from the best one is "
            f"{number(scatter)} AU, and at most {number(limit)} AU is accepted. Check that x and y are measured from "
            "the Sun, or use more precise points"
        )
    chance, pattern = systematic(conic, x, y)
    bent = pattern if chance < MAX_CHANCE else 0.0
    if bent > MAX_PATTERN * conic.parameter:
        raise ValueError(
            f"the points differ from the best ellipse with the Sun at a focus by {number(pattern, 2)} AU, in a regular "
            "pattern and not at random. Check that x and y are measured from the Sun. If the orbit is tilted, add the "
            "column z"
        )
    if conic.eccentricity >= 1.0:
        raise ValueError(
            "the points lie on a hyperbola or parabola rather than an ellipse: the eccentricity is "
            f"{number(conic.eccentricity, 4)} and must be less than 1. Add more of the orbit if it is an ellipse"
        )
    a, b, c = conic.elements
    if a - c < SUN_RADIUS:
        raise ValueError(
            f"the orbit comes within {number(a - c)} AU of the Sun's centre, which is inside the Sun. Check the unit "
            "in the header, and that x and y are measured from the Sun"
        )
    for name, value, error in zip("ABc", (a, b, max(c, C_SHARE * a)), conic.errors):
        if not error <= MAX_ERROR * value:
            longer = f", or a longer part of the orbit, now {degrees:.0f}°" if degrees < _NEARLY_WHOLE else ""
            raise ValueError(
                f"the points do not determine {name} well enough: its standard error is {number(error, 2)} AU, and at "
                f"most {number(MAX_ERROR * value, 2)} AU is accepted. Use more precise points, or more of them{longer}"
            )
    if bent > PATTERN_WARNING * conic.parameter:
        differ = f"The points differ from the best ellipse by {number(pattern, 2)} AU, in a regular pattern"
        return conic, f"{differ}: other planets disturb the orbit, or the points are not measured from the Sun."
    return conic, ""


def _check_outliers(x: Floats, y: Floats, lines: list[int]) -> None:
    """Raise an error if a few points lie far off the ellipse through the others."""
    far = np.flatnonzero(far_off(x, y, OUTLIER_FACTOR, OUTLIER_SIZE))
    if 0 < len(far) <= max(1, len(x) // 10):
        if len(far) == 1:
            which = f"line {lines[far[0]]}: the point lies far from the ellipse through the others"
            raise ValueError(f"{which}. Correct or delete this line")
        at_fault = listed([str(lines[k]) for k in far[:_LISTED]])
        others = " and others" if len(far) > _LISTED else ""
        raise ValueError(
            f"{len(far)} points lie far from the ellipse through the others. Correct or delete lines {at_fault}{others}"
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
    uncertain = f" ± {number(conic.errors[2], 1)}" if offset and conic.errors[2] > UNCERTAIN * offset else ""
    notes = [*notes, f"{turned}{mirrored}, c = {number(offset, 4)}{uncertain} AU."]
    samples = Samples(x.copy(), np.abs(y))
    if (n := len(x)) > _MAX_SAMPLES:
        kept = np.linspace(0.0, n - 1.0, _MAX_SAMPLES).round().astype(int)
        samples = Samples(samples.x[kept], samples.y[kept])
        notes.append(f"Thinned evenly: c is that of all {n:,} points, and {_MAX_SAMPLES:,} of them are the samples.")
    if not (size := max(float(np.abs(samples.x + offset).max()), float(samples.y.max()), a)) < MAX_SIZE:
        raise ValueError(
            f"the orbit is too large: A and all coordinates must be less than {MAX_SIZE:g} AU, got {number(size)}. "
            "Choose a smaller orbit"
        )
    return Orbit(samples, offset, turn, (a, b), tuple(notes), _warning(samples, offset, (a, b), conic))


def _warning(samples: Samples, offset: float, semi_axes: tuple[float, float], conic: Conic) -> str:
    """Return a sentence if the fit needs care; raise an error if the page's loss has its optimum elsewhere."""
    best = optimum(samples, offset)
    differences = [abs(got - expected) / expected for got, expected in zip((best.a, best.b), semi_axes)]
    least, fitted = (f"A = {number(a, 4)} and B = {number(b, 4)} AU" for a, b in (best[:2], semi_axes))
    if max(differences) > MAX_DISAGREEMENT:
        raise ValueError(
            f"the optimizers would find {least}, but the least-squares fit gives {fitted}. Add more of the orbit, or "
            "use more precise points"
        )
    if conic.scatter > SCATTER_WARNING * conic.parameter:
        typical = f"The points are typically {number(conic.scatter)} AU from the best ellipse"
        return f"{typical}, so A and B are less certain than usual."
    if max(differences) > DISAGREEMENT_WARNING:
        counted = "The loss counts errors in y only, so its minimum is"
        return f"{counted} at {least}; the least-squares fit of the orbit gives {fitted}."
    return ""
