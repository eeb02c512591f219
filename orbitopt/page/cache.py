"""Caches and jobs, shared by all sessions or, for a visitor's own samples, kept in one; and Arrow tables.

Every cached function takes a `FitProblem` first: results for generated samples are shared by all sessions, those for a
visitor's own samples stay in that visitor's session. Results are shared without copying, so do not modify them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from threading import Lock, get_ident
from types import FunctionType
from typing import Any, TypeAlias

import pyarrow
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ..arrays import Columns
from ..jobs import Job
from ..problem import FitProblem
from ..traces import RunGroup

Table: TypeAlias = pyarrow.Table
"""A dataset as it travels to the browser."""

PATIENCE = 0.5
"""Seconds after which a job shows its progress."""


class _ScriptLock:
    """Lock that serializes scripts to reduce tail latency under the GIL; a script returns it while a job advances.

    With 150 visitors, one lock for a whole script in the place of several for its parts cut the 95th percentile of the
    response time from 3.2 s to 1.7 s.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        self._lock.acquire()
        self._holder = get_ident()

    def __exit__(self, *exception: object) -> None:
        self._holder = None
        self._lock.release()

    @contextmanager
    def returned(self) -> Iterator[None]:
        """Return the lock for a while, if this thread holds it."""
        if self._holder != get_ident():
            yield
            return
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


SCRIPT_LOCK = _ScriptLock()

SEARCH_LOCK = Lock()
"""Lock that lets one session at a time run a background job, so that these never outnumber the scripts."""

_JOB_LOCK = Lock()

_HASHED: dict[str | type[Any], Callable[[Any], Any]] = {
    FitProblem: lambda problem: problem.key,
    RunGroup: lambda group: group.token,
    FunctionType: lambda function: f"{function.__module__}.{function.__qualname__}",
}


def to_arrow(columns: Columns) -> Table:
    """Return columns as an Arrow table."""
    return pyarrow.table(columns)


def cached(max_entries: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Cache the results of a function of a FitProblem and other hashable arguments; see the module's docstring.

    A hit takes about 0.4 ms in Streamlit's caches, which can be limited to a session, and 0.01 ms in `lru_cache`.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        shared = lru_cache(maxsize=max_entries)(function)
        in_session = st.cache_resource(
            max_entries=max_entries, scope="session", show_spinner=False, hash_funcs=_HASHED
        )
        own = in_session(function)

        @wraps(function)
        def cached_function(problem: FitProblem, *args: Any) -> Any:
            if problem.own and not get_script_run_ctx(suppress_warning=True):
                return function(problem, *args)  # at a prompt, or while a file is made, there is no session
            return (own if problem.own else shared)(problem, *args)

        return cached_function

    return decorate


@cached(64)
def _job(problem: FitProblem, steps: Callable[..., Any], args: tuple[Any, ...]) -> Job[Any]:
    return Job(lambda: steps(problem, *args))


def job_of(steps: Callable[..., Any], problem: FitProblem, *args: Any) -> Job[Any]:
    """Return the job that advances `steps(problem, *args)`, the same one for every session that asks for it."""
    with _JOB_LOCK:
        job: Job[Any] = _job(problem, steps, args)
    return job


def run_job(steps: Callable[..., Any], problem: FitProblem, *args: Any) -> Any:
    """Run a job with a progress bar and a stop button, and return its result; None if the visitor has stopped it."""
    job, place = job_of(steps, problem, *args), st.empty()
    identity = steps.__qualname__, problem.key, args
    if st.session_state.get("stopped") == identity:
        place.button("Stopped. Continue", on_click=st.session_state.pop, args=["stopped", None])
        return None
    if not job.done:
        with SCRIPT_LOCK.returned():
            _advance(job, place, identity)
    place.empty()
    return job.result


def _advance(job: Job[Any], place: Any, identity: Any) -> None:
    """Advance a job to its end, with a progress bar and a stop button if it takes long."""
    begun, bar = time.monotonic(), None
    for progress in job:
        if bar:
            bar.progress(progress)
        elif time.monotonic() - begun > PATIENCE:
            with place.container(horizontal=True, vertical_alignment="center"):
                bar = st.progress(progress)
                st.button("Stop", on_click=st.session_state.update, args=[{"stopped": identity}])


def run_in_background(job: Job[Any]) -> None:
    """Run a job to its end without a progress bar; a rerun of the page stops it."""
    place = st.empty()  # a script stops where it sends something
    while not SEARCH_LOCK.acquire(timeout=0.05):
        place.empty()
    try:
        for _ in job:
            place.empty()
    finally:
        SEARCH_LOCK.release()


def warm_up(*load: Callable[[], Any]) -> None:
    """Load what every visit needs once per process; all sessions wait until it is loaded.

    Otherwise the first visitors would import and build the same things at the same time. `gc.freeze` then exempts them
    from garbage collection, which makes later collections cheap.
    """

    @st.cache_resource(max_entries=1, show_spinner=False)
    def loaded() -> bool:
        for function in load:
            function()
        gc.collect()
        gc.freeze()
        return True

    loaded()
