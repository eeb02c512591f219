"""The square of the loss surface: its limits, where a path leaves it, and its bands."""

import numpy as np
import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.model import clamped_loss
from orbitopt.surfaces import LEVELS, MAX_SIDE, exit_of, level_unit, square_limits, surface_columns

WINDOW = (0.0, 2.0), (0.0, 2.0)
points = st.lists(st.tuples(st.floats(-4.5, 4.5), st.floats(-4.5, 4.5)), min_size=1, max_size=6).map(np.array)


@seed(1)
@given(needed=points, wanted=points)
def test_the_limits_are_a_square_that_holds_what_is_needed(needed, wanted):
    limits = (a_low, a_high), (b_low, b_high) = square_limits(needed, wanted)
    low, high = np.array(limits).T
    assert a_high - a_low == b_high - b_low
    assert ((needed >= low) & (needed <= high)).all()
    assert (low <= 0.0).all() and (high >= 2.0).all()
    assert all(2.0 * end == int(2.0 * end) for ends in limits for end in ends)
    everything = np.vstack([needed, wanted])
    outside = ((everything < low) | (everything > high)).any()
    assert not outside or a_high - a_low >= MAX_SIDE
    alone = square_limits(needed, needed)
    assert a_high - a_low <= max(MAX_SIDE, alone[0][1] - alone[0][0])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 1.0, 3.0], [1.0, 1.0, 1.0], (2, 2.0, 1.0, 0.0)),  # to the right
        ([1.0, 1.0], [1.0, -1.0], (1, 1.0, 0.0, 90.0)),  # downwards
        ([1.5, 2.5], [1.0, 2.0], (1, 2.0, 1.5, -45.0)),  # up to the right
        ([0.5, -0.5], [1.9, 2.3], (1, 0.25, 2.0, -180.0 + np.degrees(np.arctan(0.4)))),  # through the upper edge first
        ([1.0, 1e30], [1.0, 1.0], (1, 2.0, 1.0, 0.0)),
    ],
)
def test_a_path_leaves_where_its_line_crosses_the_frame(a, b, expected):
    assert exit_of(np.array(a), np.array(b), WINDOW) == pytest.approx(expected)


@pytest.mark.parametrize("a", [[0.1, 1.2], [2.5, 1.0], [1.0, np.nan], [1.0, np.inf]])
def test_a_path_that_stays_or_starts_outside_or_jumps_to_infinity_does_not_leave(a):
    assert exit_of(np.array(a), np.array([1.0, 1.0]), WINDOW) is None


def test_contours_nest_and_the_innermost_is_within_ten_percent_of_the_optimum(samples):
    problem = oo.FitProblem.of(samples)
    columns = surface_columns(problem, WINDOW)
    inmost = columns["level"] == columns["level"].min()
    assert columns["level"][inmost][0] == pytest.approx(1.1)
    assert columns["a"][inmost].min() < problem.optimum.a < columns["a"][inmost].max()
    assert (np.diff(columns["level"]) <= 0.0).all() and (np.diff(columns["band"]) >= 0.0).all()
    assert (columns["low"] <= columns["high"]).all()


def test_without_noise_levels_are_multiples_of_a_unit_that_is_named():
    noisy, exact = (oo.FitProblem.of(oo.noisy_samples(512, noise, 9999)) for noise in (0.1, 0.0))
    assert level_unit(noisy) == "the minimum"
    assert level_unit(exact) == "10⁻⁴ AU²"
    columns = surface_columns(exact, WINDOW)
    rows = (columns["level"] == 100) & (columns["low"] > 0.0) & (columns["low"] < columns["high"] - 0.1)
    assert clamped_loss(np.stack([columns["a"], columns["low"]], axis=1)[rows].astype(float), *exact.samples) == (
        pytest.approx(0.01, rel=1e-3)
    )


def test_the_levels_of_other_orbits_are_in_proportion_to_their_size():
    angle = np.linspace(0.05, 3.09, 60)
    for size, unit in ((1.234378, "10⁻⁴ AU²"), (5.2, "0.002 AU²"), (0.39, "1 × 10⁻⁵ AU²")):
        problem = oo.FitProblem.of(oo.Samples(size * np.cos(angle), size * np.sin(angle)), focus_offset=0.0)
        assert level_unit(problem) == unit
        columns = surface_columns(problem, ((0.0, 2.0 * size), (0.0, 2.0 * size)))
        assert len(set(columns["level"])) > 8, "the bands fill the picture"


def test_there_is_a_colour_for_every_band():
    columns = surface_columns(oo.FitProblem.of(oo.noisy_samples(512, 0.1, 9999)), ((0.0, 4.5), (0.0, 4.5)))
    of_level = dict(zip(columns["level"].tolist(), columns["band"].tolist(), strict=True))
    assert [of_level[float(np.float32(level))] for level in LEVELS] == [*range(12, 0, -1)]
    assert of_level[np.inf] == 0
