"""Two losses: the loss that training sees, and the clamped loss that measures the fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt
import streamlit as st

from ...formatting import number
from ...model import clamped_loss, loss_and_gradient
from ...problem import FitProblem
from ...settings import Setting
from ...traces import MAIN, RunGroup
from ..context import Page
from ..pictures import ALTERNATIVES, show_square, surface_chart, surface_tables

NAME = "Two losses"
QUESTION = "Which loss does training see?"
SETTINGS = {
    "surface": Setting(
        "Loss over", "Samples whose mean the loss surface shows.", "surface", str,
        choices={"clamped": "All samples", "domain": "Samples in range"},
        former_labels={"Those inside": "domain", "Samples inside": "domain"},
    ),
}


def show(page: Page) -> None:
    """Show the section."""
    domain_only = page.controls.choice("surface", "domain") == "domain"
    start = both_losses(page.problem, page.run.start)
    group = RunGroup("losses-view", {MAIN: page.run}, {MAIN: page.experiment.optimizer})
    with st.container(key=group.container):
        show_square(
            page,
            surface_chart(page.style),
            surface_tables(page, group, domain_only),
            ALTERNATIVES["surface"],
            losses_message(start, page.experiment.n_samples),
        )
    page.groups.append(group)


@dataclass(frozen=True)
class Losses:
    """Both losses at one point."""

    n_in_domain: int
    """Number of samples in the domain."""
    domain_only: float
    """The loss of Eq. 18 over them, which training sees, AU^2; infinite if there are none."""
    clamped: float
    """The loss over all samples, with the prediction 0 outside the domain, AU^2."""


def both_losses(problem: FitProblem, params: npt.ArrayLike) -> Losses:
    """Return both losses of parameters, A and B in AU."""
    domain_only, _, n_in_domain = loss_and_gradient(params, *problem.data)
    return Losses(int(n_in_domain), float(domain_only), float(clamped_loss(params, *problem.data)))


def losses_message(start: Losses, n_samples: int) -> str:
    """Return a sentence on why there are two losses, with their values at the start of a run."""
    inside = start.n_in_domain
    if not inside:
        return (
            f"At the start none of the {n_samples:,} samples lies within the ellipse's x range, so the training loss "
            "is undefined. The clamped loss, which uses the prediction 0 for all of them, is "
            f"{number(start.clamped)} AU²."
        )
    if inside == n_samples:
        return (
            f"At the start all {n_samples:,} samples lie within the ellipse's x range, so both losses are the same, "
            f"{number(start.clamped)} AU²."
        )
    return (
        f"At the start {inside:,} of {n_samples:,} samples {'lies' if inside == 1 else 'lie'} within the ellipse's x "
        f"range. Training sees the mean over those, {number(start.domain_only)} AU², because outside it the square "
        f"root in Eq. 17 is not real. The clamped loss uses the prediction 0 for the others and counts them too: "
        f"{number(start.clamped)} AU². It cannot fall just because samples drop out, so the contours in the post, "
        "the optimum and the verdict use it."
    )
