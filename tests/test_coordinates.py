"""The columns x, y and z of a table, and their units."""

import numpy as np
import pytest

from orbitopt.coordinates import read_positions, unit_in_au

KM = 149_597_870.7


def positions(text):
    return read_positions(text.encode())


@pytest.mark.parametrize(
    ("unit", "in_au"),
    [
        *[(unit, 1.0) for unit in ("AU", "au", "ua", "a.u.", "astronomical units")],
        *[(unit, 1.0 / KM) for unit in ("km", "KM", "kilometers", "in km", "1000 m")],
        *[(unit, 1e-3 / KM) for unit in ("m", "metres")],
        *[(unit, 1e6 / KM) for unit in ("Mkm", "Gm", "10^6 km", "10**6 km", "10⁶ km", "1e6 km", "million km")],
        *[(unit, 1e6 / KM) for unit in ("1,000,000 km", "1000000 km", "10^9 m")],
        *[(unit, 1e8 / KM) for unit in ("10^8 km", "1E8 km", "10^11 m", "×10^8 km", "10^{8} km")],
        ("Mm", 1e3 / KM),
    ],
)
def test_units(unit, in_au):
    assert unit_in_au(unit) == pytest.approx(in_au, rel=1e-14)


@pytest.mark.parametrize("unit", ["ly", "furlong", "mm", "miles", "", "km/s", "pc", "10^8"])
def test_unknown_units(unit):
    assert unit_in_au(unit) is None


@pytest.mark.parametrize(
    "heading",
    [
        "x (km)", "X [km]", "x_km", "P1_x (km)", "pos_x (km)", "x km", "x in km", "x / km", "x, km", "X-position (km)",
        "posX (km)", "x(km)", "x_helio_km", "rx (km)", "x (1000 m)", "x (10^3 m)",
    ],
)  # fmt: skip
def test_names_of_columns(heading):
    other = heading.replace("x", "y").replace("X", "Y")
    file = positions(f"day;v_{heading};{other};{heading};note\n1;9;299195741,4;149597870,7;first\n")
    np.testing.assert_allclose(file.points, [[1.0, 2.0]], rtol=1e-14)
    assert file.lines == [2]


def test_units_are_converted_each_and_said():
    file = positions("x (km),y (AU)\n149597870.7,2\n")
    np.testing.assert_allclose(file.points, [[1.0, 2.0]], rtol=1e-14)
    assert file.notes == ["Read as x in km and y in AU."]
    assert positions("x (km),y (km)\n1,2\n").notes == ["Read as km, divided by 149,597,870.7."]
    assert positions("x (10^8 km),y (10^8 km)\n1,2\n").notes == ["Read as 10^8 km, divided by 1.495978707."]


@pytest.mark.parametrize(
    ("size", "unit"), [(0.1, "AU"), (39.0, "AU"), (2e7, "km"), (1.4e9, "km"), (2e10, "m"), (1e12, "m")]
)
def test_without_a_unit_the_size_tells(size, unit):
    file = positions(f"x,y\n{size},0.1\n")
    assert file.notes[0].startswith(f"Read as {unit}")
    assert file.points[0, 0] == pytest.approx(size * unit_in_au(unit))


@pytest.mark.parametrize("size", [0.01, 149.6, 228.0, 1e5, 1e16])
def test_a_size_that_does_not_tell_is_refused(size):
    with pytest.raises(ValueError, match=r"line 1: the header has no unit, and numbers up to .* as in x \(km\)"):
        positions(f"x,y\n{size},0.001\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x (ly),y (ly)\n1,2\n", r"line 1: the unit 'ly' of x is not known. Possible units: AU, km"),
        ("x (km),y\n1,2\n", "line 1: the column y has no unit. Possible units: AU, km"),
        ("x,z\n1,2\n", "line 1: the header has no column y, only 'x' and 'z'. Name the columns"),
        ("x,X (AU),y\n1,2,3\n", "line 1: the header has 2 columns for x: 'x' and 'X .AU.'. Rename or delete"),
        ("vx,vy\n1,2\n", "line 1: the header has no column x, only"),
        ("x,y\n1,2,3\n", "line 2: the line has 3 cells, and the header 2. Name every column, or delete"),
        ("x (AU),y (AU)\n1,2\n1,2e8\n", "line 3: the point is more than 100 AU from the Sun. Check the unit"),
        ("1,2,3\n2,1,3\n1,1,1\n", "line 1: the table has 3 columns without names. Add a first line that names them"),
        ("1,2,3,4\n2,1,3,4\n", "line 1: the table has 4 columns without names"),
        ("1\n2\n", "the table has 1 column without a name. Add a first line that names them"),
        ("x,y\n", "no rows of numbers"),
        ("", "the file has no rows of numbers. It must be a table"),
    ],
)
def test_tables_without_clear_columns_or_units_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        positions(text)


