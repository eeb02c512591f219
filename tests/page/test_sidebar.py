"""The sidebar: every control makes another run, and an example sets them all."""

import dataclasses
import re

import pytest

import orbitopt as oo
from orbitopt.page import overview, own_samples, sidebar
from orbitopt.traces import trace
from tests.page.apptest import PUBLISHED_ADAM, captions, notices, page, readouts


def test_an_example_undoes_every_change():
    visit = page(a="2.5", noise="0.3", seed="7", optimizer="adagrad")
    assert readouts(visit) != PUBLISHED_ADAM
    visit.selectbox("example").set_value("sgd").run()
    visit.selectbox("example").set_value("adam").run()
    assert readouts(visit) == PUBLISHED_ADAM
    assert visit.query_params == {}


def test_an_example_says_what_it_shows():
    assert oo.EXAMPLES["adam"].lesson in captions(page())
    assert oo.EXAMPLES["mirror"].lesson in captions(page(example="mirror"))


CHANGES = {
    "log10_rate": lambda visit: visit.slider("log10_rate").set_value(-1.0),
    "beta1": lambda visit: visit.slider("beta1").set_value(0.5),
    "beta2": lambda visit: visit.slider("beta2").set_value(0.5),
    "log10_eps": lambda visit: visit.slider("log10_eps").set_value(-1.0),
    "bias_correction": lambda visit: visit.toggle("bias_correction").set_value(False),
    "schedule": lambda visit: visit.selectbox("schedule").set_value("cosine"),
    "gamma": lambda visit: visit.slider("gamma").set_value(0.1),
    "falls": lambda visit: visit.text_input("falls").set_value("2, 4"),
    "batch": lambda visit: visit.selectbox("batch").set_value(512),
    "switch_after": lambda visit: visit.slider("switch_after").set_value(5),
    "epochs": lambda visit: visit.slider("epochs").set_value(20),
    "a": lambda visit: visit.slider("a").set_value(2.0),
    "b": lambda visit: visit.slider("b").set_value(2.0),
    "noise": lambda visit: visit.slider("noise").set_value(0.2),
    "samples": lambda visit: visit.slider("samples").set_value(256),
    "seed": lambda visit: visit.text_input("seed").set_value("1"),
    "optimizer": lambda visit: visit.selectbox("optimizer").set_value("rmsprop"),
}


def test_any_change_of_a_control_is_another_run_and_another_link():
    seen, links = {tuple(readouts(page()))}, set()
    for key, change in CHANGES.items():
        visit = page()
        change(visit)
        visit.run()
        assert tuple(readouts(visit)) not in seen, key
        assert key in visit.query_params
        assert readouts(page(**visit.query_params)) == readouts(visit)
        seen.add(tuple(readouts(visit)))
        links.add(str(visit.query_params))
    assert len(links) == len(CHANGES)


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_only_the_optimizers_own_hyper_parameters_are_shown_at_those_of_its_published_run(key):
    visit = page()
    visit.selectbox("optimizer").set_value(key).run()
    hyper = {oo.SETTINGS[field.name].key for kind in oo.OPTIMIZERS.values() for field in dataclasses.fields(kind)}
    own = {oo.SETTINGS[field.name].key for field in dataclasses.fields(oo.OPTIMIZERS[key])}
    assert {widget.key for widget in [*visit.slider, *visit.toggle]} & hyper == own
    for field in dataclasses.fields(oo.OPTIMIZERS[key]):
        setting = oo.SETTINGS[field.name]
        held = [widget.value for widget in [*visit.slider, *visit.toggle] if widget.key == setting.key]
        assert held == [setting.to_control(getattr(oo.RACE_DEFAULTS[key], field.name))]


def buttons(visit):
    return {button.label for button in visit.button}


@pytest.mark.parametrize("key", [key for key in oo.OPTIMIZERS if key != "adam"])
def test_another_optimizer_takes_its_published_rate_and_schedule_says_so_and_the_old_ones_can_be_kept(key):
    visit = page()
    visit.slider("log10_rate").set_value(-1.6).run()
    visit.selectbox("optimizer").set_value(key).run()
    published = oo.RACE_DEFAULTS[key]
    fit = oo.run(published)
    assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert fit.outcome is oo.Outcome.REACHED
    assert sidebar.taken_message(key) in captions(visit)
    assert f"α = {published.learning_rate:g} and its schedule are those of" in sidebar.taken_message(key)
    assert readouts(page(**visit.query_params)) == readouts(visit)
    visit.button("keep_rate").click().run()
    before = {"learning_rate": 0.02512, "schedule": "multi-step", "milestones": (16,), "gamma": 0.5}
    kept = oo.run(dataclasses.replace(published, **before))
    assert readouts(visit)[2:3] == [overview.readouts(trace(kept))[2][1]]
    assert "Go back to α = 0.02512 and its schedule" not in buttons(visit)
    assert sidebar.taken_message(key) not in captions(visit)
    assert visit.query_params["log10_rate"] == "-1.6"


