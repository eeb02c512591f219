"""What is cached is shared by all sessions, or kept in one for a visitor's own samples; jobs can be stopped."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import orbitopt as oo
from orbitopt.page import cache

SCRIPT = '''
import time
import streamlit as st
import orbitopt as oo
from orbitopt.page import cache
from tests.page.test_cache import STARTED, counted, slow

problem = st.session_state.get("problem") or oo.run(oo.Experiment(epochs=1)).problem
st.session_state.result = (cache.run_job(slow, problem, st.session_state.get("n", 3)), counted(problem, 2))
st.write("below")
'''
STARTED, COUNTED = [], []


def slow(problem, n):
    """A job that takes longer than a visitor's patience if n is large."""
    STARTED.append((problem.key, n))
    for k in range(n):
        yield k / n
    return n


@cache.cached(8)
def counted(problem, factor):
    COUNTED.append(problem.key)
    return factor * len(problem.samples.x)


def visit(**state):
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def test_what_all_sessions_ask_for_is_worked_out_once():
    STARTED.clear(), COUNTED.clear()
    assert [visit(n=41).session_state.result for _ in range(3)] == [(41, 1024)] * 3
    assert len(STARTED) == len(COUNTED) == 1


def test_results_for_ones_own_samples_are_cached_by_their_values():
    STARTED.clear(), COUNTED.clear()
    one, other = (oo.FitProblem.of(oo.noisy_samples(64, 0.1, seed)) for seed in (1, 2))
    page = visit(problem=one)
    for problem in (one, other, oo.FitProblem.of(oo.noisy_samples(64, 0.1, 1))):
        page.session_state.problem = problem
        assert page.run().session_state.result == (3, 128)
    expected = [one.key, other.key]
    assert ([key for key, _ in STARTED], COUNTED) == (expected, expected)


def test_a_job_that_is_stopped_stays_stopped_until_it_is_to_go_on():
    page = visit(n=17)
    page.session_state.stopped = ("slow", oo.run(oo.Experiment(epochs=1)).problem.key, (17,))
    page.run()
    assert page.session_state.result[0] is None
    (button,) = page.button
    assert button.label == "Stopped. Continue"
    button.click().run()
    assert page.session_state.result[0] == 17
    page.session_state.stopped = ("slow", oo.run(oo.Experiment(epochs=1)).problem.key, (18,))
    assert page.run().session_state.result[0] == 17, "another job was stopped"


def test_a_script_returns_the_lock_while_a_job_advances_and_only_if_it_holds_it():
    def taken():
        with cache.SCRIPT_LOCK:
            return True

    with ThreadPoolExecutor(1) as other, cache.SCRIPT_LOCK:
        waiting = other.submit(taken)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.05)
        with cache.SCRIPT_LOCK.returned():
            assert waiting.result(timeout=60)
            with cache.SCRIPT_LOCK.returned():  # it is not held now
                assert other.submit(taken).result(timeout=60)


def test_columns_travel_as_an_arrow_table_in_their_own_types():
    table = cache.to_arrow({"a": np.array([1.0, np.nan], np.float32), "name": np.array(["x", "y"])})
    assert [str(field.type) for field in table.schema] == ["float", "string"]
    assert table.to_pydict()["name"] == ["x", "y"]


def test_what_is_warmed_up_is_loaded_once():
    loads = []
    imports = "from orbitopt.page import cache\nfrom tests.page import test_cache\n"
    script = AppTest.from_string(f"{imports}cache.warm_up(*test_cache.LOAD)")
    LOAD[:] = [lambda: loads.append(1)]
    try:
        for _ in range(3):
            script.run()
            assert not script.exception
    finally:
        LOAD.clear()
    assert len(loads) <= 1, "another test of this process may have opened the page before"


LOAD = []
