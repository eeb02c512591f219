"""Sample sets that lie badly: clustered, tied, few, scattered, with outliers, below the axis. Seeded."""

import numpy as np

from orbitopt import hohmann
from orbitopt.samples import Samples


def hard_samples(count, seed=1):
    """So many sample sets of 16 to 64 samples, of eight kinds in turn."""
    rng = np.random.default_rng(seed)
    return [_hard(rng, k % 8) for k in range(count)]


def _hard(rng, kind):
    n = int(rng.integers(16, 65))
    wide = rng.uniform(-1.5, 1.0, n)
    half, centre = hohmann.SEMI_MAJOR_AXIS, -hohmann.FOCUS_OFFSET
    clustered = rng.choice(wide[:3], n) + rng.normal(size=n) * 10.0 ** rng.uniform(-8.0, -1.0)
    x = [
        wide,
        rng.choice(wide[:4], n),  # ties
        clustered,
        rng.uniform(-1.5, -1.2, n),  # one end
        np.round(wide, 1),  # ties on a grid
        rng.uniform(-3.5, 3.0, n),  # far out of the domain
        centre + np.where(np.arange(n) % 2, rng.uniform(0.0, 1e-3, n), rng.uniform(1.0, 1.3, n)),
        rng.uniform(centre - half, centre + half, n),
    ][kind]
    root = np.sqrt(np.maximum(1.0 - ((x - centre) / half) ** 2, 0.0))
    y = hohmann.SEMI_MINOR_AXIS * root + rng.normal(size=n) * 10.0 ** rng.uniform(-4.0, 0.0)
    if rng.random() < 0.3:
        y[:3] += 5.0 * rng.normal(size=3)  # outliers
    if rng.random() < 0.2:
        y *= rng.choice([-1.0, 1.0], n)  # both above and below the axis
    if rng.random() < 0.1:
        y = -np.abs(y)
    return Samples(x, y)
