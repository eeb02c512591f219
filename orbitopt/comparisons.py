"""Experiments for comparisons: they differ only in the optimizer, or only in the batch size."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .examples import FIGURE_3, RACE_DEFAULTS
from .experiment import SETTINGS, Experiment, check_experiment, max_epochs
from .optimizers import OPTIMIZERS
from .outcomes import SETTLED
from .schedules import batch_factor
from .settings import check_choice, check_number

BATCH_SIZES: dict[str, int | None] = {
    "1": 1, "8": 8, "32": 32, "128": 128, "all": int(SETTINGS["batch_size"].high), "hybrid": None,
}
"""Batch sizes to compare, for `with_batch_size`; None stands for 32 in the first 8 epochs and then the full batch."""

_HYPERPARAMETERS = {field.name for kind in OPTIMIZERS.values() for field in dataclasses.fields(kind)}
_OWN = sorted({"milestones", "gamma"} | _HYPERPARAMETERS)


def with_optimizer(
    experiment: Experiment, optimizer: str, learning_rate: float | None = None, schedule: str | None = None
) -> Experiment:
    """Return an experiment with another optimizer and the same start, samples, shuffles, batches and epochs.

    Parameters
    ----------
    experiment
    optimizer
        Key of OPTIMIZERS. RACE_DEFAULTS has its hyperparameters, milestones and gamma.
    learning_rate
        That of RACE_DEFAULTS by default.
    schedule
        Key of SCHEDULES; that of RACE_DEFAULTS by default.

    Raises
    ------
    TypeError
        If `experiment` is not an Experiment.
    ValueError
        If there is no such optimizer or schedule, or the learning rate is out of range.
    """
    check_experiment(experiment)
    check_choice("optimizer", optimizer, RACE_DEFAULTS)
    default = RACE_DEFAULTS[optimizer]
    return replace(
        experiment,
        optimizer=optimizer,
        learning_rate=default.learning_rate if learning_rate is None else learning_rate,
        schedule=default.schedule if schedule is None else schedule,
        **{name: getattr(default, name) for name in _OWN},
    )


def with_batch_size(
    experiment: Experiment, size: int | None, learning_rate: float, epochs: int, scaling: str = "root"
) -> Experiment:
    """Return the run of the post's Figure 3 with one batch size, on an experiment's samples and shuffles.

    Parameters
    ----------
    experiment
        Experiment with the samples and the seed.
    size
        Samples per batch, limited to the number of samples; None for 32 in the first 8 epochs and then the full batch.
    learning_rate
        Learning rate of the full batch.
    epochs
        Number of epochs, limited to MAX_UPDATES updates.
    scaling
        Scaling of the learning rate with the batch size: "none", "root" or "linear".

    Raises
    ------
    TypeError
        If `experiment` is not an Experiment.
    ValueError
        If another argument is out of range.
    """
    check_experiment(experiment)
    full_batch, n = replace(FIGURE_3, learning_rate=learning_rate), experiment.n_samples
    check_number("epochs", epochs, int, 1)
    size, switch = (min(32, n), 8) if size is None else (min(check_number("size", size, int, 1), n), 0)
    return replace(
        full_batch,
        n_samples=n,
        noise_scale=experiment.noise_scale,
        seed=experiment.seed,
        batch_size=size,
        switch_after=switch,
        switch_size=n,
        batch_scaling=scaling,
        learning_rate=float(full_batch.learning_rate * batch_factor(size, n, scaling)),
        epochs=min(epochs, max_epochs(n, size, switch, n)),
    )


def ranked(runs: Mapping[str, Any]) -> list[str]:
    """Return the names of runs, each a Fit or a RunTrace: those that settled, fastest first, then the others."""

    def rank(name: str) -> tuple[bool, bool, int, float]:
        one = runs[name]
        return one.outcome not in SETTLED, one.reached_after is None, one.reached_after or 0, one.loss

    return sorted(runs, key=rank)
