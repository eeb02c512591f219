"""One update: its mini-batch, its gradient, and the arithmetic of its step. It follows the player."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ...equations import quantities, worked
from ...experiment import MAX_UPDATES
from ...fit import update_at
from ...formatting import count, number
from ...settings import Setting
from ...training import Update
from ..context import Page
from ..player import ASSETS

NAME = "One update"
QUESTION = "What does one update do?"
SETTINGS = {
    "step": Setting(
        "After update", "Number of updates made before the one shown. It follows the player.", "step", int,
        0, MAX_UPDATES, typed=True,
    )
}


@st.cache_resource(max_entries=1, show_spinner=False)
def component() -> Any:
    """Return the component that scrolls here and follows the player."""
    return st.components.v2.component("orbitopt.update", js=(ASSETS / "update.js").read_text("utf-8"))


def show(page: Page) -> None:
    """Show the section."""
    follower = st.container()
    done = min(page.controls.show("step", 0, width=220), page.run.updates)
    step = min(done, page.run.updates - 1)  # at the end of the run there is no next update
    with follower:
        data = {"runs": page.groups[0].token, "opened": st.session_state.get("opened", 0), "update": done}
        component()(key="follower", data=data, on_place_change=lambda: _follow(page))
    update = update_at(page.experiment, step, page.problem)
    st.markdown(update_message(done, page.run.updates, update))
    rule = page.experiment.rule
    for k, column in enumerate(st.columns(2, gap="medium") if update.n_in_domain else ()):
        values, name = quantities(rule, update, k), "AB"[k]
        with column:
            st.markdown(move_message(update, k))
            for equation in rule.equations():
                parts = " ".join(rf"$\displaystyle {part}$" for part in worked(equation, values, name))
                st.markdown(f"{equation.label} {parts}")
                if equation.note:
                    st.caption(equation.note)


def _follow(page: Page) -> None:
    """Show the update at which the player stands."""
    page.controls.set("step", int(st.session_state.follower.place))


def update_message(done: int, updates: int, update: Update) -> str:
    """Return a sentence on the mini-batch and the learning rate of the update after `done` of a run's updates.

    At the end of the run, that is the last update.
    """
    when = "At the start, the first" if done == 0 else f"After {count(done, 'update')}, the next"
    if done >= updates:
        when = f"The run ends after {count(updates, 'update')}, so this is the last one, update {updates:,}. Its"
    if not update.n_in_domain:
        return f"{when} mini-batch has no sample within the ellipse's x range, so nothing changes."
    samples = "its one sample" if update.n_in_domain == 1 else f"its {update.n_in_domain:,} samples"
    return (
        f"{when} mini-batch has the loss {number(update.loss)} AU², the mean over {samples} within the ellipse's x "
        f"range. The learning rate is {number(update.learning_rate, 4)}."
    )


def move_message(update: Update, k: int) -> str:
    """Return a sentence on the derivative with respect to A (k = 0) or B (k = 1), and on the change."""
    moved, name = update.next_params[k] - update.params[k], "AB"[k]
    return (
        f"The derivative with respect to **{name}** is {number(update.gradient[k], 4)}, and {name} changes by "
        f"{number(moved, 4)} AU."
    )
