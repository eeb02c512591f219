"""Orbits from files: what is accepted is right, and what is refused is said with how to succeed."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt import exports, orbit_data
from orbitopt.coordinates import UnclearColumns
from orbitopt.orbit_data import Orbit, read_orbit
from orbitopt.problem import FitProblem, digest
from tests.orbits import conic_points, elements, file_of, planet

INPUTS = Path(__file__).parent / "inputs"
HOHMANN = 1.261845, 1.234378, 0.26185
KM = 149_597_870.7
ARC = np.linspace(5.0, 175.0, 40)
X, Y = conic_points(1.5, 0.3, ARC, 20.0)
MADE = elements(1.5, 0.3)


def rows(x=X, y=Y, separator=",", form="{:.7f}"):
    return [separator.join([form.format(a), form.format(b)]) for a, b in zip(x, y, strict=True)]


def text(*lines, end="\n"):
    return (end.join(lines) + end).encode()


def commas(lines):
    return [line.replace(".", ",") for line in lines]


def assert_is(orbit, expected, within=0.01):
    assert isinstance(orbit, Orbit)
    np.testing.assert_allclose(orbit.semi_axes, expected[:2], rtol=within)
    assert abs(orbit.focus_offset - expected[2]) <= within * max(expected[2], 0.2 * expected[0])
    best = oo.optimum(orbit.samples, orbit.focus_offset)
    np.testing.assert_allclose([best.a, best.b], orbit.semi_axes, rtol=0.03)


@pytest.mark.parametrize("path", sorted(INPUTS.iterdir()), ids=lambda path: path.stem)
def test_files_that_people_have(path):
    expected = {"msl-cruise": (1.2606, 1.23, 0.2757), "s4-circle": (1.0, 1.0, 0.0)}.get(path.stem, HOHMANN)
    orbit = read_orbit(path.read_bytes())
    assert_is(orbit, expected)
    assert not orbit.warning


def test_the_cruise_of_curiosity():
    orbit = read_orbit((INPUTS / "msl-cruise.csv").read_bytes())
    np.testing.assert_allclose([*orbit.semi_axes, orbit.focus_offset], [1.2606, 1.2300, 0.2757], rtol=1e-3)
    assert orbit.turn == pytest.approx(53.9, abs=0.05)
    problem = orbit._replace(warning="Careful.").problem("msl.csv")
    assert (problem.focus_offset, problem.name, problem.own) == (orbit.focus_offset, "msl.csv", True)
    assert (problem.warning, problem.notes) == ("Careful.", " ".join(orbit.notes))
    np.testing.assert_array_equal(problem.samples, orbit.samples)
    assert orbit.notes == (
        "Read as km, divided by 149,597,870.7.",
        "z is left out: it is at most 2.9 % of the distance from the Sun.",
        "Turned by −53.9°, c = 0.2757 AU.",
    )


TIMES = [f"{2455894.5 + 3 * k}," for k in range(len(X))]
TILTED = [axis[:150] for axis in planet(1.5, 0.3, 30.0, 80.0, 40.0)]
GOOD = {
    "spaces": text("x y", *rows(separator="   ")),
    "tabs and Windows line ends": text("x\ty", *rows(separator="\t"), end="\r\n"),
    "old Mac line ends": text("x,y", *rows(), end="\r"),
    "semicolons and decimal commas": text("x;y", *commas(rows(separator=";"))),
    "tabs and decimal commas": text("x\ty", *commas(rows(separator="\t"))),
    "spaces and decimal commas": text("x y", *commas(rows(separator=" "))),
    "quoted decimal commas": text('"x","y"', *('"{}","{}"'.format(*commas(row.split(","))) for row in rows())),
    "UTF-8 with BOM": b"\xef\xbb\xbf" + text("x,y", *rows()),
    "UTF-16 with BOM": text("x,y", *rows()).decode().encode("utf-16"),
    "UTF-16 without BOM": text("x,y", *rows()).decode().encode("utf-16-le"),
    "Latin-1": text("# Größe", "x,y", *rows()).decode().encode("latin-1"),
    "sep=": text("sep=;", "x;y", *rows(separator=";")),
    "savetxt": text("# x y", *rows(separator=" ", form="{:.18e}")),
    "comments and empty lines": text("% made by hand", "", "x,y", "# one", *rows(), ",", ""),
    "no header": text(*rows()),
    "no header, decimal commas": text(*commas(rows(separator=";"))),
    "no header, trailing commas": text(*(f"{row},," for row in rows())),
    "no header, but comments": text("# made on Monday", *rows()),
    "no header, times first": text(*(time + row for time, row in zip(TIMES, rows(), strict=True))),
    "dates": text("date,x,y", *(f"2011-11-26,{row}" for row in rows())),
    "real minus signs": text("x,y", *rows()).decode().replace("-", "−").encode(),
    "columns in another order": text("y,note,x", *(f"{b},é,{a}" for a, b in (row.split(",") for row in rows()))),
    "velocities too": text("x,y,vx,vy", *(f"{row},0.01,0.02" for row in rows())),
    "names of one body": text("P1_x (km),P1_y (km)", *rows(X * KM, Y * KM)),
    "names with underscores": text("pos_x_au,pos_y_au", *rows()),
    "metres": text("x [m],y [m]", *rows(1e3 * X * KM, 1e3 * Y * KM, form="{:.6e}")),
    "Mkm": text("X[Mkm];Y[Mkm]", *rows(X * KM / 1e6, Y * KM / 1e6, ";")),
    "million km": text("x (10⁶ km),y (10⁶ km)", *rows(X * KM / 1e6, Y * KM / 1e6)),
    "two units": text("x (km),y (AU)", *rows(X * KM, Y)),
    "units in a line of their own": text("x,y", "km,km", *rows(X * KM, Y * KM)),
    "km by size": text("x,y", *rows(X * KM, Y * KM, form="{:.0f}")),
    "m by size": text("x,y", *rows(X * KM * 1e3, Y * KM * 1e3, form="{:.6e}")),
    "separators of thousands": text("x (km);y (km)", *rows(X * KM, Y * KM, ";", "{:,.0f}")),
    "clockwise": text("x,y", *rows()[::-1]),
    "trailing commas": text("x,y,", *(f"{row},," for row in rows())),
    "spaces and units": text("x (AU) y (AU)", *rows(separator=" ")),
    "savetxt with units": text("# x (km) y (km)", *rows(X * KM, Y * KM, " ")),
    "savetxt with units and commas": text("# x (km), y (km)", *rows(X * KM, Y * KM, " ")),
    "a title as wide as the table": text("Umlaufbahn;", "x (km);y (km)", *rows(X * KM, Y * KM, ";")),
    "units in brackets in a line of their own": text("x,y", "[km],[km]", *rows(X * KM, Y * KM)),
    "the unit in a comment": text("# units: 10^8 km", "x,y", *rows(X * KM / 1e8, Y * KM / 1e8)),
    "the unit in a title": text("All positions in 10^8 km", "x,y", *rows(X * KM / 1e8, Y * KM / 1e8)),
    "functions of time": text("x(t) [km],y(t) [km]", *rows(X * KM, Y * KM)),
    "a small z": text("x,y,z", *(f"{row},0.001" for row in rows())),
    "a tilted orbit": file_of(*TILTED, header="x (AU),y (AU),z (AU)"),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_good_orbits_in_the_ways_that_people_write_them(data):
    assert_is(read_orbit(data), MADE)


LINE = np.linspace(-1.0, 1.0, 40)
WIDE = conic_points(1.5, 0.3, np.linspace(0.0, 300.0, 60), 20.0)
HYPERBOLA = conic_points(-1.0, 1.5, np.linspace(-90.0, 90.0, 40))
REFUSED = {
    "a spreadsheet": (b"PK\x03\x04\x14\x00", "Save the table as CSV and load the CSV file"),
    "a web page": (b"<html><body>x,y</body></html>", "Save the table as CSV and load the CSV file"),
    "JSON": (b'{"x": [1, 2]}', "Save the table as CSV and load the CSV file"),
    "nothing": (b"", "the file has no rows of numbers. It must be a table"),
    "no rows": (text("x,y"), "no rows of numbers. .* with one row for each point"),
    "few rows": (text("x,y", *rows()[:15]), "the file has 15 points, and at least 16 are needed"),
    "three columns": (text(*(f"{row},0" for row in rows())), "Add a first line that names them"),
    "no x": (text("A,B", *rows()), r"Name the columns as in x \(AU\),y \(AU\)"),
    "two bodies": (text("P1_x,P1_y,P2_x,P2_y", *(f"{row},{row}" for row in rows())), "2 columns for x: .* Rename"),
    "an unknown unit": (text("x (ly),y (ly)", *rows()), "unit 'ly' of x is not known. Possible units: AU, km"),
    "polar coordinates": (text("r (AU),theta (deg)", *rows()), "Convert them first: x = r cos θ, y = r sin θ"),
    "a satellite": (file_of(6778.0 * X, 6778.0 * Y, header="x (km),y (km)"), "which is inside the Sun. Check the unit"),
    "no clear unit": (text("x,y", *rows(X * KM / 1e6, Y * KM / 1e6)), "the header has no unit"),
    "a wrong unit": (text("x (AU),y (AU)", *rows(X * KM, Y * KM)), "line 2: the point is more than 100 AU .* unit"),
    "a word": (text("x,y", *rows()[:20], "0.5,far", *rows()[20:]), "line 22: y must be a number, got 'far'"),
    "nan": (text("x,y", "nan,1", *rows()), "line 2: x must be finite, got 'nan'. Correct or delete this line"),
    "an error of Excel": (text("x,y", *rows(), "#DIV/0!,1"), "line 42: x must be a number, got '#DIV/0!'"),
    "a missing cell": (text("x,y", *rows(), "0.5,"), "line 42: y is missing. Complete or delete this line"),
    "decimal commas between commas": (text("x,y", *commas(rows())), "line 2: .* If your numbers have decimal commas"),
    "one place": (text("x,y", *["1,0.5"] * 20), "all points are at the same place"),
    "a line": (text("x,y", *rows(LINE, 1.0 + 0.5 * LINE)), "the points lie on a straight line"),
    "a line through the Sun": (text("x,y", *rows(LINE[21:], LINE[21:])), "the points lie on a straight line"),
    "the Sun": (text("x,y", *rows(), "0,0"), "line 42: the point is in the Sun.*delete this line"),
    "a short arc": (
        file_of(*conic_points(1.5, 0.3, np.linspace(0.0, 50.0, 40))),
        "the points cover only 50° around the Sun. At least 90° are needed",
    ),
    "a rough arc": (text("x,y", *rows(X[:25], Y[:25], form="{:.1f}")), "Use more precise points, or more of them"),
    "a hyperbola": (file_of(*HYPERBOLA), "a hyperbola or parabola .* eccentricity is 1.5 and must be less than 1"),
    "one wrong row": (text("x,y", *rows(), "0.9,0.9", *rows()), "line 42: the point lies far from the"),
    "another centre": (file_of(WIDE[0] + 0.45, WIDE[1]), "Check that x and y are measured from the Sun"),
    "relative to its centre": (
        file_of(1.26 * np.cos(np.radians(ARC)), 1.23 * np.sin(np.radians(ARC))), "in a regular pattern"
    ),
    "relative to Earth": (
        file_of(*(np.array(WIDE) - conic_points(1.0, 0.0, np.linspace(0.0, 500.0, 60)))), "Sun at a focus"
    ),
    "no orbit": (file_of(*np.random.default_rng(1).normal(size=(2, 60))), "do not lie on an ellipse with the Sun"),
    "no plane": (
        file_of(*np.random.default_rng(1).normal(size=(3, 60)), header="x (AU),y (AU),z (AU)"),
        "do not lie in a plane through the Sun: .* at most 2 % is accepted",
    ),
    "too far": (file_of(60.0 * X / 1.5, 60.0 * Y / 1.5), "must be less than 50 AU, got 60. Choose a smaller orbit"),
    "too many": (text("x,y", *rows() * 2501), "the file has 100,040 points, and at most 100,000 are accepted"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_with_what_to_do(data, message):
    with pytest.raises(ValueError, match=message) as fault:
        read_orbit(data)
    assert len(str(fault.value)) <= 240  # the page shows so much
    assert str(fault.value)[-1] not in ".:"


def test_only_bytes_are_read():
    with pytest.raises(TypeError, match="must be bytes"):
        read_orbit("x,y")


MEAN_ELEMENTS = {  # of J2000: a, e, inclination, longitudes of perihelion and of the node; AU and degrees
    "Earth": (1.00000261, 0.01671123, -0.00001531, 102.93768193, 0.0),
    "Mars": (1.52371034, 0.09339410, 1.84969142, -23.94362959, 49.55953891),
    "Jupiter": (5.20288700, 0.04838624, 1.30439695, 14.72847983, 100.47390909),
}


@pytest.mark.parametrize("name", MEAN_ELEMENTS)
def test_whole_orbits_of_planets_in_km_with_z(name):
    a, e, *_, perihelion, _ = MEAN_ELEMENTS[name]
    x, y, z = planet(*MEAN_ELEMENTS[name])
    orbit = read_orbit(file_of(x * KM, y * KM, z * KM, header="X (km),Y (km),Z (km)"))
    np.testing.assert_allclose([*orbit.semi_axes, orbit.focus_offset], elements(a, e), rtol=1e-3)
    assert orbit.turn == pytest.approx(perihelion, abs=0.3)
    assert orbit.samples.y.min() >= 0.0
    assert orbit.samples.x.max() == pytest.approx(a * (1.0 - e), rel=1e-3)  # perihelion lies on +x
    assert orbit.samples.x.min() == pytest.approx(-a * (1.0 + e), rel=1e-3)


def test_a_steep_orbit_is_turned_into_its_plane():
    orbit = read_orbit(GOOD["a tilted orbit"])
    np.testing.assert_allclose([*orbit.semi_axes, orbit.focus_offset], MADE, rtol=1e-9)
    assert orbit.turn == pytest.approx(80.0)
    assert orbit.notes[1] == "Turned into the plane of the orbit, which is inclined by 30.0° to the x-y plane."


def test_turned_points_lie_on_the_ellipse_of_the_model():
    for turn in (-170.0, -20.0, 0.0, 100.0, 180.0):
        x, y = conic_points(1.5, 0.3, np.linspace(-100.0, 150.0, 50), turn)
        orbit = read_orbit(file_of(x, y))
        a, b = orbit.semi_axes
        np.testing.assert_allclose(((orbit.samples.x + orbit.focus_offset) / a) ** 2 + (orbit.samples.y / b) ** 2, 1.0)
        assert abs(orbit.turn - turn) < 1e-6
        assert orbit.notes[-1] == (
            f"{f'Turned by {-turn:.1f}°'.replace('-', '−') if turn else 'Not turned'}, 20 points mirrored, c = 0.45 AU."
        )


NOISY = np.array([X, Y]) + np.random.default_rng(7).normal(size=(2, len(X))) * 0.003


@pytest.mark.parametrize("turn", [0.0, 37.0, 90.0, -160.0])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
@pytest.mark.parametrize(("unit", "scale"), [("AU", 1.0), ("km", KM), ("m", 1e3 * KM)])
@pytest.mark.parametrize("order", [1, -1])
def test_turn_mirror_unit_and_order_make_no_difference(turn, mirror, unit, scale, order):
    expected = read_orbit(file_of(*NOISY))
    cosine, sine = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    x, y = NOISY[0], mirror * NOISY[1]
    points = scale * np.array([x * cosine - y * sine, x * sine + y * cosine])[:, ::order]
    orbit = read_orbit(file_of(*points, header=f"x ({unit}),y ({unit})"))
    np.testing.assert_allclose(orbit.semi_axes, expected.semi_axes, rtol=1e-8)
    assert orbit.focus_offset == pytest.approx(expected.focus_offset, rel=1e-7)
    if mirror == 1.0:
        np.testing.assert_allclose(np.array(orbit.samples)[:, ::order], expected.samples, atol=1e-7)


def test_more_than_4096_points_are_thinned_evenly_after_the_fit():
    orbit = read_orbit(file_of(*conic_points(1.5, 0.3, np.linspace(0.0, 170.0, 10_000))))
    np.testing.assert_allclose([*orbit.semi_axes, orbit.focus_offset], MADE, rtol=1e-9)
    angle = np.degrees(np.arctan2(orbit.samples.y, orbit.samples.x))
    np.testing.assert_allclose(angle, np.linspace(0.0, 170.0, 4096), atol=0.01)
    assert orbit.notes[-1] == "Thinned evenly: c is that of all 10,000 points, and 4,096 of them are the samples."


def test_a_circle_is_not_turned_and_has_no_offset():
    rng = np.random.default_rng(1)
    orbit = read_orbit(file_of(*conic_points(1.0, 0.0, np.arange(360.0)) + rng.normal(size=(2, 360)) * 0.005))
    assert (orbit.turn, orbit.focus_offset) == (0.0, 0.0)
    np.testing.assert_allclose(orbit.semi_axes, 1.0, rtol=2e-3)
    assert orbit.notes[-1].endswith("mirrored, c = 0 AU.")


def test_much_scatter_has_a_warning_and_too_much_is_refused():
    x, y = conic_points(1.5, 0.3, np.linspace(0.0, 360.0, 400))
    noise = np.random.default_rng(3).normal(size=(2, 400))
    orbit = read_orbit(file_of(x + 0.045 * noise[0], y + 0.045 * noise[1]))
    assert orbit.warning.startswith("The points are typically 0.04")
    assert orbit.warning.endswith("so A and B are less certain than usual.")
    with pytest.raises(ValueError, match="with the Sun at a focus: their typical distance from the best one is 0.1"):
        read_orbit(file_of(x + 0.12 * noise[0], y + 0.12 * noise[1]))


@pytest.mark.parametrize("axis", [0, 1])
def test_an_optimum_of_the_loss_elsewhere_has_a_warning_or_is_refused(axis, monkeypatch):
    def optimum_off_by(share):
        params = [value * (1.0 + share * (k == axis)) for k, value in enumerate(MADE[:2])]
        monkeypatch.setattr(orbit_data, "optimum", lambda samples, offset: oo.Optimum(*params, 0.0))

    optimum_off_by(0.005)
    assert not read_orbit(file_of(X, Y)).warning
    optimum_off_by(-0.02)
    text = f"The loss counts errors in y only, so its minimum is at A = {1.5 - 0.03 * (axis == 0):.4g} and B = "
    assert read_orbit(file_of(X, Y)).warning.startswith(text)
    optimum_off_by(0.04)
    with pytest.raises(ValueError, match="the optimizers would find A = .* Add more of the orbit, or use more precise"):
        read_orbit(file_of(X, Y))


def exported(x, y, offset=0.26185, header="x (AU),y (AU)"):
    """A file in the form that the page writes."""
    said = b'# experiment: {"optimizer": "adam"}\n# c (AU): %r\n# sha256: %s\n'
    key = digest(oo.Samples(np.array(x), np.array(y)), offset)
    return said % (offset, key.encode()) + file_of(x, y, header=header)


@given(st.floats(0.5, 3.0), st.floats(0.3, 3.0), st.floats(0.0, 2.0), st.integers(16, 60), st.integers(0, 99))
def test_samples_that_the_page_wrote_are_read_exactly(a, b, offset, n, seed):
    x = np.linspace(-a, a, n) - offset
    y = b * np.sqrt(np.maximum(1.0 - ((x + offset) / a) ** 2, 0.0)) + np.random.default_rng(seed).uniform(-0.1, 0.1, n)
    orbit = read_orbit(exported(x, y, offset))
    np.testing.assert_array_equal(orbit.samples, [x, y])
    best = oo.optimum(oo.Samples(x, y), offset)
    assert (orbit.focus_offset, orbit.turn, orbit.semi_axes) == (offset, 0.0, (best.a, best.b))


def test_the_samples_of_a_run_are_read_back_exactly():
    fit = oo.run(oo.Experiment(n_samples=64, noise_scale=0.5, seed=4))
    orbit = read_orbit(exports.samples_csv(fit).encode())
    np.testing.assert_array_equal(orbit.samples, fit.samples)
    assert orbit.focus_offset == 0.26185
    assert orbit.notes == ("Read as AU.", "Exported by this page, with c = 0.26185 AU: used without changes.")


def test_a_file_of_this_page_that_was_changed_is_read_as_any_other():
    """With c as a comment alone, a wrong c would be believed."""
    fit = oo.run(oo.Experiment(n_samples=512, noise_scale=0.05, seed=4))
    text = exports.samples_csv(fit)
    for old, new in (("# c (AU): 0.26185", "# c (AU): 0.1"), ("# sha256: ", "# sha256: 0"), ("# sha256", "# hash")):
        orbit = read_orbit(text.replace(old, new).encode())
        assert "Exported" not in " ".join(orbit.notes)
        assert orbit.focus_offset == pytest.approx(0.26185, abs=0.01)
    unturned = file_of(*conic_points(1.5, 0.3, np.arange(0.0, 180.0, 4.0), 40.0))
    assert read_orbit(b"# c (AU): 0.45\n" + unturned).turn == pytest.approx(40.0, abs=0.01)


def test_a_warning_stays_with_the_samples_that_this_page_exports():
    problem = FitProblem.of(oo.noisy_samples(64, 0.1, 1), warning="A and B are less certain than usual.")
    fit = oo.run(oo.Experiment(n_samples=64, epochs=1), problem)
    back = read_orbit(exports.samples_csv(fit).encode()).problem()
    assert (back, back.warning) == (problem, problem.warning)


def test_a_regular_pattern_has_a_warning_before_it_is_refused():
    """Other planets disturb Saturn's orbit by 0.07 % of p."""
    angle = np.arange(0.0, 360.0, 2.0)
    x, y = conic_points(9.5, 0.05, angle)
    for share, word in ((2e-4, ""), (1e-3, "other planets disturb the orbit"), (4e-3, "refused")):
        bent = 1.0 + share * np.sqrt(2.0) * np.cos(np.radians(3.0 * angle))
        data = file_of(x * bent, y * bent)
        if word == "refused":
            with pytest.raises(ValueError, match="in a regular pattern and not at random"):
                read_orbit(data)
        else:
            assert word in read_orbit(data).warning
            assert bool(word) == bool(read_orbit(data).warning)


