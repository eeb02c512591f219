"""Conics with a focus at the origin: the fit, its errors, and what it says of the points."""

import numpy as np
import pytest

from orbitopt.conics import arc, far_off, fit_conic, in_plane, systematic
from tests.orbits import conic_points, elements, planet


@pytest.mark.parametrize(("a", "e", "turn"), [(1.0, 0.2, 50.0), (40.0, 0.9, -170.0), (0.3, 0.5, 180.0)])
def test_points_on_an_ellipse_give_it_back(a, e, turn):
    conic = fit_conic(*conic_points(a, e, np.linspace(-60.0, 90.0, 30), turn))
    np.testing.assert_allclose(conic.elements, elements(a, e), rtol=1e-9)
    assert abs((conic.turn - turn + 180.0) % 360.0 - 180.0) < 1e-6
    assert conic.scatter < 1e-12 * a
    assert max(conic.errors) < 1e-9 * a


def test_a_circle_has_no_eccentricity():
    conic = fit_conic(*conic_points(2.0, 0.0, np.linspace(0.0, 200.0, 30)))
    np.testing.assert_allclose(conic.elements, [2.0, 2.0, 0.0], atol=1e-9)


def test_a_hyperbola_has_no_axes():
    conic = fit_conic(*conic_points(-1.0, 1.5, np.linspace(-90.0, 90.0, 30)))
    assert conic.eccentricity == pytest.approx(1.5)
    assert conic.elements == conic.errors == (np.inf,) * 3


@pytest.mark.parametrize(("e", "covered"), [(0.2, 360.0), (0.2, 150.0), (0.7, 200.0), (0.0, 120.0)])
def test_the_standard_errors_are_those_of_many_draws(e, covered):
    rng = np.random.default_rng(1)
    x, y = conic_points(1.5, e, np.linspace(-30.0, covered - 30.0, 60), 20.0)
    conics = [fit_conic(x + rng.normal(size=60) * 1e-3, y + rng.normal(size=60) * 1e-3) for _ in range(300)]
    got = np.std([conic.elements[:2] for conic in conics], axis=0)
    np.testing.assert_allclose(np.mean([conic.errors[:2] for conic in conics], axis=0), got, rtol=0.15)
    assert np.mean([conic.scatter for conic in conics]) == pytest.approx(1e-3, rel=0.03)
    if e:
        directions = np.std([conic.turn for conic in conics])
        assert np.mean([conic.turn_error for conic in conics]) == pytest.approx(directions, rel=0.15)
        assert np.mean([conic.errors[2] for conic in conics]) == pytest.approx(
            np.std([conic.elements[2] for conic in conics]), rel=0.15
        )


def test_the_fit_is_unbiased_where_a_fit_in_r_alone_is_not():
    rng = np.random.default_rng(2)
    x, y = conic_points(1.0, 0.6, np.linspace(-180.0, 180.0, 100))
    fits = [fit_conic(x + rng.normal(size=100) * 0.02, y + rng.normal(size=100) * 0.02).elements for _ in range(200)]
    np.testing.assert_allclose(np.mean(fits, axis=0), elements(1.0, 0.6), rtol=4e-3)


@pytest.mark.parametrize("n", [20, 300])
def test_points_far_off_are_found_and_no_others(n):
    rng = np.random.default_rng(3)
    x, y = np.array(conic_points(1.3, 0.2, np.linspace(0.0, 120.0, n), 70.0)) + rng.normal(size=(2, n)) * 0.005
    assert not far_off(x, y, 10.0, 0.02).any()
    x[[3, 11]] *= 1.2, -1.0
    y[[3, 11]] *= 1.2, -1.0
    assert np.flatnonzero(far_off(x, y, 10.0, 0.02)).tolist() == [3, 11]


def test_a_pattern_tells_another_focus_from_noise():
    rng = np.random.default_rng(4)
    x, y = conic_points(1.3, 0.2, np.linspace(0.0, 360.0, 100))
    noise = rng.normal(size=(2, 100)) * 0.005
    probability, size = systematic(fit_conic(x + noise[0], y + noise[1]), x + noise[0], y + noise[1])
    assert probability > 0.01 and size < 0.003
    x = x + 0.26  # relative to the centre
    probability, size = systematic(fit_conic(x + noise[0], y + noise[1]), x + noise[0], y + noise[1])
    assert probability < 1e-9 and size == pytest.approx(1.3 * 0.2**2 / 4.0 / np.sqrt(2.0), rel=0.1)


def test_the_probability_of_a_pattern_is_spread_without_one():
    rng = np.random.default_rng(5)
    x, y = conic_points(1.3, 0.3, np.linspace(0.0, 200.0, 20))
    found = []
    for _ in range(400):
        noisy = np.array([x, y]) + rng.normal(size=(2, 20)) * 1e-3
        found.append(systematic(fit_conic(*noisy), *noisy)[0])
    low, median, high = np.quantile(found, [0.1, 0.5, 0.9])  # of the smaller of two
    assert 0.04 < low < 0.12 and 0.25 < median < 0.5 and 0.6 < high < 0.9


def test_the_arc_goes_round_the_largest_gap():
    assert arc(*conic_points(1.0, 0.0, np.array([170.0, 200.0, 260.0]))) == pytest.approx(90.0)
    assert arc(*conic_points(1.0, 0.0, np.arange(0.0, 720.0, 30.0))) == pytest.approx(330.0)


def test_the_plane_of_an_orbit():
    x, y, z = planet(1.5, 0.2, 40.0, 120.0, 50.0)
    points, inclination, heights = in_plane(np.column_stack([x, y, z]))
    assert inclination == pytest.approx(40.0)
    assert np.abs(heights).max() < 1e-12
    np.testing.assert_allclose(np.hypot(*points.T), np.sqrt(x * x + y * y + z * z))
    conic = fit_conic(*points.T)
    np.testing.assert_allclose(conic.elements, elements(1.5, 0.2), rtol=1e-9)
    assert conic.turn == pytest.approx(120.0)  # the longitude of perihelion
    angle = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    assert (np.diff(angle) > 0.0).all()  # counter-clockwise still
