"""One run: the same every time, measured against the truth and the optimum, its path known update by update."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.schedules import SCHEDULES
from tests.examples import fit_of


def test_the_same_experiment_gives_the_same_run_bit_for_bit():
    first, second = oo.run(oo.Experiment(epochs=3)), oo.run(oo.Experiment(epochs=3))
    for one, other in zip(first.history, second.history):
        np.testing.assert_array_equal(one, other)


def test_a_fit_reports_sizes_and_measures_against_the_truth():
    fit = oo.run(oo.EXAMPLES["mirror"].experiment)
    assert fit.params[0] < 0 < fit.a
    assert fit.miss_at_mars == pytest.approx((fit.a - 1.261845) * 149_597_870.7)
    assert fit.loss == pytest.approx(fit.optimum.loss, rel=0.1)
    assert "−1.26" in fit.message


def test_a_fit_knows_its_parameters_after_any_update():
    fit = oo.run(oo.Experiment(epochs=2))
    assert fit.at([0]).tolist() == [[0.1, 1.8]]
    np.testing.assert_array_equal(fit.at([3, 16]), [fit.history.params[3], fit.params])


def test_empty_batches_are_counted():
    fit = oo.run(oo.EXAMPLES["single"].experiment)
    assert fit.empty_batches == np.isinf(fit.history.loss).sum() > 0


@pytest.mark.parametrize("key", SCHEDULES)
def test_every_schedule_runs(key):
    fit = oo.run(oo.Experiment(schedule=key, gamma=0.9, epochs=4))
    assert fit.history.learning_rate[0] == 0.03
    assert (len(set(fit.history.learning_rate)) == 1) == (key == "constant")


def test_the_hybrid_switches_its_batches_and_its_rate():
    fit = oo.run(oo.EXAMPLES["hybrid"].experiment)
    assert np.bincount(fit.history.epoch).tolist() == [16] * 8 + [1] * 22
    assert np.unique(fit.history.learning_rate) == pytest.approx([0.05, 0.2])


@pytest.mark.parametrize("key", ["adam", "hybrid", "single"])
def test_any_update_can_be_worked_out_anew(key):
    experiment = oo.EXAMPLES[key].experiment
    fit = oo.run(experiment)
    for updates in (0, 7, len(fit.history.loss) - 1):
        update = oo.update_at(experiment, updates)
        assert update.params == tuple(fit.history.params[updates])
        assert update.loss == fit.history.loss[updates]
        assert update.next_params == tuple(fit.at([updates + 1])[0])
        assert update.learning_rate == pytest.approx(fit.history.learning_rate[updates])


def test_an_update_that_never_was_is_refused():
    with pytest.raises(ValueError, match=r"step must lie in \[0, 8\], got 9"):
        oo.update_at(oo.EXAMPLES["diverges"].experiment, 9)


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_first_time_within_a_tenth_of_the_minimum_loss(key):
    fit = fit_of(key)
    rows = np.arange(min(len(fit.history.loss) + 1, 3000))
    near = np.flatnonzero(fit.loss_at(rows) <= 1.1 * fit.optimum.loss + fit.problem.margin)
    assert fit.reached_after == (near[0] if len(near) else None)


def test_the_drawn_samples_of_an_experiment_are_one_problem_for_all_its_runs():
    one, other = oo.run(oo.Experiment(epochs=1)), oo.run(oo.Experiment("sgd", epochs=1, start_a=2.0))
    assert one.problem is other.problem
    assert one.problem.key == (512, 0.1, 9999) and not one.problem.own
    np.testing.assert_array_equal(one.samples, oo.noisy_samples(512, 0.1, 9999))
    with pytest.raises(ValueError, match="read-only"):
        one.samples.y[0] = 1.0


def test_ones_own_samples_take_the_place_of_the_seeds():
    problem = oo.FitProblem.of(oo.noisy_samples(512, 0.0, 1))
    fit = oo.run(oo.Experiment(epochs=2), problem)
    assert problem.own and fit.problem is problem
    assert fit.optimum == oo.optimum(problem.samples)
    assert fit.history.loss[0] != oo.run(oo.Experiment(epochs=2)).history.loss[0]
    assert oo.update_at(oo.Experiment(epochs=2), 3, problem).loss == fit.history.loss[3]


@pytest.mark.parametrize("function", [oo.run, lambda experiment, problem: oo.update_at(experiment, 0, problem)])
def test_a_problem_of_another_size_is_refused(function):
    problem = oo.FitProblem.of(oo.noisy_samples(64, 0.1, 1))
    with pytest.raises(ValueError, match="problem must have n_samples = 512 samples, got 64"):
        function(oo.Experiment(), problem)


@pytest.mark.parametrize("wrong", ["adam", None, {"optimizer": "adam"}])
def test_what_is_no_experiment_is_refused(wrong):
    with pytest.raises(TypeError, match=r"experiment must be an Experiment, such as PUBLISHED\['adam'\], got "):
        oo.run(wrong)


@pytest.mark.parametrize("key", ["adam", "sgd", "single"])
def test_a_settled_run_is_near_for_nine_tenths_of_the_rest(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    near = fit.problem.is_near(fit.path)
    if key == "single":
        assert fit.settled_after is None
    else:
        assert near[fit.settled_after :].mean() >= 0.9
        assert fit.reached_after <= fit.settled_after
