"""Page, the argument of every part of the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..experiment import Experiment
from ..problem import FitProblem
from ..traces import RunGroup, RunTrace
from .controls import Controls
from .vega import Style


@dataclass(frozen=True)
class Page:
    """Run that the page shows, with its experiment, problem, controls and style."""

    experiment: Experiment
    problem: FitProblem
    run: RunTrace
    controls: Controls
    style: Style
    groups: list[RunGroup] = field(default_factory=list)
    """Groups of runs whose charts the player moves. A part of the page that shows such charts appends their group."""
