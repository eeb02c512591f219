"""Earth, Mars and the transfer ellipse between them, with the physics of a fitted ellipse.

The Sun is the origin. The ellipse's centre lies at x = -FOCUS_OFFSET, its perihelion touches Earth's orbit at
positive x and its aphelion touches Mars's orbit at negative x (Figure 6 of the post).
"""

from math import pi
from typing import NamedTuple

import numpy as np

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


class Transfer(NamedTuple):
    """What flying an ellipse with the Sun in one focus would mean."""

    perihelion: float
    """Least distance from the Sun, AU."""
    aphelion: float
    """Greatest distance from the Sun, AU."""
    days: float
    """Time from perihelion to aphelion, days."""
    launch_burn: float
    """Speed to add at perihelion to a circular orbit of that radius, km/s."""
    arrival_burn: float
    """Speed to add at aphelion to reach the circular orbit of that radius, km/s."""
    lead_angle: float
    """How far Mars must be ahead of Earth at launch, degrees."""


def circle(radius, n=181):
    """Points of a circular orbit around the Sun.

    Parameters
    ----------
    radius : float
        AU.
    n : int
        Number of points; the last repeats the first.

    Returns
    -------
    x, y : ndarray, shape (n,)
        AU.
    """
    angle = np.linspace(0.0, 2.0 * pi, n)
    return radius * np.cos(angle), radius * np.sin(angle)


def ellipse(a=SEMI_MAJOR_AXIS, b=SEMI_MINOR_AXIS, n=181):
    """Points of the ellipse (x + c)^2 / A^2 + y^2 / B^2 = 1, Eq. 16 of the post.

    Parameters
    ----------
    a, b : float
        Semi-major and semi-minor axis, AU.
    n : int
        Number of points; the last repeats the first.

    Returns
    -------
    x, y : ndarray, shape (n,)
        AU.
    """
    x, y = circle(1.0, n)
    return a * x - FOCUS_OFFSET, b * y


def miss_at_mars(a):
    """Distance by which the aphelion A + c overshoots Mars's orbit, negative if it falls short.

    Parameters
    ----------
    a : float or ndarray
        Semi-major axis, AU; its sign is of no account.

    Returns
    -------
    float or ndarray
        Kilometres.
    """
    return (abs(a) + FOCUS_OFFSET - MARS_ORBIT) * ASTRONOMICAL_UNIT


def transfer(a):
    """Physics of the ellipse with semi-major axis A and its focus c from the centre.

    Half an orbital period by Kepler's third law, t = pi sqrt(A^3 / GM); speeds by the vis-viva equation,
    v^2 = GM (2 / r - 1 / A).

    Parameters
    ----------
    a : float
        Semi-major axis, AU, greater than the focus offset.

    Returns
    -------
    Transfer

    Raises
    ------
    ValueError
        If A does not exceed the focus offset: the Sun would lie outside the ellipse.

    Examples
    --------
    >>> truth = transfer(SEMI_MAJOR_AXIS)
    >>> round(truth.days, 1), round(truth.launch_burn, 2), round(truth.arrival_burn, 2), round(truth.lead_angle, 1)
    (258.9, 2.94, 2.65, 44.3)
    """
    if not a > FOCUS_OFFSET:
        raise ValueError(f"a must exceed the focus offset {FOCUS_OFFSET} AU for an orbit around the Sun, got {a}")
    perihelion, aphelion = a - FOCUS_OFFSET, a + FOCUS_OFFSET
    seconds = _half_period(a)
    return Transfer(
        perihelion=perihelion,
        aphelion=aphelion,
        days=seconds / SECONDS_PER_DAY,
        launch_burn=_speed(perihelion, a) - _speed(perihelion, perihelion),
        arrival_burn=_speed(aphelion, aphelion) - _speed(aphelion, a),
        lead_angle=180.0 * (1.0 - seconds / _half_period(MARS_ORBIT)),
    )


def _half_period(a):
    return pi * (a**3 * ASTRONOMICAL_UNIT**3 / SUN_GM) ** 0.5


def _speed(r, a):
    return (SUN_GM / ASTRONOMICAL_UNIT * (2.0 / r - 1.0 / a)) ** 0.5
