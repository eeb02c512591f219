"""Clicks on pictures: the last point is taken, and the same point can be clicked again."""

from streamlit.testing.v1 import AppTest

SCRIPT = '''
import streamlit as st
from types import SimpleNamespace
from orbitopt.page.clicks import clickable, last_click

options = clickable("cells", lambda: None)
st.session_state.options = {name: value for name, value in options.items() if name != "on_select"}
if "taken" in st.session_state:
    st.session_state[options["key"]] = SimpleNamespace(selection=SimpleNamespace(taken=st.session_state.taken))
    st.session_state.point = last_click("cells")
    st.session_state.next_key = clickable("cells", lambda: None)["key"]
'''


def clicked(*points):
    visit = AppTest.from_string(SCRIPT)
    visit.session_state.taken = list(points)
    visit.run()
    assert not visit.exception
    return visit.session_state


def test_a_picture_has_a_key_and_asks_for_its_selection():
    visit = AppTest.from_string(SCRIPT).run()
    assert visit.session_state.options == {"key": "cells-0", "selection_mode": "taken"}


def test_the_last_point_is_taken_and_the_picture_gets_another_key():
    state = clicked({"a": 1.0}, {"a": 2.0})
    assert state.point == [{"a": 2.0}]
    assert (state.options["key"], state.next_key) == ("cells-0", "cells-1")


def test_no_point_is_no_click():
    state = clicked()
    assert state.point == []
    assert state.next_key == "cells-0"
