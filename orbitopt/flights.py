"""Real flights around the Sun, as examples of files."""

from __future__ import annotations

from datetime import date
from math import sqrt
from typing import NamedTuple

from .formatting import fixed
from .hohmann import SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS, transfer
from .problem import FitProblem


class Flight(NamedTuple):
    """A flight whose orbit is in a file."""

    label: str
    file: str
    """Name of the file in `assets/`, for `orbit_data.read_orbit`."""
    name: str
    """Name of the spacecraft, for sentences."""
    launch: date
    arrival: date

    def sentence(self, problem: FitProblem) -> str:
        """Return a sentence that compares the best ellipse for the file's samples with Hohmann's.

        Parameters
        ----------
        problem
            Problem of the orbit read from the file.
        """
        offset = sqrt(SEMI_MAJOR_AXIS**2 - SEMI_MINOR_AXIS**2)  # with one digit more than FOCUS_OFFSET
        days = transfer(SEMI_MAJOR_AXIS).days
        return (
            f"{self.name}'s path to Mars was close to Hohmann's ellipse: "
            f"A {fixed(problem.optimum.a, 4)} against {fixed(SEMI_MAJOR_AXIS, 4)} AU, "
            f"c {fixed(problem.focus_offset, 4)} against {fixed(offset, 4)} AU, "
            f"{(self.arrival - self.launch).days} days from launch to landing against {days:.0f}."
        )


FLIGHTS = {
    "curiosity": Flight("Curiosity, 2011", "msl-cruise.csv", "Curiosity", date(2011, 11, 26), date(2012, 8, 6)),
}
"""The flights by their keys. Their dates are those of launch and landing; a file may cover less."""
