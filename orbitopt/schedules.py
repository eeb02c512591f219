"""Learning-rate and batch-size schedules.

A learning-rate schedule is a frozen dataclass with one method, `factors(epochs)`: what the learning rate is multiplied
by at every update, given the zero-based epoch of every update. The factors have the same bits on every processor, since
they come from sums, products and quotients alone.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

_COSINE_TERMS = 12
"""The thirteenth term of cosine's Taylor series is below 1e-16 for angles up to pi / 2."""


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    def factors(self, epochs):
        return np.ones(len(epochs))


@dataclass(frozen=True)
class MultiStep:
    """The rate falls to gamma times itself at each milestone, as in the post's published runs.

    A milestone m takes effect from the update with the zero-based index m on.
    """

    milestones: tuple
    gamma: float

    def factors(self, epochs):
        passed = np.searchsorted(np.sort(self.milestones), np.arange(len(epochs)), side="right")
        return _powers(self.gamma, passed)


@dataclass(frozen=True)
class Exponential:
    """The rate falls to gamma times itself after every epoch."""

    gamma: float

    def factors(self, epochs):
        return _powers(self.gamma, epochs)


@dataclass(frozen=True)
class Cosine:
    """The rate falls from its full value to nothing along half a cosine.

    Loshchilov and Hutter, arXiv:1608.03983, Eq. 5. With 1 + cos(2 u) = 2 cos(u)^2 the factor of update k of n is
    cos(pi k / 2n)^2. It lies within 4e-16 of the exact value, and its bits are the same on every processor, which no
    library's cosine promises.
    """

    def factors(self, epochs):
        cosine = _cosine(0.5 * pi * np.arange(len(epochs)) / len(epochs))
        return cosine * cosine


def _powers(gamma, exponents):
    """gamma to the power of whole numbers from 0 on, by running products."""
    powers = np.full(np.max(exponents, initial=0) + 1, float(gamma))
    powers[0] = 1.0
    return np.multiply.accumulate(powers)[exponents]


def _cosine(angle):
    """Cosine of angles from 0 to pi / 2, by its Taylor series in Horner's form."""
    square = angle * angle
    series = 1.0
    for k in range(_COSINE_TERMS, 0, -1):
        series = 1.0 - square * series / (2 * k * (2 * k - 1))
    return series


SCHEDULES = {"constant": Constant, "multi-step": MultiStep, "exponential": Exponential, "cosine": Cosine}
"""The public key of every learning-rate schedule."""


def batch_sizes(epochs, size, switch_after=0, later_size=None):
    """Batch size of every epoch: constant, or switched once, such as 32 for the first 8 epochs and 512 after them.

    Parameters
    ----------
    epochs : int
        Number of epochs.
    size, later_size : int
        Samples in a batch before and after the switch.
    switch_after : int
        Epochs before the switch; 0 for none.

    Returns
    -------
    list of int, length epochs

    Examples
    --------
    >>> batch_sizes(5, 32, switch_after=2, later_size=512)
    [32, 32, 512, 512, 512]
    """
    before = min(switch_after or epochs, epochs)
    return [size] * before + [later_size] * (epochs - before)


def updates_per_epoch(n_samples, sizes):
    """Number of updates in every epoch; the last batch is short where the size does not divide the samples.

    Parameters
    ----------
    n_samples : int
    sizes : sequence of int
        Batch size of every epoch.

    Returns
    -------
    ndarray of int, shape (len(sizes),)

    Examples
    --------
    >>> updates_per_epoch(10, [10, 4])
    array([1, 3])
    """
    return -(-n_samples // np.asarray(sizes))


def places(n_samples, sizes):
    """Where every update stands: in which epoch, and which of its epoch it is, both counted from 0.

    Parameters
    ----------
    n_samples : int
    sizes : sequence of int
        Batch size of every epoch.

    Returns
    -------
    epoch, in_epoch : ndarray of int, shape (updates,)

    Examples
    --------
    >>> places(10, [5, 10])
    (array([0, 0, 1]), array([0, 1, 0]))
    """
    per_epoch = updates_per_epoch(n_samples, sizes)
    epoch = np.repeat(np.arange(len(per_epoch)), per_epoch)
    return epoch, np.arange(len(epoch)) - (np.cumsum(per_epoch) - per_epoch)[epoch]


def batch_factor(size, reference, scaling):
    """What the learning rate is multiplied by for a batch size.

    Parameters
    ----------
    size : int or ndarray of int
        Samples in a batch.
    reference : int
        The batch size for which the learning rate is given.
    scaling : str
        "none"; "root" for the root of size / reference, which keeps the noise of a step (Krizhevsky, arXiv:1404.5997);
        "linear" for size / reference, which keeps what an epoch may change (Goyal et al., arXiv:1706.02677).

    Returns
    -------
    float or ndarray

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
    return 1.0
