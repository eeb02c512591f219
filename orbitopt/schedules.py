"""Learning-rate and batch-size schedules.

A learning-rate schedule is a frozen dataclass with one method, `factors(epochs)`: what the learning rate is multiplied
by at every update, given the zero-based epoch of every update.
"""

from dataclasses import dataclass

import numpy as np


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
        return self.gamma**passed


@dataclass(frozen=True)
class Exponential:
    """The rate falls to gamma times itself after every epoch."""

    gamma: float

    def factors(self, epochs):
        return self.gamma ** np.asarray(epochs)


@dataclass(frozen=True)
class Cosine:
    """The rate falls from whole to nothing along half a cosine: Loshchilov and Hutter, arXiv:1608.03983, Eq. 5."""

    def factors(self, epochs):
        return 0.5 + 0.5 * np.cos(np.pi * np.arange(len(epochs)) / len(epochs))


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
    >>> batch_factor(32, 512, "root"), batch_factor(32, 512, "linear")
    (0.25, 0.0625)
    """
    return (size / reference) ** {"none": 0.0, "root": 0.5, "linear": 1.0}[scaling]