def test_c_is_told_with_its_error_where_it_is_small():
    rng = np.random.default_rng(2)
    x, y = np.array(conic_points(1.0, 0.0167, np.arange(0.0, 360.0, 3.0))) + 0.004 * rng.normal(size=(2, 120))
    told = read_orbit(file_of(x, y)).notes[-1]
    assert re.search(r"c = 0\.01\d+ ± 0\.000\d AU\.$", told)


def test_the_columns_can_be_chosen_where_their_names_do_not_tell():
    x, y = conic_points(1.5, 0.3, np.arange(0.0, 200.0, 5.0), 20.0)
    for header, data in (("", None), ("a,b,c,d", None), ("P1_x,P1_y,P2_x,P2_y", None)):
        data = file_of(x, y, 2.0 * x, 0.1 * y, header=header) if header else file_of(x, y, 2.0 * x, 0.1 * y, header="#")
        with pytest.raises(UnclearColumns) as fault:
            read_orbit(data)
        assert len(fault.value.names) == 4
        orbit = read_orbit(data, {"x": 0, "y": 1})
        np.testing.assert_allclose([*orbit.semi_axes, orbit.focus_offset], elements(1.5, 0.3), rtol=1e-6)
        for wrong in ({"x": 0, "y": 0}, {"x": 0}, {"x": 0, "y": 4}, {"x": -1, "y": 1}, {"x": 0, "y": 1, "w": 2}):
            with pytest.raises(ValueError, match="the columns of x, y and perhaps z must be different numbers"):
                read_orbit(data, wrong)


