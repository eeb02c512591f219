"""Jobs: their progress, their result, and several sessions that wait for one job."""

import threading

import pytest

import orbitopt as oo
from orbitopt.jobs import Job, finish, part


def counting(calls, upto=5):
    calls.append("begun")
    for k in range(upto):
        yield k / upto
    return "done"


def test_finish_returns_the_result():
    assert finish(counting([])) == "done"


@pytest.mark.parametrize("steps", [[0.5, 1.0], None, lambda: counting([])], ids=["list", "None", "function"])
def test_what_is_no_job_is_refused(steps):
    with pytest.raises(TypeError, match=r"steps must be a job, such as map_starts\(experiment, 21\), got "):
        oo.finish(steps)


def test_a_part_counts_for_its_share_of_the_whole():
    def whole():
        first = yield from part(counting([], 2), 0, 2)
        second = yield from part(counting([], 2), 1, 2)
        return first, second

    progress = []
    job = whole()
    with pytest.raises(StopIteration) as end:
        while True:
            progress.append(next(job))
    assert progress == [0.0, 0.25, 0.5, 0.75]
    assert end.value.value == ("done", "done")


def test_a_job_is_run_once_for_all_who_wait():
    calls, seen = [], []
    job = Job(lambda: counting(calls, 20_000))
    waiting = [threading.Thread(target=lambda: seen.append((list(job), job.result))) for _ in range(8)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    assert calls == ["begun"]
    assert [result for _, result in seen] == ["done"] * 8
    assert {progress[-1] for progress, _ in seen if progress} == {1.0}
    assert job.done and job.result == "done"
    assert list(job) == []


def test_a_job_that_nobody_waits_for_is_closed_and_starts_again(monkeypatch):
    monkeypatch.setattr("orbitopt.jobs._SLICE", 0.0)
    calls, closed = [], []

    def watched():
        try:
            return (yield from counting(calls))
        except GeneratorExit:
            closed.append(True)
            raise

    job = Job(watched)
    one, other = iter(job), iter(job)
    assert next(one) < next(other)
    one.close()
    assert not closed
    other.close()
    assert closed == [True]
    assert job.result is None and not job.done
    assert list(job)[-1] == 1.0
    assert (job.result, calls) == ("done", ["begun", "begun"])


def test_a_job_that_fails_raises_its_error_and_may_be_tried_again():
    tries = []

    def failing_once():
        tries.append(1)
        yield 0.5
        if len(tries) == 1:
            raise OSError("the disk is full")
        return "done"

    job = Job(failing_once)
    with pytest.raises(OSError, match="the disk is full"):
        list(job)
    assert not job.done
    assert list(job)[-1] == 1.0
    assert job.result == "done"


def test_a_job_whose_result_is_none_is_done():
    job = Job(lambda: (progress for progress in (0.0, 0.5)))
    assert list(job)[-1] == 1.0
    assert job.done and job.result is None
