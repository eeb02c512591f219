"""Whatever the address bar says: a value in its bounds, a fault in plain words, or the default and a notice."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import orbitopt as oo
from orbitopt.words import readable
from tests.hostile import KEYS, TEXTS, harmless

APP = str(Path(__file__).parent.parent / "app.py")
ROWS = {row.key: row for row in oo.FIELDS.values()}
LONG = 100_000

words = st.text(max_size=20) | st.sampled_from(TEXTS)
texts = words | st.floats().map(repr) | st.integers().map(str) | st.tuples(words, words).map("".join)
pins = st.lists(st.tuples(st.sampled_from([*ROWS]) | words, texts).map(":".join), max_size=4).map(";".join)


@settings(max_examples=1000)
@given(st.sampled_from([*ROWS]), st.lists(texts, min_size=1, max_size=2))
@example("falls", ["1," * (LONG // 2)])
@example("seed", ["9" * LONG])
def test_a_value_is_one_that_the_table_allows_or_a_fault(key, values):
    try:
        value = ROWS[key].parse_all(values)
    except ValueError as fault:
        assert str(fault).startswith("must ")
    else:
        assert ROWS[key].check(value) == value


@settings(max_examples=500)
@given(pins)
@example("a:1;" * (LONG // 4))
@example("9" * LONG)
def test_a_pinned_run_is_an_experiment_in_its_bounds_or_a_fault(text):
    try:
        experiment = oo.Experiment.from_text(text)
    except ValueError as fault:
        assert readable(str(fault), 200)
    else:
        assert experiment.updates <= oo.MOST_UPDATES
        assert oo.Experiment.from_text(experiment.to_text()) == experiment


@settings(max_examples=500)
@given(texts)
@example("<" * LONG)
def test_what_a_notice_quotes_cannot_be_taken_for_markup(text):
    assert harmless(readable(text))
    assert len(readable(text)) <= 24


def opened(link):
    """The page as it opens on a link: whole, and with nothing of the link in its notices but letters."""
    visit = AppTest.from_file(APP, default_timeout=120)
    for key, value in link.items():
        visit.query_params[key] = value
    visit.run()
    assert not visit.exception
    assert len(visit.metric) == 4
    assert len(visit.get("vega_lite_chart")) >= 3
    quoted = [box.value for box in [*visit.warning, *visit.error] if "link" in box.value]
    assert all(map(harmless, quoted)), quoted
    return quoted


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_the_page_opens_whatever_the_link_says_everywhere(text):
    assert opened(dict.fromkeys(KEYS, text))


@pytest.mark.parametrize("key", ["example", "seed", "section", "pin"])
def test_the_page_opens_whatever_the_length_of_a_value(key):
    assert opened({key: "9" * LONG})


@pytest.mark.parametrize("section", ["One update", "Race", "Batch size"])
def test_a_section_opens_whatever_the_link_says_beside_it(section):
    for text in TEXTS[::12]:
        opened(dict.fromkeys(KEYS, [text, text]) | {"section": section})
