"""Many runs at once: the same as one by one, the learning rates that settle, and memory that stays bounded."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import sweeps
from orbitopt.jobs import finish

CONSTANT = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant")


@pytest.fixture(scope="module")
def swept():
    return finish(sweeps.sweep_learning_rates(CONSTANT))


@pytest.mark.parametrize("key", oo.EXAMPLES)
@pytest.mark.parametrize("at_once", [None, 100])
def test_runs_in_parallel_end_as_the_same_runs_one_by_one(key, at_once, monkeypatch):
    if at_once:
        monkeypatch.setattr(sweeps, "_SAMPLES_AT_ONCE", at_once)
    experiment = dataclasses.replace(oo.EXAMPLES[key].experiment, epochs=12)
    own = experiment.start_a, experiment.start_b
    starts = np.array([own, (0.2, 3.0), (0.1, 1.8), (1.3, 1.2), (2.0, 0.1), (0.01, 1)])
    rates = np.minimum(experiment.learning_rate * np.array([[1.0], [2.0], [1.0], [0.5], [300.0], [1.0]]), 10.0)
    result = finish(sweeps.sweep(experiment, starts, rates))
    for k, ((a, b), rate) in enumerate(zip(starts, rates[:, 0], strict=True)):
        one = dataclasses.replace(experiment, start_a=a, start_b=b, learning_rate=rate)
        assert_it_is_the_run(result, k, oo.run(one))


def test_the_settled_ranges_are_those_of_the_published_start_at_constant_rates(swept):
    def ends_of(key):
        ranges = sweeps.settled_ranges(sweeps.RATES, swept[key].settled)
        return ranges[0][0], ranges[-1][1], len(ranges)

    # Each range holds the rate of the published run; its ends lie where runs are chaotic, so they have some room.
    low, high, n_ranges = ends_of("sgd")
    assert 0.003 < low < 0.01 < high < 1.0 and n_ranges > 1
    low, high, _ = ends_of("momentum")
    assert 0.0004 < low < 0.0008 and 0.008 < high < 0.03
    low, high, _ = ends_of("adam")
    assert 0.007 < low < 0.02 and 0.05 < high < 0.3


def test_settled_ranges_are_the_runs_that_settled_and_no_other():
    outcomes = np.full(len(sweeps.RATES), oo.Outcome.MOVING)
    outcomes[[0, 1, 2, 20, 59, 60]] = oo.Outcome.REACHED
    outcomes[21] = oo.Outcome.MIRROR
    result = sweeps.SweepResult(np.zeros((61, 2)), np.zeros(61), outcomes, np.zeros(61, int))
    rates = sweeps.RATES.tolist()
    expected = [(rates[0], rates[2]), (rates[20], rates[21]), (rates[59], rates[60])]
    assert sweeps.settled_ranges(sweeps.RATES, result.settled) == expected
    hovering = result._replace(outcome=np.full(61, oo.Outcome.HOVERING))
    assert sweeps.settled_ranges(sweeps.RATES, hovering.settled) == []
    inside, at, beyond = 1.01 * rates[1], rates[20], 2.0 * rates[60]
    others = (inside, False), (at, False), (beyond, True)
    found = [sweeps.settled_ranges(*sweeps.with_run(result, *other)) for other in others]
    assert found[0][:2] == [(rates[0], rates[1]), (rates[2], rates[2])]
    assert found[1][1] == (rates[21], rates[21])
    assert found[2][-1] == (rates[59], beyond)


def assert_it_is_the_run(result, k, fit):
    np.testing.assert_array_equal(result.params[k], fit.params)
    assert result.loss[k] == fit.loss
    assert result.outcome[k] is fit.outcome
    assert result.reached_after[k] == (-1 if fit.reached_after is None else fit.reached_after)


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_a_sweep_holds_the_run_of_each_rate(swept, key):
    for k, rate in enumerate(sweeps.RATES):
        assert_it_is_the_run(swept[key], k, oo.run(oo.with_optimizer(CONSTANT, key, rate, "constant")))


def test_the_experiments_own_optimizer_keeps_its_hyper_parameters_and_all_have_its_schedule():
    momentum = oo.PUBLISHED["momentum"]
    own = dataclasses.replace(momentum, beta=0.5, dampening=0.5, schedule="exponential", gamma=0.9, epochs=3)
    swept = finish(sweeps.sweep_learning_rates(own))
    for k in (0, 30, 60):
        rate = sweeps.RATES[k]
        assert_it_is_the_run(swept["momentum"], k, oo.run(dataclasses.replace(own, learning_rate=rate)))
        assert_it_is_the_run(swept["adam"], k, oo.run(oo.with_optimizer(own, "adam", rate, "exponential")))
        assert_it_is_the_run(swept["rmsprop"], k, oo.run(oo.with_optimizer(own, "rmsprop", rate, own.schedule)))


def test_the_rates_can_be_set_with_the_slider():
    rate = oo.SETTINGS["learning_rate"]
    assert [rate.from_control(rate.to_control(value)) for value in sweeps.RATES] == sweeps.RATES.tolist()


def test_the_map_of_starts_goes_along_b_first():
    experiment = dataclasses.replace(oo.PUBLISHED["sgd"], epochs=3)
    result = finish(sweeps.map_starts(experiment, 5))
    assert_it_is_the_run(result, 1 * 5 + 3, oo.run(dataclasses.replace(experiment, start_a=0.8, start_b=1.6)))


def test_starts_are_evenly_spread_up_to_the_farthest_and_can_be_set_with_the_controls():
    for resolution in (21, 41):
        axis = sweeps.start_axis(resolution)
        assert len(axis) == resolution and axis[-1] == sweeps.FARTHEST_START
        np.testing.assert_allclose(np.diff(axis), axis[0], atol=1e-4)
        for setting in (oo.SETTINGS["start_a"], oo.SETTINGS["start_b"]):
            assert [setting.from_control(setting.to_control(start)) for start in axis.tolist()] == axis.tolist()


def test_progress_is_reported_as_it_goes_and_never_backwards():
    progress = list(sweeps.sweep_learning_rates(CONSTANT))
    assert progress == sorted(progress)
    assert len(progress) > 20
    assert 0.0 < progress[0] < progress[-1] <= 1.0


def test_samples_of_ones_own_are_fitted_in_place_of_the_seeds():
    problem = oo.FitProblem.of(oo.noisy_samples(512, 0.0, 1))
    one = dataclasses.replace(CONSTANT, start_a=1.0, start_b=1.0, learning_rate=0.05)
    assert_it_is_the_run(finish(sweeps.sweep(CONSTANT, [[1.0, 1.0]], [[0.05]], problem)), 0, oo.run(one, problem))
    adam = finish(sweeps.sweep_learning_rates(dataclasses.replace(CONSTANT, epochs=2), problem))["adam"]
    two_epochs = dataclasses.replace(CONSTANT, epochs=2, learning_rate=sweeps.RATES[40])
    assert_it_is_the_run(adam, 40, oo.run(two_epochs, problem))


def test_memory_does_not_grow_with_the_number_of_updates():
    def peak(epochs):
        experiment = dataclasses.replace(CONSTANT, batch_size=64, epochs=epochs)
        oo.run(experiment)  # its samples and shuffles are kept for the next
        tracemalloc.start()
        finish(sweeps.map_starts(experiment, 15))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(5)
    assert peak(40) < 1.3 * peak(5)


@pytest.mark.parametrize("schedule", ["constant", "multi-step"])
def test_whoever_has_reached_the_optimum_in_the_end_has_been_near_it(schedule):
    # Without noise all that is near lies in the tip of the valley, between the places where it is worked out.
    experiment = dataclasses.replace(oo.RACE_DEFAULTS["sgd"], schedule=schedule, noise_scale=0.0)
    fit = oo.run(experiment)
    assert (fit.reached_after is not None) == (fit.outcome is oo.Outcome.REACHED)


def test_the_best_rate_settles_after_the_fewest_updates_and_with_the_smallest_loss_of_these():
    outcomes = np.full(len(sweeps.RATES), oo.Outcome.MOVING)
    outcomes[[10, 20, 30, 40]] = oo.Outcome.REACHED, oo.Outcome.MIRROR, oo.Outcome.REACHED, oo.Outcome.HOVERING
    near, loss = np.full(61, -1), np.ones(61)
    near[[10, 20, 30, 40]] = 9, 7, 7, 3  # the one that only hovers is nobody's best
    loss[[20, 30]] = 0.5, 0.4
    result = sweeps.SweepResult(np.zeros((61, 2)), loss, outcomes, near)
    nobody = result._replace(outcome=np.full(61, oo.Outcome.HOVERING))
    assert sweeps.best_rates({"sgd": result, "adam": nobody}) == {"sgd": sweeps.RATES[30], "adam": None}


def test_the_best_rates_are_those_of_the_fastest_runs(swept):
    for key, rate in sweeps.best_rates(swept).items():
        fit = oo.run(oo.with_optimizer(CONSTANT, key, rate, "constant"))
        assert fit.outcome in (oo.Outcome.REACHED, oo.Outcome.MIRROR)
        assert fit.reached_after == swept[key].reached_after[swept[key].settled].min()
