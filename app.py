"""The page, from top to bottom: controls, head, charts, player, and a lesson or one closer look at a time."""

import os
import tempfile
from pathlib import Path

import streamlit as st

from orbitopt.experiment import SETTINGS
from orbitopt.fit import problem_of
from orbitopt.page import (
    cache,
    comparisons,
    hand_fit,
    lesson,
    overview,
    own_samples,
    pictures,
    player,
    sections,
    share,
    sidebar,
    vega,
)
from orbitopt.page.context import Page
from orbitopt.page.controls import Controls

ASSETS = Path(__file__).parent / "assets"
os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir(), "orbitopt-matplotlib")))  # not a home directory

controls = Controls(
    sidebar.SETTINGS | overview.SETTINGS | SETTINGS | comparisons.SETTINGS | sections.SETTINGS | lesson.SETTINGS,
    texts=[overview.PIN, own_samples.KEY, hand_fit.BEST, share.ONLY],
)
projecting = controls.peek("projector", False)
style = vega.PROJECTOR if projecting else vega.DESK
in_lesson = controls.peek("lesson", lesson.FREE) != lesson.FREE
overview.forget_idle()

st.set_page_config(
    page_title=overview.TITLE,
    page_icon=str(ASSETS / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if projecting or in_lesson or st.context.is_embedded else "auto",
)
st.html(ASSETS / "page.css")
if projecting:
    st.html(ASSETS / "projector.css")
cache.warm_up(pictures.load, player.component, player.surface)

with cache.SCRIPT_LOCK:  # one script at a time
    notices, screen, bar = st.container(key="notices"), st.container(key="screen"), st.container(key="player")
    head = screen.container(key="head")
    share.limit_controls(controls)
    opened = lesson.open_lesson(controls, screen)
    own_problem = None if opened else own_samples.problem(controls)
    with st.sidebar:
        experiment = sidebar.show(controls, own_problem, opened.lesson.main if opened else None)
    problem = problem_of(experiment, own_problem)
    page = Page(experiment, problem, lesson.visible_run(opened, problem, experiment), controls, style)

    with head, st.container(key="title", horizontal=True):
        st.title(overview.TITLE)
        beside_strip = lesson.show_strip(controls)
    if opened:
        lesson.show(opened, page, screen, head)
        section = opened.section
    else:
        with notices:
            own_samples.show_missing(controls)
        with screen:
            overview.show_charts(page)
        with head:  # after the charts, which the browser takes longest to draw
            overview.show_head(page)
        overview.show_messages(page)
        section = sections.choose(page)
    sections.show(page, section)
    readouts = [value for _, value, _ in overview.readouts(page.run)]
    player.show(page, bar, readouts, **lesson.player_options(opened))
    share.show_button(controls, opened.lesson.title if opened else None, beside_strip)  # once all settings are known
    if controls.notice:
        notices.warning(controls.notice)
    controls.write_link()
