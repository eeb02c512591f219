"""The same run bit for bit on every processor, as far as one machine can show it.

Each setting makes OpenBLAS and NumPy choose the kernels that they would on another processor. A script of this file
then makes twelve runs, a sweep and a map in a process of its own, and prints what must be the same everywhere.
"""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import sweeps

CONSTANT = {"schedule": "constant"}
RUNS = oo.PUBLISHED | {
    "rmsprop, another seed": dataclasses.replace(oo.PUBLISHED["rmsprop"], seed=20240266),
    "momentum, constant": dataclasses.replace(oo.PUBLISHED["momentum"], learning_rate=0.012, seed=20240270, **CONSTANT),
    "adam, another seed": dataclasses.replace(oo.PUBLISHED["adam"], seed=20240229),
    "adam, rate 1": dataclasses.replace(oo.PUBLISHED["adam"], learning_rate=1.0, **CONSTANT),
    "exponential": dataclasses.replace(oo.PUBLISHED["adam"], schedule="exponential", gamma=0.97),
    "cosine": dataclasses.replace(oo.PUBLISHED["adam"], schedule="cosine", learning_rate=0.3),
    "nesterov": dataclasses.replace(oo.PUBLISHED["momentum"], nesterov=True, bias_correction=True, dampening=0.5),
    "batches of 1": dataclasses.replace(oo.PUBLISHED["adam"], batch_size=1, epochs=10, **CONSTANT),
    "batches of 512": dataclasses.replace(oo.EXAMPLES["batch"].experiment, learning_rate=1.05, epochs=100),
}
"""Thirteen runs, some of which amplify the last bit of one number to another ending."""


def digest(*arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()[:16]


def results():
    """What must be the same on every processor."""
    found = {}
    for name, experiment in RUNS.items():
        fit = oo.run(experiment)
        found[name] = digest(*fit.samples, *fit.history, fit.params), fit.outcome.name, digest(fit.optimum, fit.loss)
    adam = dataclasses.replace(oo.PUBLISHED["adam"], batch_size=1, epochs=1, **CONSTANT)
    for name, ends, experiments in (
        ("sweep", oo.finish(oo.sweep_learning_rates(adam))["adam"],
         [dataclasses.replace(adam, learning_rate=rate) for rate in sweeps.RATES]),
        ("map", oo.finish(oo.map_starts(adam, 9)),
         [dataclasses.replace(adam, start_a=a, start_b=b) for a in sweeps.start_axis(9) for b in sweeps.start_axis(9)]),
    ):
        fits = [oo.run(experiment) for experiment in experiments]
        alone = digest([fit.params for fit in fits], [fit.loss for fit in fits])
        together = digest(ends.params, ends.loss)
        outcomes = [fit.outcome for fit in fits] == ends.outcome.tolist()
        found[name] = alone, together == alone, outcomes
    return found


def settings():
    """Eight environments that make this machine choose other kernels."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    present = [feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature)]
    disabled = [" ".join(present[k:]) for k in range(len(present))]
    cores = ["Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX", "ARMV8", "NEOVERSEN1"]
    kernels = [{"NPY_DISABLE_CPU_FEATURES": disabled[k % len(disabled)]} if disabled else {} for k in range(len(cores))]
    return [{"OPENBLAS_CORETYPE": core} | kernel for core, kernel in zip(cores, kernels, strict=True)]


@pytest.fixture(scope="module")
def here():
    return json.loads(json.dumps(results()))


@pytest.mark.parametrize("environment", settings(), ids=lambda environment: " without ".join(environment.values()))
def test_every_processor_makes_the_same_runs(here, environment):
    command = [sys.executable, "-m", "tests.test_everywhere"]
    done = subprocess.run(
        command, env=os.environ | environment, cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == here


def test_the_sweep_and_the_map_are_their_single_runs(here):
    assert here["sweep"][1:] == here["map"][1:] == [True, True]


def test_the_runs_end_in_many_ways(here):
    assert {outcome for _, outcome, _ in [here[name] for name in RUNS]} >= {"REACHED", "MOVING", "HOVERING"}


if __name__ == "__main__":
    print(json.dumps(results()))
