"""Links for a class: only some controls, with or without the answer."""

from urllib.parse import parse_qs, urlsplit

import pytest

from orbitopt.page import share
from tests.page.apptest import notices, page, readouts

OF_LESSON = {"a": ["1"], "seed": ["3"], "lesson": ["adam"]}


def held(visit):
    """The keys of the controls that are there."""
    widgets = [*visit.slider, *visit.selectbox, *visit.text_input, *visit.toggle, *visit.button_group]
    return {widget.key for widget in widgets}


@pytest.mark.parametrize("only", ["learning_rate,optimizer", "log10_rate, Optimizer.", "optimizer;learning_rate"])
def test_a_link_can_show_some_controls_only(only):
    visit = page(only=only, a="0.5")
    assert held(visit) == {"log10_rate", "typed_learning_rate", "optimizer"}
    assert not visit.button and not visit.expander
    assert readouts(visit) == readouts(page(a="0.5")), "what is hidden still counts"
    assert page(**visit.query_params).query_params == visit.query_params
    assert visit.query_params["a"] == "0.5"
    visit.slider("log10_rate").set_value(-1.0).run()
    assert visit.query_params["log10_rate"] == "-1.0" and "only" in visit.query_params


def test_controls_under_more_are_shown_too():
    assert held(page(only="start_a,schedule,seed")) == {"a", "schedule", "seed"}


def test_in_a_lesson_they_are_those_of_the_lesson_that_the_link_names():
    visit = page(lesson="adam", reveal="true", only="learning_rate")
    assert held(visit) == {"log10_rate", "typed_learning_rate"}
    assert held(page(lesson="downhill", only="learning_rate")) == {"hand_a", "hand_b"}


def test_the_sections_are_hidden_and_an_open_one_stays():
    visit = page(only="optimizer", section="race")
    assert held(visit) == {"optimizer"} and visit.table
    assert "section" in held(page(only="optimizer,section"))


@pytest.mark.parametrize("only", ["nothing", "learning_rate,nothing", "<i>", "***", ",", "é", "guess", "asked"])
def test_unknown_names_give_a_notice_and_the_whole_page(only):
    visit = page(only=only)
    assert "does not name a control of this page" in notices(visit)[0]
    assert held(visit) == held(page()) and visit.query_params == {}


def test_an_open_section_keeps_what_its_hidden_controls_hold():
    for link in ({"section": "race", "racers": ["sgd", "adam"]}, {"section": "batch", "sizes": ["1", "32"]}):
        assert held(page(only="optimizer", **link)) == {"optimizer"}
    visit = page(only="optimizer", section="race", front="adagrad")
    assert "front = adagrad, which is not offered here" in notices(visit)[0] and visit.table


def test_no_button_changes_what_is_hidden():
    visit = page(only="learning_rate", pin="optimizer:sgd;epochs:3", log10_rate="1")
    assert not visit.button
    assert not page(lesson="adam", reveal="true", only="learning_rate").button, "nor leads away"


def test_the_dialog_has_all_that_the_page_shows():
    visit = page(section="race", arrows="true", pin="optimizer:sgd;epochs:3", over="epoch")
    link = visit.query_params
    visit.button("share").click().run()
    shared = parse_qs(urlsplit(visit.code[-1].value).query)
    assert {key: texts[0] for key, texts in shared.items()} == dict(link)


def test_the_dialog_makes_links():
    visit = page(lesson="momentum", guess="less", reveal="true", log10_rate="-1")
    visit.button("share").click().run()
    assert not visit.exception
    assert share.full_link({"lesson": ["momentum"]}) in [code.value for code in visit.code]
    visit.multiselect[0].set_value(["learning_rate", "beta"]).run()
    assert not visit.exception


@pytest.mark.parametrize(
    ("shown", "projector", "answered", "made"),
    [
        ([], False, None, OF_LESSON | {"reveal": ["true"], "guess": ["x"]}),
        ([], False, False, {"seed": ["3"], "lesson": ["adam"]}),
        ([], True, True, OF_LESSON | {"projector": ["true"], "reveal": ["true"]}),
        (["beta", "optimizer"], False, True, OF_LESSON | {"only": ["beta,optimizer"], "reveal": ["true"]}),
    ],
)
def test_a_link_of_a_lesson_has_the_answer_or_not(shown, projector, answered, made):
    link = OF_LESSON | {"reveal": ["true"], "guess": ["x"], "projector": ["true"], "only": ["seed"]}
    assert share.class_link(link, shown, projector, answered) == made


def test_the_address_is_written_as_it_is_read():
    link = {"pin": ["optimizer:sgd;epochs:3"], "only": ["beta,seed"], "own": ["a b&c"]}
    assert share.full_link(link) == "http://localhost:8501/?pin=optimizer:sgd;epochs:3&only=beta,seed&own=a+b%26c"
    assert share.full_link({}) == "http://localhost:8501/"
