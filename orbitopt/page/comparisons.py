"""Controls of the comparisons, the race and the batch sizes, the experiments they define, and the words on a race."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from .. import hohmann
from ..comparisons import BATCH_SIZES, ranked, with_batch_size, with_optimizer
from ..examples import PUBLISHED, RACE_DEFAULTS
from ..experiment import MAX_UPDATES, Experiment
from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from ..formatting import listed, number
from ..jobs import JobSteps
from ..optimizers import OPTIMIZERS
from ..outcomes import SETTLED
from ..problem import FitProblem
from ..settings import Setting
from ..sweeps import SweepResult, best_rates, sweep_learning_rates
from ..traces import RunTrace
from .cache import run_job
from .context import Page
from .text import axis_text, distance_text, excess_text, progress_text

RACE = "Which optimizer is fastest from here?"
"""Question of a race."""

_LABELS = {key: optimizer.label for key, optimizer in OPTIMIZERS.items()}
_SIZES = {"1": "1", "8": "8", "32": "32", "128": "128", "all": "All", "hybrid": "32, then all"}
SETTINGS: dict[str, Setting] = {
    "racers": Setting(
        "Optimizers", "All start from the same point and use the same samples in the same order.", "racers", str,
        choices=_LABELS, many=True,
    ),
    "rates": Setting(
        "Learning rates",
        "Tuned: each optimizer's own values, as in the post. Same: α and the schedule of this run. Best: of 61 rates, "
        "the one at which the optimizer settles after the fewest updates.",
        "race_rates", str,
        choices={"tuned": "Tuned for each", "same": "The same α for all", "best": "Each at its best α"},
    ),
    "front": Setting("In front", "Run drawn on top of the others.", "front", str, choices=_LABELS),
    "front_size": Setting("In front", "Run drawn on top of the others.", "front_size", str, choices=_SIZES),
    "sizes": Setting(
        "Batch sizes", "Samples per mini-batch.", "sizes", str, many=True,
        choices=_SIZES,
    ),
    "scaling": Setting(
        "Learning-rate scaling",
        "How the learning rate scales with the batch size: with its square root, linearly, or not at all.",
        "rule", str, choices={"root": "∝ √size", "linear": "∝ size", "none": "The same for all"},
    ),
    "size_rate": Setting("α for the full batch", "Learning rate for a batch of all samples.", "size_rate", float, 0, 10,
                         open_low=True, typed=True),
    "size_epochs": Setting("Epochs", "Passes over all samples.", "size_epochs", int, 1, 100, step=1),
}
for _key, _label in _LABELS.items():
    SETTINGS |= {
        f"race_{_key}": Setting(
            f"α for {_label}", "Learning rate of this optimizer.", f"race_{_key}", float, 0, 10, open_low=True,
            typed=True,
        ),
        f"falls_{_key}": replace(
            EXPERIMENT_SETTINGS["schedule"], label=f"Schedule for {_label}", key=f"falls_{_key}"
        ),
    }


def racers(page: Page) -> dict[str, Experiment]:
    """Show the controls of a race and return its experiments by name."""
    keys = page.controls.choices("racers", list(PUBLISHED))
    rates = page.controls.choice("rates", "tuned")
    swept = swept_rates(page) if rates == "best" else None
    if rates == "same":
        experiments = {key: _at_the_same_rate(page.experiment, key) for key in keys}
    elif swept:
        experiments = {key: _at_its_best(page.experiment, key, best) for key, best in best_rates(swept).items()}
    else:
        experiments = _tuned(page, keys)
    st.caption(fairness_message(page.experiment, "tuned" if rates == "best" and not swept else rates))
    if swept and (never := [_LABELS[key] for key in keys if best_rates(swept)[key] is None]):
        st.info(no_best_message(never))
    return {_LABELS[key]: experiments[key] for key in keys}


def _tuned(page: Page, keys: Sequence[str]) -> dict[str, Experiment]:
    """Show a learning rate and a schedule for each optimizer and return the experiments by key."""
    experiments = {}
    with st.expander("Learning rates and schedules"):
        for key, column in zip(keys, st.columns(len(keys)), strict=True):
            with column:
                rate = page.controls.show(f"race_{key}", RACE_DEFAULTS[key].learning_rate)
                schedule = page.controls.show(f"falls_{key}", RACE_DEFAULTS[key].schedule)
            experiments[key] = with_optimizer(page.experiment, key, rate, schedule)
    return experiments


def _at_the_same_rate(experiment: Experiment, key: str) -> Experiment:
    """Return an experiment with another optimizer, at the same learning rate on the same schedule."""
    if key == experiment.optimizer:
        return experiment
    other = with_optimizer(experiment, key, experiment.learning_rate, experiment.schedule)
    return replace(other, milestones=experiment.milestones, gamma=experiment.gamma)


def _at_its_best(experiment: Experiment, key: str, rate: float | None) -> Experiment:
    """Return the run of a sweep of learning rates at one of them; the published run if it is None."""
    if rate is None:
        return with_optimizer(experiment, key)
    if key == experiment.optimizer:
        return replace(experiment, learning_rate=rate)
    return with_optimizer(experiment, key, rate, experiment.schedule)


def fairness_message(experiment: Experiment, rates: str) -> str:
    """Return a sentence on how fair a race is with the learning rates of a choice of "rates"."""
    return {
        "tuned": "This is not a fair race: as in the post, each optimizer has its own learning rate and schedule.",
        "same": f"All use α = {number(experiment.learning_rate, 4)} and the same schedule. This is not a fair race: "
        "the same α gives steps of very different lengths.",
        "best": "Each optimizer uses the one of 61 learning rates with which it settles after the fewest updates from "
        "this start.",
    }[rates]


def no_best_message(never: Sequence[str]) -> str:
    """Return a sentence on the optimizers that settle at no learning rate."""
    if len(never) == 1:
        return f"{never[0]} settles at none of these learning rates and keeps its tuned rate."
    return f"{listed(never)} settle at none of these learning rates and keep their tuned rates."


def swept_rates(page: Page) -> dict[str, SweepResult] | None:
    """Return the sweep of learning rates from the page's run; None if the visitor has stopped it.

    It does not depend on the learning rate of the run, so every learning rate shares it.
    """
    swept: dict[str, SweepResult] | None = run_job(_swept, page.problem, replace(page.experiment, learning_rate=1.0))
    return swept


def _swept(problem: FitProblem, experiment: Experiment) -> JobSteps[dict[str, SweepResult]]:
    return (yield from sweep_learning_rates(experiment, problem))


def front_first(
    page: Page, setting: str, traces: Mapping[str, RunTrace], names: Mapping[str, str]
) -> dict[str, RunTrace]:
    """Show which run is in front and return the runs with this one first.

    Parameters
    ----------
    page
    setting
        "front" or "front_size".
    traces
        Runs by name; by default the first is in front.
    names
        Names of the runs by the choices of the setting.
    """
    keys = {name: key for key, name in reversed(list(names.items()))}
    offered = [keys[name] for name in traces]
    front = names[page.controls.choice(setting, offered[0], among=offered)]
    return {front: traces[front], **traces}


def batch_runs(page: Page) -> dict[str, Experiment]:
    """Show the controls of a comparison of batch sizes and return its experiments by name."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sizes = page.controls.choices("sizes", ["1", "32", "all", "hybrid"])
        scaling = page.controls.choice("scaling", "root")
        rate = page.controls.show("size_rate", 0.2, width=200)
        epochs = page.controls.show("size_epochs", 30, width=240)
    experiments = {
        size_name(key, page.experiment): with_batch_size(page.experiment, BATCH_SIZES[key], rate, epochs, scaling)
        for key in reversed(sizes)
    }
    for name, experiment in experiments.items():
        if experiment.epochs < epochs:
            st.warning(
                f"{name}: limited to {experiment.epochs} epochs, because a run may have at most {MAX_UPDATES:,} "
                "updates."
            )
    return experiments


