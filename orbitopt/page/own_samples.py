"""A visitor's own samples: upload, real flights, state of the session, and their mark in the link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import streamlit as st

from .. import links
from ..coordinates import UnclearColumns
from ..examples import EXAMPLES
from ..flights import FLIGHTS
from ..formatting import count
from ..orbit_data import MAX_POINTS, read_orbit
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
_COLUMN = "column of {}"  # key of a choice


@st.cache_resource(max_entries=len(FLIGHTS), show_spinner=False)
def _flight(key: str) -> FitProblem:
    """Read the file of a flight."""
    return read_orbit((_ASSETS / FLIGHTS[key].file).read_bytes()).problem(FLIGHTS[key].label)


class _Asked(NamedTuple):
    """A file whose columns of x and y are not clear."""

    file: str
    data: bytes
    columns: list[str]


@dataclass
class _Files:
    """Files of a session."""

    loaded: dict[str, FitProblem] = field(default_factory=dict)
    """Problems by the marks of their samples."""
    uploader: str = field(default_factory=lambda: token_hex(4))
    """Key of the uploader; with a new key it lists no file, and the server keeps none."""
    refusal: str = ""
    """Sentence on the last file, if it cannot be used."""
    other: str = ""
    """Sentence on the last file, if it has other samples than the link named."""
    asked: _Asked | None = None
    """The last file, if the visitor must say which of its columns are x and y."""


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
    return _find(_wanted(controls))


def _wanted(controls: Controls) -> str:
    """Return the mark of the samples to use: those of the link, or else of the example's flight; empty if generated."""
    return st.session_state.get(KEY) or _example_flight(controls)


def _parse_mark(text: str) -> str:
    if text not in FLIGHTS and not re.fullmatch(r"[0-9]{1,4}-[0-9a-f]{16}", text):
        raise ValueError("must be a number of samples and a hash")
    return text


def _find(mark: str) -> FitProblem | None:
    """Return the problem of a mark, if this session has it."""
    return _flight(mark) if mark in FLIGHTS else _files().loaded.get(mark)


def _example_flight(controls: Controls) -> str:
    """Return the flight of the example that is chosen, if it has one."""
    return EXAMPLES[controls.peek("example", next(iter(EXAMPLES)))].flight


def drop_replaced(flight: str) -> None:
    """Drop the samples that an example replaces: any if it has a flight, and otherwise those of another flight."""
    if flight or st.session_state.get(KEY) in FLIGHTS:
        st.session_state.pop(KEY, None)


def _drop(controls: Controls) -> None:
    """Go back to generated samples, and from a flight to the first example, since its settings suit the flight."""
    if _example_flight(controls):
        first, example = next(iter(EXAMPLES.items()))
        controls.set("example", first)
        for name, value in asdict(example.experiment).items():
            if value is not None:
                controls.set(name, value)
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


def show_source(controls: Controls, own: FitProblem) -> None:
    """Say which samples are used and what was done to them, with a button that goes back to generated ones."""
    st.caption(source_message(_wanted(controls), own))
    st.button("Use generated samples", on_click=_drop, args=[controls])


def source_message(mark: str, own: FitProblem) -> str:
    """Return sentences on samples that are not generated: whose they are, and what was done to them."""
    n = count(len(own.samples.x), "sample")
    if mark in FLIGHTS:
        return f"{n}. {FLIGHTS[mark].sentence(own)} {own.notes}"
    name = f", from {plain_text(own.name, 40)}" if own.name else ""
    return (
        f"{n} of your own{name}. {own.notes} Only this session uses them: links do not contain them, and no other "
        "visitor can see them."
    )


def show_upload(own: FitProblem | None) -> None:
    """Show the upload of a file with samples."""
    files = _files()
    st.subheader("Your own samples")
    st.file_uploader(
        f"A table of positions measured from the Sun: x, y and, if you have it, z; 16 to {MAX_POINTS:,} rows",
        type=TYPES,
        key=files.uploader,
        on_change=_read_file,
        max_upload_size=_MAX_MEGABYTES,
        help="A CSV or text file with the unit in the header, such as x (km),y (km), or an unchanged vector table from "
        "JPL Horizons with the Sun as coordinate center. The positions should cover at least 120° around the Sun.",
    )
    if files.refusal:
        st.error(files.refusal)
    if files.asked:
        _ask_columns(files.asked)
    if own and own.mark in files.loaded:
        if files.other:
            st.warning(files.other)
        st.info(f"In use: {source_message(own.mark, own)}")
    st.caption(
        "A least-squares fit finds c, the distance of the ellipse's centre from the Sun, and the direction of "
        "perihelion, the point nearest to the Sun. The points are turned so that perihelion is on the right, and those "
        "below the x axis are mirrored. The optimizers then fit A and B to them. If a file cannot be used, nothing "
        "changes."
    )


def _ask_columns(asked: _Asked) -> None:
    """Ask which columns of a file are x, y and perhaps z."""
    st.markdown("Which columns are x, y and z? Their unit is judged by the size of the numbers.")

    def label(column: int | None) -> str:
        return "None" if column is None else plain_text(asked.columns[column], 50)

    columns = list(range(len(asked.columns)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for axis, options, index in (("x", columns, None), ("y", columns, None), ("z", [None, *columns], 0)):
            st.selectbox(axis, options, index, format_func=label, key=_COLUMN.format(axis), placeholder="Choose")
        chosen = all(st.session_state[_COLUMN.format(axis)] is not None for axis in "xy")
        st.button("Load these columns", on_click=_read_columns, args=[asked], disabled=not chosen)


def _read_columns(asked: _Asked) -> None:
    """Use the samples of a file in the columns that the visitor has chosen."""
    chosen = {axis: st.session_state[_COLUMN.format(axis)] for axis in "xyz"}
    _read(asked.file, asked.data, {axis: column for axis, column in chosen.items() if column is not None})
    if _files().refusal:  # ask again
        _files().asked = asked


def _read_file() -> None:
    """Use the samples of the uploaded file."""
    files = _files()
    if file := st.session_state[files.uploader]:
        files.uploader = token_hex(4)
        _read(file.name, file.getvalue())


def _read(name: str, data: bytes, columns: Mapping[str, int] | None = None) -> None:
    """Use the samples of a file; if that fails, keep the reason and change nothing."""
    files, wanted = _files(), st.session_state.get(KEY)
    files.refusal, files.other, files.asked = "", "", None
    try:
        own = read_orbit(data, columns).problem(name)
    except ValueError as fault:
        files.refusal = refusal(name, fault)
        if isinstance(fault, UnclearColumns):
            files.asked = _Asked(name, data, fault.names)
        return
    if wanted and _find(wanted) is None and own.mark != wanted:
        files.other = f"The samples in {plain_text(name, 40)} are not those of the link. They are used instead."
    files.loaded[own.mark] = own
    while len(files.loaded) > _MAX_LOADED:
        files.loaded.pop(next(iter(files.loaded)))
    st.session_state[KEY] = own.mark


def refusal(name: str, fault: ValueError) -> str:
    """Return a sentence on why a file cannot be used."""
    message = plain_text(str(fault), 400)
    return f"{plain_text(name, 40)} was not loaded. {message[:1].upper()}{message[1:]}. The samples have not changed."
