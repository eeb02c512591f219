"""What the closer looks draw comes from the runs themselves."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import closer, hohmann, model, shown, sweeps, words
from orbitopt.outcomes import Outcome
from orbitopt.samples import Samples

CONSTANT = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant", epochs=20)


@pytest.fixture(scope="module")
def swept():
    return oo.finish(oo.sweep_learning_rates(CONSTANT))


def test_a_sweep_is_drawn_point_by_point(swept):
    columns = closer.swept_columns(swept, words.NAMES)
    assert {len(column) for column in columns.values()} == {5 * 61}
    adam = columns["optimizer"] == "adam"
    np.testing.assert_allclose(columns["rate"][adam], sweeps.RATES, rtol=1e-6)
    within = swept["adam"].loss < 10
    np.testing.assert_allclose(columns["loss"][adam][within], swept["adam"].loss[within], rtol=1e-6)
    assert (columns["loss"] <= 10).all()
    assert set(columns["end"]) <= set(closer.ENDINGS)
    assert columns["ending"][adam][-1] == swept["adam"].outcome[-1].value


def test_a_band_holds_the_rates_that_work_and_no_other(swept):
    columns = closer.band_columns(swept, words.NAMES)
    low = closer.swept_columns(swept, words.NAMES)["loss_low"][0]
    assert ((columns["loss"] > low) & (columns["loss"] < oo.noise_floor(0.1))).all()
    for key, ends in swept.items():
        own = columns["role"] == key
        for rate, outcome in zip(sweeps.RATES, ends.outcome, strict=True):
            inside = ((columns["low"] <= rate) & (rate <= columns["high"]))[own].any()
            assert inside == (outcome in (Outcome.REACHED, Outcome.MIRROR))


def test_a_sweep_that_never_works_has_no_band():
    swept = oo.finish(oo.sweep_learning_rates(dataclasses.replace(CONSTANT, epochs=1)))
    assert len(closer.band_columns(swept, words.NAMES)["low"]) == 0


def test_a_map_has_a_cell_for_every_start():
    ends = oo.finish(oo.map_starts(CONSTANT, 9))
    columns = closer.cell_columns(ends, 9)
    assert {len(column) for column in columns.values()} == {81}
    cell = 9 * 3 + 7
    a, b = columns["a"][cell], columns["b"][cell]
    assert columns["a_low"][cell] < a < columns["a_high"][cell] == pytest.approx(columns["a_low"][cell + 9])
    fit = oo.run(dataclasses.replace(CONSTANT, start_a=round(float(a), 4), start_b=round(float(b), 4)))
    assert columns["ending"][cell] == fit.outcome.value
    there = fit.outcome is Outcome.REACHED
    assert columns["after"][cell] == (str(fit.reached_after) if there else "–")
    assert np.isnan(columns["updates"][cell]) != there


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_steps_are_those_of_the_run(key):
    experiment = oo.EXAMPLES[key].experiment
    fit = oo.run(experiment)
    steps = oo.finish(closer.steps_of(experiment))
    np.testing.assert_array_equal(steps.params, fit.at(steps.update))
    np.testing.assert_array_equal(steps.update, shown.rows_shown(len(fit.history.loss))[:-1])
    np.testing.assert_allclose(steps.params + steps.step, fit.at(steps.update + 1), rtol=1e-12)
    update = oo.update_at(experiment, int(steps.update[3]))
    assert steps.descent[3].tolist() == [-update.learning_rate * slope for slope in update.gradient]
    assert (steps.effective_rate is not None) == (experiment.optimizer in ("rmsprop", "adam", "adagrad"))


def test_gradient_descent_makes_nothing_of_the_gradient():
    steps = oo.finish(closer.steps_of(oo.PUBLISHED["sgd"]))
    np.testing.assert_allclose(steps.step, steps.descent, atol=1e-14)
    assert steps.gain == pytest.approx([1.0, 1.0])
    assert steps.sign_changes[0].tolist() == steps.sign_changes[1].tolist()


def test_momentum_turns_less_often_and_goes_further_than_the_gradient():
    steps = oo.finish(closer.steps_of(oo.PUBLISHED["momentum"]))
    (gradient_a, gradient_b), (step_a, step_b) = steps.sign_changes
    assert step_a < 0.7 * gradient_a and step_b < 0.7 * gradient_b
    assert (steps.gain > 2).all()


def test_the_effective_rate_is_what_the_step_was_taken_with():
    steps = oo.finish(closer.steps_of(oo.PUBLISHED["rmsprop"]))
    gradient = -steps.descent / np.array([oo.update_at(oo.PUBLISHED["rmsprop"], 0).learning_rate])
    np.testing.assert_allclose(steps.step[:8], -(steps.effective_rate * gradient)[:8], rtol=1e-9)
    columns = closer.effective_columns(steps)
    assert (columns["rate"] > columns["rate_low"]).all() and (columns["rate"] < columns["rate_high"]).all()


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_arrows_start_on_the_path_and_the_longest_fits_the_window(key):
    run = shown.show(oo.run(oo.EXAMPLES[key].experiment))
    steps = oo.finish(closer.steps_of(run.experiment))
    window = shown.window({shown.MAIN: run})
    columns, magnified = closer.arrow_columns(steps, window)
    assert 2 <= columns["chosen"].sum() <= 24
    assert columns["last"].tolist() == [False] * (len(columns["last"]) - 1) + [True]
    height = window[1][1] - window[1][0]
    for name in ("gradient", "step"):
        chosen = columns["chosen"]
        assert np.abs(columns[f"{name}_b"] - columns["b"])[chosen].max() <= 0.4001 * height
    k = np.flatnonzero(steps.update == columns["update"][1])[0]
    tip = steps.params[k] + magnified * steps.step[k]
    assert (columns["step_a"][1], columns["step_b"][1]) == pytest.approx(tuple(tip), rel=1e-5)


@pytest.mark.parametrize(("n", "noise", "seed"), [(512, 0.1, 9999), (16, 0.02, 1), (16, 0.1, 143)])
def test_the_loss_on_the_outline_of_the_region_is_its_bound(n, noise, seed):
    view = closer.confidence_region(n, noise, seed)
    samples = oo.noisy_samples(n, noise, seed)
    region = view.region
    for edge in ("low", "high"):
        loss = model.clamped_loss(np.stack([region["a"], region[edge]], axis=1), *samples)
        inner = region["high"] - region["low"] > 1e-9
        np.testing.assert_allclose(loss[inner], view.bound, rtol=1e-9)
    assert region["high"][region["topmost"]].item() == region["high"].max()
    assert 2.0 * view.half_widths == pytest.approx([np.ptp(region["a"]), region["high"].max() - region["low"].min()])
    truth = model.clamped_loss((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), *samples)
    assert view.truth_inside == (truth <= view.bound)
    assert view.exists and view.bounded


def test_the_picture_of_the_region_has_room_around_it_and_contours_of_its_own():
    for noise in (0.02, 0.1):
        view = closer.confidence_region(512, noise, 9999)
        frame = {name: end.item() for name, end in view.frame.items()}
        assert frame["a_low"] < view.region["a"].min() and view.region["a"].max() < frame["a_high"]
        assert frame["b_low"] < view.region["low"].min() and view.region["high"].max() < frame["b_high"]
        levels = set(view.contours["level"].round(4))
        assert {1.001, 1.01, 1.02} <= {float(f"{level:.4g}") for level in levels}


def test_the_region_is_as_wide_as_the_optimum_scatters():
    # Of a normal distribution in two dimensions the 95 % region is 2.45 standard deviations wide on both sides.
    optima = np.array([oo.optimum(oo.noisy_samples(512, 0.1, seed))[:2] for seed in range(200)])
    widths = np.mean([closer.confidence_region(512, 0.1, seed).half_widths for seed in range(20)], axis=0)
    assert widths / np.std(optima, axis=0, ddof=1) == pytest.approx([2.45, 2.45], rel=0.25)


def test_without_noise_there_is_no_region():
    assert not closer.confidence_region(64, 0.0, 1).exists
    assert not closer.confidence_region(512, 0.0, 9999).exists


def test_samples_that_fix_no_ellipse_have_a_region_without_end():
    rng = np.random.default_rng(1)
    scattered = Samples(rng.uniform(-1.5, 1.0, 16), 0.2 + rng.normal(size=16))
    view = closer.confidence_region(16, 0.1, 1, scattered)
    assert view.exists and not view.bounded
    assert all(np.isfinite(end).all() for end in view.frame.values())


def test_both_losses_are_the_models(samples):
    losses = closer.both_losses(oo.Experiment(), (0.1, 1.8))
    assert losses.inside == 40
    assert losses.domain_only == float(model.loss((0.1, 1.8), *samples))
    assert losses.clamped == float(model.clamped_loss((0.1, 1.8), *samples))
