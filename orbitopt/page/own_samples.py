"""A visitor's own samples: upload, real flights, state of the session, and their mark in the link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import streamlit as st

from .. import links
from ..examples import EXAMPLES
from ..flights import FLIGHTS
from ..formatting import count
from ..orbit_data import MAX_POINTS, Orbit, read_orbit
from ..problem import FitProblem
from .controls import Controls
from .text import plain_text

KEY = "own"
"""Key in the link of the mark of the samples: `FitProblem.mark`, or a key of FLIGHTS."""

TYPES = ["csv", "txt", "tsv", "dat"]
"""Endings of the names of files."""

_ASSETS = Path(__file__).parents[2] / "assets"
_MAX_LOADED = 8  # sets of at most 4,096 samples, which the browser's Back finds again
_MAX_MEGABYTES = 20


class _Loaded(NamedTuple):
    problem: FitProblem
    orbit: Orbit


@st.cache_resource(max_entries=len(FLIGHTS), show_spinner=False)
def _flight(key: str) -> _Loaded:
    """Read the file of a flight."""
    orbit = read_orbit((_ASSETS / FLIGHTS[key].file).read_bytes())
    return _Loaded(orbit.problem(FLIGHTS[key].label), orbit)


@dataclass
class _Files:
    """Files of a session."""

    loaded: dict[str, _Loaded] = field(default_factory=dict)
    """What was loaded, by the marks of the samples."""
    uploader: str = field(default_factory=lambda: token_hex(4))
    """Key of the uploader; with a new key it lists no file."""
    listed: str | None = None
    """Mark of the samples in the file that the uploader lists."""
    message: str = ""
    """Sentence on the last file, if it cannot be used or differs from what the link names."""


def _files() -> _Files:
    files: _Files = st.session_state.setdefault("files", _Files())
    return files


def problem(controls: Controls) -> FitProblem | None:
    """Return the problem of the visitor's own samples that the link names, if they are in this session."""
    if texts := controls.unread_texts(KEY):
        try:
            st.session_state[KEY] = links.parse_texts(_parse_mark, texts)
        except ValueError as fault:
            controls.leave_out(f"{KEY} = {plain_text(texts[-1])}", str(fault))
    if own := st.session_state.get(KEY):
        controls.keep_in_link(KEY, own)
    found = _find(_wanted(controls))
    return found.problem if found else None


def _wanted(controls: Controls) -> str:
    """Return the mark of the samples to use: those of the link, or else of the example's flight; empty if generated."""
    return st.session_state.get(KEY) or _example_flight(controls)


def _parse_mark(text: str) -> str:
    if text not in FLIGHTS and not re.fullmatch(r"[0-9]{1,4}-[0-9a-f]{16}", text):
        raise ValueError("must be a number of samples and a hash")
    return text


def _find(mark: str) -> _Loaded | None:
    """Return the samples of a mark, if this session has them."""
    return _flight(mark) if mark in FLIGHTS else _files().loaded.get(mark)


def _example_flight(controls: Controls) -> str:
    """Return the flight of the example that is chosen, if it has one."""
    return EXAMPLES[controls.peek("example", next(iter(EXAMPLES)))].flight


def drop_replaced(flight: str) -> None:
    """Drop the samples that an example replaces: any if it has a flight, and otherwise those of another flight."""
    if flight or st.session_state.get(KEY) in FLIGHTS:
        st.session_state.pop(KEY, None)


def _drop(controls: Controls) -> None:
    """Go back to generated samples."""
    if _example_flight(controls):
        controls.set("example", next(iter(EXAMPLES)))
    st.session_state.pop(KEY, None)


def is_linked(controls: Controls) -> bool:
    """Return True if the link opens the samples: if they are generated, or those of a flight."""
    return not (wanted := _wanted(controls)) or wanted in FLIGHTS


