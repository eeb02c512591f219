"""Links as other programs hand them on: what can be understood is, and the rest has a name."""

from urllib.parse import parse_qs, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitopt import links

KNOWN = ["optimizer", "a", "log10_rate", "seed", "pin", "falls", "projector"]
WANTED = {"optimizer": ["sgd"], "a": ["2"]}
HANDED_ON = [
    "optimizer=sgd&a=2",
    "optimizer=sgd&amp;a=2",
    "optimizer=sgd&amp;amp;a=2",
    "optimizer=sgd&AMP;A=2",
    "OPTIMIZER=sgd&A=2",
    "optimizer=sgd%26a=2",
    "optimizer=sgd%26amp%3Ba=2",
    "optimizer%3Dsgd%26a%3D2",
    "optimizer%253Dsgd%2526a%253D2",
    "?optimizer=sgd&a=2",
    "optimizer=sgd&a=2&utm_source=mail&utm_medium=x&fbclid=abc&gclid=1&mc_eid=2",
    "optimizer=sgd&%20a=2",
]


def sorted_out(query):
    return links.parse_link(parse_qs(query, keep_blank_values=True), KNOWN)


@pytest.mark.parametrize("query", HANDED_ON)
def test_what_other_programs_do_to_a_link_is_undone(query):
    assert sorted_out(query) == (WANTED, [])


def test_what_is_not_known_is_named_once():
    assert sorted_out("a=2&foo=1&foo=2&log10_&=5") == ({"a": ["2"]}, ["foo", "log10_", ""])


def test_a_plus_and_a_space_are_the_same_and_a_pin_stays_whole():
    assert sorted_out("falls=4+8")[0] == sorted_out("falls=4%208")[0] == {"falls": ["4 8"]}
    assert sorted_out("pin=optimizer%3Asgd%3Ba%3A2.0")[0] == {"pin": ["optimizer:sgd;a:2.0"]}


@pytest.mark.parametrize(
    "text", ["2.5", "2.5.", "2.5)", "2.5>", "2.5).", "<2.5>", '"2.5"', "2.5,", "*2.5*", "3D2.5", " 2.5 "]
)
def test_what_stands_around_a_value_is_left_aside(text):
    assert links.parse_text(float, text) == 2.5


def test_a_value_that_needs_its_brackets_keeps_them_and_the_fault_is_that_of_the_text_itself():
    assert links.parse_text({"SGD (Figure 7)": 1}.__getitem__, "SGD (Figure 7)") == 1
    with pytest.raises(ValueError, match="'x.'"):
        links.parse_text(float, "x.")


@given(st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=20), max_size=3), max_size=4))
def test_no_link_breaks_the_reader(sent):
    texts, unknown = links.parse_link(sent, KNOWN)
    assert set(texts) <= set(KNOWN) and not set(unknown) & set(KNOWN)


@given(st.sampled_from(KNOWN), st.text(st.characters(exclude_characters="%&="), max_size=20))
def test_a_value_without_escapes_comes_through_as_it_is(key, text):
    assert sorted_out(f"{key}={quote(text)}")[0] == {key: [text]}
