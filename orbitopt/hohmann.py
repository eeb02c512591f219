"""Earth, Mars and the transfer ellipse between them, with the physics of a fitted ellipse.

The Sun is the origin. The ellipse's centre lies at x = -FOCUS_OFFSET, its perihelion touches Earth's orbit at
positive x and its aphelion touches Mars's orbit at negative x (Figure 6 of the post).
"""

from __future__ import annotations

from math import pi
from typing import NamedTuple, TypeVar

import numpy as np

from .arrays import Floats

ASTRONOMICAL_UNIT = 149_597_870.7
"""Kilometres in one AU: IAU 2012 Resolution B2."""

SUN_GM = 1.327_124_4e11
"""Gravitational constant times the Sun's mass, km^3/s^2: IAU 2015 Resolution B3."""

SECONDS_PER_DAY = 86_400.0

SEMI_MAJOR_AXIS = 1.261845
"""A of the true transfer ellipse, AU: Eq. 16 of the post."""

SEMI_MINOR_AXIS = 1.234378
"""B of the true transfer ellipse, AU: Eq. 16 of the post."""

FOCUS_OFFSET = 0.26185
"""c, half the distance between the foci, AU: sqrt(A^2 - B^2) as Eq. 16 of the post rounds it."""

EARTH_ORBIT = 1.0
"""Radius of Earth's orbit, AU."""

MARS_ORBIT = SEMI_MAJOR_AXIS + FOCUS_OFFSET
"""Radius of Mars's orbit, AU: the true ellipse's aphelion."""


Axis = TypeVar("Axis", float, Floats)


class Transfer(NamedTuple):
    """Physics of half an orbit along an ellipse with the Sun at one focus."""

    perihelion: float
    """Smallest distance from the Sun, AU."""
    aphelion: float
    """Largest distance from the Sun, AU."""
    days: float
    """Time from perihelion to aphelion, days."""
    launch_burn: float
    """Speed gained at perihelion, relative to a circular orbit of that radius, km/s."""
    arrival_burn: float
    """Speed gained at aphelion to enter a circular orbit of that radius, km/s."""
    lead_angle: float
    """Angle by which Mars must lead Earth at launch, degrees."""


def circle(radius: float, n: int = 181) -> tuple[Floats, Floats]:
    """Return points on a circular orbit around the Sun.

    Parameters
    ----------
    radius
        AU.
    n
        Number of points; the last repeats the first.

    Returns
    -------
    x, y
        AU, shape (n,).
    """
    angle = np.linspace(0.0, 2.0 * pi, n)
    return radius * np.cos(angle), radius * np.sin(angle)


def ellipse(
    a: float = SEMI_MAJOR_AXIS, b: float = SEMI_MINOR_AXIS, focus_offset: float = FOCUS_OFFSET, n: int = 181
) -> tuple[Floats, Floats]:
    """Return points on the ellipse (x + c)^2 / A^2 + y^2 / B^2 = 1, Eq. 16 of the post.

    Parameters
    ----------
    a, b
        Semi-major and semi-minor axis, AU.
    focus_offset
        AU.
    n
        Number of points; the last repeats the first.

    Returns
    -------
    x, y
        AU, shape (n,).
    """
    x, y = circle(1.0, n)
    return a * x - focus_offset, b * y


def miss_at_mars(a: Axis, focus_offset: float = FOCUS_OFFSET) -> Axis:
    """Return the distance by which the aphelion |A| + c overshoots Mars's orbit, km; negative if it falls short.

    Parameters
    ----------
    a
        Semi-major axis, AU.
    focus_offset
        AU.
    """
    return (abs(a) + focus_offset - MARS_ORBIT) * ASTRONOMICAL_UNIT


def transfer(a: float, focus_offset: float = FOCUS_OFFSET) -> Transfer:
    """Return the physics of the ellipse with semi-major axis A and focus offset c.

    Half an orbital period follows from Kepler's third law, t = pi sqrt(A^3 / GM), and the speeds from the vis-viva
    equation, v^2 = GM (2 / r - 1 / A).

    Parameters
    ----------
    a
        Semi-major axis, AU, greater than c.
    focus_offset
        c, AU.

    Raises
    ------
    ValueError
        If A is not greater than c: the Sun would lie outside the ellipse.

    Examples
    --------
    >>> truth = transfer(SEMI_MAJOR_AXIS)
    >>> round(truth.days, 1), round(truth.launch_burn, 2), round(truth.arrival_burn, 2), round(truth.lead_angle, 1)
    (258.9, 2.94, 2.65, 44.3)
    """
    if not a > focus_offset:
        raise ValueError(f"a must exceed the focus offset {focus_offset} AU for an orbit around the Sun, got {a}")
    perihelion, aphelion = a - focus_offset, a + focus_offset
    seconds = _half_period(a)
    return Transfer(
        perihelion=perihelion,
        aphelion=aphelion,
        days=seconds / SECONDS_PER_DAY,
        launch_burn=_speed(perihelion, a) - _speed(perihelion, perihelion),
        arrival_burn=_speed(aphelion, aphelion) - _speed(aphelion, a),
        lead_angle=180.0 * (1.0 - seconds / _half_period(MARS_ORBIT)),
    )


def _half_period(a: float) -> float:
    """Return half an orbital period, seconds."""
    seconds: float = pi * (a**3 * ASTRONOMICAL_UNIT**3 / SUN_GM) ** 0.5
    return seconds


def _speed(r: float, a: float) -> float:
    """Return the speed at distance r from the Sun, km/s."""
    speed: float = (SUN_GM / ASTRONOMICAL_UNIT * (2.0 / r - 1.0 / a)) ** 0.5
    return speed
