"""The player, which moves the charts of all groups of runs, and clicks on the loss surface, which set the start."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from .. import hohmann
from ..orbits import sample_columns
from ..problem import FitProblem
from ..traces import RunGroup
from .context import Page

ASSETS = Path(__file__).parents[2] / "assets"


@st.cache_resource(max_entries=1, show_spinner=False)
def component() -> Any:
    """Return the component of the player."""
    texts = {part: (ASSETS / f"player.{part}").read_text("utf-8") for part in ("html", "css", "js")}
    return st.components.v2.component("orbitopt.player", isolate_styles=False, **texts)


@st.cache_resource(max_entries=1, show_spinner=False)
def surface() -> Any:
    """Return the component of the loss surface."""
    return st.components.v2.component("orbitopt.surface", js=(ASSETS / "surface.js").read_text("utf-8"))


def player_data(
    problem: FitProblem, groups: Sequence[RunGroup], readouts: list[str], watched: int = 0, lesson: str = ""
) -> dict[str, Any]:
    """Return the data of player.js; `show` explains the arguments."""
    return {
        "groups": [group.player_data for group in groups],
        "watched": watched,
        "lesson": lesson,
        "readouts": {
            "texts": readouts,
            **_end_of_ellipse(problem),
        },
    }


def surface_data(problem: FitProblem, group: RunGroup) -> dict[str, Any]:
    """Return the data of surface.js, without clicks."""
    return {
        "limits": group.axis_limits,
        "token": group.token,
        "follows": group.length == 0.0 and group.main.updates == 0,
        "samples": {
            axis: b64encode(column.tobytes()).decode() for axis, column in sample_columns(problem.samples).items()
        },
        "offset": problem.focus_offset,
        "clickable": False,
    }


def show(
    page: Page,
    place: Any,
    readouts: list[str],
    click_sets: tuple[str, str] | None = ("start_a", "start_b"),
    watched: int = 0,
    lesson: str = "",
) -> None:
    """Show the player at a place, for the groups of runs that the page has shown.

    Parameters
    ----------
    page
    place
        Container.
    readouts
        Texts of A, B, loss and miss, or aphelion, at the end of the run.
    click_sets
        Names of the controls that a click on the surface sets, if any.
    watched
        Count of requests to play; the player plays from the start whenever it has grown.
    lesson
        Key of the lesson that is open, if any.
    """
    data = player_data(page.problem, page.groups, readouts, watched, lesson)
    clickable = surface_data(page.problem, page.groups[0])
    if click_sets and any(page.controls.hides(name) for name in click_sets):
        click_sets = None
    clickable["clickable"] = click_sets is not None
    with place:
        component()(key="bar", data=data, on_step_change=lambda: _inspect(page))
        surface()(key="surface-click", data=clickable, on_start_change=lambda: _take_click(page, click_sets))


def _end_of_ellipse(problem: FitProblem) -> dict[str, Any]:
    """Return what the last read-out adds to A: for Mars's orbit the miss, in km, and for own samples the aphelion."""
    if problem.own:
        return {"beyond": problem.focus_offset, "kilometres": None}
    return {"beyond": problem.focus_offset - hohmann.MARS_ORBIT, "kilometres": hohmann.ASTRONOMICAL_UNIT}


def _inspect(page: Page) -> None:
    """Open the section of one update, at the place of the player."""
    page.controls.set("section", "step")
    page.controls.set("step", int(st.session_state.bar.step))
    st.session_state.opened = st.session_state.get("opened", 0) + 1


def _take_click(page: Page, names: tuple[str, str] | None) -> None:
    """Set two controls to the place of the surface that was clicked, or to the nearest one that is allowed."""
    for name, value in zip(names or (), st.session_state["surface-click"].start):
        low, high = page.controls.settings[name].control_range
        page.controls.set(name, min(max(round(value, 2), low), high))
