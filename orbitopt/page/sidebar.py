"""The sidebar: the controls of the experiment, and the experiment they define."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ..examples import EXAMPLES, FORMER_EXAMPLE_LABELS, PUBLISHED, RACE_DEFAULTS
from ..experiment import MAX_UPDATES, Experiment, max_epochs
from ..experiment import SETTINGS as SETTINGS_OF_RUNS
from ..fit import FitProblem
from ..formatting import count, number
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
    base, about = EXAMPLES[key].experiment, st.empty()
    chosen, about_optimizer = _optimizer(controls, base)
    chosen |= _schedule(controls, base)
    with about_optimizer:
        _about_optimizer(controls, chosen["optimizer"])
    batches, start, samples = st.container(), st.container(), st.container()
    with samples:
        chosen |= _samples(controls, base, own_problem)
    with start:
        st.header("Start")
        chosen |= {name: controls.show(name, getattr(base, name)) for name in ("start_a", "start_b")}
    with batches:
        chosen |= _batches(controls, base, chosen["n_samples"])
        chosen["epochs"] = _possible_epochs(chosen)
    with about.container():
        _about_example(controls, key, departures(base, chosen, own_problem is not None))
    controls.show("projector", False)
    return Experiment(**chosen)


def departures(base: Experiment, chosen: Mapping[str, Any], own_samples: bool = False) -> list[str]:
    """Return the labels of the settings that differ from those of an example.

    Parameters
    ----------
    base
        Experiment of the example.
    chosen
        Settings by name.
    own_samples
        True if the samples are the visitor's own, whose number and noise no control has changed.
    """
    own = {name: getattr(base, name) for name in chosen}
    own |= {name: min(own[name], chosen["n_samples"]) for name in ("batch_size", "switch_size") if name in own}
    if own_samples:
        own |= {name: chosen[name] for name in ("n_samples", "noise_scale")}
    return [
        SETTINGS_OF_RUNS[name].label for name in chosen if own[name] is not None and chosen[name] != own[name]
    ]


def _about_example(controls: Controls, key: str, changed: Sequence[str]) -> None:
    """Show the lesson of an example or, once it is changed, what is changed and a button that undoes it."""
    if not changed:
        st.caption(EXAMPLES[key].lesson)
        return
    st.caption(changed_message(changed))
    st.button("Reset", key="reset", on_click=_take_example, args=[controls], help="Undo all changes to this example.")


def changed_message(changed: Sequence[str]) -> str:
    """Return a sentence on the settings that differ from those of the example."""
    names = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    return f"Changed from this example: {names}."


def _optimizer(controls: Controls, base: Experiment) -> tuple[dict[str, Any], Any]:
    """Show the controls of the optimizer; return their values and a place below the choice of the optimizer."""
    optimizer = controls.show("optimizer", base.optimizer, on_change=_take_optimizer, args=[controls])
    below_the_choice, above_the_slider = st.container(), st.container()
    learning_rate = controls.show("learning_rate", base.learning_rate)
    _typed_rate(controls, above_the_slider, learning_rate)
    rule = OPTIMIZERS[optimizer]
    chosen = {"optimizer": optimizer, "learning_rate": learning_rate}
    for hyper in dataclasses.fields(rule):
        default = getattr(base if base.optimizer == optimizer else rule, hyper.name)
        chosen[hyper.name] = controls.show(hyper.name, default)
    return chosen, below_the_choice


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
    st.session_state.pop(_TAKEN, None)
    for name, value in dataclasses.asdict(EXAMPLES[st.session_state.example].experiment).items():
        if value is not None:
            controls.set(name, value)


def take_optimizer_defaults(controls: Controls) -> None:
    """Set the hyperparameters of the optimizer that has been chosen to those of its run in a race."""
    key = st.session_state.optimizer
    for hyper in dataclasses.fields(OPTIMIZERS[key]):
        controls.set(hyper.name, getattr(RACE_DEFAULTS[key], hyper.name))


_RATE_AND_SCHEDULE = ("learning_rate", "schedule", "milestones", "gamma")
_TAKEN = "taken from the race"  # key of the session for what was replaced by the settings of an optimizer


def _take_optimizer(controls: Controls) -> None:
    """Set the optimizer's hyperparameters, learning rate and schedule to those of its run in a race."""
    key, held = st.session_state.optimizer, {}
    for name in _RATE_AND_SCHEDULE:
        setting = controls.settings[name]
        if setting.key in st.session_state:
            held[name] = st.session_state[setting.key]
        controls.set(name, getattr(RACE_DEFAULTS[key], name))
    take_optimizer_defaults(controls)
    st.session_state[_TAKEN] = key, held


def _about_optimizer(controls: Controls, optimizer: str) -> None:
    """Say which rate and schedule came with the optimizer, with a button that restores those before."""
    key, before = st.session_state.get(_TAKEN, ("", {}))
    default = RACE_DEFAULTS[optimizer]
    names = [name for name in before if controls.settings[name].key in st.session_state]
    now = {name: st.session_state[controls.settings[name].key] for name in names}
    taken = {name: controls.settings[name].to_control(getattr(default, name)) for name in names}
    if key != optimizer or now != taken or before == taken:
        return
    st.caption(taken_message(optimizer))
    rate = controls.settings["learning_rate"].from_control(before["learning_rate"])
    label = f"Go back to α = {number(rate, 4)} and its schedule"
    st.button(label, key="keep_rate", on_click=_restore, args=[controls, before])


def taken_message(optimizer: str) -> str:
    """Return a sentence on the learning rate and schedule that came with an optimizer."""
    default, label = RACE_DEFAULTS[optimizer], OPTIMIZERS[optimizer].label
    whose = "the post's published run" if optimizer in PUBLISHED else f"a run that suits {label}"
    return f"α = {number(default.learning_rate, 4)} and its schedule are those of {whose}."


def _restore(controls: Controls, held: Mapping[str, Any]) -> None:
    """Set the learning rate and the schedule to what their controls held before."""
    st.session_state.pop(_TAKEN, None)
    for name, content in held.items():
        st.session_state[controls.settings[name].key] = content
