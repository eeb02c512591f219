"""Two steps of every rule by hand, from w = 1 with the gradients 2 and then -1, at the learning rate 0.1."""

import dataclasses
import math

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.optimizers import OPTIMIZERS, AdaGrad, Adam, GradientDescent, Momentum, RMSprop

RULES = [kind() for kind in OPTIMIZERS.values()] + [
    Momentum(dampening=0.9),
    Momentum(dampening=0.9, bias_correction=True),
    Momentum(nesterov=True),
    Adam(bias_correction=False),
]


def two_steps(rule, params=1.0):
    state = rule.init(params)
    first, state = rule.step(params, 2.0, state, 0.1)
    second, _ = rule.step(first, -1.0, state, 0.1)
    return first, second


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        # 1 - 0.1 * 2; + 0.1 * 1
        (GradientDescent(), 0.8, 0.9),
        # v = 2, then 0.9 * 2 - 1 = 0.8
        (Momentum(beta=0.9), 0.8, 0.72),
        # Eq. 5: v = 0.1 * 2 = 0.2, then 0.9 * 0.2 - 0.1 = 0.08
        (Momentum(beta=0.9, dampening=0.9), 0.98, 0.972),
        # Eq. 8: 0.2 / 0.1 = 2, then 0.08 / 0.19
        (Momentum(beta=0.9, dampening=0.9, bias_correction=True), 0.8, 0.8 - 0.1 * 0.08 / 0.19),
        # 0.9 * 2 + 2 = 3.8, then 0.9 * 0.8 - 1 = -0.28
        (Momentum(beta=0.9, nesterov=True), 0.62, 0.648),
        # s = 0.01 * 4 = 0.04, a step of 0.1 * 2 / (0.2 + 0.05); then 0.99 * 0.04 + 0.01 = 0.0496
        (RMSprop(beta=0.99, eps=0.05), 0.2, 0.2 + 0.1 / (math.sqrt(0.0496) + 0.05)),
        # The moments are corrected to 2 and 4: 0.1 * 2 / (2 + 1); then 0.08 / 0.19 over sqrt(1 / 0.4375) + 1
        (Adam(beta1=0.9, beta2=0.75, eps=1.0), 14 / 15, 14 / 15 - 0.1 * (0.08 / 0.19) / (math.sqrt(1 / 0.4375) + 1)),
        # 0.2 over sqrt(1) + 1; then 0.08 over sqrt(0.75 + 0.25) + 1
        (Adam(beta1=0.9, beta2=0.75, eps=1.0, bias_correction=False), 0.99, 0.986),
        # s = 4, then 5
        (AdaGrad(eps=0.5), 1 - 0.2 / 2.5, 0.92 + 0.1 / (math.sqrt(5) + 0.5)),
    ],
    ids=repr,
)
def test_two_steps_by_hand(rule, first, second):
    assert two_steps(rule) == pytest.approx((first, second), rel=1e-14)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_the_bias_correction_weighs_a_constant_gradient_whole(beta, nesterov):
    rule = Momentum(beta=beta, dampening=beta, bias_correction=True, nesterov=nesterov)
    w, state = 0.0, rule.init(0.0)
    for _ in range(20):
        before = w
        w, state = rule.step(w, 1.0, state, 0.5)
        assert before - w == pytest.approx(0.5, rel=1e-13)


@pytest.mark.parametrize("kind", [Momentum, Adam])
def test_the_power_of_beta_is_a_running_product_in_the_state(kind):
    rule, params, power = kind(), 1.0, 1.0
    state = rule.init(params)
    beta = getattr(rule, "beta", None) or rule.beta1
    for _ in range(300):
        params, state = rule.step(params, 0.1, state, 0.01)
        power = beta * power
        assert power in (getattr(state, "beta_power", None), getattr(state, "beta1_power", None))
    assert power == pytest.approx(beta**300, rel=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_floats_and_arrays_of_any_shape_take_the_same_steps(rule):
    expected = two_steps(rule)
    for shape in [(2,), (5, 2), (5, 1)]:
        for steps, value in zip(two_steps(rule, np.ones(shape)), expected):
            np.testing.assert_array_equal(steps, np.full(shape, value))


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_runs_in_parallel_may_have_a_learning_rate_each(rule):
    rates, gradient = np.array([[0.1], [0.01], [1.0]]), np.array([[2.0, -1.0]])
    params = np.ones((3, 2))
    together, _ = rule.step(params, gradient, rule.init(params), rates)
    for row, rate in zip(together, rates[:, 0]):
        np.testing.assert_array_equal(row, rule.step(np.ones(2), gradient[0], rule.init(np.ones(2)), rate)[0])


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_rules_and_states_are_values(rule):
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.beta = 0.5
    params = np.ones(2)
    state = rule.init(params)
    before = repr(state)
    rule.step(params, np.ones(2), state, 0.1)
    assert repr(state) == before
    np.testing.assert_array_equal(params, 1.0)


def test_without_memory_momentum_is_gradient_descent():
    assert two_steps(Momentum(beta=0.0)) == two_steps(GradientDescent())
    assert two_steps(Momentum(beta=0.0, bias_correction=True)) == two_steps(GradientDescent())


def test_a_corrected_average_of_equal_gradients_is_that_gradient():
    rule, params = Momentum(beta=0.9, dampening=0.9, bias_correction=True), 1.0
    state = rule.init(params)
    for k in range(1, 20):
        params, state = rule.step(params, 3.0, state, 0.01)
        assert params == pytest.approx(1.0 - 0.03 * k)


def test_eq_7_the_velocity_is_the_weighted_sum_of_all_gradients():
    gradients = np.random.default_rng(3).normal(size=30)
    rule, params = Momentum(beta=0.8, dampening=0.8), 0.0
    state = rule.init(params)
    for gradient in gradients:
        params, state = rule.step(params, gradient, state, 0.1)
    assert state.velocity == pytest.approx(0.2 * np.sum(0.8 ** np.arange(29, -1, -1) * gradients))


def test_the_first_step_of_adam_and_rmsprop_forgets_the_gradients_size():
    for rule in (Adam(eps=0.0), RMSprop(eps=0.0), AdaGrad(eps=0.0)):
        steps = [rule.step(0.0, gradient, rule.init(0.0), 0.1)[0] for gradient in (1e-6, 1.0, 1e6)]
        assert steps == pytest.approx([steps[0]] * 3)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"optimizer": "momentum", "bias_correction": True}, "momentum with a bias correction"),
        ({"optimizer": "momentum", "nesterov": True, "dampening": 0.5}, "Nesterov's form with dampening"),
        ({"optimizer": "adam", "bias_correction": False}, "Adam without its bias correction"),
        ({"optimizer": "momentum", "beta": 0.0, "dampening": 0.5}, "dampening without momentum (β = 0)"),
        ({"optimizer": "momentum", "beta": 0.0}, ""),
        ({"optimizer": "momentum", "dampening": 0.5}, ""),
        ({"optimizer": "rmsprop"}, ""),
    ],
)
def test_what_pytorch_lacks_is_said(change, lacks):
    assert oo.Experiment(**change).rule.torch_lacks == lacks
