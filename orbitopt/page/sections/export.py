"""Download: figures, animations, data and Python code; and upload of a visitor's own samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ... import exports, hohmann
from ...experiment import Experiment
from ...fit import Fit, FitProblem, run
from ...jobs import JobSteps
from ...optimizers import OPTIMIZERS
from ...orbit_data import read_samples
from ...settings import Setting
from ..cache import run_job
from ..comparisons import batch_runs, racers
from ..context import Page
from ..text import plain_text

NAME = "Download"
QUESTION = "Download figures, animations and data"
SETTINGS = {
    "subject": Setting(
        "Export", "Runs that figures and animations show.", "of", str,
        choices={"run": "This run", "race": "A race", "batches": "Batch sizes"},
    ),
}

_BACKGROUNDS = {"light": "White", "dark": "Dark"}


def show(page: Page) -> None:
    """Show the section."""
    texts = [(key, text) for key in st.query_params for text in st.query_params.get_all(key)]
    link = f"{(st.context.url or '').rstrip('/')}/?{urlencode(texts)}"
    subject = page.controls.choice("subject", "run")
    experiments = {
        "run": lambda: {OPTIMIZERS[page.experiment.optimizer].label: page.experiment},
        "race": lambda: racers(page),
        "batches": lambda: batch_runs(page),
    }[subject]()
    theme = _figure(page, subject, experiments, link)
    if subject != "batches":
        _film(page, subject, experiments, theme, link)
    _data(page)
    _own_samples()


def _figure(page: Page, subject: str, experiments: Mapping[str, Experiment], link: str) -> str:
    """Show the choice of a figure and its button; return the theme chosen."""
    from ... import figures  # importing matplotlib takes a second, which only this section needs

    st.subheader("Figure")
    labels = {key: drawing.label for key, drawing in figures.FIGURES.items() if drawing.subject == subject}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox("Figure", list(labels), format_func=lambda key: labels[key], width=340)
        formats = list(figures.FORMATS)
        kind = st.segmented_control("Format", formats, default="png", required=True, format_func=str.upper)
        own_theme = st.context.theme.type or "light"
        theme = st.segmented_control(
            "Background", list(_BACKGROUNDS), default=own_theme, required=True, format_func=_BACKGROUNDS.__getitem__
        )

        def drawn() -> bytes:
            fits = {name: run(experiment, page.problem) for name, experiment in experiments.items()}
            drawing = figures.FIGURES[key]
            return figures.save(drawing.draw(*fits.values() if subject == "run" else [fits], theme), kind, link)

        _save("Save figure", drawn, f"orbitopt-{key}.{kind}", figures.FORMATS[kind])
    return str(theme)


def _film(page: Page, subject: str, experiments: Mapping[str, Experiment], theme: str, link: str) -> None:
    """Show the choice of an animation, make it when asked, and show its button."""
    from ... import films

    st.subheader("Animation")
    kinds = list(films.FILM_FORMATS)[: None if films.has_ffmpeg() else 1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control("Animation format", kinds, default="gif", required=True, format_func=str.upper)
        wanted = tuple(experiments.items()), kind, theme, link
        if st.button("Make animation"):
            st.session_state.film = wanted
    if st.session_state.get("film") == wanted and (film := run_job(_filmed, page.problem, *wanted)):
        _save("Save animation", film, f"orbitopt-{subject}.{kind}", films.FILM_FORMATS[kind])
    if not films.has_ffmpeg():
        st.caption("MP4 is not available, because this server has no ffmpeg.")


def _filmed(
    problem: FitProblem, experiments: tuple[tuple[str, Experiment], ...], kind: str, theme: str, link: str
) -> JobSteps[bytes]:
    from ... import films

    fits = {name: run(experiment, problem) for name, experiment in experiments}
    return (yield from films.film(fits, kind, theme, link))


def _data(page: Page) -> None:
    """Show the buttons of the data, and the Python code."""
    st.subheader("Data and code")
    fit = run(page.experiment, page.problem)

    def made(write: Callable[[Fit], str]) -> Callable[[], str]:
        return lambda: write(fit)

    def experiment_json() -> str:
        return exports.experiment_json(page.experiment)

    with st.container(horizontal=True):
        _save("Samples (CSV)", made(exports.samples_csv), exports.SAMPLES_FILE, "text/csv")
        _save("Every update (CSV)", made(exports.history_csv), "orbitopt-history.csv", "text/csv")
        _save("Experiment (JSON)", experiment_json, "orbitopt-run.json", "application/json")
    st.markdown("These lines reproduce the run, bit for bit:")
    st.code(exports.python_lines(page.experiment, page.problem.own), language="python", wrap_lines=True)


def _own_samples() -> None:
    """Show the upload of a visitor's own samples."""
    st.subheader("Your own samples")
    st.file_uploader(
        "A CSV file with the columns x and y in AU: 16 to 4,096 points on the upper half of an ellipse around the Sun",
        type="csv",
        key="file",
        on_change=_read_file,
        max_upload_size=1,
    )
    if fault := st.session_state.pop("fault", None):
        st.error(fault)
    st.caption(
        f"A and B are fitted to them, while c, the distance of the ellipse's centre from the Sun, stays fixed at "
        f"{hohmann.FOCUS_OFFSET} AU. If a file cannot be used, nothing changes."
    )


def _read_file() -> None:
    """Load the samples of the uploaded file; if that fails, keep the reason and change nothing."""
    st.session_state.fault = None
    file = st.session_state.file
    if file is None:
        return
    try:
        st.session_state.own_problem = FitProblem.of(read_samples(file.getvalue()))
    except ValueError as fault:
        st.session_state.fault = refusal(file.name, fault)


def refusal(name: str, fault: ValueError) -> str:
    """Return a sentence on why a file cannot be used."""
    return f"{plain_text(name, 40)}: {plain_text(str(fault), 240)}. The fit is unchanged."


def _save(label: str, data: Any, name: str, media_type: str) -> None:
    """Show a button that saves a file, created on demand if `data` is a function."""
    st.download_button(label, data, name, media_type, on_click="ignore", icon=":material/download:")
