"""Make the README's animation: `python -m tests.pictures`."""

from pathlib import Path

import orbitopt as oo
from orbitopt import films

ASSETS = Path(__file__).parent.parent / "assets"


def race():
    """Return the animation of the four published runs."""
    runs = {oo.OPTIMIZERS[key].label: oo.run(experiment) for key, experiment in oo.PUBLISHED.items()}
    return oo.finish(films.film(runs))


if __name__ == "__main__":
    data = race()
    (ASSETS / "race.gif").write_bytes(data)
    print(f"{len(data):,} bytes")
