"""Advice on a run: a change that makes it settle, or the largest learning rate of a run that settles.

Every suggestion is tested with complete runs before it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .experiment import SETTINGS, Experiment, max_epochs
from .fit import Fit, check_fit, run
from .formatting import count, number
from .jobs import JobSteps, finish
from .outcomes import Outcome
from .samples import Samples

NO_ADVICE = "None of the changes tried makes this run settle; others might."
"""Message for a run for which `advise` returns None."""

MAX_TRIED_UPDATES = 40_000
"""Largest number of updates of all trials of one search together; one trial takes at most a quarter of them."""

_OTHER_SEEDS = (1, 2)  # added to the seed of the run
_LONG = 8_000  # updates
_LARGER_BATCH = 64
_RATE_STEP = 1.5
_RATES_BEYOND = 3  # number of learning rates to try above the first one that fails

Changes = dict[str, Any]
"""Fields of an experiment by name, with their new values."""


@dataclass(frozen=True)
class Advice:
    """A tested change to an experiment."""

    experiment: Experiment
    """The changed experiment, which settles at the optimum."""
    changes: Changes
    """The changed fields; empty if no larger learning rate of a settled run settles."""
    sentence: str
    """The advice, in one sentence."""


def advise(fit: Fit) -> Advice | None:
    """Find a change that makes a run settle at the optimum, or the largest learning rate of a settled run.

    Returns
    -------
    Advice or None
        None if none of the changes tried makes the run settle; the message for this case is NO_ADVICE.

    Raises
    ------
    TypeError
        If `fit` is not a Fit.

    Examples
    --------
    >>> fit = run(Experiment("momentum", learning_rate=0.012, schedule="constant"))
    >>> advice = advise(fit)
    >>> advice.changes
    {'start_a': 1.0, 'start_b': 1.0}
    >>> run(advice.experiment).outcome.value
    'settled at the optimum'
    """
    return finish(search_advice(fit))


def search_advice(fit: Fit) -> JobSteps[Advice | None]:
    """Return a job that searches for the advice of `advise`.

    Yields
    ------
    float
        Share of MAX_TRIED_UPDATES that has been used, 0 to 1.
    """
    check_fit(fit)
    trials = _Trials(fit)
    return (yield from _largest_rate(fit, trials) if fit.outcome is Outcome.REACHED else _change(fit, trials))


class _Trials:
    """Runs on the samples of a fit, with at most MAX_TRIED_UPDATES updates in all."""

    def __init__(self, fit: Fit) -> None:
        self.problem = fit.problem if fit.problem.own else None
        self.spent = 0

    @property
    def share(self) -> float:
        """Share of the updates that has been used."""
        return self.spent / MAX_TRIED_UPDATES

    def run(self, experiment: Experiment) -> Fit | None:
        """Run an experiment; return None if it would take too many updates."""
        if experiment.updates > min(MAX_TRIED_UPDATES - self.spent, MAX_TRIED_UPDATES // 4):
            return None
        fit = run(experiment, self.problem)
        self.spent += len(fit.history.loss)
        return fit


def _change(fit: Fit, trials: _Trials) -> JobSteps[Advice | None]:
    """Return the first change that settles with all seeds, or else the first that settles with the run's seed."""
    own_seed_only = None
    for changes in _candidates(fit):
        candidate = replace(fit.experiment, **changes)
        trial = trials.run(candidate)
        yield trials.share
        if trial is None or trial.outcome is not Outcome.REACHED:
            continue
        others = [trials.run(replace(candidate, seed=(candidate.seed + k) % 2**32)) for k in _OTHER_SEEDS]
        yield trials.share
        seeds = sum(other is not None and other.outcome is Outcome.REACHED for other in others)
        advice = Advice(candidate, changes, _sentence(fit.experiment, changes, trial, seeds))
        if seeds == len(_OTHER_SEEDS):
            return advice
        own_seed_only = own_seed_only or advice
    return own_seed_only


def _candidates(fit: Fit) -> Iterator[Changes]:
    """Yield the changes to try, the smallest and most instructive first."""
    experiment = fit.experiment
    rate, per_epoch = experiment.learning_rate, experiment.updates / experiment.epochs
    cosine, circle = {"schedule": "cosine"}, dict.fromkeys(("start_a", "start_b"), _typical_distance(fit.samples))
    long = {"epochs": round(_LONG / per_epoch)}
    larger = {"batch_size": min(_LARGER_BATCH, experiment.n_samples)}
    candidates: tuple[Changes, ...] = (
        larger if experiment.batch_size < larger["batch_size"] else {},
        {"learning_rate": 3.0 * rate},
        {"learning_rate": rate / 3.0},
        {"learning_rate": 10.0 * rate},
        cosine,
        {"epochs": 10 * experiment.epochs},
        circle,
        *(circle | {"learning_rate": factor * rate} for factor in (0.1, 10.0)),
        cosine | {"learning_rate": rate / 10.0},
        cosine | {"learning_rate": 10.0 * rate},
        *(cosine | circle | long | {"learning_rate": factor * rate} for factor in (1.0, 10.0, 0.1, 0.01, 100.0)),
    )
    for candidate in candidates:
        if changes := _possible(experiment, candidate):
            yield changes


