"""Every rule and the model's gradient against PyTorch's own, live where it is installed and frozen where it is not."""

import importlib.util
import json

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.training import train
from tests import torch_paths

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")


def our_path(rule, start):
    kind, rate = torch_paths.RULES[rule]
    samples, updates = oo.noisy_samples(512, 0.1, 9999), torch_paths.UPDATES
    orders = torch_paths.batches().reshape(-1, 512)
    history, _ = train(
        kind, torch_paths.STARTS[start], samples, orders, [64] * len(orders), [1.0] * updates, rate
    )
    return history.params


@pytest.mark.parity
@needs_torch
@pytest.mark.parametrize(("rule", "start"), torch_paths.CASES)
def test_our_path_is_pytorchs(rule, start):
    np.testing.assert_allclose(our_path(rule, start), torch_paths.path(rule, start), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("rule", "start"), torch_paths.CASES)
def test_our_path_is_that_which_pytorch_took_when_it_was_frozen(rule, start):
    frozen = json.loads(torch_paths.FROZEN.read_text())
    assert frozen["torch"].startswith("2.")
    np.testing.assert_allclose(
        our_path(rule, start)[:: frozen["every"]], frozen["paths"][f"{rule}, {start}"], rtol=0, atol=1e-9
    )


@pytest.mark.parity
@needs_torch
def test_the_gradient_is_autograds():
    import torch

    rng = np.random.default_rng(7)
    x, y = oo.noisy_samples(64, 0.3, 7)
    for params in rng.uniform(-2, 2, (50, 2)):
        leaf = torch.tensor(params, requires_grad=True)
        square = 1 - (torch.tensor(x) + 0.26185) ** 2 / leaf[0] ** 2
        inside = square > 0
        if not inside.any():
            continue
        loss = torch.mean((leaf[1] * torch.sqrt(square[inside]) - torch.tensor(y)[inside]) ** 2)
        loss.backward()
        from orbitopt.model import loss_and_gradient

        ours = loss_and_gradient(params, x, y)
        np.testing.assert_allclose(ours[0], loss.item(), rtol=1e-12)
        np.testing.assert_allclose(ours[1], leaf.grad.numpy(), rtol=1e-9, atol=1e-12)
