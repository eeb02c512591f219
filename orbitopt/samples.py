"""Noisy samples of the transfer ellipse, shuffles and mini-batches.

A seed selects the same samples and shuffles on every machine. Both come from one stream, the 32-bit words of MT19937
with the legacy integer seeding: first the noise, then two unused words and a shuffle for every epoch. The post's
published runs used this stream.
"""

from __future__ import annotations

import reprlib
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Floats
from .hohmann import FOCUS_OFFSET, SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS
from .settings import check_number

_EPOCHS_AT_ONCE = 128  # the shuffles of a long run are generated in blocks to limit memory


class Samples(NamedTuple):
    """Points on the upper half of the transfer ellipse, AU, shape (n,) each."""

    x: Floats
    y: Floats


def check_samples(samples: Any, fewest: int = 2) -> None:
    """Raise an error unless samples have finite x and y of the same shape (n,).

    Parameters
    ----------
    samples
    fewest
        Minimum n.

    Raises
    ------
    TypeError
        If `samples` is not Samples.
    ValueError
        If x and y are not such arrays.
    """
    if not isinstance(samples, Samples):
        raise TypeError(f"samples must be Samples(x, y), got {reprlib.repr(samples)}")
    columns = {}
    for name, column in samples._asdict().items():
        try:
            columns[name] = np.asarray(column, float)
        except (TypeError, ValueError):
            raise ValueError(f"samples must be numbers, got {name} = {reprlib.repr(column)}") from None
    x, y = (column.shape for column in columns.values())
    if len(x) != 1 or x != y or x[0] < fewest:
        raise ValueError(f"samples must have x and y of shape (n,), n at least {fewest}, got shapes {x} and {y}")
    for name, column in columns.items():
        if not np.isfinite(column).all():
            k = int(np.argmin(np.isfinite(column)))
            raise ValueError(f"samples must be finite, got {name}[{k}] = {column[k]}")


def noisy_samples(n: int, noise_scale: float, seed: int) -> Samples:
    """Generate samples of the true transfer ellipse at evenly spaced x, with uniform noise on y.

    Parameters
    ----------
    n
        Number of samples.
    noise_scale
        Width of the noise, AU: it lies between -noise_scale / 2 and noise_scale / 2.
    seed
        0 to 2^32 - 1.

    Returns
    -------
    Samples
        x and y, AU, shape (n,).

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    n, seed = check_number("n", n, int, 1), check_number("seed", seed, int, 0, 2**32 - 1)
    noise_scale = check_number("noise_scale", noise_scale, float, 0.0)
    words = _words(np.random.RandomState(seed), n)
    noise = ((words & 0xFFFFFF) / 2**24 - 0.5) * noise_scale
    x = np.linspace(-SEMI_MAJOR_AXIS, SEMI_MAJOR_AXIS, n) - FOCUS_OFFSET
    relative = (x + FOCUS_OFFSET) / SEMI_MAJOR_AXIS
    square = np.minimum(relative * relative, 1.0)  # rounding may take the ends just above 1
    return Samples(x, SEMI_MINOR_AXIS * np.sqrt(1.0 - square) + noise)


@lru_cache(maxsize=8)
def shuffles(n: int, epochs: int, seed: int) -> npt.NDArray[np.uint16]:
    """Return the order in which each epoch visits the samples.

    Parameters
    ----------
    n
        Number of samples, at most 65,536.
    epochs
        Number of epochs.
    seed
        Seed of the samples, 0 to 2^32 - 1.

    Returns
    -------
    ndarray
        Permutations of 0 to n - 1, shape (epochs, n), read-only.
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
def mini_batches(n: int, size: int) -> tuple[slice, ...]:
    """Return slices that cut an epoch of n samples into batches; the last one is short if the size does not divide n.

    Examples
    --------
    >>> [len(range(10)[batch]) for batch in mini_batches(10, 4)]
    [4, 4, 2]
    """
    return tuple(slice(start, start + size) for start in range(0, n, size))


def _words(stream: np.random.RandomState, n: int) -> npt.NDArray[np.uint32]:
    """Return the next n words of the stream: over the full range, RandomState uses one 32-bit word per integer."""
    return stream.randint(0, 2**32, n, dtype=np.uint32)


def _shuffle_block(stream: np.random.RandomState, n: int, epochs: int) -> npt.NDArray[np.intp]:
    """Return the shuffles of several epochs, shape (epochs, n): swap i with i + word % (n - i), for i = 0 to n - 2.

    Each swap is done in all epochs at once; every epoch is a column.
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
