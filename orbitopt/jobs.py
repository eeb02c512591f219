"""Jobs: generators that yield their progress, from 0 to 1, and return a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from threading import Lock
from typing import Generic, TypeVar

Result = TypeVar("Result")
JobSteps = Generator[float, None, Result]
"""Generator that yields its progress, from 0 to 1, and returns a result."""

_SLICE = 0.1  # seconds


def finish(steps: JobSteps[Result]) -> Result:
    """Run a job to its end and return its result.

    Raises
    ------
    TypeError
        If `steps` is not a job.
    """
    if not isinstance(steps, Generator):
        raise TypeError(f"steps must be a job, such as map_starts(experiment, 21), got {steps!r}")
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def part(steps: JobSteps[Result], k: int, parts: int) -> JobSteps[Result]:
    """Return a job that runs another as part k, counted from 0, of a larger job with equal parts."""
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield (k + progress) / parts


class Job(Generic[Result]):
    """A job shared by several sessions, each in its own thread.

    Iterating yields the progress until the job is done; `result` then holds the result. The waiting sessions advance
    the job in turn. When the last of them stops waiting, the job is closed, and it starts again for the next session.

    Parameters
    ----------
    start
        Function that returns the generator. It is called again if the job failed or was closed.
    """

    def __init__(self, start: Callable[[], JobSteps[Result]]) -> None:
        self.result: Result | None = None
        self.done = False
        self._start = start
        self._steps: JobSteps[Result] | None = None
        self._progress = 0.0
        self._turn, self._waiting = Lock(), 0

    def __iter__(self) -> Iterator[float]:
        with self._turn:
            self._waiting += 1
        try:
            while not self.done:
                if self._turn.acquire(timeout=_SLICE):
                    try:
                        self._advance(time.monotonic() + _SLICE)
                    finally:
                        self._turn.release()
                yield self._progress
        finally:
            with self._turn:
                self._waiting -= 1
                if not self._waiting and self._steps:
                    self._steps.close()
                    self._steps = None

    def _advance(self, until: float) -> None:
        if self.done:
            return
        self._steps = self._steps or self._start()
        try:
            self._progress = next(self._steps)
            while time.monotonic() < until:
                self._progress = next(self._steps)
        except StopIteration as end:
            self.result, self.done, self._progress = end.value, True, 1.0
        except Exception:
            self._steps = None
            raise
