"""Reading samples of one's own: every fault of a file is said with its line, and nothing but samples is accepted."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.orbit_data import read_samples


def table(rows, header="x,y"):
    return "\n".join([header, *rows]).encode()


def good(n=16):
    """Rows of a table that is in order."""
    x, y = oo.noisy_samples(n, 0.1, 1)
    return [f"{a!r},{b!r}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]


@pytest.mark.parametrize(
    "data",
    [
        table(good(), "X , Y"),
        table(good(), '"x [AU]","y (AU)"'),
        table([row.replace(",", ";") for row in good()], "x;y"),
        table([row.replace(",", "\t") for row in good()], "x\ty"),
        table(["", "# more, \"and", *good(), ""]),
        table([f"name,{row}" for row in good()], "what,x,y"),
        table([",".join(reversed(row.split(","))) for row in good()], "y,x"),
    ],
)
def test_tables_in_the_ways_that_people_write_them(data):
    np.testing.assert_array_equal(read_samples(data), oo.noisy_samples(16, 0.1, 1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: the header must name one column x, got 0"),
        (b"\n# only this\n", "line 1: the header must name one column x"),
        (b"x,y\n", "at least 16 samples, got 0"),
        (table(good()) + b"\n\0", "line 18: the file is not text"),
        (b"\x89PNG\r\n\x1a\n\xff", "line 1: the file is not text in UTF-8"),
        (table(good()).decode().encode("utf-16"), "line 1: the file is not text"),
        (table([*good(), "é"]).decode().encode("latin-1"), "line 18: the file is not text in UTF-8"),
        (table(good(), "x,z"), "line 1: the header must name one column y, got 0"),
        (table(good(), "x,X (AU)"), "line 1: the header must name one column x, got 2"),
        (table(["1,1,1", *good()]), "line 2: there must be 2 cells, as in the header, got 3"),
        (table(["# note", "", "0.1", *good()]), "line 4: there must be 2 cells"),
        (table([*good(), "0.1,"]), "line 18: y is missing"),
        (table(["far,1", *good()]), "line 2: x must be a number, got 'far'"),
        (table(["1_0,1", *good()]), "line 2: x must be a number"),
        (table(["１,1", *good()]), "line 2: x must be a number"),
        (table(["0.1;1", *good()]), "line 2: there must be 2 cells"),
        (table(['"0.1,1', *good()]), "line 2: "),
        (table(["1,nan", *good()]), "line 2: y must be finite, got 'nan'"),
        (table(["-1e999,1", *good()]), "line 2: x must be finite"),
        (table(["3.74,1", *good()]), r"line 2: x must lie in \(-4.26185, 3.73815\), got 3.74"),
        (table(["0,-4", *good()]), r"line 2: y must lie in \(-4, 4\), got -4"),
        (table(good()[1:]), "at least 16 samples, got 15"),
        (table(["0,1"] * 4097), "line 4098: there must be at most 4,096 samples"),
        (table(["0,1"] * 200_000), "line 4098: there must be at most 4,096 samples"),
        (table(["0,1"] * 1_000_000), "at most 1,000,000 bytes, got 4,000,003"),
        (table(["0,1"] * 16), "equally far from the ellipse's centre"),
        (table([row.replace(",", ",-") for row in good()[2:-2] * 2]), "mostly above the x axis"),
    ],
)
def test_every_fault_of_a_file_is_said_with_its_first_line(data, message):
    with pytest.raises(ValueError, match=message):
        read_samples(data)


def check_that_nothing_but_samples_is_accepted(data):
    try:
        x, y = read_samples(data)
    except ValueError as fault:
        assert str(fault)
        return False
    assert x.shape == y.shape
    assert 16 <= len(x) <= 4096
    assert (np.abs(x + 0.26185) < 4.0).all()
    assert (np.abs(y) < 4.0).all()
    best = oo.optimum(oo.Samples(x, y))
    assert best.a > 0.0
    assert best.b > 0.0
    return True


@given(st.binary(max_size=2000))
@example(b"\xef\xbb\xbf")
def test_no_bytes_break_the_loader(data):
    check_that_nothing_but_samples_is_accepted(data)


@given(st.text(max_size=500), st.sampled_from(["", "x,y\n", "x;y\n", "x,y,z\n", "# c\ny\tx\n"]))
def test_no_text_breaks_the_loader(text, header):
    check_that_nothing_but_samples_is_accepted((header + text).encode("utf-8", "replace"))


ODD = ["", "nan", "1e5", "x", '"1"', "1_0"]


NUMBERS = st.floats(-4.0, 4.0) | st.floats() | st.integers(-5, 5) | st.sampled_from(ODD)


@settings(max_examples=200)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=14, max_size=40))
def test_no_table_breaks_the_loader(rows):
    check_that_nothing_but_samples_is_accepted(table([f"{x},{y}" for x, y in rows]))


@given(st.floats(0.5, 3.0), st.floats(0.3, 3.0), st.integers(16, 60), st.integers(0, 99))
def test_every_table_of_an_ellipse_within_reach_is_read_exactly(a, b, n, seed):
    x = np.linspace(-a, a, n) - 0.26185
    y = b * np.sqrt(np.maximum(1.0 - ((x + 0.26185) / a) ** 2, 0.0)) + np.random.default_rng(seed).uniform(-0.1, 0.1, n)
    data = table([f"{one!r},{other!r}" for one, other in zip(x.tolist(), y.tolist(), strict=True)])
    assert check_that_nothing_but_samples_is_accepted(data)
    np.testing.assert_array_equal(read_samples(data), [x, y])


@pytest.mark.parametrize("y", [np.full(40, 3.9), np.linspace(0.1, 3.0, 40)], ids=["level", "rising"])
def test_samples_that_do_not_curve_like_an_ellipse_are_refused(y):
    rows = "\n".join(f"{a},{b}" for a, b in zip(np.linspace(-3.0, 3.0, 40), y, strict=True))
    with pytest.raises(ValueError, match="do not curve like an ellipse"):
        read_samples(f"x,y\n{rows}\n".encode())
