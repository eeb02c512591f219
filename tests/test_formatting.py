import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitopt.formatting import above_minimum, count, fixed, number, percent

MINUS, RAISED = "−", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


def read(text):
    """The number that a reader takes from a text."""
    text = text.replace(MINUS, "-").replace(",", "")
    mantissa, _, power = text.partition(" × 10")
    exponent = "".join("-0123456789"[RAISED.index(sign)] for sign in power) or "0"
    return float(f"{mantissa}e{exponent}")


@given(value=st.floats(-1e300, 1e300), digits=st.integers(1, 6))
def test_a_number_reads_as_what_it_is_to_its_digits(value, digits):
    text = number(value, digits)
    assert read(text) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=5e-324)
    assert "-" not in text and "e" not in text
    assert not re.search(r"\.\d*0($| )", text)  # no idle zeros
    assert len(text.replace(",", "")) <= digits + 12


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (1234.5, "1,230"), (-0.000878, "−0.000878"), (9.999e6, "1 × 10⁷"),
        (123456.0, "123,000"), (2.5e-5, "2.5 × 10⁻⁵"), (1e16, "1 × 10¹⁶"), (math.inf, "∞"), (-math.inf, "−∞"),
        (math.nan, "undefined"),
    ],
)
def test_numbers_as_they_stand_in_sentences(value, text):
    assert number(value) == text


def test_a_signed_number_has_its_sign():
    assert (number(1.5, signed=True), number(-1.5, signed=True), number(0.0, signed=True)) == ("+1.5", "−1.5", "0")


@given(value=st.floats(-1e9, 1e9), decimals=st.integers(0, 4))
def test_fixed_decimals_never_show_a_negative_zero(value, decimals):
    text = fixed(value, decimals)
    assert not re.fullmatch(r"−0(\.0*)?", text)
    assert read(text) == pytest.approx(value, abs=0.51 * 10.0**-decimals)


def test_one_is_singular():
    assert [count(n, "update") for n in (0, 1, 2, 12_345)] == ["0 updates", "1 update", "2 updates", "12,345 updates"]


@given(share=st.floats(0, 1))
def test_only_none_is_0_per_cent_and_only_all_is_100(share):
    assert (percent(share) == "0 %") == (share == 0.0)
    assert (percent(share) == "100 %") == (share == 1.0)


@pytest.mark.parametrize(
    ("loss", "least", "text"),
    [
        (1e-3, 1e-3, "the minimum"),
        (1.0000001e-3, 1e-3, "the minimum"),
        (1.001e-3, 1e-3, "0.1 % above the minimum"),
        (1.5e-3, 1e-3, "50 % above the minimum"),
        (2e-3, 1e-3, "2 times the minimum"),
        (1.5, 1e-3, "1,500 times the minimum"),
        (1e9, 1e-3, "more than a million times the minimum"),
        (math.inf, 1e-3, "more than a million times the minimum"),
        (math.nan, 1e-3, "more than a million times the minimum"),
        (0.2, 0.0, "0.2 AU², where the minimum is 0"),
        (5e-9, 0.0, "the minimum"),
    ],
)
def test_a_loss_is_given_by_how_far_it_is_above_the_minimum(loss, least, text):
    assert above_minimum(loss, least, 1e-8) == text


@given(ratio=st.floats(1.0, 1e12))
def test_a_loss_is_never_once_or_nought_per_cent_above_the_minimum(ratio):
    text = above_minimum(1e-3 * ratio, 1e-3, 1e-8)
    assert not re.match(r"(0 %|1 times|100 %)", text)
