"""Every rule and the model's gradient against PyTorch's own, live where it is installed and frozen where it is not."""

import dataclasses
import importlib.util
import json

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.checks import torch_path
from orbitopt.model import loss_and_gradient
from tests import torch_paths

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")


@pytest.mark.parity
@needs_torch
@pytest.mark.parametrize("case", torch_paths.CASES)
def test_our_path_is_pytorchs(case):
    experiment = torch_paths.CASES[case]
    theirs = oo.finish(torch_path(experiment))
    np.testing.assert_allclose(oo.run(experiment).history.params, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("case", torch_paths.CASES)
def test_our_path_is_that_which_pytorch_took_when_it_was_frozen(case):
    frozen = json.loads(torch_paths.FROZEN.read_text())
    assert frozen["torch"].startswith("2.")
    ours = oo.run(torch_paths.CASES[case]).history.params
    np.testing.assert_allclose(ours[:: frozen["every"]], frozen["paths"][case], rtol=0, atol=1e-9)


@pytest.mark.parity
@needs_torch
@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_run_of_every_example_is_pytorchs_as_far_as_rounding_lets_it_be(key):
    experiment = dataclasses.replace(oo.EXAMPLES[key].experiment, epochs=2)
    ours, theirs = oo.run(experiment).history.params, oo.finish(torch_path(experiment))
    updates = min(len(ours), len(theirs), 30)
    np.testing.assert_allclose(ours[:updates], theirs[:updates], rtol=1e-6, atol=1e-6)


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
        ours = loss_and_gradient(params, x, y)
        np.testing.assert_allclose(ours[0], loss.item(), rtol=1e-12)
        np.testing.assert_allclose(ours[1], leaf.grad.numpy(), rtol=1e-9, atol=1e-12)
