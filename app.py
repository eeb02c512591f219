"""The page, from top to bottom: controls, head, charts, player, and one closer look at a time."""

import os
import tempfile
from pathlib import Path

import streamlit as st

from orbitopt.experiment import SETTINGS
from orbitopt.fit import problem_of
from orbitopt.page import cache, comparisons, overview, own_samples, pictures, player, sections, sidebar, vega
from orbitopt.page.context import Page
from orbitopt.page.controls import Controls

ASSETS = Path(__file__).parent / "assets"
os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir(), "orbitopt-matplotlib")))  # not a home directory

controls = Controls(
    sidebar.SETTINGS | overview.SETTINGS | SETTINGS | comparisons.SETTINGS | sections.SETTINGS,
    texts=[overview.PIN, own_samples.KEY],
)
projecting = controls.is_on("projector")
style = vega.PROJECTOR if projecting else vega.DESK
overview.forget_idle()

st.set_page_config(
    page_title="What does an optimizer do?",
    page_icon=str(ASSETS / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if projecting or st.context.is_embedded else "auto",
)
st.html(ASSETS / "page.css")
if projecting:
    st.html(ASSETS / "projector.css")
cache.warm_up(pictures.load, player.component, player.surface)

with cache.SCRIPT_LOCK:  # one script at a time
    own_problem = own_samples.problem(controls)
    with st.sidebar:
        experiment = sidebar.show(controls, own_problem)
    problem = problem_of(experiment, own_problem)
    page = Page(experiment, problem, pictures.run_trace(problem, experiment), controls, style)

    notices = st.container(key="notices")
    with notices:
        own_samples.show_missing(controls)
    with st.container(key="screen"):
        head = st.container(key="head")  # filled after the charts, which the browser takes longest to draw
        overview.show_charts(page)
    bar = st.container(key="player")
    with head:
        overview.show_head(page)
    overview.show_messages(page)
    section = sections.choose(page)
    sections.show(page, section)
    player.show(page, bar, [value for _, value, _ in overview.readouts(page.run)])
    if controls.notice:
        notices.warning(controls.notice)
    controls.write_link()
