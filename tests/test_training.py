import math

import numpy as np
import pytest

from orbitopt import hohmann, training
from orbitopt.model import loss_and_gradient
from orbitopt.optimizers import AdaGrad, Adam, GradientDescent, Momentum, RMSprop
from orbitopt.samples import Samples, shuffles
from orbitopt.training import iterate_parallel_updates, iterate_updates, train

RULES = [GradientDescent(), Momentum(), Momentum(bias_correction=True, nesterov=True), RMSprop(), Adam(), AdaGrad()]
HALVED = [1.0] * 16 + [0.5] * 2000


def trained(rule, start, samples, size=64, epochs=10, rate=0.03, factors=HALVED):
    n = len(samples.x)
    return train(rule, start, samples, shuffles(n, epochs, 9999), [size] * epochs, factors, rate)


def test_a_row_holds_the_parameters_before_its_update_and_the_loss_there(samples):
    history, params = trained(GradientDescent(), (0.8, 0.2), samples, size=512, epochs=2, rate=0.1, factors=[1.0, 0.5])
    loss, gradient, _ = loss_and_gradient([0.8, 0.2], *samples)
    second = [0.8, 0.2] - 0.1 * gradient
    np.testing.assert_allclose(history.params, [[0.8, 0.2], second], rtol=1e-14)
    assert history.loss[0] == pytest.approx(float(loss))
    _, gradient, count = loss_and_gradient(second, *samples)
    np.testing.assert_allclose(params, second - 0.05 * gradient, rtol=1e-14)
    assert history.learning_rate.tolist() == [0.1, 0.05]
    assert history.epoch.tolist() == [0, 1]
    assert history.n_in_domain[1] == count


@pytest.mark.parametrize("size", [1, 7, 64, 512])
def test_an_epoch_visits_every_sample_once(samples, size):
    history, _ = trained(GradientDescent(), (1.5, 1.0), samples, size=size, epochs=2, rate=1e-9)
    per_epoch = -(-512 // size)
    assert history.epoch.tolist() == [0] * per_epoch + [1] * per_epoch
    assert history.n_in_domain.sum() == 1024  # with A = 1.5 every sample is in the domain


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("size", [1, 60, 512])
def test_a_batch_of_runs_is_the_same_runs_one_by_one(samples, rule, size):
    starts = [(0.1, 1.8), (0.8, 0.2), (1.6, 0.8), (0.02, 3.9), (3.0, 2.0), (0.3, 0.1)]
    rates = [0.03, 0.1, 0.01, 0.03, 2.0, 5.0]
    epochs = 3
    ends = np.array(starts)
    lengths = np.zeros(len(starts), int)
    for update in iterate_parallel_updates(
        rule, starts, samples, shuffles(512, epochs, 9999), [size] * epochs, [1.0] * 2000, np.array(rates)[:, None]
    ):
        np.testing.assert_array_equal(update.params, ends[update.runs])
        ends[update.runs] = update.next_params
        lengths[update.runs] += 1
    for k, (start, rate) in enumerate(zip(starts, rates)):
        history, params = trained(rule, start, samples, size, epochs, rate, [1.0] * 2000)
        assert lengths[k] == len(history.loss)
        np.testing.assert_array_equal(ends[k], params)


def test_many_runs_with_no_sample_in_one_batch_lose_no_state_over_it():
    # The first batch lies outside run 0's ellipse and inside run 1's.
    samples = Samples(np.array([0.9, 0.2]) - hohmann.FOCUS_OFFSET, np.array([0.4, 0.7]))
    rule, order = Adam(), [np.array([0, 1])] * 2
    starts, rates = [(0.5, 1.0), (1.5, 1.0)], np.array([[0.01], [0.02]])
    updates = list(iterate_parallel_updates(rule, starts, samples, order, [1, 1], [1.0] * 4, rates))
    assert updates[0].next_params[0].tolist() == [0.5, 1.0]
    for k in range(2):
        history, params = train(rule, starts[k], samples, order, [1, 1], [1.0] * 4, rates[k].item())
        assert history.n_in_domain.tolist() == [[0, 1, 0, 1], [1, 1, 1, 1]][k]
        np.testing.assert_array_equal(updates[-1].next_params[k], params)


def test_a_batch_with_no_sample_in_the_domain_changes_nothing_and_is_counted():
    samples = Samples(np.array([0.9, 0.2]) - hohmann.FOCUS_OFFSET, np.array([0.4, 0.7]))
    history, _ = train(Momentum(), (0.5, 1.0), samples, [np.array([0, 1])], [1], [1.0] * 2, 0.1)
    assert history.n_in_domain.tolist() == [0, 1]
    assert history.loss[0] == math.inf
    np.testing.assert_array_equal(history.params[0], history.params[1])
    first, second = iterate_updates(Momentum(), (0.5, 1.0), samples, [np.array([0, 1])], [1], [1.0] * 2, 0.1)
    assert first.next_states == first.states == second.states == (Momentum().init(0.5),) * 2
    assert second.next_states[0].step_count == 1


def test_training_stops_when_no_sample_is_left():
    samples = Samples(np.array([0.9, 0.5]) - hohmann.FOCUS_OFFSET, np.array([0.4, 0.7]))
    history, params = train(Adam(), (0.4, 1.0), samples, [np.array([0, 1])] * 9, [1] * 9, [1.0] * 18, 0.1)
    assert len(history.loss) == 1
    assert params.tolist() == [0.4, 1.0]


def test_training_stops_when_the_parameters_diverge(samples):
    history, params = trained(GradientDescent(), (0.1, 1.8), samples, epochs=100, rate=2.0, factors=[1.0] * 800)
    assert len(history.loss) < 20
    assert np.abs(history.params).max() < training.DIVERGENCE_LIMIT < np.abs(params).max() < math.inf


def test_parameters_that_are_not_finite_are_not_kept(samples):
    history, params = trained(GradientDescent(), (0.1, 1.8), samples, rate=1e308 * 10)
    assert len(history.loss) == 1
    np.testing.assert_array_equal(params, history.params[-1])
