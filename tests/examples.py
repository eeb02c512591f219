"""The runs of the examples, on their own samples where they have some."""

from pathlib import Path

import orbitopt as oo
from orbitopt.flights import FLIGHTS

ASSETS = Path(__file__).parent.parent / "assets"


def fit_of(key):
    """Return the run of an example."""
    example = oo.EXAMPLES[key]
    problem = None
    if example.flight:
        flight = FLIGHTS[example.flight]
        problem = oo.read_orbit((ASSETS / flight.file).read_bytes()).problem(flight.label)
    return oo.run(example.experiment, problem)
