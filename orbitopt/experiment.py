"""Experiment: all settings of a run, each with its label, bounds and link key.

Each field of `Experiment` holds its `Setting`. Validation, the page's controls and the link read them from `SETTINGS`.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Floats, Ints
from .optimizers import OPTIMIZERS, Optimizer
from .schedules import SCHEDULES, Schedule, batch_factor, batch_sizes, places, updates_per_epoch
from .settings import Setting, check_number

MAX_UPDATES = 60_000
"""Largest number of updates of a run."""


def _setting(
    default: Any,
    label: str,
    key: str,
    kind: type[Any],
    help: str,
    low: float = -math.inf,
    high: float = math.inf,
    **more: Any,
) -> Any:
    """Return a field of `Experiment` with its setting."""
    return dataclasses.field(default=default, metadata={"setting": Setting(label, help, key, kind, low, high, **more)})


@dataclass(frozen=True)
class Experiment:
    """All settings of a run; the defaults are those of the post's published Adam run.

    If `beta`, `eps` or `bias_correction` is None, the default of the optimizer replaces it. Fields that the optimizer
    or the schedule does not use are checked too.

    Raises
    ------
    ValueError
        If a field is out of range; the message names every such field, its value and its range.

    Examples
    --------
    >>> Experiment(learning_rate=-1)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate must lie in (0, 10], got -1
    """

    optimizer: str = _setting(
        "adam", "Optimizer", "optimizer", str,
        "Rule that turns a gradient into a step.",
        choices={key: optimizer.label for key, optimizer in OPTIMIZERS.items()},
    )
    learning_rate: float = _setting(
        0.03, "Learning rate α", "log10_rate", float,
        "Factor that scales every step. The best value differs from problem to problem: try several.",
        0, 10, open_low=True, step=0.01, control_low=1e-5, log=True,
    )
    schedule: str = _setting(
        "multi-step", "Schedule", "schedule", str,
        "Learning-rate schedule: how the learning rate changes during the run.",
        choices={key: schedule.label for key, schedule in SCHEDULES.items()},
        former_labels={
            "Falls at set updates": "multi-step", "Falls every epoch": "exponential", "Falls along a cosine": "cosine",
        },
    )
    milestones: tuple[int, ...] = _setting(
        (16,), "Decay at updates", "falls", tuple,
        "Updates, counted from 0 and separated by commas, at which the learning rate is multiplied by γ.",
        0, MAX_UPDATES, typed=True,
    )
    gamma: float = _setting(
        0.5, "Decay factor γ", "gamma", float,
        "Factor by which the learning rate is multiplied each time it decays.",
        0, 1, open_low=True, step=0.01,
    )
    beta: float | None = _setting(
        None, "Decay β", "beta", float,
        "Weight of the past in the average: of past gradients for momentum, of their squares for RMSprop.",
        0, 1, open_high=True, step=0.001, optional=True,
    )
    beta1: float = _setting(
        0.9, "Decay β₁ of the gradients", "beta1", float,
        "Weight of past gradients in the first moment.",
        0, 1, open_high=True, step=0.001,
    )
    beta2: float = _setting(
        0.999, "Decay β₂ of the squared gradients", "beta2", float,
        "Weight of past squared gradients in the second moment.",
        0, 1, open_high=True, step=0.001,
    )
    eps: float | None = _setting(
        None, "Epsilon ε", "log10_eps", float,
        "Small number in the denominator that avoids division by zero.",
        1e-12, 1, step=0.5, log=True, optional=True,
    )
    dampening: float = _setting(
        0.0, "Dampening", "dampening", float,
        "The new gradient is weighted by 1 − dampening. "
        "The published run uses 0, as PyTorch does; Eq. 5 has dampening = β.",
        0, 1, step=0.01,
    )
    bias_correction: bool | None = _setting(
        None, "Bias correction", "bias_correction", bool,
        "Divide the averages by 1 − βᵗ, because they start at zero: Eq. 8 for momentum, Eqs. 12 and 14 for Adam.",
        optional=True,
    )
    nesterov: bool = _setting(
        False, "Nesterov momentum", "nesterov", bool,
        "Step along the velocity one update ahead.",
    )
    batch_size: int = _setting(
        64, "Batch size", "batch", int,
        "Samples per mini-batch, the samples of one update: "
        "1 is stochastic gradient descent, all is batch gradient descent.",
        1, 4096,
    )
    switch_after: int = _setting(
        0, "Switch batch size after epoch", "switch_after", int,
        "Number of epochs after which the batch size changes; 0 for never.",
        0, 500, step=1,
    )
    switch_size: int = _setting(
        512, "Batch size after the switch", "switch_batch", int,
        "Samples per mini-batch after the switch.",
        1, 4096,
    )
    batch_scaling: str = _setting(
        "none", "Learning rate after the switch", "scaling", str,
        "Scaling of the learning rate with the batch size: none, with its square root, or linear.",
        choices={"none": "Unchanged", "root": "∝ √size", "linear": "∝ size"},
        former_labels={"The same": "none"},
    )
    epochs: int = _setting(
        100, "Epochs", "epochs", int,
        "Passes over all samples.",
        1, 500, step=1,
    )
    start_a: float = _setting(
        0.1, "Start A", "a", float,
        "Semi-major axis at the start, in AU. One astronomical unit (AU) is the distance from Earth to the Sun.",
        0, 4, open_low=True, step=0.01,
    )
    start_b: float = _setting(
        1.8, "Start B", "b", float,
        "Semi-minor axis at the start, in AU.",
        0, 4, open_low=True, step=0.01,
    )
    n_samples: int = _setting(
        512, "Number of samples", "samples", int,
        "Points measured along the transfer ellipse.",
        16, 4096, step=16,
    )
    noise_scale: float = _setting(
        0.1, "Noise", "noise", float,
        "Width of the uniform noise on y, in AU.",
        0, 0.5, step=0.01,
    )
    seed: int = _setting(
        9999, "Seed", "seed", int,
        "Number that determines the noise and the order of the samples; the same seed gives the same results.",
        0, 2**32 - 1, typed=True,
    )

    def __post_init__(self) -> None:
        own = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else None
        faults = []
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if setting.optional and value is None:
                value = getattr(own, name, None)
            try:
                object.__setattr__(self, name, setting.check(value))
            except ValueError as fault:
                faults.append(f"{name} {fault}")
        if not faults:
            faults += [
                f"{name} must be at most n_samples, {self.n_samples}, got {getattr(self, name)}"
                for name in ("batch_size", "switch_size")[: 2 if self.switch_after else 1]
                if getattr(self, name) > self.n_samples
            ]
        if not faults and self.updates > MAX_UPDATES:
            faults.append(
                f"epochs must give at most {MAX_UPDATES:,} updates, "
                f"got {self.epochs} epochs with {self.updates:,} updates"
            )
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def rule(self) -> Optimizer:
        """The optimizer with its hyperparameters: an instance of a class in OPTIMIZERS."""
        rule: Optimizer = self._of_kind(OPTIMIZERS[self.optimizer])
        return rule

    @property
    def batch_sizes(self) -> list[int]:
        """Batch size of every epoch."""
        return batch_sizes(self.epochs, self.batch_size, self.switch_after, self.switch_size)

    @property
    def updates(self) -> int:
        """Number of updates of a run that does not end early."""
        return int(updates_per_epoch(self.n_samples, self.batch_sizes).sum())

    @property
    def samples_seen(self) -> Ints:
        """Number of samples used after 0, 1, 2, ... updates, shape (updates + 1,)."""
        sizes = np.asarray(self.batch_sizes)
        epoch, in_epoch = places(self.n_samples, sizes)
        seen = epoch * self.n_samples + np.minimum((in_epoch + 1) * sizes[epoch], self.n_samples)
        return np.concatenate([[0], seen])

    @property
    def rate_factors(self) -> Floats:
        """Factor of the learning rate at every update, shape (updates,)."""
        sizes = np.asarray(self.batch_sizes)
        epoch, _ = places(self.n_samples, sizes)
        schedule: Schedule = self._of_kind(SCHEDULES[self.schedule])
        scaling: Floats = batch_factor(sizes[epoch], self.batch_size, self.batch_scaling)
        return schedule.factors(epoch) * scaling

    def to_text(self) -> str:
        """Return the experiment as a short text for a link: the fields that differ from `Experiment(optimizer)`.

        `from_text` reads every digit back: a value that the control of its field cannot hold is written in full, under
        the name of the field.

        Examples
        --------
        >>> Experiment("sgd", learning_rate=0.01, epochs=30).to_text()
        'optimizer:sgd;log10_rate:-2.0;epochs:30'
        >>> Experiment("sgd", learning_rate=1 / 3).to_text()
        'optimizer:sgd;learning_rate:0.3333333333333333'
        """
        plain = Experiment(self.optimizer)
        parts = [f"optimizer:{self.optimizer}"]
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if name != "optimizer" and value != getattr(plain, name):
                exact = not setting.log or setting.from_control(setting.to_control(value)) == value
                parts.append(f"{setting.key}:{setting.to_link(value)}" if exact else f"{name}:{value!r}")
        return ";".join(parts)

    @classmethod
    def from_text(cls, text: str) -> Experiment:
        """Read an experiment from the text of `to_text`.

        Raises
        ------
        ValueError
            If the text is not of this form; the message names the part at fault.
        """
        fields = {setting.key: (name, setting.from_link) for name, setting in SETTINGS.items()}
        fields |= {name: (name, setting.from_text) for name, setting in SETTINGS.items() if setting.log}
        values: dict[str, Any] = {}
        for part in text.split(";"):
            key, _, held = part.partition(":")
            if key not in fields or fields[key][0] in values:
                raise ValueError(f"{key} must be the name of a choice, and appear only once")
            name, parse = fields[key]
            try:
                values[name] = parse(held)
            except ValueError as fault:
                raise ValueError(f"{key} {fault}") from None
        return cls(**values)

    def _of_kind(self, kind: type[Any]) -> Any:
        """Return an instance of a dataclass, with the experiment's fields of the same names."""
        return kind(**{field.name: getattr(self, field.name) for field in dataclasses.fields(kind)})


