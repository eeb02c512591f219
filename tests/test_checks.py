"""The checks that the page offers find what is right, and would find what is wrong."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import checks


@pytest.mark.parametrize("params", [(0.1, 1.8), (1.3, 1.2), (-1.0, 0.5), (3.0, -2.0)])
def test_formula_and_central_differences_agree(params, samples):
    check = checks.check_gradient(params, samples)
    np.testing.assert_allclose(check.differences, check.formula, rtol=1e-6, atol=1e-8)


def test_a_wrong_formula_would_be_found(samples, monkeypatch):
    right = checks.loss_and_gradient

    def wrong(params, x, y):
        loss, gradient, count = right(params, x, y)
        return loss, gradient * [1.001, 1.0], count

    monkeypatch.setattr(checks, "loss_and_gradient", wrong)
    check = checks.check_gradient((1.0, 1.0), samples)
    assert abs(check.formula - check.differences)[0] > 1e-4


def test_without_a_sample_both_say_that_nothing_moves(samples):
    check = checks.check_gradient((1e-4, 1.0), samples)
    assert check.formula.tolist() == check.differences.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"optimizer": "momentum", "bias_correction": True}, "momentum with a bias correction"),
        ({"optimizer": "momentum", "nesterov": True, "dampening": 0.5}, "Nesterov's form with dampening"),
        ({"optimizer": "adam", "bias_correction": False}, "Adam without its bias correction"),
        ({"optimizer": "momentum", "dampening": 0.5}, ""),
        ({"optimizer": "rmsprop"}, ""),
    ],
)
def test_what_pytorch_lacks_is_said(change, lacks):
    assert checks.torch_lacks(oo.Experiment(**change)) == lacks


@pytest.mark.parity
def test_momentum_without_memory_is_gradient_descent_to_pytorch_too():
    pytest.importorskip("torch")
    still = oo.Experiment(optimizer="momentum", beta=0.0, nesterov=True, epochs=2, schedule="constant")
    plain = dataclasses.replace(still, optimizer="sgd")
    ours, theirs = oo.run(plain).history.params, oo.finish(checks.torch_path(still))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
