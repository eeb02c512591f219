"""Texts that several parts of the page share."""

import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orbitopt.outcomes import OUTCOME_MARKS, Outcome
from orbitopt.page import text
from tests.hostile import TEXTS, harmless
from tests.page.runs import trace_of

LONG = 100_000


@pytest.mark.parametrize(
    ("length", "said"),
    [(1.2612, "1.2612 AU"), (-1.2325, "−1.2325 AU"), (0.1, "0.1000 AU"), (12345.6, "12,350 AU"), (3e9, "3 × 10⁹ AU")],
)
def test_a_semi_axis_has_four_decimals_or_four_digits(length, said):
    assert text.axis_text(length) == said


@pytest.mark.parametrize(
    ("kilometres", "said"),
    [(-93_646.4, "−93,646 km"), (-0.3, "0 km"), (3e8, "2.01 AU"), (-3e8, "−2.01 AU"), (3e19, "2.005 × 10¹¹ AU")],
)
def test_a_distance_is_in_kilometres_until_it_is_far(kilometres, said):
    assert text.distance_text(kilometres) == said


def test_a_loss_is_told_by_how_far_it_is_above_the_least():
    assert text.excess_text(trace_of("adam")) == "0.065 % above the minimum"
    assert text.excess_text(trace_of("diverges")) == "more than a million times the minimum"


@pytest.mark.parametrize(
    ("over", "when"), [("update", "122 updates"), ("epoch", "15.2 epochs"), ("seen", "7,808 samples")]
)
def test_when_a_run_was_near_is_told_in_the_unit_of_the_axis(over, when):
    assert text.progress_text(trace_of("momentum"), over) == when


def test_one_epoch_is_singular():
    run = dataclasses.replace(trace_of("momentum"), reached_after=8)
    assert text.progress_text(run, "epoch") == "1 epoch"


def test_nothing_from_a_link_can_be_markup():
    assert text.plain_text("<b>[x](y)*_`$5", 99) == "·b·[x]·y)···" + "·5"
    assert text.plain_text("WWW.example.com") == "WWW·example.com"
    assert text.plain_text(":red[x] and: that's |x|", 99) == "·red[x] and: that's ·x·"
    assert len(text.plain_text("9" * 400)) == 24


words = st.text(max_size=20) | st.sampled_from(TEXTS)
texts = words | st.floats().map(repr) | st.integers().map(str) | st.tuples(words, words).map("".join)


@settings(max_examples=500)
@given(texts)
@example("<" * LONG)
def test_what_a_notice_quotes_cannot_be_taken_for_markup(quoted):
    assert harmless(text.plain_text(quoted))
    assert len(text.plain_text(quoted)) <= 24


def test_the_key_of_outcomes_names_every_mark():
    for outcome, words in zip(Outcome, text.OUTCOMES_KEY, strict=True):
        assert words == f"{OUTCOME_MARKS[outcome].glyph} {outcome.value}"
