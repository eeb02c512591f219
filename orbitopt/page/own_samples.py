"""A visitor's own samples: upload, state of the session, and their mark in the link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from secrets import token_hex

import streamlit as st

from .. import hohmann, links
from ..fit import FitProblem
from ..formatting import count
from ..orbit_data import read_samples
from .controls import Controls
from .text import plain_text

KEY = "own"
"""Key in the link of the mark of the samples, `FitProblem.mark`."""

_MAX_LOADED = 8  # files of at most 64 KB, which the browser's Back finds again


@dataclass
class _Files:
    """Files of a session."""

    loaded: dict[str, FitProblem] = field(default_factory=dict)
    """Problems by the marks of their samples."""
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
    wanted = st.session_state.get(KEY)
    if wanted is None:
        return None
    controls.keep_in_link(KEY, wanted)
    return _files().loaded.get(wanted)


def _parse_mark(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,4}-[0-9a-f]{16}", text):
        raise ValueError("must be a number of samples and a hash")
    return text


def show_missing(controls: Controls) -> None:
    """Say that the samples named by the link are not in this session, if so, and how to load them."""
    wanted = st.session_state.get(KEY)
    if wanted is not None and wanted not in _files().loaded:
        st.warning(missing_message(wanted))
        with st.container(horizontal=True):
            st.button("Load samples", on_click=controls.set, args=["section", "data"])
            st.button("Use generated samples", on_click=st.session_state.pop, args=[KEY, None])


def missing_message(mark: str) -> str:
    """Return a sentence on samples that the link names but the session does not have."""
    n = count(int(mark.partition("-")[0]), "sample")
    return (
        f"This link uses {n} from a file. Links do not contain samples, and the server discards them when the page is "
        "reloaded or the server restarts. Load the file again at the end of Download. Until then the page uses "
        "generated samples."
    )


def show_source(own: FitProblem) -> None:
    """Say which samples are used, with a button that goes back to generated ones."""
    n = count(len(own.samples.x), "sample")
    name = f", from {plain_text(own.name, 40)}" if own.name else ""
    st.caption(
        f"{n} of your own{name}. Only this session uses them: links do not contain them, and no other visitor can see "
        "them."
    )
    st.button("Use generated samples", on_click=st.session_state.pop, args=[KEY, None])


def show_upload(own: FitProblem | None) -> None:
    """Show the upload of a file with samples."""
    files = _files()
    st.subheader("Your own samples")
    if st.session_state.get(files.uploader) is not None and files.listed != (own and own.mark):
        files.uploader = token_hex(4)  # a file that is not used is not listed either
    st.file_uploader(
        "A CSV file with the columns x and y in AU: 16 to 4,096 points on the upper half of an ellipse around the Sun",
        type="csv",
        key=files.uploader,
        on_change=_read_file,
        max_upload_size=1,
    )
    if files.message and files.listed is None:
        st.error(files.message)
    elif files.message and own and files.listed == own.mark:
        st.warning(files.message)
    st.caption(
        f"A and B are fitted to them, while c, the distance of the ellipse's centre from the Sun, stays fixed at "
        f"{hohmann.FOCUS_OFFSET} AU. If a file cannot be used, nothing changes."
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
        own = FitProblem.of(read_samples(file.getvalue()), file.name)
    except ValueError as fault:
        files.message = refusal(file.name, fault)
        return
    if wanted is not None and wanted not in files.loaded and own.mark != wanted:
        files.message = f"{plain_text(file.name, 40)} has other samples than the link names. It is used instead."
    files.loaded[own.mark] = own
    while len(files.loaded) > _MAX_LOADED:
        files.loaded.pop(next(iter(files.loaded)))
    st.session_state[KEY] = files.listed = own.mark


def refusal(name: str, fault: ValueError) -> str:
    """Return a sentence on why a file cannot be used."""
    return f"{plain_text(name, 40)}: {plain_text(str(fault), 240)}. It is not used."
