"""Steps: how an optimizer turns gradients into steps, as arrows on the loss surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import streamlit as st

from ...arrays import Columns, Floats, Ints
from ...experiment import Experiment
from ...fit import FitProblem, updates
from ...formatting import number
from ...jobs import JobSteps
from ...settings import Setting
from ...traces import MAIN, AxisLimits, RunGroup, rows_shown
from .. import vega
from ..cache import run_job, to_arrow
from ..context import Page
from ..pictures import show_chart, surface_tables
from ..vega import Specification, Style

NAME = "Steps"
QUESTION = "How does a gradient become a step?"
SETTINGS: dict[str, Setting] = {}

_ARROWS = 24
_LONGEST_ARROW = 0.4  # of the picture's height


def show(page: Page) -> None:
    """Show the section."""
    steps = run_job(follow_steps, page.problem, page.experiment)
    if steps is None:
        return
    group = RunGroup("steps-view", {MAIN: page.run}, {MAIN: page.experiment.optimizer})
    arrows, magnification = arrow_columns(steps, group.axis_limits)
    with st.container(key=group.container):
        show_chart(
            page,
            steps_chart(page.style),
            surface_tables(page, group) | {"arrows": to_arrow(arrows)},
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


@dataclass(frozen=True)
class Steps:
    """Gradients and steps of a run, at the updates that are shown of it."""

    update: Ints
    """Number of updates before, shape (n,)."""
    params: Floats
    """A and B before the update, AU, shape (n, 2)."""
    descent: Floats
    """The learning rate times the negative gradient, the step of gradient descent, AU, shape (n, 2)."""
    step: Floats
    """The step of the optimizer, AU, shape (n, 2)."""
    effective_rate: Floats | None
    """The learning rates of A and of B, shape (n, 2), if the optimizer scales them separately."""
    sign_changes: Ints
    """Numbers of sign changes of gradient and step between consecutive updates, in A and in B, shape (2, 2)."""
    gain: Floats
    """Average length of the steps in A and in B, in learning rates times gradients, shape (2,)."""


def follow_steps(problem: FitProblem, experiment: Experiment) -> JobSteps[Steps]:
    """Follow a run and keep its steps: a job."""
    rule: Any = experiment.rule
    scales = hasattr(rule, "effective_rate")
    rows = []
    for done, update in enumerate(updates(experiment, problem)):
        descent = [-update.learning_rate * slope for slope in update.gradient]
        rates = [np.nan, np.nan]
        if scales and update.n_in_domain:
            rates = [rule.effective_rate(state, update.learning_rate) for state in update.next_states]
        rows.append([*update.params, *descent, *update.next_params, *rates])
        if done % 1000 == 999:
            yield done / experiment.updates
    table = np.array(rows)
    params, descents, after, effective = (table[:, k : k + 2] for k in (0, 2, 4, 6))
    with np.errstate(over="ignore", invalid="ignore"):
        step = after - params
        signs = np.sign(np.stack([descents, step]))
        gain = np.abs(step).sum(axis=0) / np.maximum(np.abs(descents).sum(axis=0), 1e-300)
    shown = rows_shown(len(table))[:-1]  # after the last update there is no step
    return Steps(
        update=shown,
        params=params[shown],
        descent=descents[shown],
        step=step[shown],
        effective_rate=effective[shown] if scales else None,
        sign_changes=np.count_nonzero(signs[:, 1:] * signs[:, :-1] < 0, axis=1),
        gain=gain,
    )


def arrow_columns(steps: Steps, limits: AxisLimits) -> tuple[Columns, float]:
    """Return the arrows of the steps within axis limits, and their magnification.

    The columns lead from `a`, `b` to `gradient_a`, `gradient_b` and to `step_a`, `step_b`; `chosen` marks those few
    that always show, `last` the last one.
    """
    low, high = np.array(limits).T
    inside = ((steps.params >= low) & (steps.params <= high)).all(axis=1)
    update, params, descent, step = (
        column[inside] for column in (steps.update, steps.params, steps.descent, steps.step)
    )
    few = np.unique(np.geomspace(1, max(len(update), 1), _ARROWS).astype(int) - 1)[: len(update)]
    longest = float(np.abs([descent[few], step[few]]).max(initial=0.0))
    magnification = float(_LONGEST_ARROW * (high[1] - low[1]) / longest) if longest > 0.0 else 1.0
    columns = {"update": update, "a": params[:, 0], "b": params[:, 1]}
    for name, arrow in {"gradient": descent, "step": step}.items():
        tips = params + magnification * arrow
        columns |= {f"{name}_a": tips[:, 0], f"{name}_b": tips[:, 1]}
    with np.errstate(over="ignore"):
        single = {name: column.astype(np.float32) for name, column in columns.items()}
    return single | {
        "chosen": np.isin(np.arange(len(update)), few),
        "last": np.arange(len(update)) == len(update) - 1,
    }, magnification


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


_KEYS = [("gradient", "−α × gradient", 0.05), ("step", "step", 0.13)]


@cache
def steps_chart(style: Style = vega.DESK) -> Specification:
    """Draw the paths with arrows: datasets of `pictures.surface_tables`, and `arrows`; the current one is strongest."""
    x, y = vega.plane()
    now = "state ? datum.update == toNumber(split(split(state, '|')[1], ' ')[0]) : datum.last"

    def arrow(role: str, which: str, width: float, opacity: float) -> Any:
        # A tapered trail shows its direction at every scale.
        return (
            vega.data("arrows")
            .transform_filter(which)
            .transform_calculate(
                role=f"'{role}'",
                a=f"[datum.a, datum.{role}_a]",
                b=f"[datum.b, datum.{role}_b]",
                width=f"[{width * style.line}, 0.5]",
            )
            .transform_flatten(["a", "b", "width"])
            .mark_trail(clip=True, opacity=opacity)
            .encode(x, y, vega.COLOUR, alt.Size("width:Q", scale=None), detail="update:Q")
        )

    def key(role: str, words: str, place: float) -> Any:
        text = vega.constant(role).mark_text(align="right", fontSize=style.text, fontWeight=700)
        at_x, at_y = alt.value(alt.expr("width - 8")), alt.value(alt.expr(f"{place} * height"))
        return text.encode(x=at_x, y=at_y, text=alt.value(words))

    return vega.specification(
        "square",
        style,
        vega.surface(),
        *vega.paths(style, x, y),
        *vega.reference_points(style, x, y),
        *(arrow(role, "datum.chosen", 2, 0.55) for role in ("gradient", "step")),
        *(arrow(role, now, 4, 1) for role in ("gradient", "step")),
        *(key(role, words, place) for role, words, place in _KEYS),
        vega.dots(style, x, y),
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
