import numpy as np
import pytest

from orbitopt import hohmann


def test_the_focus_offset_is_that_of_the_true_ellipse():
    exact = (hohmann.SEMI_MAJOR_AXIS**2 - hohmann.SEMI_MINOR_AXIS**2) ** 0.5
    assert round(exact, 5) == hohmann.FOCUS_OFFSET


def test_the_true_ellipse_runs_from_earth_to_mars():
    truth = hohmann.transfer(hohmann.SEMI_MAJOR_AXIS)
    assert truth.perihelion == pytest.approx(hohmann.EARTH_ORBIT, abs=1e-5)
    assert truth.aphelion == hohmann.MARS_ORBIT
    assert round(hohmann.MARS_ORBIT, 4) == 1.5237


def test_the_true_transfer_takes_259_days_and_two_burns():
    truth = hohmann.transfer(hohmann.SEMI_MAJOR_AXIS)
    assert round(truth.days, 1) == 258.9
    assert round(truth.launch_burn, 2) == 2.94
    assert round(truth.arrival_burn, 2) == 2.65
    assert round(truth.lead_angle, 1) == 44.3


def test_a_circle_of_one_au_takes_half_a_year_and_its_speed_is_earths():
    assert hohmann._half_period(1.0) / hohmann.SECONDS_PER_DAY == pytest.approx(365.25 / 2, rel=2e-4)
    assert hohmann._speed(1.0, 1.0) == pytest.approx(29.78, abs=0.01)


@pytest.mark.parametrize("a", [0.26185, 0.1, 0.0, -1.3, float("nan")])
def test_an_ellipse_that_does_not_hold_the_sun_is_no_orbit(a):
    with pytest.raises(ValueError, match=r"a must exceed the focus offset 0\.26185 AU"):
        hohmann.transfer(a)


def test_the_miss_is_nothing_for_the_truth_and_signed_and_blind_to_the_mirror():
    assert hohmann.miss_at_mars(hohmann.SEMI_MAJOR_AXIS) == 0.0
    assert hohmann.miss_at_mars(hohmann.SEMI_MAJOR_AXIS + 0.001) == pytest.approx(149_597.87, abs=0.01)
    assert hohmann.miss_at_mars(-1.2) == hohmann.miss_at_mars(1.2) < 0.0


def test_points_of_the_ellipse_satisfy_its_equation_and_close():
    x, y = hohmann.ellipse(1.3, 1.1, n=57)
    np.testing.assert_allclose((x + hohmann.FOCUS_OFFSET) ** 2 / 1.3**2 + y**2 / 1.1**2, 1.0, rtol=1e-14)
    assert (x[0], y[0]) == pytest.approx((x[-1], y[-1]), abs=1e-14)
    assert len(x) == len(y) == 57
