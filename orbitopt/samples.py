"""The draw stream, noisy samples of the transfer, and mini-batches.

A seed names the samples and the shuffles on every machine: both come from the 32-bit words of MT19937 under the legacy
integer seeding, first the noise, then two unused words and a shuffle for every epoch. This is the stream from which
the post's published runs drew.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .hohmann import FOCUS_OFFSET, SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS

_EPOCHS_AT_ONCE = 128  # shuffles are drawn in blocks, so that a long run's need no great memory at once


class Samples(NamedTuple):
    """Points of the upper half of the transfer ellipse, AU."""

    x: np.ndarray
    y: np.ndarray


def noisy_samples(n, noise_scale, seed):
    """Samples of the true transfer ellipse at evenly spaced x, with uniform noise on y.

    Parameters
    ----------
    n : int
        Number of samples.
    noise_scale : float
        Width of the noise, AU: it lies between -noise_scale / 2 and noise_scale / 2.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    Samples
        x and y of shape (n,), AU.
    """
    words = _words(np.random.RandomState(seed), n)
    noise = ((words & 0xFFFFFF) / 2**24 - 0.5) * noise_scale
    x = np.linspace(-SEMI_MAJOR_AXIS, SEMI_MAJOR_AXIS, n) - FOCUS_OFFSET
    relative = (x + FOCUS_OFFSET) / SEMI_MAJOR_AXIS
    square = np.minimum(relative * relative, 1.0)  # the ends may round to just above 1
    return Samples(x, SEMI_MINOR_AXIS * np.sqrt(1.0 - square) + noise)


@lru_cache(maxsize=8)
def shuffles(n, epochs, seed):
    """The order in which each epoch visits the samples.

    Parameters
    ----------
    n : int
        Number of samples, at most 65,536.
    epochs : int
        Number of epochs.
    seed : int
        0 to 2^32 - 1, the same as for the samples.

    Returns
    -------
    ndarray of int, shape (epochs, n)
        Permutations of 0 to n - 1, read-only.
    """
    stream = np.random.RandomState(seed)
    _words(stream, n)  # the noise
    order = np.empty((epochs, n), np.uint16)
    for start in range(0, epochs, _EPOCHS_AT_ONCE):
        block = order[start : start + _EPOCHS_AT_ONCE]
        block[:] = _shuffle_block(stream, n, len(block))
    order.flags.writeable = False
    return order


@lru_cache(maxsize=64)
def mini_batches(n, size):
    """Slices that cut an epoch of n samples into batches; the last is short where the size does not divide n.

    Parameters
    ----------
    n, size : int

    Returns
    -------
    tuple of slice

    Examples
    --------
    >>> [len(range(10)[batch]) for batch in mini_batches(10, 4)]
    [4, 4, 2]
    """
    return tuple(slice(start, start + size) for start in range(0, n, size))


def _words(stream, n):
    """The next n words of the stream; over the whole range RandomState hands on one 32-bit word for each."""
    return stream.randint(0, 2**32, n, dtype=np.uint32)


def _shuffle_block(stream, n, epochs):
    """Shuffles of several epochs, shape (epochs, n): swap i with i + word % (n - i), for i = 0 to n - 2.

    All epochs take each swap together, one column an epoch.
    """
    words = _words(stream, epochs * (n + 1)).reshape(epochs, n + 1)[:, 2:].T
    first = np.arange(n - 1, dtype=np.uint32)[:, None]
    partner = (first + words % (n - first)).astype(np.intp) * epochs + np.arange(epochs)
    order = np.repeat(np.arange(n, dtype=np.intp), epochs)
    for row, other in zip(order.reshape(n, epochs), partner):
        swapped = order[other]
        order[other] = row
        row[:] = swapped
    return order.reshape(n, epochs).T