def _typical_distance(samples: Samples) -> float:
    """Return the median distance of samples from the Sun to one digit, AU, within the bounds of a start."""
    distance = float(f"{np.median(np.hypot(*samples)):.1g}")
    return float(min(max(distance, 0.01), SETTINGS["start_a"].high))


def _possible(experiment: Experiment, changes: Changes) -> Changes:
    """Return changes limited to the bounds of their fields, without unchanged fields; empty if one is impossible."""
    if "learning_rate" in changes:
        changes = changes | {"learning_rate": float(f"{changes['learning_rate']:.3g}")}
        if changes["learning_rate"] > SETTINGS["learning_rate"].high:
            return {}
    if "epochs" in changes:
        sizes = experiment.n_samples, experiment.batch_size, experiment.switch_after, experiment.switch_size
        changes = changes | {"epochs": min(changes["epochs"], max_epochs(*sizes))}
    return {name: value for name, value in changes.items() if value != getattr(experiment, name)}


def _sentence(experiment: Experiment, changes: Changes, trial: Fit, seeds: int) -> str:
    """Return the changes as a request, with the result of the trial; `seeds` counts the other seeds that settle."""
    assert trial.settled_after is not None
    requests = []
    if "learning_rate" in changes:
        rate = changes["learning_rate"]
        verb = "raise" if rate > experiment.learning_rate else "lower"
        requests.append(f"{verb} the learning rate to {number(rate)}")
    if "schedule" in changes:
        requests.append("use cosine decay for the learning rate")
    if "batch_size" in changes:
        requests.append(f"raise the batch size to {changes['batch_size']:,}")
    if "epochs" in changes:
        requests.append(f"train for {count(changes['epochs'], 'epoch')}")
    if "start_a" in changes or "start_b" in changes:
        names = {"start_a": "A", "start_b": "B"}
        start = [f"{names[name]} = {number(value)}" for name, value in changes.items() if name in names]
        requests.append(f"start from {' and '.join(start)}")
    request = f"{', '.join(requests[:-1])} and {requests[-1]}" if len(requests) > 1 else requests[0]
    after = count(trial.settled_after, "update")
    settles = f"the run then settles after {after}, and also settles with two other seeds"
    if seeds < len(_OTHER_SEEDS):
        settles = f"with this seed the run then settles after {after}"
    return f"{request[0].upper()}{request[1:]}: {settles}."


def _largest_rate(fit: Fit, trials: _Trials) -> JobSteps[Advice]:
    """Return the largest learning rate that settles, from rates tried in turn to a little beyond the first failure."""
    best = fit.experiment
    trial: Fit | None = fit
    failed: float | None = None
    beyond: float | None = None
    rate, tried_beyond = fit.experiment.learning_rate, 0
    while tried_beyond < _RATES_BEYOND and rate < SETTINGS["learning_rate"].high:
        rate = min(float(f"{_RATE_STEP * rate:.2g}"), SETTINGS["learning_rate"].high)
        candidate = replace(fit.experiment, learning_rate=rate)
        trial = trials.run(candidate)
        yield trials.share
        if trial is None:
            break
        settles = trial.outcome is Outcome.REACHED
        if failed is None:
            best, failed = (candidate, None) if settles else (best, rate)
        else:
            tried_beyond += 1
            beyond = rate if settles else beyond
    changes = {} if best is fit.experiment else {"learning_rate": best.learning_rate}
    if changes:
        limit = f"With this seed the run settles at every rate tried up to {number(best.learning_rate)}"
        if failed is not None:
            limit += f"{', but' if beyond is None else ','} not at {number(failed)}"
    elif failed is not None:
        limit = f"With this seed the run does not settle at {number(failed)}"
    elif trial is None:
        limit = "This run is too long to test larger rates here"
    else:
        limit = "This is already the largest allowed rate"
    if beyond is not None:
        limit += f", but {'again' if changes else 'does'} at {number(beyond)}"
    return Advice(best, changes, f"How far can you raise the learning rate? {limit}.")
