"""Real flights: their files, and what is said of them."""

from pathlib import Path

import pytest

from orbitopt.flights import FLIGHTS
from orbitopt.orbit_data import read_orbit

ASSETS = Path(__file__).parent.parent / "assets"


def test_curiosity_is_compared_with_hohmanns_ellipse():
    flight = FLIGHTS["curiosity"]
    problem = read_orbit((ASSETS / flight.file).read_bytes()).problem()
    assert flight.sentence(problem) == (
        "Curiosity's path to Mars was close to Hohmann's ellipse: A 1.2606 against 1.2618 AU, "
        "c 0.2757 against 0.2618 AU, 254 days from launch to landing against 259."
    )


@pytest.mark.parametrize("flight", FLIGHTS.values(), ids=FLIGHTS)
def test_every_flight_has_a_file_with_its_source_that_fits(flight):
    data = (ASSETS / flight.file).read_bytes()
    assert b"# Source: " in data
    orbit = read_orbit(data)
    assert not orbit.warning
    assert flight.launch < flight.arrival
    assert str(flight.launch.year) in flight.label


def test_the_file_of_curiosity_is_the_one_of_the_tests():
    given = (Path(__file__).parent / "inputs" / "msl-cruise.csv").read_bytes()
    assert (ASSETS / "msl-cruise.csv").read_bytes().endswith(given)