def test_the_rate_that_is_offered_to_be_kept_is_the_one_before_and_any_change_takes_the_offer_away():
    visit = page()
    assert not any(label.startswith("Keep") for label in buttons(visit))
    visit.selectbox("optimizer").set_value("momentum").run()
    assert "Go back to α = 0.03 and its schedule" in buttons(visit)
    assert "the post's published run" in captions(visit)
    visit.slider("beta").set_value(0.8).run()
    assert "Go back to α = 0.03 and its schedule" in buttons(visit), "β is no part of it"
    visit.slider("log10_rate").set_value(-1.9).run()
    assert not any(label.startswith("Keep") for label in buttons(visit))
    visit.selectbox("optimizer").set_value("adagrad").run()
    assert "a run that suits AdaGrad" in captions(visit)
    assert "Go back to α = 0.01259 and its schedule" in buttons(visit)
    visit.selectbox("example").set_value("sgd").run()
    assert not any(label.startswith("Keep") for label in buttons(visit))


def test_a_link_with_another_optimizer_from_before_keeps_the_rate_of_its_example():
    visit = page(optimizer="momentum")
    assert visit.text_input("typed_learning_rate").value == "0.03"
    assert visit.query_params == {"optimizer": "momentum"}


def test_an_example_that_is_changed_says_so_in_place_of_its_lesson_and_reset_brings_it_back():
    visit = page(example="momentum")
    lesson = oo.EXAMPLES["momentum"].lesson
    before = readouts(visit)
    assert lesson in captions(visit) and "Reset" not in buttons(visit)
    visit.slider("b").set_value(2.0).run()
    assert lesson not in captions(visit)
    assert "Changed from this example: Start B." in captions(visit)
    visit.slider("beta").set_value(0.5).run()
    visit.selectbox("optimizer").set_value("adagrad").run()
    assert re.search(r"Changed from this example: Optimizer, .* and \d more\.", captions(visit))
    visit.button("reset").click().run()
    assert readouts(visit) == before
    assert visit.query_params == {"example": "momentum"}
    assert lesson in captions(visit) and "Reset" not in buttons(visit)
    assert not any(label.startswith("Keep") for label in buttons(visit))


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_no_example_is_changed_when_it_is_opened_nor_by_what_is_no_part_of_it(key):
    visit = page(example=key, section="equations", projector="true")
    assert oo.EXAMPLES[key].lesson in captions(visit)
    assert "Reset" not in buttons(visit)
    assert visit.query_params == {"section": "equations", "projector": "true"} | (
        {} if key == "adam" else {"example": key}
    )


@pytest.mark.parametrize("key", oo.SCHEDULES)
def test_only_the_schedules_own_settings_are_shown(key):
    visit = page(schedule=key)
    fields = {field.name for field in dataclasses.fields(oo.SCHEDULES[key])}
    assert any(field.key == "falls" for field in visit.text_input) == ("milestones" in fields)
    assert any(slider.key == "gamma" for slider in visit.slider) == ("gamma" in fields)


def test_a_typed_rate_moves_the_slider_and_a_slider_moves_the_rate():
    visit = page()
    visit.text_input("typed_learning_rate").set_value("0.05").run()
    assert visit.slider("log10_rate").value == pytest.approx(-1.30103, abs=5e-5)
    assert oo.SETTINGS["learning_rate"].from_link(visit.query_params["log10_rate"]) == 0.05
    visit.slider("log10_rate").set_value(-2.0).run()
    assert visit.text_input("typed_learning_rate").value == "0.01"


@pytest.mark.parametrize(("text", "rate"), [("0,01", 0.01), ("1/3", 0.3333), ("5e-3", 0.005), ("0.12346", 0.1235)])
def test_a_rate_is_read_as_it_is_meant_by_the_field_the_run_and_the_link(text, rate):
    visit = page()
    visit.text_input("typed_learning_rate").set_value(text).run()
    assert readouts(visit)[0] == f"{oo.run(oo.Experiment(learning_rate=rate)).a:.4f} AU"
    assert visit.text_input("typed_learning_rate").value == f"{rate:g}"
    assert readouts(page(**visit.query_params)) == readouts(visit)


@pytest.mark.parametrize("text", ["", "0", "11", "1e-6", "fast", "0.0.1"])
def test_a_rate_that_cannot_be_is_refused_in_words_and_changes_nothing(text):
    visit = page()
    visit.text_input("typed_learning_rate").set_value(text).run()
    assert "Learning rate α must be a number from 0.00001 to 10. Learning rate α stays 0.03." in visit.error[0].value
    assert (readouts(visit), visit.query_params) == (PUBLISHED_ADAM, {})
    assert visit.text_input("typed_learning_rate").value == "0.03"


