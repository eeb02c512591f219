"""The chart of the orbits: its axis limit, and the Sun, orbits, planets and labels in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import cos, radians, sin
from typing import Any

import numpy as np

from . import hohmann
from .arrays import Columns
from .problem import FitProblem
from .samples import Samples

PLANETS: dict[str, float] = {
    "Mercury": 0.387099,
    "Venus": 0.723336,
    "Earth": hohmann.EARTH_ORBIT,
    "Mars": hohmann.MARS_ORBIT,
    "Jupiter": 5.202887,
    "Saturn": 9.536676,
    "Uranus": 19.189165,
    "Neptune": 30.069923,
}
"""Radii of the planets' orbits, drawn as circles, AU. Earth's and Mars's are those of the post; the others are mean
semi-major axes at J2000 (E. M. Standish, Keplerian elements for approximate positions of the major planets, JPL)."""

_PUBLISHED_LIMIT = 1.72
_MARGIN = 1.12  # from the farthest point of an orbit to the axis limit
_SMALL = 0.28  # of the axis limit; names of smaller orbits are on the right of them, one below the other
_ROOM = 0.12  # of the axis limit, between names
_APART = 0.05  # of the axis limit, between orbits and around the Sun
_TEXTS = {"kind": "", "role": "", "text": "", "align": "center", "baseline": "bottom"}
_LENGTHS = "a", "b", "centre", "x", "y"


def orbits_limit(problem: FitProblem) -> float:
    """Return the axis limit of the chart of the orbits, AU: user-supplied samples and their best ellipse are inside."""
    if not problem.own:
        return _PUBLISHED_LIMIT
    best = problem.optimum
    return _MARGIN * max(float(np.abs(problem.samples).max()), best.a + problem.focus_offset, best.b)


def sample_columns(samples: Samples) -> Columns:
    """Return the samples' `x` and `y`, AU."""
    return {name: np.asarray(column, np.float32) for name, column in samples._asdict().items()}


def sky_columns(problem: FitProblem) -> Columns:
    """Return the Sun, orbits, planets and names in the chart of the orbits as columns.

    Returns
    -------
    dict
        `kind`: "orbit", "truth", "sun", "planet" or "name"; `role` in `palette.COLOURS`. Ellipses have the semi-axes
        `a` and `b` and the x of their `centre`; the others have a place `x`, `y`, and names have a `text` with its
        `align` and `baseline`. `limit` is that of the axes. Lengths are in AU, and NaN or empty where there is none.
    """
    limit = orbits_limit(problem)
    rows = [*_orbits(problem, limit), *_names(problem, limit)]
    texts = {name: np.array([row.get(name, default) for row in rows]) for name, default in _TEXTS.items()}
    lengths = {name: np.array([row.get(name, np.nan) for row in rows], np.float32) for name in _LENGTHS}
    return texts | lengths | {"limit": np.full(len(rows), limit, np.float32)}


def _orbits(problem: FitProblem, limit: float) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of orbits, the Sun and planets."""
    for planet, radius in _planets(problem, limit).items():
        yield {"kind": "orbit", "role": _role(planet), "a": radius, "b": radius, "centre": 0.0}
    yield {"kind": "sun", "role": "sun", "x": 0.0, "y": 0.0}
    if problem.truth:
        a, b = problem.truth
        yield {"kind": "truth", "role": "truth", "a": a, "b": b, "centre": -problem.focus_offset}
        yield {"kind": "planet", "role": "earth", "x": hohmann.EARTH_ORBIT, "y": 0.0}  # at launch
        yield {"kind": "planet", "role": "mars", "x": -hohmann.MARS_ORBIT, "y": 0.0}  # at arrival


def _names(problem: FitProblem, limit: float) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of names."""
    scale, beside = limit / _PUBLISHED_LIMIT, {"kind": "name", "baseline": "middle"}
    yield {"kind": "name", "role": "sun", "text": "Sun", "x": 0.0, "y": -0.12 * scale, "baseline": "top"}
    planets = _planets(problem, limit)
    small = [planet for planet, radius in reversed(planets.items()) if radius < _SMALL * limit]
    for planet, radius in planets.items():
        at = {"x": 0.0, "y": 0.03 * scale - radius}
        if planet in small:
            y = ((len(small) - 1) / 2 - small.index(planet)) * _ROOM * limit
            at = {"x": planets[small[0]] + 0.03 * scale, "y": y}
        look = beside | {"align": "left"} if planet in small else {"kind": "name"}
        yield look | {"role": _role(planet), "text": f"{planet}'s orbit"} | at
    if problem.truth:
        earth, mars = hohmann.EARTH_ORBIT - 0.08, 0.08 - hohmann.MARS_ORBIT
        yield {"kind": "name", "role": "earth", "text": "launch", "x": earth, "y": 0.03, "align": "right"}
        yield {"kind": "name", "role": "mars", "text": "arrival", "x": mars, "y": 0.03, "align": "left"}
        yield beside | {"role": "truth", "text": "truth", "x": 0.72, "y": -0.92, "align": "left"}
    angle = radians(52.6)
    away = _distance(problem, angle) + _ROOM * limit
    at = {"x": away * cos(angle), "y": away * sin(angle)}
    yield beside | {"role": "samples", "text": "samples", "align": "left"} | at


def _planets(problem: FitProblem, limit: float) -> dict[str, float]:
    """Return the orbits with room in the chart: Earth's, Mars's, and those that user-supplied samples come near."""
    best, shown = problem.optimum, {"Earth", "Mars"}
    if problem.own:
        nearest, farthest = 0.9 * (best.a - problem.focus_offset), 1.1 * (best.a + problem.focus_offset)
        shown |= {planet for planet, radius in PLANETS.items() if nearest < radius < farthest}
    found: dict[str, float] = {}
    for planet, radius in reversed(PLANETS.items()):
        apart = min((larger - radius for larger in found.values()), default=limit)
        room = (_APART if radius < _SMALL * limit else _ROOM) * limit
        if planet in shown and _APART * limit < radius < limit and apart > room:
            found[planet] = radius
    return dict(reversed(found.items()))


def _distance(problem: FitProblem, angle: float) -> float:
    """Return the distance of the best ellipse from the Sun, AU, at an angle from perihelion."""
    best, c = problem.optimum, problem.focus_offset
    return best.b**2 / (best.a + c * cos(angle))


def _role(planet: str) -> str:
    """Return the role of a planet's orbit in `palette.COLOURS`."""
    return planet.lower() if planet in ("Earth", "Mars") else "planet"
