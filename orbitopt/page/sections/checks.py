"""Check: the gradient against complex-step derivatives, and the run against PyTorch's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st

from ...arrays import Floats
from ...checks import GradientCheck, check_gradient, has_torch, torch_path
from ...experiment import Experiment
from ...fit import run
from ...formatting import count, number
from ...jobs import JobSteps
from ...problem import FitProblem
from ...settings import Setting
from ..cache import run_job
from ..context import Page

NAME = "Check"
QUESTION = "Are the gradient and the run correct?"
SETTINGS: dict[str, Setting] = {}


def show(page: Page) -> None:
    """Show the section."""
    points: dict[str, npt.ArrayLike] = {"start": page.run.start, "end": page.run.params}
    problem = page.problem
    checks = {
        point: check_gradient(params, problem.samples, problem.focus_offset) for point, params in points.items()
    }
    st.table(gradient_table(checks), hide_index=True)
    st.caption(gradient_message(checks))
    if lacks := page.experiment.rule.torch_lacks:
        st.info(f"PyTorch has no {lacks}, so there is no run to compare with.")
    elif not has_torch():
        st.info("If PyTorch is installed (`pip install torch`), the run is repeated with torch.optim and autograd.")
    elif (theirs := run_job(_torch_path, page.problem, page.experiment)) is not None:
        st.caption(torch_message(run(page.experiment, page.problem).history.params, theirs))


def _torch_path(problem: FitProblem, experiment: Experiment) -> JobSteps[Floats]:
    return (yield from torch_path(experiment, problem))


def gradient_table(checks: Mapping[str, GradientCheck]) -> dict[str, list[str]]:
    """Tabulate gradients by formula and by complex-step derivatives, at named points."""
    formula = np.concatenate([check.formula for check in checks.values()])
    derivatives = np.concatenate([check.complex_step for check in checks.values()])
    return {
        "Derivative with respect to": [f"{name}, at the {point}" for point in checks for name in "AB"],
        "The post's formula": [number(value, 6) for value in formula],
        "Complex-step derivative": [number(value, 6) for value in derivatives],
        "Difference": [number(abs(value), 1) for value in formula - derivatives],
    }


def gradient_message(checks: Mapping[str, GradientCheck]) -> str:
    """Return a sentence on whether the gradients agree."""
    if not all(check.n_in_domain for check in checks.values()):
        return "Where no sample lies within the ellipse's x range, both are 0 and nothing is checked."
    error = max(check.relative_error for check in checks.values())
    how = "the imaginary part of the loss at A + ih, divided by h = 10⁻³⁰: without subtraction, so exact up to rounding"
    if all(check.relative_error <= max(check.rounding, 1e-12) for check in checks.values()):
        agreement = f"to {number(error, 1)} of its length" if error else "to the last digit"
        return f"The gradient agrees {agreement} with the complex-step derivative, {how}."
    return f"The gradient differs by {number(error, 2)} of its length from the complex-step derivative, {how}."


def torch_message(ours: Floats, theirs: Floats) -> str:
    """Return a sentence on the distance of two paths of one run, shape (updates, 2) in AU."""
    n = min(len(ours), len(theirs))
    apart = np.abs(ours[:n] - theirs[:n]).max(axis=1)
    sentence = f"Over {count(n, 'update')} the two paths are never more than {number(apart.max(), 2)} AU apart"
    beyond = np.flatnonzero(apart > 1e-6)
    if not len(beyond):
        return sentence + ": the two runs agree."
    return (
        f"{sentence}. They agree to a millionth of an AU for the first {count(int(beyond[0]), 'update')}; after that "
        "rounding alone drives them apart, because this run amplifies even the smallest difference."
    )
