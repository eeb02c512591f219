"""The player, which moves the charts of all groups of runs, and clicks on the loss surface, which set the start."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from .. import hohmann
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


def show(page: Page, place: Any, readouts: list[str]) -> None:
    """Show the player at a place, for the groups of runs that the page has shown.

    Parameters
    ----------
    page
    place
        Container.
    readouts
        Texts of A, B, loss and miss at the end of the run.
    """
    data = {
        "groups": [group.player_data for group in page.groups],
        "readouts": {
            "texts": readouts,
            "from_mars": hohmann.FOCUS_OFFSET - hohmann.MARS_ORBIT,
            "kilometres": hohmann.ASTRONOMICAL_UNIT,
        },
    }
    clickable = {
        "limits": page.groups[0].axis_limits,
        "samples": b64encode(np.concatenate(page.problem.samples).astype(np.float32).tobytes()).decode(),
        "offset": hohmann.FOCUS_OFFSET,
    }
    with place:
        component()(key="bar", data=data, on_step_change=lambda: _inspect(page))
        surface()(key="surface-click", data=clickable, on_start_change=lambda: _take_start(page))


def _inspect(page: Page) -> None:
    """Open the section of one update, at the place of the player."""
    page.controls.set("section", "step")
    page.controls.set("step", int(st.session_state.bar.step))
    st.session_state.opened = st.session_state.get("opened", 0) + 1


def _take_start(page: Page) -> None:
    """Start at the place of the surface that was clicked, or at the nearest one that is allowed."""
    for name, value in zip(("start_a", "start_b"), st.session_state["surface-click"].start, strict=True):
        low, high = page.controls.settings[name].control_range
        page.controls.set(name, min(max(round(value, 2), low), high))
