"""Lessons on the page: predict, watch, explain; the fit by hand; tasks; and what links of lessons open."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.fit import problem_of
from orbitopt.page import lesson, pictures, player
from tests.page.apptest import captions, markdown, notices, page, readouts, rows

KEYS = list(oo.LESSONS)
TEXTS = {key: one.happened(one.fits(problem_of(oo.Experiment()))) for key, one in oo.LESSONS.items()}


def ask(key, **link):
    """The page with the question of a lesson."""
    return page(lesson=key, question="true", **link)


def guess(visit, key):
    visit.button(f"choice-{key}").click().run()
    assert not visit.exception
    return visit


@pytest.fixture
def shown(monkeypatch):
    """The Pages that scripts show."""
    pages = []
    monkeypatch.setattr(player, "show", lambda page, *args, **options: pages.append(page))
    return pages


@pytest.mark.parametrize("key", KEYS)
def test_before_watch_the_page_has_no_run_and_says_nothing_about_it(monkeypatch, key):
    def fail(*args):
        raise AssertionError("a run was made")

    monkeypatch.setattr(lesson, "run_trace", fail)
    monkeypatch.setattr(pictures, "run_trace", fail)
    visit = ask(key)
    said = markdown(visit) + captions(visit)
    assert readouts(visit) == [] and not visit.success and not visit.info and not visit.warning
    assert oo.LESSONS[key].question in said and oo.LESSONS[key].story in said
    assert TEXTS[key] not in said and oo.LESSONS[key].why not in said
    assert not visit.get("download_button") and not visit.table
    assert [button.label for button in visit.button if button.key.startswith("choice-")] == [
        choice.label for choice in oo.LESSONS[key].choices.values()
    ]
    assert visit.button("watch").disabled
    columns = rows(visit, "run", 2)
    assert set(columns["update"]) == {0.0}
    start = oo.LESSONS[key].main
    assert set(zip(columns["a"], columns["b"])) == {(np.float32(start.start_a), np.float32(start.start_b))}
    assert not visit.main.slider, "no control of the run"


@pytest.mark.parametrize("key", KEYS)
def test_after_watch_stand_outcome_answer_reason_equation_and_task(key):
    one = oo.LESSONS[key]
    right = one.right_choice(one.fits(problem_of(oo.Experiment())))
    visit = guess(ask(key), right)
    assert not visit.button("watch").disabled
    visit.button("watch").click().run()
    said = markdown(visit)
    assert f"Your guess is right: **{one.choices[right].label}.**" in said
    assert TEXTS[key] in said and one.why in said and one.task.text in said
    assert f"({one.equation.number})" in visit.latex[0].value
    assert len(readouts(visit)) == 4
    controls = {oo.SETTINGS[name].key for name in one.task.controls}
    held = {widget.key for widget in [*visit.main.slider, *visit.main.selectbox, *visit.main.text_input]}
    assert controls <= held <= controls | {"typed_learning_rate"}
    assert visit.query_params["guess"] == right and visit.query_params["reveal"] == "true"


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_guess_stays_visible_with_its_reply(key):
    one = oo.LESSONS[key]
    right = one.right_choice(one.fits(problem_of(oo.Experiment())))
    for wrong, choice in one.choices.items():
        if wrong != right:
            said = markdown(page(lesson=key, guess=wrong, reveal="true"))
            assert f"Your guess: {choice.label}." in said and choice.reply in said
            assert f"Correct answer: **{one.choices[right].label}.**" in said


def test_another_seed_can_have_another_answer():
    label = {"9999": "Momentum", "13": "SGD"}
    for seed, winner in label.items():
        assert f"Correct answer: **{winner}.**" in markdown(page(lesson="race", seed=seed, reveal="true"))


@pytest.mark.parametrize("key", KEYS)
def test_the_stage_is_that_of_the_lesson(shown, key):
    page(lesson=key, reveal="true")
    one = oo.LESSONS[key]
    assert shown[-1].experiment == one.main, "the controls give the experiment of the lesson"
    assert list(shown[-1].groups[0].traces) == list(one.experiments)
    assert [trace.experiment for trace in shown[-1].groups[0].traces.values()] == list(one.experiments.values())
    ask(key)
    before, after = (shown[k].groups[0] for k in (-1, 0))
    assert before.frame["x_high"] == after.frame["x_high"], "the timeline is as long before as after"
    assert list(before.roles.values()) == list(after.roles.values())


def test_a_changed_run_stands_before_that_of_the_lesson_in_grey(shown):
    page(lesson="learning-rate", reveal="true", log10_rate="-1")
    group = shown[-1].groups[0]
    assert list(group.traces) == ["your run", "α = 1.05"] and list(group.roles.values()) == ["sgd", "pinned"]
    assert group.main.experiment.learning_rate == 0.1


# Tasks.


def test_a_task_that_is_reached_says_so_with_the_link_of_that_very_run(shown):
    visit = page(lesson="momentum", reveal="true")
    assert not visit.success and not visit.info
    visit.slider("dampening").set_value(0.0).run()
    assert [box.value for box in visit.info] == [f"Not yet. {shown[-1].run.message}"]
    visit.slider("log10_rate").set_value(-0.6).run()
    told = f"The run settles; it is within 10 % of the minimum loss after {shown[-1].run.reached_after} updates."
    assert visit.success[0].value == f"Done. {told}"
    done = shown[-1].experiment
    link = {key: texts for key, texts in parse_qs(urlsplit(visit.code[0].value).query).items()}
    again = page(**link)
    assert again.success and shown[-1].experiment == done


def test_a_task_does_not_count_with_other_changes():
    visit = page(lesson="batches", reveal="true", epochs="40", log10_rate="-3.0")
    assert not visit.success
    assert "Epochs differs from the lesson" in visit.warning[0].value
    assert page(lesson="batches", reveal="true", epochs="40").warning, "said before a control of the task is moved"
    for own in ({"seed": "3"}, {"samples": "256"}, {"noise": "0.2"}, {"samples": "1024"}):
        visit = page(lesson="momentum", reveal="true", **own)
        assert not [*visit.success, *visit.info, *visit.warning], "a lesson on other samples begins as on its own"


def test_the_race_is_not_won_by_a_schedule():
    assert not page(lesson="race", reveal="true", falls="400", log10_rate="-1").success


def test_better_measurements_solve_the_last_task_and_leave_the_answer_as_it_was():
    visit = page(lesson="noise", reveal="true", guess="beside")
    answer = next(text.value for text in visit.markdown if text.value.startswith("The two ends"))
    visit.slider("noise").set_value(0.0).run()
    assert visit.success and answer in markdown(visit) and "Your guess is right" in markdown(visit)
    visit.slider("noise").set_value(0.08).run()
    assert visit.info[0].value.startswith("Not yet. The noise leaves A uncertain by ±0.00")


def test_a_click_on_the_surface_sets_what_the_lesson_is_about():
    for link, expected in (
        ({"lesson": "downhill"}, ("hand_a", "hand_b")),
        ({"lesson": "downhill", "question": "true"}, None),
        ({"lesson": "downhill", "reveal": "true"}, ("start_a", "start_b")),
        ({"lesson": "adam", "reveal": "true"}, None),
    ):
        with pytest.MonkeyPatch.context() as patch:
            options = []
            patch.setattr(player, "show", lambda *args, seen=options, **more: seen.append(more))
            page(**link)
        assert options[-1]["click_sets"] == expected


# The strip.


def test_the_strip_leads_through_the_lessons_and_free_play_keeps_the_run(shown):
    visit = page(a="1.5", projector="true", seed="7")
    for key in (*KEYS, "momentum"):
        visit.button_group("lesson").set_value(key).run()
        link = {"lesson": key, "projector": "true", "seed": "7"}
        assert visit.query_params == link, "a lesson begins anew, on the same samples"
    visit = page(lesson="momentum", reveal="true", log10_rate="-1", guess="less")
    held = shown[-1].experiment
    visit.button_group("lesson").set_value("free").run()
    assert shown[-1].experiment == held
    assert not {"lesson", "reveal", "guess"} & set(visit.query_params)
    assert page(**visit.query_params) and shown[-1].experiment == held


def test_buttons_lead_to_the_lessons_before_and_after():
    visit = page(lesson="downhill", reveal="true")
    for key in KEYS[1:]:
        visit.button("next").click().run()
        assert visit.query_params["lesson"] == key and "reveal" not in visit.query_params
        visit = page(lesson=key, reveal="true")
        visit.button("back").click().run()
        assert visit.query_params["lesson"] == KEYS[KEYS.index(key) - 1]
        visit = page(lesson=key, reveal="true")
    visit.button("next").click().run()
    assert visit.query_params.get("lesson") is None and len(readouts(visit)) == 4


def test_the_browsers_back_leads_from_the_answer_to_the_question():
    visit = guess(ask("adam"), "alpha")
    before = dict(visit.query_params)
    visit.button("watch").click().run()
    visit.run()
    visit.query_params = before
    visit.run()
    assert readouts(visit) == [] and "choice-alpha" in {button.key for button in visit.button}


# Bad input.


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"lesson": "nope"}, "lesson = nope, which must be one of free, downhill"),
        ({"reveal": "true"}, "reveal = true, which needs a lesson"),
        ({"guess": "less", "hand_a": "1"}, "guess = less, which needs a lesson"),
        ({"best": "1.20-1.30"}, "best = 1.20-1.30, which needs a lesson"),
        ({"lesson": "nope", "reveal": "true"}, "reveal = true, which needs a lesson"),
    ],
)
def test_what_belongs_to_no_lesson_gives_a_notice_and_free_play(link, said):
    visit = page(**link)
    assert said in notices(visit)[0]
    assert len(readouts(visit)) == 4 and visit.query_params == {}


def test_a_question_has_the_settings_of_the_lesson_and_the_samples_of_the_link(shown):
    visit = ask("momentum", log10_rate="-1", seed="3", pin="optimizer:sgd", own="16-0123456789abcdef")
    said = notices(visit)[0]
    assert "log10_rate = -1.0, which cannot be changed before the answer" in said
    assert said.count("which is not used in lessons") == 2
    assert visit.query_params == {"lesson": "momentum", "question": "true", "seed": "3"}
    assert shown[-1].experiment == replace(oo.LESSONS["momentum"].main, seed=3)


def test_what_free_play_remembers_of_an_optimizer_stays_there():
    visit = page()
    visit.selectbox("optimizer").set_value("sgd").run()
    visit.button_group("lesson").set_value("race").run()
    assert not [button for button in visit.button if button.label.startswith("Go back to")] and not captions(visit)
    assert not visit.expander and not visit.sidebar.header, "nothing is under More before Watch"


def test_a_lesson_opens_although_the_browser_has_not_followed_the_link_yet(shown):
    visit = page()
    before = dict(visit.query_params)
    visit.slider("log10_rate").set_value(-1.0).run()
    visit.query_params = before
    visit.button_group("lesson").set_value("adam").run()
    assert visit.query_params == {"lesson": "adam"} and shown[-1].groups[0].traces.keys() == {"Adam", "RMSprop"}


def test_a_guess_of_another_lesson_and_a_strange_best_are_left_out():
    visit = page(lesson="momentum", guess="alpha", best="1.20-1.30")
    assert "guess = alpha, which is not offered here" in notices(visit)[0]
    assert "best, which is not a fit by hand" in notices(visit)[0]
    assert visit.query_params == {"lesson": "momentum"}
    assert visit.button("watch").disabled
    assert "best" in notices(page(lesson="downhill", best="9.99-<b>"))[0]


def test_lessons_follow_the_link_in_samples_and_settings(shown):
    page(lesson="learning-rate", seed="3", samples="256", noise="0.2", reveal="true")
    own = {"seed": 3, "n_samples": 256, "noise_scale": 0.2, "batch_size": 256}
    stage = oo.LESSONS["learning-rate"].experiments
    traces = shown[-1].groups[0].traces
    assert {name: trace.experiment for name, trace in traces.items()} == {
        name: replace(experiment, **own) for name, experiment in stage.items()
    }
