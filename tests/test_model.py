import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitopt import model
from orbitopt.hohmann import FOCUS_OFFSET
from orbitopt.samples import noisy_samples

axes = st.floats(0.3, 3.0)
signs = st.sampled_from([-1.0, 1.0])
wild = st.floats(allow_nan=True, allow_infinity=True)


def at(u):
    """x at the signed distance u from the ellipse's centre."""
    return np.asarray(u, float) - FOCUS_OFFSET


def test_two_samples_by_hand():
    # A = 2, B = 1; u = 0 and 1.2: roots 1 and 0.8, residuals 0.5 and 0.2.
    loss, gradient, in_domain = model.loss_and_gradient([2.0, 1.0], at([0.0, 1.2]), [0.5, 0.6])
    assert loss == pytest.approx((0.25 + 0.04) / 2)
    # By A: 2 r u^2 B^2 / (A^3 yhat) = 0 and 2 * 0.2 * 1.44 / (8 * 0.8). By B: 2 r yhat / B = 1 and 0.32.
    assert gradient == pytest.approx([0.09 / 2, 1.32 / 2])
    assert in_domain == 2


def test_a_sample_outside_the_domain_counts_for_nothing():
    inside = model.loss_and_gradient([1.0, 1.3], at([0.5]), [0.7])
    both = model.loss_and_gradient([1.0, 1.3], at([0.5, 1.0, -2.0]), [0.7, 9.0, 9.0])
    for one, other in zip(inside, both):
        np.testing.assert_array_equal(one, other)


def test_the_clamped_loss_counts_a_sample_outside_with_the_prediction_0():
    expected = (float(model.loss([1.0, 1.3], at([0.5]), [0.7])) + 0.3**2) / 2
    assert model.clamped_loss([1.0, 1.3], at([0.5, 2.0]), [0.7, 0.3]) == pytest.approx(expected)


def test_the_two_losses_agree_while_every_sample_is_in_the_domain(samples):
    assert model.clamped_loss([1.4, 1.1], *samples) == pytest.approx(float(model.loss([1.4, 1.1], *samples)))
    assert model.clamped_loss([1.2, 1.1], *samples) > model.loss([1.2, 1.1], *samples)


def test_an_empty_domain_is_reported_and_moves_nothing():
    loss, gradient, in_domain = model.loss_and_gradient([0.1, 1.0], at([0.5, -0.11]), [1.0, 1.0])
    assert (loss, in_domain) == (math.inf, 0)
    np.testing.assert_array_equal(gradient, [0.0, 0.0])
    prediction, inside = model.predict([0.1, 1.0], at([0.5]))
    assert (prediction.item(), inside.item()) == (0.0, False)


def test_the_loss_knows_a_by_its_square_only(samples):
    loss, gradient, _ = model.loss_and_gradient([[1.1, 0.9], [-1.1, 0.9]], *samples)
    assert loss[0] == loss[1]
    np.testing.assert_array_equal(gradient[0] * [-1, 1], gradient[1])


def test_with_b_zero_the_prediction_is_zero_and_the_gradient_is_not(samples):
    loss, gradient, _ = model.loss_and_gradient([1.5, 0.0], *samples)
    assert loss == pytest.approx(np.mean(samples.y**2))
    assert gradient[0] == 0.0
    assert gradient[1] < 0.0


def test_the_published_first_batch(samples):
    from orbitopt.samples import shuffles

    first = shuffles(512, 1, 9999)[0, :64]
    assert round(float(model.loss([0.1, 1.8], samples.x[first], samples.y[first])), 5) == 0.26047


@given(a=axes, b=axes, sign_a=signs, sign_b=signs, seed=st.integers(0, 99), noise=st.floats(0, 0.5))
def test_the_gradient_is_the_central_difference(a, b, sign_a, sign_b, seed, noise):
    params = np.array([a * sign_a, b * sign_b])
    x, y = noisy_samples(16, noise, seed)
    # Next to the domain's edge the slope by A has no bound, so keep samples that are clear of it.
    clear = np.abs(np.abs(x + FOCUS_OFFSET) - a) > 0.02
    x, y = x[clear], y[clear]
    _, gradient, in_domain = model.loss_and_gradient(params, x, y)
    step = 1e-6
    for k, shift in enumerate(np.eye(2) * step):
        if in_domain:
            difference = (model.loss(params + shift, x, y) - model.loss(params - shift, x, y)) / (2 * step)
            assert gradient[k] == pytest.approx(float(difference), rel=1e-5, abs=1e-6)
        else:
            assert gradient[k] == 0.0


@given(params=st.lists(st.tuples(wild, wild), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_no_parameters_make_a_warning_or_a_nan(params, seed):
    x, y = noisy_samples(16, 0.1, seed)
    prediction, in_domain = model.predict(params, x)
    loss, gradient, count = model.loss_and_gradient(params, x, y)
    clamped = model.clamped_loss(params, x, y)
    for values in (prediction, loss, gradient, clamped):
        assert not np.isnan(values).any()
    np.testing.assert_array_equal(in_domain.sum(axis=-1), count)
    np.testing.assert_array_equal(np.isinf(loss[count == 0]), True)
    np.testing.assert_array_equal(gradient[count == 0], 0.0)


def test_leading_axes_are_runs_in_parallel(samples):
    params = np.random.default_rng(1).uniform(-2, 2, (3, 4, 2))
    for function in (
        model.loss,
        model.clamped_loss,
        *(lambda p, x, y, k=k: model.loss_and_gradient(p, x, y)[k] for k in range(3)),
        *(lambda p, x, y, k=k: model.predict(p, x)[k] for k in range(2)),
    ):
        together = function(params, *samples)
        for place in np.ndindex(3, 4):
            np.testing.assert_array_equal(together[place], function(params[place], *samples))


@pytest.mark.parametrize("params", [(1.1, 0.9), (-0.4, 1.7), (1.5, -0.2), (0.001, 1.0)])
def test_plain_floats_one_array_and_many_rows_agree_to_the_last_bit(samples, params):
    distance = model.centre_distance_squared(samples.x)
    others = np.random.default_rng(3).uniform(-2, 2, (40, 2))

    def one(cut):
        batch = distance[cut], samples.y[cut], distance[cut].max()
        return list(model.one_run(*params, *batch, model.sums_of_one_run(len(batch[0]))))

    def row_of_many(cut, runs):
        loss, gradient, count = model.many_runs(runs, distance[cut], samples.y[cut], distance[cut].max())
        return [loss[0].item(), *gradient[0].tolist(), count[0].item()]

    for size in (1, 2, 3, 7, 8, 60, 64, 129, 512):
        for start in range(0, 512 - size + 1, 64):
            cut = slice(start, start + size)
            assert one(cut) == row_of_many(cut, np.array([params]))
            assert one(cut) == row_of_many(cut, np.vstack([params, others]))
            if size == 1:
                assert one(cut) == list(model.one_sample(*params, distance[start].item(), samples.y[start].item()))


def test_training_arithmetic_leaves_its_samples_alone(samples):
    distance, y = model.centre_distance_squared(samples.x), samples.y.copy()
    kept = distance.copy(), y.copy()
    model.one_run(0.9, 1.0, distance, y, distance.max(), model.sums_of_one_run(512))
    np.testing.assert_array_equal((distance, y), kept)
