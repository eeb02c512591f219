"""Charts that can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def clickable(name: str, on_click: Callable[[], None]) -> dict[str, Any]:
    """Return the options of a chart whose selection `taken` is clicked."""
    return {"key": _key(name), "on_select": on_click, "selection_mode": "taken"}


def last_click(name: str) -> list[dict[str, Any]]:
    """Return what was clicked last in a chart: one point, or none."""
    points = list(st.session_state[_key(name)].selection.taken)[-1:]
    st.session_state.clicks = st.session_state.get("clicks", 0) + len(points)
    return points


def _key(name: str) -> str:
    """Return the key of a chart: a new one after every click, so that the same point can be clicked again."""
    return f"{name}-{st.session_state.get('clicks', 0)}"
