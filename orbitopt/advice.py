"""Advice on a run: what to change so that it settles, and how far a run that settles can be pushed.

Nothing is advised that has not been tried: every candidate is run from start to end before it is put into words.
"""

from dataclasses import dataclass, replace

from .experiment import FIELDS, Experiment, most_epochs, run
from .formatting import count, number
from .work import finish
from .outcomes import Outcome

NO_ADVICE = "None of the changes tried settles this run; others might."
"""What can be said where `advise` returns None."""

MOST_TRIED_UPDATES = 40_000
"""How many updates all trials of one search may take together; one trial may take a quarter of them."""

_OTHER_SEEDS = (1, 2)  # added to the seed of the run
_LONG = 8_000  # updates
_LARGER_BATCH = 64
_RATE_STEP = 1.5
_RATES_BEYOND = 3  # tried above the first learning rate that fails


@dataclass(frozen=True)
class Advice:
    """A change to an experiment, tried."""

    experiment: Experiment
    """The experiment to run: it settles at the optimum."""
    changes: dict
    """Its fields that differ from the experiment of the run, by name; none if a settled run cannot be pushed further."""
    sentence: str


def advise(fit):
    """Find a change that makes a run settle at the optimum; for a run that has settled, the largest learning rate.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    Advice or None
        None if no change that was tried makes the run settle: NO_ADVICE says so. Never None for a run that settled.

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


def search_advice(fit):
    """Search for the advice that `advise` returns.

    Parameters
    ----------
    fit : Fit

    Yields
    ------
    float
        How much of the updates that may be spent is spent, 0 to 1.

    Returns
    -------
    Advice or None
    """
    trials = _Trials(fit)
    return (yield from _largest_rate(fit, trials) if fit.outcome is Outcome.REACHED else _change(fit, trials))


class _Trials:
    """Runs on the samples of a fit, within MOST_TRIED_UPDATES."""

    def __init__(self, fit):
        self.own_samples = fit.samples if fit.problem.own else None
        self.spent = 0

    @property
    def share(self):
        return self.spent / MOST_TRIED_UPDATES

    def run(self, experiment):
        """Run an experiment; None if that would take too many updates."""
        if experiment.updates > min(MOST_TRIED_UPDATES - self.spent, MOST_TRIED_UPDATES // 4):
            return None
        fit = run(experiment, self.own_samples)
        self.spent += len(fit.history.loss)
        return fit


def _change(fit, trials):
    """The first candidate that settles with the seed of the run and with others, or else with that of the run alone."""
    own_seed_only = None
    for changes in _candidates(fit.experiment):
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


def _candidates(experiment):
    """Changes to try, the smallest and most instructive first, by field names."""
    rate, per_epoch = experiment.learning_rate, experiment.updates / experiment.epochs
    cosine, centre = {"schedule": "cosine"}, {"start_a": 1.0, "start_b": 1.0}
    long = {"epochs": round(_LONG / per_epoch)}
    larger = {"batch_size": min(_LARGER_BATCH, experiment.n_samples)}
    for changes in (
        larger if experiment.batch_size < larger["batch_size"] else {},
        {"learning_rate": 3.0 * rate},
        {"learning_rate": rate / 3.0},
        {"learning_rate": 10.0 * rate},
        cosine,
        {"epochs": 10 * experiment.epochs},
        centre,
        *(centre | {"learning_rate": factor * rate} for factor in (0.1, 10.0)),
        cosine | {"learning_rate": rate / 10.0},
        cosine | {"learning_rate": 10.0 * rate},
        *(cosine | centre | long | {"learning_rate": factor * rate} for factor in (1.0, 10.0, 0.1, 0.01)),
    ):
        changes = _possible(experiment, changes)
        if changes:
            yield changes


def _possible(experiment, changes):
    """Changes within the bounds of their fields, without those that change nothing; none if one is impossible."""
    if "learning_rate" in changes:
        changes = changes | {"learning_rate": float(f"{changes['learning_rate']:.3g}")}
        if changes["learning_rate"] > FIELDS["learning_rate"].high:
            return {}
    if "epochs" in changes:
        sizes = experiment.n_samples, experiment.batch_size, experiment.switch_after, experiment.switch_size
        changes = changes | {"epochs": min(changes["epochs"], most_epochs(*sizes))}
    return {name: value for name, value in changes.items() if value != getattr(experiment, name)}


def _sentence(experiment, changes, trial, seeds):
    """The changes as a request, and what came of them."""
    requests = []
    if "learning_rate" in changes:
        rate = changes["learning_rate"]
        verb = "raise" if rate > experiment.learning_rate else "lower"
        requests.append(f"{verb} the learning rate to {number(rate)}")
    if "schedule" in changes:
        requests.append("let the learning rate fall along a cosine")
    if "batch_size" in changes:
        requests.append(f"raise the batch size to {changes['batch_size']:,}")
    if "epochs" in changes:
        requests.append(f"train for {count(changes['epochs'], 'epoch')}")
    if "start_a" in changes or "start_b" in changes:
        start = [f"{'AB'[name == 'start_b']} = {number(value)}" for name, value in changes.items() if name[:5] == "start"]
        requests.append(f"start from {' and '.join(start)}")
    request = f"{', '.join(requests[:-1])} and {requests[-1]}" if len(requests) > 1 else requests[0]
    after = count(trial.settled_after, "update")
    settles = f"it then settles after {after}, and with two other seeds too"
    if seeds < len(_OTHER_SEEDS):
        settles = f"with this seed it then settles after {after}"
    return f"{request[0].upper()}{request[1:]}: {settles}."


def _largest_rate(fit, trials):
    """The largest learning rate that settles, tried one by one up to the first that fails and a little beyond."""
    best, failed, beyond = fit.experiment, None, None
    rate, trial, tried_beyond = fit.experiment.learning_rate, fit, 0
    while tried_beyond < _RATES_BEYOND and rate < FIELDS["learning_rate"].high:
        rate = min(float(f"{_RATE_STEP * rate:.2g}"), FIELDS["learning_rate"].high)
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
        limit = f"With this seed it settles at every rate tried up to {number(best.learning_rate)}"
        limit += "" if failed is None else f", and no longer at {number(failed)}"
    elif failed is not None:
        limit = f"With this seed it no longer settles at {number(failed)}"
    elif trial is None:
        limit = "The run is too long to try it here"
    else:
        limit = "It is the largest that can be set"
    if beyond is not None:
        limit += f", though again at {number(beyond)}"
    return Advice(best, changes, f"How far can you raise the learning rate? {limit}.")
