"""The oracle: paths that PyTorch's own optimizers and autograd take over the published samples, in double precision.

    python tests/torch_paths.py    writes them anew to torch_paths.json, with the version of PyTorch that made them
"""

import json
from pathlib import Path

import numpy as np

import orbitopt as oo
from orbitopt.hohmann import FOCUS_OFFSET
from orbitopt.samples import shuffles

FROZEN = Path(__file__).with_name("torch_paths.json")
UPDATES = 200
STARTS = {"from above": (1.6, 0.8), "from below": (0.8, 0.2)}
RULES = {
    "sgd": (oo.OPTIMIZERS["sgd"](), 0.05),
    "momentum": (oo.OPTIMIZERS["momentum"](), 0.01),
    "momentum, dampened": (oo.OPTIMIZERS["momentum"](dampening=0.9), 0.05),
    "momentum, Nesterov": (oo.OPTIMIZERS["momentum"](nesterov=True), 0.01),
    "rmsprop": (oo.OPTIMIZERS["rmsprop"](), 0.01),
    "adam": (oo.OPTIMIZERS["adam"](), 0.01),
    "adagrad": (oo.OPTIMIZERS["adagrad"](), 0.1),
}
CASES = [(rule, start) for rule in RULES for start in STARTS]


def batches():
    """The indices of the first UPDATES mini-batches of 64."""
    return shuffles(512, UPDATES // 8, 9999).reshape(UPDATES, 64).astype(np.int64)


def path(rule, start):
    """A and B before each of the first UPDATES updates, ndarray, shape (UPDATES, 2)."""
    import torch

    def momentum(params, lr, **options):
        optimizer = torch.optim.SGD(params, lr, momentum=0.9, **options)
        # With dampening PyTorch takes the first gradient whole; the post weighs it, as if the velocity were 0.
        optimizer.state[params[0]]["momentum_buffer"] = torch.zeros_like(params[0])
        return optimizer

    make = {
        "sgd": torch.optim.SGD,
        "momentum": momentum,
        "momentum, dampened": lambda params, lr: momentum(params, lr, dampening=0.9),
        "momentum, Nesterov": lambda params, lr: momentum(params, lr, nesterov=True),
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adagrad": torch.optim.Adagrad,
    }[rule]
    x, y = (torch.tensor(column.copy()) for column in oo.noisy_samples(512, 0.1, 9999))
    params = torch.tensor(STARTS[start], dtype=torch.float64, requires_grad=True)
    optimizer = make([params], lr=RULES[rule][1])
    taken = []
    for batch in map(torch.tensor, batches()):
        taken.append(params.detach().numpy().copy())
        square = 1 - (x[batch] + FOCUS_OFFSET) ** 2 / params[0] ** 2
        in_domain = square > 0
        prediction = params[1] * torch.sqrt(square[in_domain])
        optimizer.zero_grad()
        torch.mean((prediction - y[batch][in_domain]) ** 2).backward()
        optimizer.step()
    return np.array(taken)


if __name__ == "__main__":
    import torch

    paths = {f"{rule}, {start}": path(rule, start)[::20].tolist() for rule, start in CASES}
    FROZEN.write_text(json.dumps({"torch": torch.__version__, "every": 20, "paths": paths}, indent=1) + "\n")
