"""Links for a class: with few controls, and for a lesson with or without its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from . import hand_fit
from .controls import Controls, Link
from .text import plain_text

SAMPLES = ("seed", "samples", "noise")
"""Keys in the link of the settings of the samples, which are not part of an answer."""

ONLY = "only"
"""Key in the link of the names of the controls that are shown."""

_WITHOUT_CONTROL = {"asked", "guess", "reveal"}  # buttons set them
_NAME = re.compile(r"[a-z0-9_-]+")


def limit_controls(controls: Controls) -> None:
    """Hide all controls that the link does not name, if it names any."""
    texts = controls.unread_texts(ONLY) or st.session_state.get(ONLY) or []
    if not texts:
        return
    asked = [name for text in texts for name in _NAME.findall(text.lower())]
    named = {asked_name: _named(controls, asked_name) for asked_name in asked}
    unknown = [name for name, found in named.items() if not found]
    if unknown or not asked:
        st.session_state.pop(ONLY, None)
        controls.leave_out(f"{ONLY} = {plain_text(','.join(unknown or texts))}", "does not name a control of this page")
        return
    text = ",".join(named)
    st.session_state[ONLY] = [text]
    controls.keep_in_link(ONLY, text)
    shown = {name for found in named.values() for name in found} | set(hand_fit.SETTINGS)  # which are part of a lesson
    controls.hides = lambda name: name not in shown


def _named(controls: Controls, text: str) -> list[str]:
    """Return the names of the controls that a text names, by name or by key in links."""
    return [name for name, one in controls.settings.items() if text in (name, one.key) and name not in _WITHOUT_CONTROL]


def is_limited() -> bool:
    """Return True if the link names the controls that are shown."""
    return bool(st.session_state.get(ONLY))


def full_link(link: Link) -> str:
    """Return the address of the page with a link's texts."""
    home = (st.context.url or "http://localhost:8501").replace("/~/+", "")  # in Community Cloud's frame
    home = home if urlsplit(home).path else f"{home}/"
    pairs = [(key, text) for key, texts in link.items() for text in texts]
    return f"{home}?{urlencode(pairs, safe=',:;')}" if pairs else home


def show_button(controls: Controls, lesson: str | None, place: Any) -> None:
    """Show a button that opens the dialog at a place. `lesson` is the title of the lesson that is open."""
    if not is_limited() and place.button("Share", key="share", icon=":material/share:"):
        _dialog(controls.link, {name: setting.label for name, setting in EXPERIMENT_SETTINGS.items()}, lesson)


@st.dialog("Share a link")
def _dialog(link: Link, labels: Mapping[str, str], lesson: str | None) -> None:
    """Show choices, and the link that they give."""
    answered = False
    if lesson:
        parts = ["Question only", "With the answer"]
        answered = st.segmented_control(f"Lesson: {lesson}", parts, default=parts[0], required=True) == parts[1]
    shown = st.multiselect(
        "Controls to show", list(labels), format_func=lambda name: labels[name], placeholder="All controls"
    )
    projector = st.toggle("Projector mode", value=link.get("projector") == ["true"])
    st.code(full_link(class_link(link, shown, projector, answered if lesson else None)), language=None, wrap_lines=True)
    st.caption("Copy it with the button on the right.")


def class_link(link: Link, shown: Sequence[str], projector: bool, answered: bool | None) -> Link:
    """Return a link with few controls and, for a lesson, with or without its answer and without the visitor's guess.

    Parameters
    ----------
    link
    shown
        Names of the controls that it shows; all if there are none.
    projector
        True for projector mode.
    answered
        True to open a lesson answered, False to open its question, None without a lesson.
    """
    dropped = {ONLY, "projector"}
    if answered is not None:
        dropped |= {"reveal", "guess", hand_fit.BEST, *hand_fit.SETTINGS}
    kept = {"lesson", *SAMPLES} if answered is False else set(link)
    made = {key: texts for key, texts in link.items() if key in kept - dropped}
    made |= {ONLY: [",".join(shown)]} if shown else {}
    made |= {"projector": ["true"]} if projector else {}
    return made | ({"reveal": ["true"]} if answered else {})
