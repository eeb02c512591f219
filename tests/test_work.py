"""Work that takes a while: its progress, its result, and several who wait for it at once."""

import threading

import pytest

from orbitopt.work import Work, finish, part


def counting(calls, upto=5):
    calls.append("begun")
    for k in range(upto):
        yield k / upto
    return "done"


def test_finish_returns_the_result():
    assert finish(counting([])) == "done"


def test_a_part_counts_for_its_share_of_the_whole():
    def whole():
        first = yield from part(counting([], 2), 0, 2)
        second = yield from part(counting([], 2), 1, 2)
        return first, second

    shares = []
    work = whole()
    with pytest.raises(StopIteration) as end:
        while True:
            shares.append(next(work))
    assert shares == [0.0, 0.25, 0.5, 0.75]
    assert end.value.value == ("done", "done")


def test_work_is_done_once_for_all_who_wait():
    calls, seen = [], []
    work = Work(lambda: counting(calls, 20_000))
    waiting = [threading.Thread(target=lambda: seen.append((list(work), work.result))) for _ in range(8)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    assert calls == ["begun"]
    assert [result for _, result in seen] == ["done"] * 8
    assert {shares[-1] for shares, _ in seen if shares} == {1.0}
    assert work.result == "done"
    assert list(work) == []


def test_work_that_nobody_waits_for_any_more_is_given_up_and_begun_anew(monkeypatch):
    monkeypatch.setattr("orbitopt.work._TURN", 0.0)
    calls, closed = [], []

    def watched():
        try:
            return (yield from counting(calls))
        except GeneratorExit:
            closed.append(True)
            raise

    work = Work(watched)
    one, other = iter(work), iter(work)
    assert next(one) < next(other)
    one.close()
    assert not closed
    other.close()
    assert closed == [True]
    assert work.result is None
    assert list(work)[-1] == 1.0
    assert (work.result, calls) == ("done", ["begun", "begun"])


def test_work_that_fails_says_so_and_may_be_tried_again():
    tries = []

    def failing_once():
        tries.append(1)
        yield 0.5
        if len(tries) == 1:
            raise OSError("the disk is full")
        return "done"

    work = Work(failing_once)
    with pytest.raises(OSError, match="the disk is full"):
        list(work)
    assert list(work)[-1] == 1.0
    assert work.result == "done"