SETTINGS: dict[str, Setting] = {field.name: field.metadata["setting"] for field in dataclasses.fields(Experiment)}
"""Settings of the fields of `Experiment`, by name."""


def max_epochs(n_samples: int, batch_size: int, switch_after: int = 0, switch_size: int | None = None) -> int:
    """Return the largest number of epochs, at most 500, for which a run takes at most MAX_UPDATES updates.

    Parameters
    ----------
    n_samples, batch_size, switch_after
        Fields of `Experiment`.
    switch_size
        The field of `Experiment`; `n_samples` by default.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> max_epochs(512, 1), max_epochs(512, 1, switch_after=100, switch_size=512)
    (117, 500)
    """
    switch_size = n_samples if switch_size is None else switch_size
    for name, value in (("n_samples", n_samples), ("batch_size", batch_size), ("switch_size", switch_size)):
        check_number(name, value, int, 1)
    check_number("switch_after", switch_after, int, 0)
    sizes = batch_sizes(int(SETTINGS["epochs"].high), batch_size, switch_after, switch_size)
    return int(np.searchsorted(np.cumsum(updates_per_epoch(n_samples, sizes)), MAX_UPDATES, side="right"))


def check_experiment(experiment: Any) -> None:
    """Raise a TypeError that quotes the value, if it is not an Experiment."""
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment must be an Experiment, such as PUBLISHED['adam'], got {experiment!r}")