def size_name(key: str, experiment: Experiment) -> str:
    """Name a batch size of BATCH_SIZES, for an experiment's samples."""
    n = experiment.n_samples
    named = {"all": f"{n}", "hybrid": f"32, then {n}" if n > 32 else f"{n}"}
    return named.get(key) or f"{min(int(key), n)}"


def ranking(runs: Mapping[str, RunTrace]) -> dict[str, list[str]]:
    """Tabulate runs as columns by their headings: those that settled, fastest first, then the others."""
    order, near = ranked(runs), next(iter(runs.values())).problem.near
    settled = [runs[name].outcome in SETTLED for name in order]
    return {
        "Place": [str(place) if there else "–" for place, there in enumerate(settled, 1)],
        "Optimizer": order,
        f"Updates until {near}": [
            "never" if runs[name].reached_after is None else f"{runs[name].reached_after:,}" for name in order
        ],
        "Outcome": [runs[name].outcome.value for name in order],
        "α": [number(runs[name].experiment.learning_rate, 4) for name in order],
        "A (AU)": [axis_text(runs[name].a).removesuffix(" AU") for name in order],
        "B (AU)": [axis_text(runs[name].b).removesuffix(" AU") for name in order],
        "Loss": [excess_text(runs[name]) for name in order],
    }


def race_messages(runs: Mapping[str, RunTrace], over: str) -> list[str]:
    """Return the sentences on the three charts of a race, whose progress is a key of PROGRESS_AXES."""
    settled = [name for name in ranked(runs) if runs[name].outcome in SETTLED]
    own_path = ", each by its own path" if len(settled) > 1 else ""
    return [
        _closest(runs),
        _quickest(runs, over),
        f"From the same start, {len(settled)} of {len(runs)} runs settled{own_path}.",
    ]


def _closest(runs: Mapping[str, RunTrace]) -> str:
    """Return a sentence on the run that ends closest to Mars's orbit or, for own samples, with the lowest loss."""
    if next(iter(runs.values())).problem.own:
        best = min(runs, key=lambda name: runs[name].loss)
        return f"{best} ends with the lowest loss: {excess_text(runs[best])}."
    closest = min(runs, key=lambda name: abs(float(hohmann.miss_at_mars(runs[name].a))))
    miss = distance_text(abs(float(hohmann.miss_at_mars(runs[closest].a))))
    return f"{closest} ends closest to Mars's orbit: it misses by {miss}."


def _quickest(runs: Mapping[str, RunTrace], over: str) -> str:
    """Return a sentence on the run that was near the optimum first, and on whether it stayed."""
    near = {name: run.reached_after for name, run in runs.items() if run.reached_after is not None}
    where = next(iter(runs.values())).problem.near
    if not near:
        return f"None of them comes {where}."
    first = min(near, key=lambda name: near[name])
    sentence = f"{first} is the first {where}, after {progress_text(runs[first], over)}"
    if runs[first].outcome in SETTLED:
        return f"{sentence}, and {runs[first].outcome.value}."
    settled = [name for name in ranked(runs) if runs[name].outcome in SETTLED]
    sentence += f", but {runs[first].outcome.value}"
    if not settled:
        return f"{sentence}; none of them settled."
    return f"{sentence}; {settled[0]} is the first that settled, after {progress_text(runs[settled[0]], over)}."
