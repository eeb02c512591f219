"""A lesson of its own: what any lesson does with its choices, its samples and its task."""

from dataclasses import replace

import pytest

import orbitopt as oo
from orbitopt.fit import problem_of
from orbitopt.lesson_parts import on_samples
from orbitopt.optimizers import Equation

BATCH = oo.Experiment("sgd", batch_size=512, epochs=3)
MINI = oo.Experiment("sgd", batch_size=64, epochs=3)


def lesson(*choices, controls=("learning_rate",), is_reached=lambda result, problem: True):
    """A lesson with choices of which some are right."""
    named = {f"{k}": oo.Choice(f"{k}", lambda fits, right=right: right) for k, right in enumerate(choices)}
    task = oo.Task("Do it.", controls, is_reached)
    return oo.Lesson("T", "1", "S", {"one": BATCH, "two": MINI}, "Q?", named, lambda fits: "H.", "W.",
                     Equation("4", "<w>"), "T.", task)  # fmt: skip


def test_the_runs_are_those_of_the_experiments_on_the_samples_of_the_problem():
    problem = problem_of(oo.Experiment(seed=5, n_samples=100, noise_scale=0.2, batch_size=10))
    fits = lesson(True).fits(problem)
    assert list(fits) == ["one", "two"]
    assert fits["one"].experiment == replace(BATCH, seed=5, n_samples=100, noise_scale=0.2, batch_size=100)
    assert fits["two"].experiment == replace(MINI, seed=5, n_samples=100, noise_scale=0.2)
    assert all(fit.problem is problem for fit in fits.values())


SIZES = [(BATCH, 1000, 1000), (BATCH, 16, 16), (MINI, 1000, 64), (MINI, 16, 16)]


@pytest.mark.parametrize(("experiment", "n", "size"), SIZES)
def test_a_batch_of_all_samples_still_has_all_of_them(experiment, n, size):
    assert on_samples(experiment, problem_of(oo.Experiment(n_samples=n, batch_size=1, epochs=1))).batch_size == size


def test_exactly_one_choice_must_be_right():
    assert lesson(False, True, False).right_choice({}) == "1"
    for choices in ((False, False), (True, True)):
        with pytest.raises(ValueError):
            lesson(*choices).right_choice({})


def test_a_task_counts_only_with_the_settings_that_it_allows():
    one = lesson(True, controls=("learning_rate", "schedule"))
    decay = {"schedule": "multi-step", "milestones": (2,), "gamma": 0.1}
    other_samples = {"n_samples": 600, "batch_size": 600, "noise_scale": 0.2, "seed": 3}
    for allowed in ({}, {"learning_rate": 0.3}, decay, other_samples):
        fit = oo.run(replace(BATCH, **allowed))
        assert one.departures(fit.experiment, fit.problem) == []
        assert one.is_task_reached(fit, fit.problem)
    for other, label in (({"epochs": 4}, "Epochs"), ({"batch_size": 64}, "Batch size"), ({"start_a": 1.0}, "Start A")):
        fit = oo.run(replace(BATCH, **other))
        assert one.departures(fit.experiment, fit.problem) == [label]
        assert not one.is_task_reached(fit, fit.problem)
    rate_alone = lesson(True)
    assert rate_alone.departures(replace(BATCH, milestones=(2,)), oo.run(BATCH).problem) == ["Decay at updates"]
    never = lesson(True, is_reached=lambda result, problem: False)
    assert not never.is_task_reached(oo.run(BATCH), oo.run(BATCH).problem)
