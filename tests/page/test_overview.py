"""The first screen: its numbers, its verdict, its advice, the pinned run, and the sentences beside its pictures."""

import dataclasses
import re

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import hohmann
from orbitopt.page import overview
from orbitopt.traces import trace
from tests.examples import fit_of
from tests.page.apptest import PUBLISHED_ADAM, captions, notices, page, press, readouts
from tests.page.runs import trace_of


def verdict(visit):
    """Return how the run ended, and the tone in which the page says it."""
    tones = {"success": visit.success, "info": visit.info, "warning": visit.warning, "error": visit.error}
    return {tone: box.value for tone, boxes in tones.items() for box in boxes if not box.value.startswith("The link")}


def test_the_messages_tell_the_runs_own_numbers():
    assert overview.run_messages(trace_of("adam")) == (
        "After 800 updates the fitted ellipse ends 93,646 km (0.041 % of its radius) short of Mars's orbit.",
        "The loss fell from 0.907 to 0.000879: 0.065 % above the minimum.",
        "From A = 0.1, B = 1.8 the path ends 0.00095 AU from the exact optimum.",
    )


def test_the_messages_of_runs_that_went_astray():
    assert "nowhere near Mars's orbit" in overview.orbits_message(trace_of("diverges"))
    assert "rose" in overview.loss_message(trace_of("diverges"))
    assert "mirror image" in overview.search_message(trace_of("mirror"))


def test_an_ellipse_beyond_mars_is_told_from_one_short_of_it():
    run = dataclasses.replace(trace_of("adam"), params=np.array([hohmann.SEMI_MAJOR_AXIS + 0.01, 1.2]))
    assert "beyond Mars's orbit" in overview.orbits_message(run)
    touching = dataclasses.replace(run, params=np.array([hohmann.SEMI_MAJOR_AXIS, 1.2]))
    assert overview.orbits_message(touching) == "After 800 updates the fitted ellipse touches Mars's orbit."


def test_a_negative_b_is_shown_and_is_far_from_the_optimum():
    run = dataclasses.replace(trace_of("adam"), params=np.array([1.2612, -1.2325]))
    assert overview.readouts(run)[1][1] == "−1.2325 AU"
    assert "2.5 AU from the exact optimum" in overview.search_message(run)


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_every_message_is_one_sentence(key):
    introduction = overview.introduction(oo.EXAMPLES[key].experiment, trace_of(key).problem)
    assert introduction.startswith("It walks downhill. ")
    for message in (*overview.run_messages(trace_of(key)), introduction[19:]):
        assert re.fullmatch(r"[A-Z][^!?]*\.", message)
        assert not re.search(r"\. [A-Z]", message)


def test_the_introduction_says_whose_measurements_are_fitted():
    fit = oo.run(oo.Experiment())
    assert "of an orbit to 512 noisy samples." in overview.introduction(fit.experiment, fit.problem)
    assert "of an orbit to 512 samples." in overview.introduction(oo.Experiment(noise_scale=0.0), fit.problem)
    own = dataclasses.replace(fit.experiment, noise_scale=0.0)
    for name, words in (("", "samples of your own"), ("<b>.csv", "samples from ·b·.csv")):
        assert f"of an orbit to 512 {words}." in overview.introduction(own, oo.FitProblem.of(fit.samples, name))


def test_read_outs_name_the_truth_and_the_least_loss_and_are_short_whatever_the_run():
    assert [label for label, _, _ in overview.readouts(trace_of("adam"))] == [
        "A · truth 1.2618", "B · truth 1.2344", "Loss · min 0.000879", "Miss at Mars",
    ]
    for key in oo.EXAMPLES:
        for label, value, _ in overview.readouts(trace_of(key)):
            assert len(value) <= 13, (key, value)
            assert len(label) <= 24


def test_the_flight_is_that_of_the_fitted_ellipse_if_it_comes_near_mars():
    def flight(a):
        return overview.flight(dataclasses.replace(trace_of("adam"), params=np.array([a, 1.2])))

    assert "258.9 days, with engine burns of 2.94 and 2.65 km/s" in flight(hohmann.SEMI_MAJOR_AXIS)
    assert "44.3° ahead" in flight(hohmann.SEMI_MAJOR_AXIS)
    assert "does not go around the Sun" in flight(0.2)
    for a in (0.3, 1.0, 1.4, 3.3, 2000.0):
        told = flight(a)
        assert "not a transfer orbit" in told and "km/s" not in told and "°" not in told


