"""The sidebar: the controls of the experiment, and the experiment they define."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from ..examples import EXAMPLES, FORMER_EXAMPLE_LABELS
from ..experiment import MAX_UPDATES, Experiment, max_epochs
from ..fit import FitProblem
from ..formatting import count
from ..optimizers import OPTIMIZERS
from ..schedules import SCHEDULES
from ..settings import Setting
from .controls import Controls

SETTINGS = {
    "example": Setting(
        "Example", "A run worth looking at. Choosing one sets every control.", "example", str,
        choices={key: example.label for key, example in EXAMPLES.items()}, former_labels=FORMER_EXAMPLE_LABELS,
    ),
    "projector": Setting("Projector mode", "Large text on white, for the back row.", "projector", bool),
}


def show(controls: Controls, own_problem: FitProblem | None) -> Experiment:
    """Show the controls and return the experiment they define.

    Parameters
    ----------
    controls
    own_problem
        The visitor's own samples, if there are any.
    """
    key = controls.show("example", "adam", on_change=_take_example, args=[controls])
    base = EXAMPLES[key].experiment
    st.caption(EXAMPLES[key].lesson)
    chosen = _optimizer(controls, base) | _schedule(controls, base)
    batches, start, samples = st.container(), st.container(), st.container()
    with samples:
        chosen |= _samples(controls, base, own_problem)
    with start:
        st.header("Start")
        chosen |= {name: controls.show(name, getattr(base, name)) for name in ("start_a", "start_b")}
    with batches:
        chosen |= _batches(controls, base, chosen["n_samples"])
        chosen["epochs"] = _possible_epochs(chosen)
    controls.show("projector", False)
    return Experiment(**chosen)


def _optimizer(controls: Controls, base: Experiment) -> dict[str, Any]:
    optimizer = controls.show("optimizer", base.optimizer, on_change=take_optimizer_defaults, args=[controls])
    above_the_slider = st.container()
    learning_rate = controls.show("learning_rate", base.learning_rate)
    _typed_rate(controls, above_the_slider, learning_rate)
    rule = OPTIMIZERS[optimizer]
    chosen = {"optimizer": optimizer, "learning_rate": learning_rate}
    for hyper in dataclasses.fields(rule):
        default = getattr(base if base.optimizer == optimizer else rule, hyper.name)
        chosen[hyper.name] = controls.show(hyper.name, default)
    return chosen


def _typed_rate(controls: Controls, place: Any, learning_rate: float) -> None:
    """Show the learning rate as a number to type, above its slider."""
    setting = controls.settings["learning_rate"]
    st.session_state.typed_rate = learning_rate
    place.number_input(
        setting.label, *setting.control_range, step=learning_rate / 10, format="%.4g", help=setting.help,
        key="typed_rate", on_change=lambda: controls.set("learning_rate", st.session_state.typed_rate),
    )


def _schedule(controls: Controls, base: Experiment) -> dict[str, Any]:
    schedule = controls.show("schedule", base.schedule)
    names = [hyper.name for hyper in dataclasses.fields(SCHEDULES[schedule])]
    return {"schedule": schedule} | {name: controls.show(name, getattr(base, name)) for name in names}


def _samples(controls: Controls, base: Experiment, own_problem: FitProblem | None) -> dict[str, Any]:
    st.header("Samples")
    own = own_problem is not None
    if own_problem is not None:
        n = count(len(own_problem.samples.x), "sample")
        private = "They stay in this window: links do not contain them, and nobody else can see them."
        st.caption(f"{n} of your own. {private}")
        st.button("Use generated samples", on_click=st.session_state.pop, args=["own_problem", None])
    names = "n_samples", "noise_scale", "seed"
    chosen = {name: controls.show(name, getattr(base, name), disabled=own and name != "seed") for name in names}
    if own_problem is not None:  # the width of their noise is unknown
        chosen |= {"n_samples": len(own_problem.samples.x), "noise_scale": 0.0}
    return chosen


def _batches(controls: Controls, base: Experiment, n_samples: int) -> dict[str, Any]:
    st.header("Batches")
    chosen: dict[str, Any] = {"batch_size": controls.batch_size("batch_size", base.batch_size, n_samples)}
    chosen |= {name: controls.show(name, getattr(base, name)) for name in ("epochs", "switch_after")}
    if chosen["switch_after"]:
        chosen["switch_size"] = controls.batch_size("switch_size", base.switch_size, n_samples)
        chosen["batch_scaling"] = controls.show("batch_scaling", base.batch_scaling)
    return chosen


def _possible_epochs(chosen: dict[str, Any]) -> int:
    """Return the number of epochs, limited to what a run may have, with a warning if it is."""
    most = max_epochs(chosen["n_samples"], chosen["batch_size"], chosen["switch_after"], chosen.get("switch_size"))
    if chosen["epochs"] > most:
        st.warning(
            f"A run may have at most {MAX_UPDATES:,} updates, so with these batches it ends after {most} of the "
            f"{chosen['epochs']} epochs."
        )
    return min(int(chosen["epochs"]), most)


def _take_example(controls: Controls) -> None:
    """Set every control to the example that has been chosen."""
    for name, value in dataclasses.asdict(EXAMPLES[st.session_state.example].experiment).items():
        if value is not None:
            controls.set(name, value)


def take_optimizer_defaults(controls: Controls) -> None:
    """Set the hyperparameters of the optimizer that has been chosen to its defaults."""
    for hyper in dataclasses.fields(OPTIMIZERS[st.session_state.optimizer]):
        controls.set(hyper.name, hyper.default)
