"""Controls of the comparisons, the race and the batch sizes, and the experiments they define."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ..comparisons import BATCH_SIZES, with_batch_size, with_optimizer
from ..examples import PUBLISHED, RACE_DEFAULTS
from ..experiment import MAX_UPDATES, Experiment
from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from ..optimizers import OPTIMIZERS
from ..settings import Setting
from .context import Page

_LABELS = {key: optimizer.label for key, optimizer in OPTIMIZERS.items()}
SETTINGS: dict[str, Setting] = {
    "racers": Setting(
        "Optimizers", "All start from the same point and use the same samples in the same order.", "racers", str,
        choices=_LABELS, many=True,
    ),
    "sizes": Setting(
        "Batch sizes", "Samples per mini-batch.", "sizes", str, many=True,
        choices={"1": "1", "8": "8", "32": "32", "128": "128", "all": "All", "hybrid": "32, then all"},
    ),
    "scaling": Setting(
        "Learning-rate scaling",
        "How the learning rate scales with the batch size: with its square root, linearly, or not at all.",
        "rule", str, choices={"root": "∝ √size", "linear": "∝ size", "none": "The same for all"},
    ),
    "size_rate": Setting("α for the full batch", "Learning rate for a batch of all samples.", "size_rate", float, 0, 10,
                         open_low=True),
    "size_epochs": Setting("Epochs", "Passes over all samples.", "size_epochs", int, 1, 100, step=1),
}
for _key, _label in _LABELS.items():
    SETTINGS |= {
        f"race_{_key}": Setting(
            f"α for {_label}", "Learning rate of this optimizer.", f"race_{_key}", float, 0, 10, open_low=True
        ),
        f"falls_{_key}": replace(
            EXPERIMENT_SETTINGS["schedule"], label=f"Schedule for {_label}", key=f"falls_{_key}"
        ),
    }


def racers(page: Page) -> dict[str, Experiment]:
    """Show the controls of a race and return its experiments by name."""
    keys, experiments = page.controls.choices("racers", list(PUBLISHED)), {}
    with st.expander("Their learning rates and schedules"):
        for key, column in zip(keys, st.columns(len(keys)), strict=True):
            with column:
                rate = page.controls.show(f"race_{key}", RACE_DEFAULTS[key].learning_rate)
                schedule = page.controls.show(f"falls_{key}", RACE_DEFAULTS[key].schedule)
            experiments[_LABELS[key]] = with_optimizer(page.experiment, key, rate, schedule)
    return experiments


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