@pytest.mark.parametrize("first", [["0", "1", "2"], ["2455894.5", "2455897.5", "2455900.5"], ["2011-11-26"] * 3])
def test_a_first_column_of_times_needs_no_name(first):
    file = positions("".join(f"{time},{k},1\n" for k, time in enumerate(first)))
    np.testing.assert_array_equal(file.points[:, 0], [0.0, 1.0, 2.0])


def test_z_is_found_by_its_name():
    np.testing.assert_array_equal(positions("z (AU),y (AU),x (AU)\n3,2,1\n").points, [[1.0, 2.0, 3.0]])


HORIZONS = """\
Target body name: Mars (499)                      {{source: mar097}}
Center body name: {centre}                     {{source: DE441}}
Output units    : {units}
$$SOE
"""
CSV = """\
            JDTDB,            Calendar Date (TDB),                      X,                      Y,              Z,
**************
$$SOE
2459945.500000000, A.D. 2023-Jan-01 00:00:00.0000,  1.495978707000000E+08,  2.991957414000000E+08,  0.0E+00,
2459946.500000000, A.D. 2023-Jan-02 00:00:00.0000, -1.495978707000000E+08,  2.991957414000000E+08,  0.0E+00,
$$EOE
1, 2, 3
"""
TEXT = """\
2459945.500000000 = A.D. 2023-Jan-01 00:00:00.0000 TDB
 X = 1.495978707000000E+08 Y = 2.991957414000000E+08 Z = 0.0E+00
 VX=-2.3E+01 VY= 1.0E+00 VZ= 1.0E+00
2459946.500000000 = A.D. 2023-Jan-02 00:00:00.0000 TDB
 X =-1.495978707000000E+08 Y = 2.991957414000000E+08 Z = 0.0E+00
 VX=-2.3E+01 VY= 1.0E+00 VZ= 1.0E+00
$$EOE
 X = 1 Y = 2 Z = 3
"""


def horizons(body, centre="Sun (10)", units="KM-S"):
    head = HORIZONS.format(centre=centre, units=units)
    return (head.removesuffix("$$SOE\n") if "$$SOE" in body else head) + body


@pytest.mark.parametrize("body", [CSV, TEXT])
def test_vector_tables_of_horizons(body):
    file = positions(horizons(body))
    np.testing.assert_allclose(file.points, [[1.0, 2.0, 0.0], [-1.0, 2.0, 0.0]], rtol=1e-14)
    assert file.notes == ["Read as km, divided by 149,597,870.7."]
    in_au = body.replace("1.495978707000000E+08", "1.0").replace("2.991957414000000E+08", "2.0")
    file = positions(horizons(in_au, units="AU-D"))
    np.testing.assert_array_equal(file.points, [[1.0, 2.0, 0.0], [-1.0, 2.0, 0.0]])
    assert file.notes == ["Read as AU."]


def test_horizons_relative_to_another_body_is_refused_by_name():
    with pytest.raises(ValueError, match="relative to Earth, not to the Sun. Choose the Sun .body center."):
        positions(horizons(CSV, centre="Earth (399)"))
    file = positions(horizons(CSV, centre="Solar System Barycenter (0)"))
    assert "barycenter of the Solar System, which is up to 0.01 AU from the Sun" in file.warning


def test_another_table_of_horizons_is_refused():
    with pytest.raises(ValueError, match="no columns X, Y and Z. Choose the ephemeris type Vector Table"):
        positions("Date, RA, DEC\n$$SOE\n2023-Jan-01, 1, 2\n$$EOE\n")


@pytest.mark.parametrize("name", ["x" + " " * 100_000 + "y", "x/" * 50_000, "x (" * 30_000, "10^" * 30_000])
def test_long_names_do_not_hang(name):
    with pytest.raises(ValueError, match="the header has no column|the header has . columns for"):
        positions(f'"{name}",A\n1,2\n')
