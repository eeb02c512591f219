"""Many runs at once: what one by one would give, the bands of learning rates, and memory that stays bounded."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import sweeps
from orbitopt.work import finish

CONSTANT = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant")


@pytest.fixture(scope="module")
def swept():
    return finish(sweeps.sweep_learning_rates(CONSTANT))


@pytest.mark.parametrize("key", oo.EXAMPLES)
@pytest.mark.parametrize("at_once", [None, 100])
def test_runs_in_parallel_end_as_the_same_runs_one_by_one(key, at_once, monkeypatch):
    if at_once:
        monkeypatch.setattr(sweeps, "_AT_ONCE", at_once)
    experiment = dataclasses.replace(oo.EXAMPLES[key].experiment, epochs=12)
    own = experiment.start_a, experiment.start_b
    starts = np.array([own, (0.2, 3.0), (0.1, 1.8), (1.3, 1.2), (2.0, 0.1), (0.01, 1)])
    rates = np.minimum(experiment.learning_rate * np.array([[1.0], [2.0], [1.0], [0.5], [300.0], [1.0]]), 10.0)
    ends = finish(sweeps.ends(experiment, starts, rates))
    for k, ((a, b), rate) in enumerate(zip(starts, rates[:, 0], strict=True)):
        fit = oo.run(dataclasses.replace(experiment, start_a=a, start_b=b, learning_rate=rate))
        np.testing.assert_array_equal(ends.params[k], fit.params)
        assert ends.loss[k] == fit.loss
        assert ends.outcome[k] is fit.outcome
        assert ends.reached_after[k] == (-1 if fit.reached_after is None else fit.reached_after)


def test_the_bands_are_those_of_the_published_start_at_constant_rates(swept):
    def ends_of(key):
        stretches = sweeps.bands(swept[key])
        return stretches[0][0], stretches[-1][1], len(stretches)

    # Each band holds the rate of the published run; its ends lie where runs are chaotic, so they have some room.
    low, high, stretches = ends_of("sgd")
    assert 0.003 < low < 0.01 < high < 1.0 and stretches > 1
    low, high, _ = ends_of("momentum")
    assert 0.0004 < low < 0.0008 and 0.008 < high < 0.03
    low, high, _ = ends_of("adam")
    assert 0.007 < low < 0.02 and 0.05 < high < 0.3


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_a_sweep_holds_the_run_of_each_rate(swept, key):
    for k, rate in enumerate(sweeps.RATES):
        fit = oo.run(dataclasses.replace(oo.Experiment(key), schedule="constant", learning_rate=rate))
        np.testing.assert_array_equal(swept[key].params[k], fit.params)
        assert swept[key].loss[k] == fit.loss
        assert swept[key].outcome[k] is fit.outcome
        assert swept[key].reached_after[k] == (-1 if fit.reached_after is None else fit.reached_after)


def test_the_rates_can_be_set_with_the_slider():
    rate = oo.FIELDS["learning_rate"]
    assert [rate.from_control(rate.to_control(value)) for value in sweeps.RATES] == sweeps.RATES.tolist()


def test_the_map_of_starts_goes_along_b_first():
    experiment = dataclasses.replace(oo.PUBLISHED["sgd"], epochs=3)
    ends = finish(sweeps.map_starts(experiment, 5))
    fit = oo.run(dataclasses.replace(experiment, start_a=0.8, start_b=1.6))
    np.testing.assert_array_equal(ends.params[1 * 5 + 3], fit.params)


def test_work_is_reported_as_it_goes_and_never_backwards():
    shares = list(sweeps.sweep_learning_rates(CONSTANT))
    assert shares == sorted(shares)
    assert len(shares) > 20
    assert 0.0 < shares[0] < shares[-1] <= 1.0


def test_samples_of_ones_own_are_fitted_in_place_of_the_seeds():
    samples = oo.noisy_samples(512, 0.0, 1)
    ends = finish(sweeps.ends(CONSTANT, [[1.0, 1.0]], [[0.05]], samples))
    fit = oo.run(dataclasses.replace(CONSTANT, start_a=1.0, start_b=1.0, learning_rate=0.05), samples)
    np.testing.assert_array_equal(ends.params[0], fit.params)


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
    experiment = dataclasses.replace(oo.RIVALS["sgd"], schedule=schedule, noise_scale=0.0)
    fit = oo.run(experiment)
    assert (fit.reached_after is not None) == (fit.outcome is oo.Outcome.REACHED)
