"""Links: old ones open the same page, bad values become defaults, and whatever the address bar says the page opens."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.page.text import plain_text
from tests.hostile import KEYS, TEXTS, harmless
from tests.page.apptest import PUBLISHED_ADAM, notices, page, pictures, readouts

LONG = 100_000

words = st.text(max_size=20) | st.sampled_from(TEXTS)
texts = words | st.floats().map(repr) | st.integers().map(str) | st.tuples(words, words).map("".join)
keys = st.sampled_from([setting.key for setting in oo.SETTINGS.values()])
pins = st.lists(st.tuples(keys | words, texts).map(":".join), max_size=4).map(";".join)


@settings(max_examples=500)
@given(pins)
@example("a:1;" * (LONG // 4))
@example("9" * LONG)
def test_a_pinned_run_is_an_experiment_in_its_bounds_or_a_fault(text):
    try:
        experiment = oo.Experiment.from_text(text)
    except ValueError as fault:
        assert plain_text(str(fault), 200)
    else:
        assert experiment.updates <= oo.MAX_UPDATES
        assert oo.Experiment.from_text(experiment.to_text()) == experiment


OLD_AND_NEW = [
    ({"example": "Steps too long: diverges"}, {"example": "diverges"}),
    ({"example": "Thrown off the road", "b": "1.9"}, {"example": "creeps", "b": "1.9"}),
    ({"optimizer": "SGD", "log10_rate": "-1"}, {"optimizer": "sgd", "log10_rate": "-1.0"}),
    ({"schedule": "Falls along a cosine"}, {"schedule": "cosine"}),
    ({"schedule": "Falls every epoch", "gamma": "0.9"}, {"schedule": "exponential", "gamma": "0.9"}),
    (
        {"switch_after": "8", "switch_batch": "256", "scaling": "The same"},
        {"switch_after": "8", "switch_batch": "256"},
    ),
    ({"section": "Two losses", "surface": "All samples"}, {"section": "losses", "surface": "clamped"}),
    ({"projector": "true", "section": "Noise"}, {"projector": "true", "section": "noise"}),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW, ids=[" ".join(old.values()) for old, _ in OLD_AND_NEW])
def test_an_older_link_opens_the_same_page_and_is_written_with_keys(old, new):
    before, now = page(**old), page(**new)
    assert readouts(before) == readouts(now)
    assert len(pictures(before)) == len(pictures(now))
    assert before.query_params == now.query_params == new
    assert not notices(before)


def test_every_choice_of_a_session_is_in_its_link():
    visit = page()
    visit.selectbox("example").set_value("momentum").run()
    visit.slider("log10_rate").set_value(-2.3).run()
    visit.selectbox("schedule").set_value("exponential").run()
    visit.segmented_control("section").set_value("race").run()
    visit.pills("racers").set_value(["sgd", "adam"]).run()
    visit.text_input("race_sgd").set_value("0.05").run()
    visit.segmented_control("over").set_value("epoch").run()
    visit.toggle("projector").set_value(True).run()
    assert visit.query_params == {
        "example": "momentum", "log10_rate": "-2.3", "schedule": "exponential", "section": "race",
        "racers": ["sgd", "adam"], "race_sgd": "0.05", "over": "epoch", "projector": "true",
    }  # fmt: skip
    again = page(**visit.query_params)
    assert readouts(again) == readouts(visit)
    assert again.table[0].value.equals(visit.table[0].value)
    assert [picture.spec for picture in pictures(again)] == [picture.spec for picture in pictures(visit)]


def test_going_back_shows_the_runs_before():
    visit, seen = page(), []
    for rate in (-2.0, -1.5, -1.0):
        visit.slider("log10_rate").set_value(rate).run()
        seen.append((dict(visit.query_params), readouts(visit)))
    for link, numbers in reversed(seen[:-1]):
        visit.run()  # the browser has followed the link
        visit.query_params = link
        visit.run()
        assert readouts(visit) == numbers
        assert visit.query_params == link


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("log10_rate", "abc"),
        ("log10_rate", "inf"),
        ("log10_rate", "nan"),
        ("log10_rate", "5"),
        ("log10_rate", "1e400"),
        ("log10_rate", "9" * 400),
        ("log10_rate", ""),
        ("log10_rate", ["-1", "-2"]),
        ("optimizer", "Lion"),
        ("optimizer", ["SGD", "Adam"]),
        ("example", "none"),
        ("schedule", "0"),
        ("batch", "0"),
        ("batch", "1e9"),
        ("batch", "4097"),
        ("batch", "x"),
        ("epochs", "1000"),
        ("epochs", "2.5"),
        ("epochs", "inf"),
        ("falls", "x"),
        ("falls", "-1"),
        ("falls", "<b>5</b>"),
        ("a", "0"),
        ("a", "-1"),
        ("a", "nan"),
        ("b", "4.01"),
        ("samples", "15"),
        ("samples", "1e10"),
        ("noise", "0.6"),
        ("seed", "inf"),
        ("seed", "1e400"),
        ("seed", "nan"),
        ("seed", "-1"),
        ("seed", "4.6"),
        ("seed", "4294967296"),
        ("bias_correction", "perhaps"),
        ("beta1", "1"),
        ("beta1", ["0.5", "0.6"]),
        ("section", "Nowhere"),
        ("projector", "perhaps"),
    ],
)
def test_a_bad_value_in_the_link_becomes_the_default_is_said_and_leaves_the_link(key, text):
    visit = page(**{key: text})
    assert readouts(visit) == PUBLISHED_ADAM
    (notice,) = notices(visit)
    assert f"apply: {key} = " in notice
    assert not set("<>&[") & set(notice.split(", which")[0])
    assert visit.query_params == {}
    visit.slider("noise").set_value(0.2).run()
    assert not notices(visit)


def test_a_setting_that_another_optimizer_has_waits_in_the_link_until_it_is_chosen():
    visit = page(beta="0.5")
    assert readouts(visit) == PUBLISHED_ADAM
    visit.selectbox("optimizer").set_value("momentum").run()
    assert visit.query_params["optimizer"] == "momentum"
    assert readouts(page(**visit.query_params)) == readouts(visit)


def opened(link):
    """Return the notices of the page as it opens on a link: whole, with nothing of the link in them but letters."""
    visit = page(**link)
    assert len(visit.metric) == 4
    assert len(pictures(visit)) >= 3
    quoted = [box.value for box in [*visit.warning, *visit.error] if "link" in box.value]
    assert all(map(harmless, quoted)), quoted
    return quoted


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:20]))
def test_the_page_opens_whatever_the_link_says_everywhere(text):
    assert opened(dict.fromkeys(KEYS, text))


@pytest.mark.parametrize("key", ["example", "seed", "section", "pin"])
def test_the_page_opens_whatever_the_length_of_a_value(key):
    assert opened({key: "9" * LONG})


@pytest.mark.parametrize("section", ["step", "race", "batch", "data"])
def test_a_section_opens_whatever_the_link_says_beside_it(section):
    for text in TEXTS[::12]:
        opened(dict.fromkeys(KEYS, [text, text]) | {"section": section})
