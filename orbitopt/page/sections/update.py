"""One update: its mini-batch, its gradient, and the arithmetic of its step."""

from __future__ import annotations

import streamlit as st

from ...equations import quantities, worked
from ...experiment import MAX_UPDATES
from ...fit import update_at
from ...formatting import count, number
from ...settings import Setting
from ...training import Update
from ..context import Page

NAME = "One update"
QUESTION = "What does one update do?"
SETTINGS = {"step": Setting("Update", "Number of the update, counted from 0.", "step", int, 0, MAX_UPDATES)}


def show(page: Page) -> None:
    """Show the section."""
    step = min(page.controls.show("step", 0, width=220), page.run.updates - 1)
    update = update_at(page.experiment, step, page.problem)
    st.markdown(update_message(step, update))
    rule = page.experiment.rule
    for k, column in enumerate(st.columns(2, gap="medium") if update.n_in_domain else ()):
        values, name = quantities(rule, update, k), "AB"[k]
        with column:
            st.markdown(move_message(update, k))
            for equation in rule.equations():
                st.markdown(rf"{equation.label} $\displaystyle {worked(equation, values, name)}$")


def update_message(step: int, update: Update) -> str:
    """Return a sentence on the mini-batch and the learning rate of the update after `step` others."""
    when = "At the start, the first" if step == 0 else f"After {count(step, 'update')}, the next"
    if not update.n_in_domain:
        return f"{when} mini-batch has no sample within the ellipse's x range, so nothing changes."
    samples = "its one sample" if update.n_in_domain == 1 else f"its {update.n_in_domain:,} samples"
    return (
        f"{when} mini-batch has the loss {number(update.loss, 6)} AU², the mean over {samples} within the ellipse's x "
        f"range. The learning rate is {number(update.learning_rate, 6)}."
    )


def move_message(update: Update, k: int) -> str:
    """Return a sentence on the derivative with respect to A (k = 0) or B (k = 1), and on the change."""
    moved, name = update.next_params[k] - update.params[k], "AB"[k]
    return (
        f"The derivative with respect to **{name}** is {number(update.gradient[k], 6)}, and {name} changes by "
        f"{number(moved, 6)} AU."
    )
