"""The chart of the orbits: how large it is, and what stands where in it."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import hohmann, orbits, palette

PUBLISHED = oo.run(oo.Experiment(epochs=1)).problem
RADIUS = {"Mercury": 0.387, "Venus": 0.723, "Earth": 1.0, "Mars": 1.5237, "Jupiter": 5.203, "Saturn": 9.537}


def orbit_of(a, c, n=90):
    """Return a whole orbit, mirrored above the axis."""
    angle = np.linspace(0.01, np.pi - 0.01, n)
    return oo.FitProblem.of(oo.Samples(a * np.cos(angle) - c, np.sqrt(a * a - c * c) * np.sin(angle)), focus_offset=c)


def rows(problem, kind):
    """Return the rows of a kind, each with what it has."""
    sky = orbits.sky_columns(problem)
    found = [{name: column[k].item() for name, column in sky.items()} for k in np.flatnonzero(sky["kind"] == kind)]
    return [{name: value for name, value in row.items() if value == value} for row in found]


def names(problem):
    return {row["text"]: (row["x"], row["y"]) for row in rows(problem, "name")}


def test_the_published_chart_shows_launch_and_arrival_on_the_true_ellipse():
    assert orbits.orbits_limit(PUBLISHED) == 1.72
    assert [(row["role"], row["a"], row["b"], row["centre"]) for row in rows(PUBLISHED, "orbit")] == [
        ("earth", 1.0, 1.0, 0.0), ("mars", pytest.approx(1.523695), pytest.approx(1.523695), 0.0),
    ]
    (truth,) = rows(PUBLISHED, "truth")
    assert (truth["a"], truth["b"], truth["centre"]) == pytest.approx((1.261845, 1.234378, -0.26185))
    assert [(row["role"], row["x"], row["y"]) for row in rows(PUBLISHED, "planet")] == [
        ("earth", 1.0, 0.0), ("mars", pytest.approx(-1.523695), 0.0),
    ]
    assert [(row["role"], row["x"], row["y"]) for row in rows(PUBLISHED, "sun")] == [("sun", 0.0, 0.0)]
    found = {row["text"]: (row["role"], row["x"], row["y"]) for row in rows(PUBLISHED, "name")}
    expected = {
        "Sun": ("sun", 0.0, -0.12), "Earth's orbit": ("earth", 0.0, -0.97), "Mars's orbit": ("mars", 0.0, -1.493695),
        "launch": ("earth", 0.92, 0.03), "arrival": ("mars", -1.443695, 0.03), "truth": ("truth", 0.72, -0.92),
        "samples": ("samples", 0.78, 1.02),
    }
    near = {text: (role, *map(pytest.approx, at, (1e-6, 1e-6), (0.01, 0.01))) for text, (role, *at) in expected.items()}
    assert found == near


def test_the_chart_is_the_same_whatever_the_noise():
    noisy = oo.run(oo.Experiment(noise_scale=0.5, seed=3, n_samples=16, batch_size=16, epochs=1)).problem
    assert rows(noisy, "orbit") == rows(PUBLISHED, "orbit")


@pytest.mark.parametrize(
    ("a", "c", "planets"),
    [
        (0.387, 0.08, {"Mercury"}),
        (0.723, 0.005, {"Venus"}),
        (1.0, 0.0167, {"Earth"}),
        (1.2606, 0.2757, {"Earth", "Mars"}),
        (5.203, 0.25, {"Earth", "Mars", "Jupiter"}),
        (9.537, 0.5, {"Mars", "Saturn"}),
        (17.8, 17.2, {"Jupiter", "Saturn", "Uranus", "Neptune"}),
    ],
)
def test_the_chart_grows_to_an_orbit_and_planets_stand_in_it_where_they_belong(a, c, planets):
    problem = orbit_of(a, c)
    limit = orbits.orbits_limit(problem)
    assert 1.05 * (a + c) < limit < 1.2 * (a + c)
    assert np.abs(problem.samples).max() < limit
    found = {text.removesuffix("'s orbit"): at for text, at in names(problem).items() if text.endswith("orbit")}
    assert found.keys() == planets
    radii = [row["a"] for row in rows(problem, "orbit")]
    assert radii == sorted(radii) and len(radii) == len(planets)
    for planet, radius in zip(sorted(planets, key=list(orbits.PLANETS).index), radii, strict=True):
        assert radius == pytest.approx(RADIUS.get(planet, radius), rel=1e-3)
        x, y = found[planet]
        if radius > 0.28 * limit:
            assert (x, y) == (0.0, pytest.approx(-radius, abs=0.02 * limit))
        else:
            assert radius < x < 0.45 * limit and abs(y) < 0.2 * limit, "beside the small orbits"
    assert not rows(problem, "truth") and not rows(problem, "planet"), "nobody knows where the planets were"
    assert not {"truth", "launch", "arrival"} & names(problem).keys()


@pytest.mark.parametrize("problem", [PUBLISHED, orbit_of(5.203, 0.25), orbit_of(17.8, 17.2), orbit_of(0.387, 0.08)])
def test_names_are_inside_the_chart_and_apart(problem):
    limit = orbits.orbits_limit(problem)
    found = names(problem)
    assert all(abs(x) < limit and abs(y) < limit for x, y in found.values())
    below = [y for x, y in found.values() if x == 0.0]
    beside = [y for text, (x, y) in found.items() if x > 0.0 and text.endswith("orbit")]
    for heights in (sorted(below), sorted(beside)):
        assert (np.diff(heights) > 0.1 * limit).all()
    x, y = found["samples"]
    problem_rows = problem.samples
    assert np.hypot(problem_rows.x - x, problem_rows.y - y).min() > 0.08 * limit


def test_every_role_of_the_chart_has_a_colour():
    assert set(orbits.sky_columns(orbit_of(5.203, 0.25))["role"]) <= palette.COLOURS.keys()


def test_samples_are_drawn_where_they_are():
    columns = orbits.sample_columns(PUBLISHED.samples)
    np.testing.assert_array_equal(columns["x"], PUBLISHED.samples.x.astype("f4"))
    np.testing.assert_array_equal(columns["y"], PUBLISHED.samples.y.astype("f4"))
    assert PUBLISHED.samples.x.max() < 1.01 < hohmann.MARS_ORBIT - 0.5, "x and y cannot be taken for one another"


def test_columns_travel_in_single_precision():
    columns = orbits.sky_columns(PUBLISHED) | orbits.sample_columns(PUBLISHED.samples)
    assert {column.dtype for column in columns.values() if column.dtype.kind == "f"} == {np.dtype(np.float32)}
    assert len({len(column) for column in orbits.sky_columns(PUBLISHED).values()}) == 1