def test_runs_that_never_moved_are_told_as_such():
    run = trace(oo.run(oo.Experiment(n_samples=16, batch_size=16, start_a=0.05)))
    assert run.message.startswith("No sample from the start: with A at 0.05 AU none lies within")
    assert overview.loss_message(run).startswith("The loss stayed at")


def test_batches_that_changed_nothing_are_counted():
    run = dataclasses.replace(trace_of("adam"), empty_batches=1)
    told = "1 mini-batch had no sample within the ellipse's x range and changed nothing."
    assert overview.empty_batches_message(run) == told


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_an_example_shows_its_run_whether_chosen_or_opened(key):
    example = oo.EXAMPLES[key]
    fit = fit_of(key)
    chosen = page()
    chosen.selectbox("example").set_value(key).run()
    by_key, by_label = page(example=key), page(example=example.label)
    assert readouts(chosen) == readouts(by_key) == readouts(by_label)
    assert readouts(chosen)[:2] == [value for _, value, _ in overview.readouts(trace_of(key))][:2]
    tones = {"REACHED": "success", "MIRROR": "info", "NO_SAMPLE": "error", "DIVERGED": "error"}
    tone = tones.get(fit.outcome.name, "warning")
    for visit in (chosen, by_key, by_label):
        assert fit.message in verdict(visit)[tone]
        assert not notices(visit)


def test_empty_batches_are_counted_on_the_page():
    n = oo.run(oo.EXAMPLES["single"].experiment).empty_batches
    assert f"{n:,} mini-batches had no sample" in captions(page(example="single"))


def test_a_run_of_the_whole_page_draws_its_pictures_before_it_searches_for_advice():
    experiment = dataclasses.replace(oo.EXAMPLES["creeps"].experiment, seed=2718)
    sentence = oo.advise(oo.run(experiment)).sentence
    visit = page(example="creeps", seed="2718")
    assert sentence not in captions(visit)
    visit.session_state.idle_now = True  # as the browser has said of the last pictures
    visit.run()
    assert sentence not in captions(visit)


def test_a_pinned_run_stays_with_its_own_numbers():
    visit = page(pin=oo.PUBLISHED["sgd"].to_text())
    assert readouts(visit) == PUBLISHED_ADAM
    assert "Pinned, in grey: SGD, α = 0.01, batch size 64. A 1.2609 AU" in captions(visit)
    visit.slider("log10_rate").set_value(-1.0).run()
    assert "Pinned, in grey: SGD" in captions(visit)
    assert visit.query_params["pin"] == oo.PUBLISHED["sgd"].to_text()
    press(visit, "Unpin")
    assert "Pinned, in grey" not in captions(visit)
    assert "pin" not in visit.query_params


def test_a_run_pinned_by_an_older_link_is_still_pinned():
    visit = page(pin="optimizer:SGD;log10_rate:-2.0;schedule:Falls at set updates")
    assert "Pinned, in grey: SGD, α = 0.01" in captions(visit)
    assert not notices(visit)


def test_pinning_keeps_this_run_behind_the_next():
    visit = press(page(), "Pin this run")
    visit.selectbox("example").set_value("momentum").run()
    assert "Pinned, in grey: Adam, α = 0.03" in captions(visit)
    assert visit.query_params["pin"] == "optimizer:adam"


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "x",
        "optimizer:Lion",
        "a:9",
        "a:nan",
        "log10_rate:1e400",
        "batch:1;epochs:500",
        ["optimizer:SGD", "optimizer:adam"],
        "<b>:1",
        "9" * 400,
    ],
)
def test_a_pin_that_cannot_be_is_a_notice_and_no_pin(pin):
    visit = page(pin=pin)
    assert readouts(visit) == PUBLISHED_ADAM
    (notice,) = notices(visit)
    assert "pin, which is no run that can be shown" in notice and "<" not in notice
    assert "Pinned, in grey" not in captions(visit)
    assert "pin" not in visit.query_params
    visit.slider("noise").set_value(0.2).run()
    assert not notices(visit)


@pytest.mark.browser
def test_advice_comes_after_the_pictures_and_can_be_tried(visit):
    advice = oo.advise(oo.run(oo.EXAMPLES["creeps"].experiment))
    visitor = visit("?example=creeps")
    visitor.tab.get_by_text(advice.sentence).wait_for()
    before = visitor.readouts()
    visitor.tab.get_by_role("button", name="Try it").click()
    fit = oo.run(advice.experiment)
    assert visitor.until_readouts_differ(before)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    visitor.tab.get_by_text("Settled at the optimum").wait_for()
    visitor.until("/[?&]a=1(\\.0)?(&|$)/.test(location.search) && /[?&]b=1(\\.0)?(&|$)/.test(location.search)")
