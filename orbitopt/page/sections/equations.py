"""Equations: the optimizer's equations beside the code that computes them."""

from __future__ import annotations

import streamlit as st

from ...equations import in_symbols, source
from ...experiment import Experiment
from ...settings import Setting
from ..context import Page

NAME = "Equations"
QUESTION = "What exactly is computed?"
SETTINGS: dict[str, Setting] = {}


def show(page: Page) -> None:
    """Show the section."""
    rule = page.experiment.rule
    values = vars(rule) | {"learning_rate": page.experiment.learning_rate}
    left, right = st.columns(2, gap="medium")
    with left:
        for equation in rule.equations():
            st.markdown(rf"{equation.label} $\displaystyle\quad {in_symbols(equation, values)}$")
            if equation.note:
                st.caption(equation.note)
    with right:
        st.code(source(rule), language="python", wrap_lines=True)
    st.caption(equations_message(page.experiment))


def equations_message(experiment: Experiment) -> str:
    """Return a sentence that introduces the equations and the code."""
    return (
        f"{experiment.rule.label} with the current hyperparameters. Beside it is the source code of the step that the "
        "run executes."
    )