def show_missing(controls: Controls) -> None:
    """Say that the samples named by the link are not in this session, if so, and how to load them."""
    wanted = st.session_state.get(KEY)
    if wanted and _find(wanted) is None:
        st.warning(missing_message(wanted))
        with st.container(horizontal=True):
            st.button("Load samples", on_click=controls.set, args=["section", "data"])
            st.button("Use generated samples", on_click=_drop, args=[controls])


def missing_message(mark: str) -> str:
    """Return a sentence on samples that the link names but the session does not have."""
    n = count(int(mark.partition("-")[0]), "sample")
    return (
        f"This link uses {n} from a file. Links do not contain samples, and the server discards them when the page is "
        "reloaded or the server restarts. Load the file again at the end of Download. Until then the page uses "
        "generated samples."
    )


def show_source(controls: Controls) -> None:
    """Say which samples are used and what was done to them, with a button that goes back to generated ones."""
    mark = _wanted(controls)
    found = _find(mark)
    assert found is not None, "the page has a problem of own samples"
    st.caption(source_message(mark, *found))
    st.button("Use generated samples", on_click=_drop, args=[controls])


def source_message(mark: str, problem: FitProblem, orbit: Orbit) -> str:
    """Return sentences on samples that are not generated: whose they are, and what was done to them."""
    n = count(len(problem.samples.x), "sample")
    if mark in FLIGHTS:
        return f"{n}. {FLIGHTS[mark].sentence(orbit)} {' '.join(orbit.notes)}"
    name = f", from {plain_text(problem.name, 40)}" if problem.name else ""
    return (
        f"{n} of your own{name}. {' '.join(orbit.notes)} Only this session uses them: links do not contain them, and "
        "no other visitor can see them."
    )


def show_upload(own: FitProblem | None) -> None:
    """Show the upload of a file with samples."""
    files = _files()
    st.subheader("Your own samples")
    if st.session_state.get(files.uploader) is not None and files.listed != (own and own.mark):
        files.uploader = token_hex(4)  # a file that is not used is not listed either
    st.file_uploader(
        f"A text file with positions on an orbit around the Sun: x, y and perhaps z, 16 to {MAX_POINTS:,} points",
        type=TYPES,
        key=files.uploader,
        on_change=_read_file,
        max_upload_size=_MAX_MEGABYTES,
        help="For example a table saved as CSV, or a vector table from JPL Horizons as it is. Give the unit in the "
        "header, such as x (km).",
    )
    if files.message and files.listed is None:
        st.error(files.message)
    elif files.message and own and files.listed == own.mark:
        st.warning(files.message)
    st.caption(
        "A least-squares fit finds the direction of the orbit and c, the distance of the ellipse's centre from the "
        "Sun. The points are turned so that perihelion is on the right, and those below the x axis are mirrored. The "
        "optimizers then fit A and B to them. If a file cannot be used, nothing changes."
    )


def _read_file() -> None:
    """Use the samples of the uploaded file; if that fails, keep the reason and change nothing."""
    files, wanted = _files(), st.session_state.get(KEY)
    file = st.session_state[files.uploader]
    files.message, files.listed = "", None
    if file is None:  # taken off the list
        st.session_state.pop(KEY, None)
        return
    try:
        orbit = read_orbit(file.getvalue())
    except ValueError as fault:
        files.message = refusal(file.name, fault)
        return
    own = orbit.problem(file.name)
    if wanted and _find(wanted) is None and own.mark != wanted:
        files.message = f"{plain_text(file.name, 40)} has other samples than the link names. It is used instead."
    files.loaded[own.mark] = _Loaded(own, orbit)
    while len(files.loaded) > _MAX_LOADED:
        files.loaded.pop(next(iter(files.loaded)))
    st.session_state[KEY] = files.listed = own.mark


def refusal(name: str, fault: ValueError) -> str:
    """Return a sentence on why a file cannot be used."""
    return f"{plain_text(name, 40)}: {plain_text(str(fault), 400)}. It is not used."
