"""Links for a class: with few controls, and for a lesson with or without its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ..experiment import SETTINGS as EXPERIMENT_SETTINGS
from . import hand_fit
from .controls import Controls, Link
from .text import plain_text

ONLY = "only"
"""Key in the link of the names of the controls that are shown."""

_NAME = re.compile(r"[a-z0-9_-]+")


def limit_controls(controls: Controls) -> None:
    """Hide all controls that the link does not name, if it names any."""
    texts = controls.unread_texts(ONLY) or st.session_state.get(ONLY) or []
    asked = [name for text in texts for name in _NAME.findall(text.lower())]
    names = {key: name for name, setting in controls.settings.items() for key in (setting.key, name)}
    unknown = [name for name in asked if name not in names]
    if unknown:
        controls.leave_out(f"{ONLY} = {plain_text(','.join(unknown))}", "does not name a control of this page")
    if unknown or not asked:
        st.session_state.pop(ONLY, None)
        return
    shown = {names[name] for name in asked}
    text = ",".join(dict.fromkeys(names[name] for name in asked))
    st.session_state[ONLY] = [text]
    controls.keep_in_link(ONLY, text)
    controls.hides = lambda name: name not in shown and name not in hand_fit.SETTINGS  # part of a lesson


def is_limited() -> bool:
    """Return True if the link names the controls that are shown."""
    return bool(st.session_state.get(ONLY))


def full_link(link: Link) -> str:
    """Return the address of the page with a link's texts."""
    home = (st.context.url or "http://localhost:8501").replace("/~/+", "")  # in Community Cloud's frame
    home = home if urlsplit(home).path else f"{home}/"
    pairs = [(key, text) for key, texts in link.items() for text in texts]
    return f"{home}?{urlencode(pairs, safe=',:;')}" if pairs else home


def show_button(controls: Controls, lesson: str | None) -> None:
    """Show a button that opens the dialog. `lesson` is the title of the lesson that is open."""
    if not controls.hides("share") and st.button("Share", key="share", icon=":material/share:"):
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
    made = {key: texts for key, texts in link.items() if key not in dropped}
    made |= {ONLY: [",".join(shown)]} if shown else {}
    made |= {"projector": ["true"]} if projector else {}
    return made | ({"reveal": ["true"]} if answered else {})