def test_another_optimizer_can_be_chosen_before_the_first_run_has_ended():
    visit = page()
    del visit.session_state["chosen"]  # as if the run had been interrupted
    visit.selectbox("optimizer").set_value("sgd").run()
    assert readouts(visit) == readouts(page(**visit.query_params))
    assert visit.slider("log10_rate").value == -2.0


def test_the_next_seed_is_one_press_away_and_follows_the_last_one():
    visit = page()
    next(button for button in visit.button if button.label == "Next seed").click().run()
    assert visit.query_params == {"seed": "10000"}
    assert readouts(visit)[0] == f"{oo.run(oo.Experiment(seed=10_000)).a:.4f} AU"
    last = page(seed=f"{2**32 - 1}")
    next(button for button in last.button if button.label == "Next seed").click().run()
    assert last.query_params == {"seed": "0"}


def test_what_is_under_more_counts_and_stays_in_the_link_whether_it_is_shown_or_not():
    visit = page(a="2.0", beta1="0.5")
    before = readouts(visit)
    for shown in (False, True, False):
        visit.session_state["more"] = shown
        visit.run()
        assert ("a" in {slider.key for slider in visit.slider}) == shown
        assert (readouts(visit), visit.query_params) == (before, {"a": "2.0", "beta1": "0.5"})
    visit.selectbox("optimizer").set_value("momentum").run()
    assert readouts(visit) == readouts(page(**visit.query_params))
    visit.session_state["more"] = True
    visit.run()
    assert visit.slider("a").value == 2.0


def test_an_example_brings_its_own_decay_after_another_was_typed():
    visit = page()
    visit.text_input("falls").set_value("4").run()
    visit.selectbox("example").set_value("sgd").run()
    assert visit.text_input("falls").value == "100"
    assert readouts(visit) == readouts(page(example="sgd"))


def test_too_many_updates_are_cut_and_said():
    visit = page(batch="1", epochs="500")
    assert any("at most 60,000 updates" in box.value and "117 of the 500 epochs" in box.value for box in visit.warning)
    assert visit.query_params == {"batch": "1", "epochs": "500"}


def test_a_batch_larger_than_all_samples_is_all_of_them_and_counts_again_when_there_are_enough():
    visit = page(batch="128")
    visit.slider("samples").set_value(16).run()
    assert readouts(visit)[0] == f"{oo.run(oo.Experiment(n_samples=16, batch_size=16)).a:.4f} AU"
    assert visit.selectbox("batch").options == ["1", "2", "4", "8", "16 (all; 128 chosen)"]
    assert visit.query_params == {"samples": "16", "batch": "128"}
    assert readouts(page(**visit.query_params)) == readouts(visit)
    visit.slider("samples").set_value(512).run()
    assert visit.query_params == {"batch": "128"}
    assert readouts(visit) == readouts(page(batch="128"))


def test_few_samples_leave_the_default_batch_size_out_of_the_link_and_bring_it_back():
    visit = page()
    visit.slider("samples").set_value(16).run()
    assert visit.query_params == {"samples": "16"}
    visit.slider("samples").set_value(512).run()
    assert (visit.query_params, readouts(visit)) == ({}, PUBLISHED_ADAM)


def test_a_batch_size_of_ones_own_can_be_asked_for_in_the_link():
    visit = page(batch="48")
    assert visit.selectbox("batch").value == 48
    assert not notices(visit)


def test_the_batch_after_the_switch_has_controls_once_there_is_a_switch():
    assert "switch_batch" not in {box.key for box in page().selectbox}
    visit = page(switch_after="8", switch_batch="256", scaling="linear")
    experiment = oo.Experiment(switch_after=8, switch_size=256, batch_scaling="linear")
    assert readouts(visit)[0] == f"{oo.run(experiment).a:.4f} AU"
    assert visit.query_params == {"switch_after": "8", "switch_batch": "256", "scaling": "linear"}


def test_samples_of_ones_own_leave_number_and_noise_to_their_file():
    visit = page()
    own = oo.FitProblem.of(oo.noisy_samples(100, 0.2, 3), notes="Not turned.")
    visit.session_state.files = own_samples._Files(loaded={own.mark: own})
    visit.session_state.own = own.mark
    visit.run()
    assert [visit.slider(key).disabled for key in ("samples", "noise", "a")] == [True, True, False]
    assert not visit.text_input("seed").disabled
    assert "100 samples of your own. Not turned. Only this session uses them" in captions(visit)
    assert oo.EXAMPLES["adam"].lesson in captions(visit), "their number is no change of the example"


def test_the_settings_of_the_sidebar_have_keys_of_their_own():
    assert not set(sidebar.SETTINGS) & set(oo.SETTINGS)
    assert set(sidebar.SETTINGS["example"].choices) == set(oo.EXAMPLES)