def check_that_only_a_right_fit_is_accepted(data, expected=None):
    """Return True if a file is accepted; nothing but ValueError may be raised."""
    try:
        orbit = read_orbit(data)
    except ValueError as fault:
        assert str(fault)
        return False
    x, y = orbit.samples
    assert x.shape == y.shape and 16 <= len(x) <= 4096
    assert np.isfinite(orbit.samples).all()
    assert np.isfinite([*orbit.semi_axes, orbit.focus_offset]).all()
    assert min(orbit.semi_axes) > 0.0 and -180.0 < orbit.turn <= 180.0
    if expected is not None:
        assert_is(orbit, expected, 0.05)
    return True


@settings(max_examples=200)
@given(
    st.floats(0.3, 40.0), st.floats(0.0, 0.97), st.floats(20.0, 360.0), st.floats(-180.0, 180.0),
    st.floats(-180.0, 180.0), st.integers(16, 500), st.floats(0.0, 0.02), st.booleans(), st.booleans(),
    st.integers(0, 999),
)  # fmt: skip
def test_no_wrong_fit_is_accepted_and_no_good_orbit_refused(
    a, e, covered, start, turn, n, noise, clockwise, uniform, seed
):
    """A fit is wrong if A, B or c is off by more than 5 %; for c that is 5 % of A / 5 where c is less than this."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(start, start + covered, n)[:: -1 if clockwise else 1]
    drawn = rng.uniform(-(3**0.5), 3**0.5, (2, n)) if uniform else rng.normal(size=(2, n))
    points = np.array(conic_points(a, e, angle, turn))
    check_that_only_a_right_fit_is_accepted(file_of(*points + noise * drawn), elements(a, e))
    if covered >= 120.0:
        assert check_that_only_a_right_fit_is_accepted(file_of(*points), elements(a, e))


@given(st.binary(max_size=2000))
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe\x00")
def test_no_bytes_break_the_reader(data):
    check_that_only_a_right_fit_is_accepted(data)


@given(st.text(max_size=500), st.sampled_from(["", "x,y\n", "x;y\n", "x,y,z\n", "# c\ny\tx\n", "sep=;\n", "$$SOE\n"]))
def test_no_text_breaks_the_reader(text, header):
    check_that_only_a_right_fit_is_accepted((header + text).encode("utf-8", "replace"))


ODD = ["", "nan", "1e5", "x", '"1"', "1_0"]
NUMBERS = st.floats(-4.0, 4.0) | st.floats() | st.integers(-5, 5) | st.sampled_from(ODD)


@settings(max_examples=200)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=14, max_size=40), st.sampled_from(["x,y", "# c (AU): 0.2", ""]))
def test_no_table_breaks_the_reader(table, header):
    check_that_only_a_right_fit_is_accepted("\n".join([header, *(f"{x},{y}" for x, y in table)]).encode())


WRITTEN = st.sampled_from([b"", b",", b"\n", b"-", b"9", b".", b'"', b"\0", b"#"])
EDITS = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), WRITTEN), min_size=1, max_size=3)


@settings(max_examples=200)
@given(st.sampled_from(sorted(GOOD)), EDITS)
def test_an_edited_file_is_refused_or_still_right(name, edits):
    data = GOOD[name]
    for place, length, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + length :]
    check_that_only_a_right_fit_is_accepted(data, MADE)
