"""The player: a component that moves the pictures of all groups of runs, in the browser alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from .context import Page

ASSETS = Path(__file__).parents[2] / "assets"


@st.cache_resource(max_entries=1, show_spinner=False)
def component() -> Any:
    """Return the component."""
    texts = {part: (ASSETS / f"player.{part}").read_text("utf-8") for part in ("html", "css", "js")}
    return st.components.v2.component("orbitopt.player", isolate_styles=False, **texts)


def show(page: Page, place: Any) -> None:
    """Show the player at a place, for the groups of runs that the page has shown."""
    with place:
        groups = [group.player_data for group in page.groups]
        component()(key="bar", data={"groups": groups}, on_step_change=lambda: _inspect(page))


def _inspect(page: Page) -> None:
    """Open the section of one update, at the place of the player."""
    page.controls.set("section", "step")
    page.controls.set("step", float(st.session_state.bar.step))
