"""The oracle: paths that PyTorch's own optimizers and autograd take over the published samples, in double precision.

    python -m tests.torch_paths    writes them anew to torch_paths.json, with the version of PyTorch that made them
"""

import json
from pathlib import Path

import orbitopt as oo
from orbitopt.checks import torch_path

FROZEN = Path(__file__).with_name("torch_paths.json")
STARTS = {"from above": {"start_a": 1.6, "start_b": 0.8}, "from below": {"start_a": 0.8, "start_b": 0.2}}
RULES = {
    "sgd": {"optimizer": "sgd", "learning_rate": 0.05},
    "momentum": {"optimizer": "momentum", "learning_rate": 0.01},
    "momentum, dampened": {"optimizer": "momentum", "learning_rate": 0.05, "dampening": 0.9},
    "momentum, Nesterov": {"optimizer": "momentum", "learning_rate": 0.01, "nesterov": True},
    "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.01},
    "adam": {"optimizer": "adam", "learning_rate": 0.01},
    "adagrad": {"optimizer": "adagrad", "learning_rate": 0.1},
}
CASES = {
    f"{rule}, {start}": oo.Experiment(schedule="constant", epochs=25, **RULES[rule], **STARTS[start])
    for rule in RULES
    for start in STARTS
}
"""Runs of 200 updates."""

if __name__ == "__main__":
    import torch

    paths = {name: oo.finish(torch_path(experiment))[::20].tolist() for name, experiment in CASES.items()}
    FROZEN.write_text(json.dumps({"torch": torch.__version__, "every": 20, "paths": paths}, indent=1) + "\n")
