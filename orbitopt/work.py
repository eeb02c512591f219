"""Work that takes a while: a generator that yields how much of it is done, from 0 to 1, and returns its result."""

import time
from threading import Lock

_TURN = 0.1  # seconds


def finish(generator):
    """Do work to its end, and return its result."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def part(generator, k, parts):
    """Do work as the k-th of so many equal parts of a greater work, and return its result."""
    while True:
        try:
            share = next(generator)
        except StopIteration as end:
            return end.value
        yield (k + share) / parts


class Work:
    """Work that several visitors wait for, each in a thread of their own.

    Iterating over it yields how much is done until all is; then `result` holds what came of it. Whoever waits moves it
    on, one at a time. Once nobody waits any more it is given up, with all that it holds.

    Parameters
    ----------
    start : function
        Returns the generator. It is called anew when there is none, the last one having failed or been given up.
    """

    def __init__(self, start):
        self.result = None
        self._start, self._generator, self._share, self._done = start, None, 0.0, False
        self._turn, self._waiting = Lock(), 0

    @property
    def done(self):
        """Whether `result` holds what came of it."""
        return self._done

    def __iter__(self):
        with self._turn:
            self._waiting += 1
        try:
            while not self._done:
                if self._turn.acquire(timeout=_TURN):
                    try:
                        self._move_on(time.monotonic() + _TURN)
                    finally:
                        self._turn.release()
                yield self._share
        finally:
            with self._turn:
                self._waiting -= 1
                if not self._waiting and self._generator:
                    self._generator.close()
                    self._generator = None

    def _move_on(self, until):
        if self._done:
            return
        self._generator = self._generator or self._start()
        try:
            self._share = next(self._generator)
            while time.monotonic() < until:
                self._share = next(self._generator)
        except StopIteration as end:
            self.result, self._done, self._share = end.value, True, 1.0
        except Exception:
            self._generator = None
            raise
