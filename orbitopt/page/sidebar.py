"""The sidebar: the controls of the experiment, and the experiment they define."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ..examples import EXAMPLES, FORMER_EXAMPLE_LABELS, PUBLISHED, RACE_DEFAULTS
from ..experiment import MAX_UPDATES, Experiment, max_epochs
from ..experiment import SETTINGS as SETTINGS_OF_RUNS
from ..formatting import number
from ..optimizers import OPTIMIZERS
from ..problem import FitProblem
from ..schedules import SCHEDULES
from ..settings import Setting
from . import own_samples
from .controls import Controls
from .share import is_limited

SETTINGS = {
    "example": Setting(
        "Example", "A run worth looking at. Choosing one sets every control.", "example", str,
        choices={key: example.label for key, example in EXAMPLES.items()}, former_labels=FORMER_EXAMPLE_LABELS,
    ),
    "projector": Setting("Projector mode", "Large text on white, for the back row.", "projector", bool),
}


def show(controls: Controls, own_problem: FitProblem | None, stage: Experiment | None = None) -> Experiment:
    """Show the controls and return the experiment they define.

    Parameters
    ----------
    controls
    own_problem
        The visitor's own samples, if there are any.
    stage
        Experiment of the lesson that is open, if there is one. It takes the place of the example.
    """
    key = controls.show("example", "adam", on_change=_take_example, args=[controls])
    base, about_example = stage or EXAMPLES[key].experiment, st.empty()
    chosen = {"optimizer": controls.show("optimizer", base.optimizer, on_change=_take_optimizer, args=[controls])}
    about_optimizer = st.container()
    chosen["learning_rate"] = controls.show_with_number("learning_rate", base.learning_rate)
    batches = st.container()
    if own_problem is not None:
        own_samples.show_source(controls, own_problem)
    if is_limited() or controls.hides("epochs"):  # no control is shown, or only some
        chosen |= _more(controls, base, chosen["optimizer"], own_problem, True, headers=False)
    else:
        more = st.expander("More", key="more", on_change="rerun")
        controls.shows("more")
        with more:
            chosen |= _more(controls, base, chosen["optimizer"], own_problem, bool(more.open))
    with batches:
        whole = stage is not None and stage.batch_size == stage.n_samples
        default = int(SETTINGS_OF_RUNS["batch_size"].high) if whole else base.batch_size
        size = controls.batch_size("batch_size", default, chosen["n_samples"])
        chosen["batch_size"] = min(size, chosen["n_samples"])
        chosen["epochs"] = _possible_epochs(chosen)
    with about_optimizer:
        _about_optimizer(controls, chosen)
    if not controls.hides("example"):
        with about_example.container():
            _about_example(controls, key, departures(base, chosen, own_problem is not None))
    controls.show("projector", False)
    st.session_state.chosen = chosen
    return Experiment(**chosen)


def _more(
    controls: Controls,
    base: Experiment,
    optimizer: str,
    own_problem: FitProblem | None,
    visible: bool,
    headers: bool = True,
) -> dict[str, Any]:
    """Return the values of the controls under More, and show the controls if they are visible."""

    def read(name: str, default: Any, **options: Any) -> Any:
        shown = visible or name in controls.places
        return controls.show(name, default, **options) if shown else controls.value(name, default)

    def header(text: str) -> None:
        if visible and headers:
            st.header(text)

    def shown(*names: str, **options: Any) -> dict[str, Any]:
        return {name: read(name, getattr(base, name), **options) for name in names}

    rule, chosen = OPTIMIZERS[optimizer], {}
    for hyper in dataclasses.fields(rule):
        default = getattr(base if base.optimizer == optimizer else rule, hyper.name)
        chosen[hyper.name] = read(hyper.name, default)
    chosen |= shown("schedule")
    chosen |= shown(*(hyper.name for hyper in dataclasses.fields(SCHEDULES[chosen["schedule"]])))
    header("Start")
    chosen |= shown("start_a", "start_b")
    header("Samples")
    chosen |= shown("n_samples", "noise_scale", disabled=own_problem is not None)
    chosen |= shown("seed")
    if visible and not controls.hides("seed"):
        following = (chosen["seed"] + 1) % int(SETTINGS_OF_RUNS["seed"].high + 1)
        other = "Other noise, and another order." if own_problem is None else "Another order of the samples."
        st.button("Next seed", on_click=controls.set, args=["seed", following], help=other)
    if own_problem is not None:  # the width of their noise is unknown
        chosen |= {"n_samples": len(own_problem.samples.x), "noise_scale": 0.0}
    header("Batches")
    chosen |= shown("epochs", "switch_after")
    if chosen["switch_after"]:
        read_size = controls.batch_size if visible else lambda name, default, _: controls.value(name, default)
        size = read_size("switch_size", base.switch_size, chosen["n_samples"])
        chosen["switch_size"] = min(size, chosen["n_samples"])
        chosen |= shown("batch_scaling")
    return chosen


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
    example = EXAMPLES[st.session_state.example]
    own_samples.drop_replaced(example.flight)
    for name, value in dataclasses.asdict(example.experiment).items():
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
    key, before = st.session_state.optimizer, st.session_state.get("chosen", {})
    for name in _RATE_AND_SCHEDULE:
        controls.set(name, getattr(RACE_DEFAULTS[key], name))
    take_optimizer_defaults(controls)
    st.session_state[_TAKEN] = key, {name: before[name] for name in _RATE_AND_SCHEDULE if name in before}


def forget_former_rate() -> None:
    """Forget the rate and the schedule from before the optimizer was changed."""
    st.session_state.pop(_TAKEN, None)


def _about_optimizer(controls: Controls, chosen: Mapping[str, Any]) -> None:
    """Say which rate and schedule came with the optimizer, with a button that restores those before."""
    key, before = st.session_state.get(_TAKEN, ("", {}))
    now = {name: chosen[name] for name in before if name in chosen}
    taken = {name: getattr(RACE_DEFAULTS[chosen["optimizer"]], name) for name in now}
    if key != chosen["optimizer"] or now == before or now != taken or controls.hides("learning_rate"):
        return
    st.caption(taken_message(key))
    label = f"Go back to α = {number(before['learning_rate'], 4)} and its schedule"
    st.button(label, key="keep_rate", on_click=_restore, args=[controls, before])


def taken_message(optimizer: str) -> str:
    """Return a sentence on the learning rate and schedule that came with an optimizer."""
    default, label = RACE_DEFAULTS[optimizer], OPTIMIZERS[optimizer].label
    whose = "the post's published run" if optimizer in PUBLISHED else f"a run that suits {label}"
    return f"α = {number(default.learning_rate, 4)} and its schedule are those of {whose}."


def _restore(controls: Controls, before: Mapping[str, Any]) -> None:
    """Set the learning rate and the schedule to what they were before."""
    st.session_state.pop(_TAKEN, None)
    for name, value in before.items():
        controls.set(name, value)
