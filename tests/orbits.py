"""Points on orbits around the Sun, for tests, and the files that hold them."""

import numpy as np

ECCENTRIC_ANOMALY_STEPS = 60


def conic_points(a, e, angle, turn=0.0):
    """x and y, AU, of an ellipse at angles from perihelion, which lies in the direction `turn`; both in degrees."""
    angle, turn = np.radians(angle), np.radians(turn)
    r = a * (1.0 - e * e) / (1.0 + e * np.cos(angle))
    return r * np.cos(angle + turn), r * np.sin(angle + turn)


def elements(a, e):
    """A, B and c, AU."""
    return a, a * np.sqrt(1.0 - e * e), a * e


def planet(a, e, inclination, perihelion, node, n=200):
    """x, y and z, AU, at equal times over an orbit, from mean elements: AU and degrees; longitudes of J2000."""
    mean = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    eccentric = mean.copy()
    for _ in range(ECCENTRIC_ANOMALY_STEPS):  # Kepler's equation
        eccentric = mean + e * np.sin(eccentric)
    x, y = a * (np.cos(eccentric) - e), a * np.sqrt(1.0 - e * e) * np.sin(eccentric)
    argument, inclination, node = np.radians([perihelion - node, inclination, node])
    along = x * np.cos(argument) - y * np.sin(argument)
    across = x * np.sin(argument) + y * np.cos(argument)
    level = across * np.cos(inclination)
    return (
        along * np.cos(node) - level * np.sin(node),
        along * np.sin(node) + level * np.cos(node),
        across * np.sin(inclination),
    )


def file_of(*columns, header="x (AU),y (AU)", separator=","):
    """A file with these columns, every number in full precision."""
    rows = [separator.join(map(repr, row)) for row in zip(*(map(float, column) for column in columns), strict=True)]
    return "\n".join([header, *rows]).encode() if header else "\n".join(rows).encode()
