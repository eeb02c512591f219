"""The checks that the page offers find what is right, and would find what is wrong."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import checks


@pytest.mark.parametrize("params", [(0.1, 1.8), (1.3, 1.2), (-1.0, 0.5), (3.0, -2.0)])
def test_formula_and_complex_step_agree_to_rounding(params, samples):
    check = checks.check_gradient(params, samples)
    np.testing.assert_allclose(check.complex_step, check.formula, rtol=1e-12)
    assert check.relative_error <= max(check.rounding, 1e-12)


def test_a_sample_that_is_about_to_leave_the_domain_is_told_from_a_wrong_formula(samples):
    # Beside a kink the loss jumps and its slope grows without bound, which difference quotients take for an error.
    for kink in np.sort(np.abs(samples.x + 0.26185))[-40:]:
        for distance in (1e-12, 1e-9, 1e-6, 1e-3):
            check = checks.check_gradient((kink + distance, 1.2), samples)
            assert check.relative_error <= max(check.rounding, 1e-12)
            assert check.relative_error < 0.01


def test_a_gradient_far_out_is_checked_as_well(samples):
    check = checks.check_gradient((1.4e5, -2.1e5), samples)
    np.testing.assert_allclose(check.complex_step, check.formula, rtol=1e-9)


def test_a_wrong_formula_would_be_found(samples, monkeypatch):
    right = checks.loss_and_gradient

    def wrong(params, *data):
        loss, gradient, count = right(params, *data)
        return loss, gradient * [1.001, 1.0], count

    monkeypatch.setattr(checks, "loss_and_gradient", wrong)
    check = checks.check_gradient((1.0, 1.0), samples)
    assert check.relative_error > 1e-4 > 1e6 * check.rounding


def test_without_a_sample_both_say_that_nothing_moves(samples):
    check = checks.check_gradient((1e-4, 1.0), samples)
    assert check.formula.tolist() == check.complex_step.tolist() == [0.0, 0.0]
    assert check.n_in_domain == 0


@pytest.mark.parity
def test_momentum_without_memory_is_gradient_descent_to_pytorch_too():
    pytest.importorskip("torch")
    still = oo.Experiment(optimizer="momentum", beta=0.0, nesterov=True, epochs=2, schedule="constant")
    plain = dataclasses.replace(still, optimizer="sgd")
    ours, theirs = oo.run(plain).history.params, oo.finish(checks.torch_path(still))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
