"""Steps: how an optimizer turns gradients into steps, as arrows on the loss surface."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import streamlit as st

from ...arrays import Columns
from ...experiment import Experiment
from ...formatting import number
from ...settings import Setting
from ...steps import Steps, arrow_columns, follow_steps
from ...traces import MAIN, RunGroup
from .. import surface, vega
from ..cache import run_job, to_arrow
from ..context import Page
from ..pictures import show_chart, show_square, surface_tables
from ..vega import Specification, Style

NAME = "Steps"
QUESTION = "How does a gradient become a step?"
SETTINGS: dict[str, Setting] = {}

def show(page: Page) -> None:
    """Show the section."""
    steps = run_job(follow_steps, page.problem, page.experiment)
    if steps is None:
        return
    group = RunGroup("steps-view", {MAIN: page.run}, {MAIN: page.experiment.optimizer})
    arrows, magnification = arrow_columns(steps, group.axis_limits)
    with st.container(key=group.container):
        show_square(
            page,
            steps_chart(page.style),
            surface_tables(page, group, key=surface.ARROW_NAMES_ROOM) | {"arrows": to_arrow(arrows)},
            "The path over the loss surface, with arrows for the gradient and for the step.",
            steps_message(page.experiment, steps, magnification),
        )
    page.groups.append(group)
    if steps.effective_rate is not None:
        show_chart(
            page,
            effective_rates_chart(page.style),
            {"effective": to_arrow(effective_columns(steps))},
            "Effective learning rates of A and of B over the updates.",
            effective_message(steps),
        )


def effective_columns(steps: Steps) -> Columns:
    """Return the effective learning rates over the updates, and in every row the ends of the axes."""
    assert steps.effective_rate is not None
    rates = steps.effective_rate.astype(np.float32)
    n = len(rates)
    columns: Columns = {
        "update": np.tile(steps.update, 2).astype(np.float32),
        "x": np.tile(steps.update, 2).astype(np.float32),
        "rate": rates.T.ravel(),
        "name": np.repeat(["A", "B"], n),
        "labelled": np.tile(np.arange(n) == n // 2, 2),
    }
    finite = rates[np.isfinite(rates) & (rates > 0)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.1, 1.0)
    ends = {"x_low": 0.0, "x_high": max(float(steps.update[-1]), 1.0), "rate_low": low / 2.0, "rate_high": high * 2.0}
    return columns | {name: np.full(2 * n, end, np.float32) for name, end in ends.items()}


@cache
def steps_chart(style: Style = vega.DESK) -> Specification:
    """Draw the paths with arrows: datasets of `pictures.surface_tables`, and `arrows`; the current one is largest."""
    x, y = vega.plane()
    return vega.specification(
        "square",
        style,
        *surface.surface(style),
        *surface.paths(style, x, y),
        *surface.step_arrows(style, "datum.chosen", 0.5, 0.9),
        surface.dots(style, x, y),
        *surface.step_arrows(style),
        *surface.reference_points(style, x, y),
        *surface.arrow_names(style),
        surface.exits(style, x, y),
    )


@cache
def effective_rates_chart(style: Style = vega.DESK) -> Specification:
    """Draw the effective learning rate of each parameter over the updates: dataset `effective`."""
    x = vega.progress_x("update", "effective")
    scale = vega.framed("rate", "effective", type="log")
    y = alt.Y("rate:Q", scale=scale, axis=vega.power_axis("Effective learning rate"))
    lines = vega.data("effective").encode(x, y, detail="name:N")
    ends = lines.transform_filter("datum.labelled").encode(text="name:N")
    tooltips = [
        vega.tooltip("update", "After update", ","),
        alt.Tooltip("name:N", title="Parameter"),
        vega.tooltip("rate", "Effective learning rate", ".3~g"),
    ]
    dashes = alt.StrokeDash("name:N", scale=alt.Scale(domain=["A", "B"], range=[[1, 0], [8, 4]]), legend=None)
    return vega.specification(
        "wide",
        style,
        vega.of_role(lines.mark_line(strokeWidth=style.line + 1), "step").encode(dashes, tooltip=tooltips),
        vega.of_role(ends.mark_text(fontSize=style.text, fontWeight=700, dy=-12), "text"),
    )


def steps_message(experiment: Experiment, steps: Steps, magnification: float) -> str:
    """Return a sentence on how the steps of a run differ from its gradients, in sign and length."""
    arrows = f"The arrows are magnified by a factor of {number(magnification, 2)}."
    if experiment.optimizer == "sgd":
        return f"In gradient descent every step is −α times the gradient, so the two arrows coincide. {arrows}"
    turns, step_turns = ([f"{n:,}" for n in row] for row in steps.sign_changes)
    gain_a, gain_b = (number(gain) for gain in steps.gain)
    return (
        f"Sign changes during the run: gradient {turns[0]} in A and {turns[1]} in B, step {step_turns[0]} and "
        f"{step_turns[1]}. Average step length, as a multiple of α times the gradient: {gain_a} in A and "
        f"{gain_b} in B. {arrows}"
    )


def effective_message(steps: Steps) -> str:
    """Return a sentence on the effective learning rates of A and B."""
    assert steps.effective_rate is not None
    rates = steps.effective_rate[np.isfinite(steps.effective_rate).all(axis=1)]
    if not len(rates):
        return "No mini-batch had a sample within the ellipse's x range, so there is no effective learning rate."
    (first_a, first_b), (last_a, last_b) = ([number(rate, 2) for rate in rates[k]] for k in (0, -1))
    return (
        f"A and B have separate effective learning rates: {first_a} for A and {first_b} for B at first, {last_a} and "
        f"{last_b} at the end. The larger the past gradients of a parameter, the smaller its rate."
    )
