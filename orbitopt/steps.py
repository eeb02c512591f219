"""Steps of a run and the gradients that they come from, as arrows on the loss surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Columns, Floats, Ints
from .experiment import Experiment
from .fit import updates
from .jobs import JobSteps
from .problem import FitProblem
from .surfaces import AxisLimits
from .traces import rows_shown

_ARROWS = 24
_LONGEST_ARROW = 0.4  # of the chart's height


@dataclass(frozen=True)
class Steps:
    """Gradients and steps of a run, at the updates shown."""

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


def arrow_columns(steps: Steps, limits: AxisLimits, even: bool = False) -> tuple[Columns, float]:
    """Return the arrows of the steps within axis limits, and their magnification.

    The columns lead from `a`, `b` to `gradient_a`, `gradient_b` and to `step_a`, `step_b`, after `update` updates and
    until `next`; `chosen` marks the few arrows that are always drawn, `last` the last one.

    Parameters
    ----------
    steps
    limits
    even
        If true, lengths are compressed to their fourth root, so that the short arrows near the optimum are visible.
    """
    low, high = np.array(limits).T
    inside = ((steps.params >= low) & (steps.params <= high)).all(axis=1)
    update, params, descent, step = (
        column[inside] for column in (steps.update, steps.params, steps.descent, steps.step)
    )
    few = np.unique(np.geomspace(1, max(len(update), 1), _ARROWS).astype(int) - 1)[: len(update)]
    longest = float(np.abs([descent[few], step[few]]).max(initial=0.0))
    magnification = float(_LONGEST_ARROW * (high[1] - low[1]) / longest) if longest > 0.0 else 1.0
    following = np.append(update[1:], steps.update[-1] + 1.0)
    columns = {"update": update, "next": following, "a": params[:, 0], "b": params[:, 1]}
    for name, arrow in {"gradient": descent, "step": step}.items():
        scale = magnification * (_compression(arrow, longest) if even else 1.0)
        tips = params + scale * arrow
        columns |= {f"{name}_a": tips[:, 0], f"{name}_b": tips[:, 1]}
    with np.errstate(over="ignore"):
        single = {name: column.astype(np.float32) for name, column in columns.items()}
    return single | {
        "chosen": np.isin(np.arange(len(update)), few),
        "last": np.arange(len(update)) == len(update) - 1,
    }, magnification


def _compression(arrows: Floats, longest: float) -> Floats:
    """Return the scale factors, shape (n, 1), that compress relative lengths to half their fourth root."""
    relative = np.hypot(*arrows.T) / max(longest, 1e-300)
    return np.asarray(0.5 * np.maximum(relative, 1e-12) ** -0.75)[:, None]
