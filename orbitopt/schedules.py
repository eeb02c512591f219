"""Learning-rate and batch-size schedules.

A learning-rate schedule is a frozen dataclass with a `label` and one method, `factors(epochs)`, which returns the
factor of the learning rate at every update, given the zero-based epoch of every update. The factors have the same bits
on every processor, because they are computed with sums, products and quotients only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import Any, ClassVar, Protocol

import numpy as np

from .arrays import Floats, Ints

_COSINE_TERMS = 12
"""The thirteenth term of cosine's Taylor series is below 1e-16 for angles up to pi / 2."""


class Schedule(Protocol):
    """Interface of the learning-rate schedules."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    label: ClassVar[str]

    def factors(self, epochs: Sequence[int] | Ints) -> Floats:
        """Return the factor of the learning rate at every update, given the epoch of every update."""


@dataclass(frozen=True)
class Constant:
    """Constant learning rate."""

    label: ClassVar[str] = "Constant"

    def factors(self, epochs: Sequence[int] | Ints) -> Floats:
        return np.ones(len(epochs))


@dataclass(frozen=True)
class MultiStep:
    """Multiply the learning rate by gamma at each milestone, as in the post's published runs.

    A milestone m takes effect at the update with the zero-based index m.
    """

    milestones: tuple[int, ...]
    gamma: float

    label: ClassVar[str] = "Step decay"

    def factors(self, epochs: Sequence[int] | Ints) -> Floats:
        passed = np.searchsorted(np.sort(self.milestones), np.arange(len(epochs)), side="right")
        return _powers(self.gamma, passed)


@dataclass(frozen=True)
class Exponential:
    """Multiply the learning rate by gamma after every epoch."""

    gamma: float

    label: ClassVar[str] = "Exponential decay"

    def factors(self, epochs: Sequence[int] | Ints) -> Floats:
        return _powers(self.gamma, epochs)


@dataclass(frozen=True)
class Cosine:
    """Decrease the learning rate from its full value to 0 along half a period of a cosine.

    Loshchilov and Hutter, arXiv:1608.03983, Eq. 5. With 1 + cos(2 u) = 2 cos(u)^2, the factor of update k of n is
    cos(pi k / 2n)^2. It is within 4e-16 of the exact value and has the same bits on every processor, which the cosine
    of a library does not guarantee.
    """

    label: ClassVar[str] = "Cosine decay"

    def factors(self, epochs: Sequence[int] | Ints) -> Floats:
        cosine = _cosine(0.5 * pi * np.arange(len(epochs)) / len(epochs))
        return cosine * cosine


def _powers(gamma: float, exponents: Sequence[int] | Ints) -> Floats:
    """Return powers of gamma with exponents 0, 1, 2, ... as running products."""
    factors = np.full(np.max(exponents, initial=0) + 1, float(gamma))
    factors[0] = 1.0
    powers: Floats = np.multiply.accumulate(factors)[np.asarray(exponents)]
    return powers


def _cosine(angle: Floats) -> Floats:
    """Return the cosine of angles from 0 to pi / 2 by its Taylor series in Horner's form."""
    square = angle * angle
    series = np.ones_like(angle)
    for k in range(_COSINE_TERMS, 0, -1):
        series = 1.0 - square * series / (2 * k * (2 * k - 1))
    return series


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "multi-step": MultiStep,
    "exponential": Exponential,
    "cosine": Cosine,
}
"""The learning-rate schedules by their public keys."""


def batch_sizes(epochs: int, size: int, switch_after: int = 0, later_size: int = 0) -> list[int]:
    """Return the batch size of every epoch: constant, or with one switch, such as 32 for 8 epochs and then 512.

    Parameters
    ----------
    size, later_size
        Samples per batch before and after the switch.
    switch_after
        Epochs before the switch; 0 for no switch.

    Examples
    --------
    >>> batch_sizes(5, 32, switch_after=2, later_size=512)
    [32, 32, 512, 512, 512]
    """
    before = min(switch_after or epochs, epochs)
    return [size] * before + [later_size] * (epochs - before)


def updates_per_epoch(n_samples: int, sizes: Sequence[int] | Ints) -> Ints:
    """Return the number of updates in every epoch; the last batch of an epoch may be short.

    Parameters
    ----------
    n_samples
    sizes
        Batch size of every epoch.

    Examples
    --------
    >>> updates_per_epoch(10, [10, 4])
    array([1, 3])
    """
    return -(-n_samples // np.asarray(sizes))


def places(n_samples: int, sizes: Sequence[int] | Ints) -> tuple[Ints, Ints]:
    """Return the epoch of every update and its index within the epoch, both counted from 0.

    Parameters
    ----------
    n_samples
    sizes
        Batch size of every epoch.

    Returns
    -------
    epoch, in_epoch
        Shape (updates,).

    Examples
    --------
    >>> places(10, [5, 10])
    (array([0, 0, 1]), array([0, 1, 0]))
    """
    per_epoch = updates_per_epoch(n_samples, sizes)
    epoch = np.repeat(np.arange(len(per_epoch)), per_epoch)
    return epoch, np.arange(len(epoch)) - (np.cumsum(per_epoch) - per_epoch)[epoch]


def batch_factor(size: Any, reference: int, scaling: str) -> Any:
    """Return the factor of the learning rate for a batch size, or for an array of them.

    Parameters
    ----------
    size
        Samples per batch.
    reference
        Batch size to which the learning rate belongs.
    scaling
        "none" for 1; "root" for the square root of size / reference, which keeps the noise of a step
        (Krizhevsky, arXiv:1404.5997); "linear" for size / reference, which keeps the change per epoch (Goyal et al.,
        arXiv:1706.02677).

    Raises
    ------
    ValueError
        If there is no such scaling.

    Examples
    --------
    >>> float(batch_factor(32, 512, "root")), batch_factor(32, 512, "linear")
    (0.25, 0.0625)
    """
    ratio = size / reference
    match scaling:
        case "linear":
            return ratio
        case "root":
            return np.sqrt(ratio)
        case "none":
            return 1.0
    raise ValueError(f"scaling must be one of none, root, linear, got {scaling!r}")
