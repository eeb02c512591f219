"""A setting allows what it says, and its values survive being written into a link or held by a control."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.page import comparisons, sections, sidebar
from orbitopt.settings import Setting, check_choice, check_number
from tests.hostile import TEXTS

ALL = sidebar.SETTINGS | oo.SETTINGS | comparisons.SETTINGS | sections.SETTINGS
LONG = 100_000

words = st.text(max_size=20) | st.sampled_from(TEXTS)
texts = words | st.floats().map(repr) | st.integers().map(str) | st.tuples(words, words).map("".join)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("optimizer", "rmsprop", "rmsprop"),
        ("optimizer", "RMSprop", "rmsprop"),
        ("learning_rate", "-2", 0.01),
        ("learning_rate", "-1.522879", 0.03),
        ("milestones", "7, 5", (5, 7)),
        ("milestones", "", ()),
        ("nesterov", "true", True),
        ("nesterov", "False", False),
        ("epochs", "30", 30),
        ("epochs", "30.0", 30),
        ("beta1", "0.5", 0.5),
    ],
)
def test_a_text_in_a_link_becomes_a_value(name, text, value):
    assert oo.SETTINGS[name].from_link(text) == value


@pytest.mark.parametrize(
    ("name", "label", "value"),
    [
        ("schedule", "Falls at set updates", "multi-step"),
        ("schedule", "Falls every epoch", "exponential"),
        ("schedule", "Falls along a cosine", "cosine"),
        ("batch_scaling", "The same", "none"),
        ("example", "Steps too long: diverges", "diverges"),
        ("example", "Thrown off the road", "creeps"),
        ("example", "The mirror image", "mirror"),
        ("section", "Take away", "data"),
        ("surface", "Those inside", "domain"),
        ("falls_sgd", "Falls along a cosine", "cosine"),
    ],
)
def test_labels_in_older_links_are_still_understood(name, label, value):
    assert ALL[name].from_link(label) == value
    assert label not in ALL[name].choices.values()


@pytest.mark.parametrize("name", [name for name, setting in ALL.items() if setting.choices])
def test_a_choice_is_understood_by_its_key_and_by_its_label_and_written_as_its_key(name):
    setting = ALL[name]
    for value, label in setting.choices.items():
        assert setting.from_link(str(value)) == setting.from_link(label) == value
        assert setting.to_link(value) == str(value)
        assert re.fullmatch(r"[a-z0-9-]+", setting.to_link(value)), "a key needs no escaping in a link"
    assert set(setting.former_labels.values()) <= set(setting.choices)
    assert not set(setting.former_labels) & {str(value) for value in setting.choices}


@given(name=st.sampled_from(sorted(ALL)), text=st.text() | st.floats().map(str) | st.integers().map(str))
def test_any_text_is_a_valid_value_or_a_clear_fault(name, text):
    setting = ALL[name]
    try:
        value = setting.from_link(text)
    except ValueError as fault:
        assert str(fault) == f"must {setting.link_expectation}"
    else:
        assert setting.check(value) == value


@settings(max_examples=1000)
@given(st.sampled_from(sorted(oo.SETTINGS)), st.lists(texts, min_size=1, max_size=2))
@example("milestones", ["1," * (LONG // 2)])
@example("seed", ["9" * LONG])
def test_what_a_link_says_is_a_value_in_its_bounds_or_a_fault(name, values):
    try:
        value = oo.SETTINGS[name].from_links(values)
    except ValueError as fault:
        assert str(fault).startswith("must ")
    else:
        assert oo.SETTINGS[name].check(value) == value


def test_a_key_stands_in_a_link_once_but_for_those_that_take_many():
    with pytest.raises(ValueError, match="must appear only once"):
        oo.SETTINGS["seed"].from_links(["1", "2"])
    assert oo.SETTINGS["seed"].from_links(["1"]) == 1
    assert ALL["racers"].from_links(["SGD", "adam"]) == ["sgd", "adam"]
    with pytest.raises(ValueError, match="must be one of sgd, momentum, rmsprop, adam, adagrad"):
        ALL["racers"].from_links(["sgd", "Lion"])


@pytest.mark.parametrize("name", sorted(oo.SETTINGS))
def test_what_a_control_holds_is_the_value(name):
    setting = oo.SETTINGS[name]
    value = getattr(oo.Experiment("momentum"), name)
    if value is not None:
        assert setting.from_control(setting.to_control(value)) == value
        assert setting.from_link(setting.to_link(value)) == value
    if setting.step:
        low, high = setting.control_range
        assert setting.check(low) == low < high == setting.check(high)


@given(rate=st.floats(1e-5, 10.0))
def test_a_learning_rate_of_four_digits_survives_its_logarithm(rate):
    setting, value = oo.SETTINGS["learning_rate"], float(f"{rate:.4g}")
    assert setting.from_control(setting.to_control(value)) == value
    assert setting.from_link(setting.to_link(value)) == value


def test_an_exact_text_is_the_number_itself_and_not_its_logarithm():
    setting = oo.SETTINGS["learning_rate"]
    assert setting.from_text("0.3333333333333333") == 1 / 3
    for text in ("11", "-1", "nan", "soon", ""):
        with pytest.raises(ValueError, match=r"must lie in \(0, 10\]"):
            setting.from_text(text)


def test_an_expectation_says_what_is_allowed():
    assert oo.SETTINGS["beta1"].expectation == "lie in [0, 1)"
    assert oo.SETTINGS["epochs"].expectation == "be a whole number in [1, 500]"
    assert oo.SETTINGS["milestones"].expectation == "be at most 20 whole numbers in [0, 60000]"
    assert oo.SETTINGS["nesterov"].expectation == "be True or False"
    assert oo.SETTINGS["nesterov"].link_expectation == "be true or false"
    assert oo.SETTINGS["learning_rate"].link_expectation == "be the decimal logarithm of a number in (0, 10]"
    assert oo.SETTINGS["batch_scaling"].link_expectation == "be one of none, root, linear"


def test_numbers_are_stored_as_the_kind_that_they_are():
    assert type(oo.SETTINGS["epochs"].check(30)) is int
    assert type(oo.SETTINGS["noise_scale"].check(0)) is float
    assert oo.SETTINGS["milestones"].check([7, 5]) == (5, 7)
    assert Setting("", "", "", int, 0, 9, optional=True).check(None) is None


def test_every_setting_has_a_key_of_its_own_a_label_and_a_help():
    assert len({setting.key for setting in ALL.values()}) == len(ALL)
    assert all(setting.label and setting.help.endswith(".") for setting in ALL.values())
    assert all(re.fullmatch(r"[a-z0-9_]+", setting.key) for setting in ALL.values())


@pytest.mark.parametrize(
    ("value", "kind", "low", "high", "message"),
    [
        (3.5, int, 1, 9, r"n must be a whole number in \[1, 9\], got 3.5"),
        (True, int, 1, 9, r"n must be a whole number in \[1, 9\], got True"),
        (0, int, 1, 9, r"n must be a whole number in \[1, 9\], got 0"),
        ("1", float, 0, 9, r"n must lie in \[0, 9\], got '1'"),
        (float("inf"), float, 0, float("inf"), r"n must lie in \[0, inf\), got inf"),
        (float("nan"), float, 0, 9, r"n must lie in \[0, 9\], got nan"),
    ],
)
def test_a_named_argument_out_of_bounds_is_quoted(value, kind, low, high, message):
    with pytest.raises(ValueError, match=message):
        check_number("n", value, kind, low, high)


def test_a_named_argument_within_its_bounds_is_returned():
    assert check_number("n", 3, int, 1, 9) == 3
    assert check_number("n", 1, float, 1, 9) == 1.0


@pytest.mark.parametrize("value", ["eps", 3, None, ["png"]])
def test_a_named_choice_that_is_none_of_them_is_quoted(value):
    check_choice("format", "png", ["png", "svg"])
    with pytest.raises(ValueError) as fault:
        check_choice("format", value, ["png", "svg"])
    assert str(fault.value) == f"format must be one of png, svg, got {value!r}"
