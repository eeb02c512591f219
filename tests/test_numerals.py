"""Numbers as people write them, in any language's habit, and texts that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitopt.numerals import readings

NUMBERS = [
    ("0.01", {0.01}),
    ("0,01", {0.01}),
    (",5", {0.5}),
    ("5.", {5.0}),
    ("1/3", {0.3333}),
    ("0,5 / 2", {0.25}),
    ("−1.5", {-1.5}),
    ("–1,5", {-1.5}),
    ("+2", {2.0}),
    ("1e-2", {0.01}),
    ("2,5E3", {2500.0}),
    ("10 000", {10_000.0}),
    ("10\u202f000", {10_000.0}),
    ("10’000", {10_000.0}),
    ("1,234,567", {1_234_567.0}),
    ("1.250", {1.25, 1250.0}),
    ("1,250", {1.25, 1250.0}),
    ("0.125", {0.125}),
    ("0,125", {0.125}),
]
WHOLE = [
    ("1,000", {1000.0}),
    ("24691/1", {24_691.0}),
    ("10001/2", {5000.5}),
    ("1.000", {1.0, 1000.0}),
    ("7.0", {7.0}),
    ("1,5", set()),
    ("9999", {9999.0}),
]
NONE = [
    "", " ", ".", ",", "-", "inf", "nan", "1e400", "9" * 400, "9" * 100_000 + "x", "0x10", "1_0", "½", "²", "١٢", "1 2",
    "1/0", "1/2/3", "1,2,3", "1.2.3", "1,23,456", "soon", "1 AU", "5 %", "1\n2", "--1", "1e",
]  # fmt: skip


@pytest.mark.parametrize(("text", "numbers"), NUMBERS)
def test_a_number_is_read_in_every_way_in_which_it_can_be_meant(text, numbers):
    assert readings(text) == readings(f"  {text} ") == numbers


@pytest.mark.parametrize(("text", "numbers"), WHOLE)
def test_in_a_whole_number_a_comma_separates_thousands(text, numbers):
    assert readings(text, whole=True) == numbers


@pytest.mark.parametrize("text", NONE, ids=lambda text: ascii(text[:12]))
def test_what_is_no_number_has_no_reading(text):
    assert readings(text) == set()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_python_s_own_text_of_a_number_is_that_number(number):
    assert number in readings(repr(number))


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text):
    assert all(isinstance(number, float) for number in readings(text))
