"""The closer looks: one file each, and here their list in the order of the page.

A section has a `NAME` (its button), a `QUESTION` (its heading), its `SETTINGS` by name, and `show(page)`. To add one,
add its file and a line to SECTIONS. Sections never import each other.
"""

from __future__ import annotations

from types import ModuleType

import streamlit as st

from ...settings import Setting
from ..context import Page
from . import (
    batch_sizes,
    checks,
    equations,
    export,
    learning_rates,
    noise,
    race,
    starting_points,
    steps,
    two_losses,
    update,
)

SECTIONS: dict[str, ModuleType] = {
    "step": update,
    "steps": steps,
    "race": race,
    "batch": batch_sizes,
    "rates": learning_rates,
    "starts": starting_points,
    "noise": noise,
    "losses": two_losses,
    "equations": equations,
    "check": checks,
    "data": export,
}
"""The sections by the keys that links carry."""

SETTINGS: dict[str, Setting] = {
    "section": Setting(
        "Look closer", "One question at a time.", "section", str,
        choices={key: section.NAME for key, section in SECTIONS.items()}, former_labels={"Take away": "data"},
    ),
}
for _section in SECTIONS.values():
    SETTINGS |= _section.SETTINGS


def choose(page: Page) -> str | None:
    """Show the list of sections and return the key of the open one, if any."""
    key: str | None = page.controls.choice("section")
    return key


def show(page: Page, key: str | None) -> None:
    """Show a section."""
    with st.container(key="closer-look"):
        if key:
            st.header(SECTIONS[key].QUESTION)
            with st.container(key=f"section-{key}"):
                SECTIONS[key].show(page)
