"""Learning rate: 61 of them for every optimizer, drawn point by point, told by their ranges, and taken by a click."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import sweeps
from orbitopt.formatting import number
from orbitopt.optimizers import OPTIMIZERS
from orbitopt.outcomes import OUTCOME_MARKS, Outcome
from orbitopt.page import comparisons
from orbitopt.page.sections import learning_rates as section
from orbitopt.traces import trace
from tests.page.apptest import captions, page
from tests.page.sections.clicking import click_at

CONSTANT = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant", epochs=20)
LONG = dataclasses.replace(CONSTANT, epochs=100)


@pytest.fixture(scope="module")
def swept():
    return oo.finish(oo.sweep_learning_rates(CONSTANT))


def test_a_sweep_is_drawn_point_by_point(swept):
    columns = section.swept_columns(swept)
    assert {len(column) for column in columns.values()} == {5 * 61}
    for key, result in swept.items():
        own = columns["optimizer"] == key
        np.testing.assert_allclose(columns["rate"][own], sweeps.RATES, rtol=1e-6)
        within = result.loss < 10
        np.testing.assert_allclose(columns["loss"][own][within], result.loss[within], rtol=1e-6)
        finite = np.isfinite(result.loss) & (result.loss < 1e30)
        np.testing.assert_allclose(columns["true_loss"][own][finite], result.loss[finite], rtol=1e-6)
        assert columns["end"][own].tolist() == [OUTCOME_MARKS[outcome].role for outcome in result.outcome]
        assert columns["ending"][own].tolist() == [outcome.value for outcome in result.outcome]
        assert set(columns["name"][own]) == {OPTIMIZERS[key].label}
        assert set(columns["role"][own]) == set(columns["dash"][own]) == {key}
    assert (columns["loss"] <= 10).all()


def test_a_band_holds_the_rates_that_work_and_no_other(swept):
    columns = section.band_columns(trace(oo.run(CONSTANT)), swept)
    low = section.swept_columns(swept)["loss_low"][0]
    assert ((columns["loss"] > low) & (columns["loss"] < oo.noise_floor(0.1))).all()
    for key, result in swept.items():
        own = columns["role"] == key
        assert columns["labelled"][own].sum() == (1 if own.any() else 0)
        for rate, outcome in zip(sweeps.RATES, result.outcome, strict=True):
            inside = ((columns["low"] <= rate) & (rate <= columns["high"]))[own].any()
            assert inside == (outcome in (Outcome.REACHED, Outcome.MIRROR))


def test_a_sweep_that_never_works_has_no_band():
    experiment = dataclasses.replace(CONSTANT, epochs=1, batch_size=512)
    swept = oo.finish(oo.sweep_learning_rates(experiment))
    assert len(section.band_columns(trace(oo.run(experiment)), swept)["low"]) == 0


def test_at_505_learning_rates_ranges_bands_and_verdict_say_the_same_of_the_run(swept):
    parted = 0
    for key in oo.OPTIMIZERS:
        for rate in np.logspace(-4, 1, 101):
            run = trace(oo.run(oo.with_optimizer(CONSTANT, key, float(f"{rate:.4g}"), "constant")))
            rate, settled = run.experiment.learning_rate, run.outcome in (Outcome.REACHED, Outcome.MIRROR)
            ranges = sweeps.settled_ranges(*sweeps.with_run(swept[key], rate, settled))
            assert any(low <= rate <= high for low, high in ranges) == settled
            bands = section.band_columns(run, swept)
            own = bands["role"] == key
            assert ((bands["low"] < rate) & (rate < bands["high"]))[own].any() == settled
            told = section.rates_message(run, swept)
            assert told.endswith(f"Your run, {OPTIMIZERS[key].label} at {number(rate, 4)}, {run.outcome.value}.")
            apart = sweeps.settled_ranges(sweeps.RATES, swept[key].settled)
            parted += any(low <= rate <= high for low, high in apart) != settled
    assert parted, "the ranges of the sweep alone would contradict some of them"


def test_the_ranges_are_told_with_the_rate_that_is_set():
    swept = oo.finish(oo.sweep_learning_rates(LONG))
    told = section.rates_message(trace(oo.run(LONG)), swept)
    for key, result in swept.items():
        ranges = sweeps.settled_ranges(*section._rates(trace(oo.run(LONG)), key, result))
        assert f"{OPTIMIZERS[key].label} from {number(ranges[0][0], 4)} to {number(ranges[-1][1], 4)}" in told
    assert told.endswith("Your run, Adam at 0.03, settled at the optimum.")
    wild = trace(oo.run(dataclasses.replace(LONG, learning_rate=5.0)))
    assert section.rates_message(wild, swept).endswith(f"Your run, Adam at 5, {wild.outcome.value}.")


def test_ranges_with_gaps_and_of_one_rate_are_told_as_such():
    outcomes = np.full(61, Outcome.MOVING)
    alone, gaps = outcomes.copy(), outcomes.copy()
    alone[24] = gaps[[12, 36]] = Outcome.REACHED
    made = {
        key: sweeps.SweepResult(np.zeros((61, 2)), np.ones(61), each, np.zeros(61, int))
        for key, each in {"sgd": alone, "momentum": gaps, "adam": outcomes}.items()
    }
    told = section.rates_message(trace(oo.run(CONSTANT)), made)
    assert "SGD only at 0.01; Momentum from 0.001 to 0.1 with gaps; Adam" in told


def test_a_sweep_in_which_nothing_works_or_nothing_can_move_says_so():
    short = dataclasses.replace(oo.PUBLISHED["sgd"], epochs=1, batch_size=512)

    def told(experiment):
        return section.rates_message(trace(oo.run(experiment)), oo.finish(oo.sweep_learning_rates(experiment)))

    assert "No optimizer settles at any of these learning rates" in told(short)
    assert "no sample lies within" in told(dataclasses.replace(short, start_a=0.001))


def test_all_learning_rates_at_once_with_the_current_one_among_them():
    visit = page(section="rates", schedule="constant")
    assert len(visit.get("vega_lite_chart")) == 4
    assert "The optimizers settle at these learning rates: SGD from " in captions(visit)
    assert "Your run, Adam at 0.03, settled at the optimum." in captions(visit)
    assert "Click a point to use its learning rate." in captions(visit)
    assert "no sample lies within the ellipse's x range" in captions(page(section="rates", samples="16", a="0.05"))


def test_work_that_is_stopped_stays_stopped_until_it_is_to_go_on():
    visit = page(section="rates", epochs="2")
    problem, experiment = oo.run(oo.Experiment(epochs=2)).problem, oo.Experiment(epochs=2, learning_rate=1.0)
    visit.session_state.stopped = ("_swept", problem.key, (experiment,))
    visit.run()
    assert len(visit.get("vega_lite_chart")) == 3
    next(button for button in visit.button if button.label == "Stopped. Continue").click().run()
    assert len(visit.get("vega_lite_chart")) == 4
    visit.session_state.stopped = ("_swept", problem.key, (oo.PUBLISHED["sgd"],))
    visit.run()
    assert len(visit.get("vega_lite_chart")) == 4


def test_what_a_whole_class_asks_for_is_worked_out_once(monkeypatch):
    begun, sweep = [], comparisons.sweep_learning_rates

    def counted(*about):
        begun.append(about)
        return sweep(*about)

    monkeypatch.setattr(comparisons, "sweep_learning_rates", counted)
    link = {"section": "rates", "seed": "77", "epochs": "3"}
    assert len({captions(page(**link)) for _ in range(3)}) == 1
    page(**link, log10_rate="-2.0")
    page(**link | {"section": "race", "race_rates": "best"})
    assert len(begun) == 1, "neither another rate nor the race sweeps anew"


@pytest.mark.browser
def test_a_click_on_the_sweep_takes_that_rate_and_that_optimizer(visit):
    visitor = visit("?section=rates&schedule=constant", height=1000)
    visitor.tab.get_by_text("The optimizers settle at these learning rates:").wait_for()
    before = visitor.readouts()
    click_at(visitor, "swept", 0.75, 0.5)
    taken = visitor.until_readouts_differ(before)
    visitor.until("location.search.includes('log10_rate')")
    link = visitor.tab.url.rpartition("?")[2]
    rate = oo.SETTINGS["learning_rate"].from_link(link.partition("log10_rate=")[2].partition("&")[0])
    assert rate in sweeps.RATES
    key = link.partition("optimizer=")[2].partition("&")[0] if "optimizer=" in link else "adam"
    fit = oo.run(oo.Experiment(key, learning_rate=rate, schedule="constant"))
    assert taken[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU".replace("-", "−")]
    visitor.choose("Example", "SGD (Figure 7)")
    other = visitor.until_readouts_differ(taken)
    visitor.tab.get_by_text("The optimizers settle at these learning rates:").wait_for()
    click_at(visitor, "swept", 0.75, 0.5)
    visitor.until_readouts_differ(other)


@pytest.mark.browser
def test_long_work_can_be_stopped_and_gone_on_with(visit):
    visitor = visit()
    visitor.tab.goto(f"{visitor.address}?section=rates&batch=1&epochs=100")  # 51,200 updates of 305 runs
    visitor.tab.locator(".st-key-closer-look").get_by_role("button", name="Stop", exact=True).click()
    visitor.tab.get_by_role("button", name="Stopped. Continue").wait_for()
    visitor.settled()
    assert visitor.tab.locator("[class*=st-key-swept-]").count() == 0
    visitor.tab.get_by_role("radio", name="Noise", exact=True).click()
    visitor.tab.get_by_text("How accurate can any optimizer be?").wait_for()
    visitor.settled()
