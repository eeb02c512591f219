"""Many runs at once: how an experiment ends over all learning rates, and from everywhere.

A sweep is a generator: it yields how much of it is done, from 0 to 1, and returns its result, as `work` describes.
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from .experiment import problem, training_arguments
from .model import clamped_loss
from .optimizers import OPTIMIZERS
from .outcomes import SETTLED, judged_updates, outcomes
from .training import iterate_parallel_updates
from .work import part

RATES = np.array([float(f"{10.0 ** (k / 12.0 - 4.0):.4g}") for k in range(61)])
"""The learning rates of a sweep, twelve to a decade, to the four digits that a control holds."""

FARTHEST_START = 2.0
"""The greatest A and B of the map of starts, AU."""

_AT_ONCE = 2**17  # samples that all runs look at in one update: more no longer fit the processor's cache
_REPORT_EVERY = 50  # updates


class Ends(NamedTuple):
    """How runs ended: arrays of one shape, that of the runs."""

    params: np.ndarray
    """A and B after the last update, AU, shape (..., 2)."""
    loss: np.ndarray
    """The clamped loss there, AU^2."""
    outcome: np.ndarray
    """Members of Outcome."""
    reached_after: np.ndarray
    """After how many updates the loss was first within 10 % of the least possible; -1 if never."""


def ends(experiment, starts, learning_rates, samples=None):
    """Run an experiment from many starts at many learning rates, in parallel, and keep how each run ended.

    Parameters
    ----------
    experiment : Experiment
        Everything else.
    starts : array_like, shape (R, 2)
        A and B, AU.
    learning_rates : array_like, shape (R, 1)
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    Ends
        Of shape (R,).
    """
    to_fit = problem(experiment, samples)
    samples, is_near = to_fit.samples, to_fit.is_near
    common = training_arguments(experiment, samples)
    params, learning_rates = np.array(starts, float), np.asarray(learning_rates, float)
    updates = len(common["factors"])
    judged = {int(done): column for column, done in enumerate(judged_updates(updates))}
    near = np.zeros((len(params), len(judged)), bool)
    reached_after = np.where(is_near(params), 0, -1)
    blocks = np.array_split(np.arange(len(params)), -(-len(params) * max(common["sizes"]) // _AT_ONCE))
    for k, block in enumerate(blocks):
        parallel = iterate_parallel_updates(
            **common | {"starts": params[block], "learning_rates": learning_rates[block]}
        )
        for done, update in enumerate(parallel, start=1):
            runs = block[update.runs]
            finite = np.isfinite(update.next_params).all(axis=1, keepdims=True)
            params[runs] = np.where(finite, update.next_params, update.params)
            waiting = runs[reached_after[runs] < 0]
            reached_after[waiting[is_near(params[waiting])]] = done
            if done in judged:
                near[runs, judged[done]] = is_near(params[runs])
            if done % _REPORT_EVERY == 0:
                yield (k + done / updates) / len(blocks)
    return Ends(params, clamped_loss(params, *samples), outcomes(params, near, reached_after, samples), reached_after)


def sweep_learning_rates(experiment, samples=None):
    """How every optimizer would end at each of RATES, all else being as in the experiment.

    Parameters
    ----------
    experiment : Experiment
        Its optimizer keeps its hyper-parameters, the others have their defaults.
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    dict of str to Ends
        By the optimizers' keys, of shape (61,).

    Examples
    --------
    >>> from orbitopt import PUBLISHED
    >>> from orbitopt.work import finish
    >>> swept = finish(sweep_learning_rates(dataclasses.replace(PUBLISHED["adam"], schedule="constant")))
    >>> [(round(low, 4), round(high, 4)) for low, high in bands(swept["momentum"])]
    [(0.0005, 0.01)]
    """
    starts = np.tile([experiment.start_a, experiment.start_b], (len(RATES), 1))
    swept = {}
    for k, key in enumerate(OPTIMIZERS):
        work = ends(_driven_by(key, experiment), starts, RATES[:, None], samples)
        swept[key] = yield from part(work, k, len(OPTIMIZERS))
    return swept


def map_starts(experiment, resolution, samples=None):
    """How the experiment would end from every start on a square grid over A and B in (0, 2].

    Parameters
    ----------
    experiment : Experiment
    resolution : int
        Starts along each axis.
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    Ends
        Of shape (resolution^2,): A changes slowly, B quickly.
    """
    axis = start_axis(resolution)
    starts = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return (yield from ends(experiment, starts, np.full((len(starts), 1), experiment.learning_rate), samples))


def start_axis(resolution):
    """The starts along one axis of the map, AU: ndarray, shape (resolution,), rounded so that a control can hold them.

    Examples
    --------
    >>> start_axis(5)
    array([0.4, 0.8, 1.2, 1.6, 2. ])
    """
    return np.round(FARTHEST_START * np.arange(1, resolution + 1) / resolution, 4)


def bands(ends):
    """The stretches of RATES at which runs reached the optimum, as (least, greatest) learning rates.

    Parameters
    ----------
    ends : Ends
        Of shape (61,).

    Returns
    -------
    list of (float, float)
    """
    reached = np.isin(ends.outcome, SETTLED)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], reached, [False]])))
    return [(float(RATES[first]), float(RATES[after - 1])) for first, after in edges.reshape(-1, 2)]


def _driven_by(key, experiment):
    """The experiment with another optimizer, at that optimizer's default hyper-parameters."""
    if key == experiment.optimizer:
        return experiment
    own = {field.name: field.default for field in dataclasses.fields(OPTIMIZERS[key])}
    return dataclasses.replace(experiment, optimizer=key, **own)
