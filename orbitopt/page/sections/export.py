"""Download: figures, animations, web pages, data and Python code; and upload of a visitor's own samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from ... import exports, web_page
from ...experiment import Experiment
from ...fit import Fit, problem_of, run
from ...jobs import JobSteps
from ...lessons import LESSONS
from ...optimizers import OPTIMIZERS
from ...problem import FitProblem
from ...settings import Setting
from .. import own_samples, share
from ..cache import run_job
from ..comparisons import batch_runs, racers
from ..context import Page
from ..lesson import asked_about

NAME = "Download"
QUESTION = "Download figures, animations, web pages and data, or load your own"
_SUBJECTS = {"run": "This run", "race": "A race", "batches": "Batch sizes"}
SETTINGS = {
    "subject": Setting(
        "Export", "Runs that figures, animations and the web page show.", "of", str,
        choices=_SUBJECTS,
    ),
}

_LOCAL = " Its link leads to this computer, because the page is open at a local address."
_BACKGROUNDS = {"light": "White", "dark": "Dark"}


def show(page: Page) -> None:
    """Show the section."""
    subject = page.controls.choice("subject", "run")
    experiments = {
        "run": lambda: {OPTIMIZERS[page.experiment.optimizer].label: page.experiment},
        "race": lambda: racers(page),
        "batches": lambda: batch_runs(page),
    }[subject]()
    source = _source(page)
    theme = _figure(page, subject, experiments, source)
    if subject != "batches":
        _film(page, subject, experiments, theme, source)
    _web_page(page, subject, experiments)
    _data(page)
    own_samples.show_upload(page.problem if page.problem.own else None)


def _source(page: Page) -> str:
    """Return the source to store in files: the link, or the origin of own samples, which no link opens."""
    if not _is_linked(page):
        return page.problem.source
    return f"{(st.context.url or '').rstrip('/')}/?{urlencode(page.controls.link, doseq=True)}"


def _is_local() -> bool:
    """Return True if the page is open at an address that leads to no other computer."""
    return urlsplit(st.context.url or "").hostname in ("localhost", "127.0.0.1", "::1")


def _is_linked(page: Page) -> bool:
    """Return True if the link opens the samples."""
    return not page.problem.own or own_samples.is_linked(page.controls)


def _figure(page: Page, subject: str, experiments: Mapping[str, Experiment], source: str) -> str:
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
            return figures.save(drawing.draw(*fits.values() if subject == "run" else [fits], theme), kind, source)

        _save("Save figure", drawn, f"orbitopt-{key}.{kind}", figures.FORMATS[kind])
    return str(theme)


def _film(page: Page, subject: str, experiments: Mapping[str, Experiment], theme: str, source: str) -> None:
    """Show the choice of an animation, make it when asked, and show its button."""
    from ... import films

    st.subheader("Animation")
    kinds = list(films.FILM_FORMATS)[: None if films.has_ffmpeg() else 1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control("Animation format", kinds, default="gif", required=True, format_func=str.upper)
        wanted = tuple(experiments.items()), kind, theme, source
        if st.button("Make animation"):
            st.session_state.film = wanted
    if st.session_state.get("film") == wanted and (film := run_job(_filmed, page.problem, *wanted)):
        _save("Save animation", film, f"orbitopt-{subject}.{kind}", films.FILM_FORMATS[kind])
    if not films.has_ffmpeg():
        st.caption("MP4 is not available, because this server has no ffmpeg.")


def _filmed(
    problem: FitProblem, experiments: tuple[tuple[str, Experiment], ...], kind: str, theme: str, source: str
) -> JobSteps[bytes]:
    from ... import films

    fits = {name: run(experiment, problem) for name, experiment in experiments}
    return (yield from films.film(fits, kind, theme, source))


def _web_page(page: Page, subject: str, experiments: Mapping[str, Experiment]) -> None:
    """Show the choice of a web page and its button."""
    st.subheader("Web page")
    labels = {subject: _SUBJECTS[subject]}
    labels |= {f"lesson-{key}": f"Lesson {n}: {lesson.title}" for n, (key, lesson) in enumerate(LESSONS.items(), 1)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Contents", list(labels), format_func=labels.__getitem__, width=340)
        if chosen == subject:
            made = _run_page(page, subject, experiments)
        else:
            made = _lesson_page(page, chosen.removeprefix("lesson-"))
        _save("Save web page", made, f"orbitopt-{chosen}.html", "text/html")
    st.caption(
        "One HTML file that plays in any browser, without a server or a network: about 1 MB, or 0.3 to 0.4 MB gzipped. "
        f"Lessons use generated samples.{_LOCAL if _is_local() else ''}"
    )


def _run_page(page: Page, subject: str, experiments: Mapping[str, Experiment]) -> Callable[[], str]:
    """Return a function that makes the web page of the runs that are exported."""
    section = {"race": ["race"], "batches": ["batch"]}.get(subject, [])
    kept = {part: texts for part, texts in page.controls.link.items() if part not in ("section", "of")}
    link = share.full_link(kept | {"section": section}) if _is_linked(page) else ""
    over = page.controls.peek("over", "update") if subject == "race" else "epoch"

    def made() -> str:
        fits = {name: run(experiment, page.problem) for name, experiment in experiments.items()}
        return web_page.html(fits, link=link, over=over)

    return made


def _lesson_page(page: Page, key: str) -> Callable[[], str]:
    """Return a function that makes the web page of a lesson, on the generated samples of the page."""
    lesson, own = LESSONS[key], page.problem.own
    samples = {part: texts for part, texts in page.controls.link.items() if part in share.SAMPLES and not own}
    link = share.full_link({"lesson": [key]} | samples)

    def made() -> str:
        problem = asked_about(lesson, problem_of(lesson.main) if own else page.problem)
        return web_page.html(lesson.fits(problem), link=link, lesson=lesson)

    return made


def _data(page: Page) -> None:
    """Show the buttons of the data, and the Python code."""
    st.subheader("Data and code")
    fit = run(page.experiment, page.problem)

    def made(write: Callable[[Fit], str]) -> Callable[[], str]:
        return lambda: write(fit)

    with st.container(horizontal=True):
        _save("Samples (CSV)", made(exports.samples_csv), exports.SAMPLES_FILE, "text/csv")
        _save("Every update (CSV)", made(exports.history_csv), "orbitopt-history.csv", "text/csv")
        _save("Experiment (JSON)", made(exports.run_json), "orbitopt-run.json", "application/json")
    st.markdown("These lines reproduce the run, bit for bit:")
    st.code(exports.python_lines(page.experiment, page.problem.own), language="python", wrap_lines=True)


def _save(label: str, data: Any, name: str, media_type: str) -> None:
    """Show a button that saves a file, created on demand if `data` is a function."""
    st.download_button(label, data, name, media_type, on_click="ignore", icon=":material/download:")
