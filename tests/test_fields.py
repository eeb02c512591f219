import pytest
from hypothesis import given
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.studies import STUDY_FIELDS


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("optimizer", "RMSprop", "rmsprop"),
        ("learning_rate", "-2", 0.01),
        ("learning_rate", "-1.522879", 0.03),
        ("milestones", "7, 5", (5, 7)),
        ("milestones", "", ()),
        ("nesterov", "true", True),
        ("epochs", "30", 30),
        ("epochs", "30.0", 30),
        ("beta1", "0.5", 0.5),
    ],
)
def test_a_text_in_a_link_becomes_a_value(field, text, value):
    assert oo.FIELDS[field].parse(text) == value


@given(field=st.sampled_from(sorted(oo.FIELDS)), text=st.text() | st.floats().map(str) | st.integers().map(str))
def test_any_text_is_a_valid_value_or_a_clear_fault(field, text):
    row = oo.FIELDS[field]
    try:
        value = row.parse(text)
    except ValueError as fault:
        assert str(fault) == f"must {row.expectation_of_text}"
    else:
        assert row.check(value) == value


def test_a_key_stands_in_a_link_once_but_for_those_that_take_many():
    with pytest.raises(ValueError, match="must stand there once"):
        oo.FIELDS["seed"].parse_all(["1", "2"])
    assert oo.FIELDS["seed"].parse_all(["1"]) == 1
    assert STUDY_FIELDS["racers"].parse_all(["SGD", "Adam"]) == ["sgd", "adam"]
    with pytest.raises(ValueError, match="must be one of"):
        STUDY_FIELDS["racers"].parse_all(["SGD", "Lion"])


@pytest.mark.parametrize("field", sorted(oo.FIELDS))
def test_what_a_control_holds_is_the_value(field):
    row = oo.FIELDS[field]
    value = getattr(oo.Experiment("momentum"), field)
    if value is not None:
        assert row.from_control(row.to_control(value)) == value
    if row.step:
        low, high = row.control_range
        assert row.check(low) == low < high == row.check(high)


def test_labels_keys_and_helps_are_given_for_every_choice():
    table = oo.FIELDS | STUDY_FIELDS
    assert len({row.key for row in table.values()}) == len(table)
    assert all(row.label and row.help.endswith(".") for row in table.values())
