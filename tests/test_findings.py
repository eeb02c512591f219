"""Findings: what runs show, in numbers worked out by hand."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import findings
from orbitopt.examples import FIGURE_3
from orbitopt.fit import problem_of

WALK = replace(FIGURE_3, batch_size=512, learning_rate=0.2)


def path(*points):
    """A run along a path."""
    points = np.array(points, float)
    return SimpleNamespace(path=points, params=points[-1], reached_after=None)


def test_steps_are_measured_along_the_path():
    walk = path((0, 0), (3, 4), (3, 5), (3, 4))
    assert findings.step_lengths(walk).tolist() == [5, 1, 1]
    assert findings.growth_of_steps({"walk": walk}) == pytest.approx(1 / 5)
    assert findings.first_step(walk).tolist() == [3, 4]
    assert findings.slant({"walk": walk}) == 0.75
    assert findings.travel(walk) == 6
    assert findings.sway(walk) == 1


def test_growth_counts_the_way_to_the_optimum_only():
    walk = path((0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 0), (4, 0))
    walk.reached_after = 4
    assert findings.growth_of_steps({"walk": walk}) == 1.0


def test_two_runs_are_compared():
    one, other = path((0, 0), (0, 2), (0, 0)), path((0, 0), (0, 1), (0, 1))
    runs = {"one": one, "other": other}
    assert findings.zigzag(runs) == 4.0
    assert findings.ends_apart(runs) == 1.0
    assert findings.from_truth(runs) == pytest.approx(np.hypot(1.261845, 1.234378), abs=1e-6)


def test_a_run_needs_the_samples_that_it_has_used_when_it_arrives():
    fit = oo.run(WALK)
    assert findings.samples_needed(fit) == fit.reached_after * 512
    assert findings.epochs_needed(fit) == fit.reached_after
    assert findings.samples_needed(oo.run(replace(WALK, epochs=3))) == float("inf")


def test_the_steepness_is_that_of_the_loss():
    fit = oo.run(WALK)
    a, b = oo.update_at(WALK, 0).gradient
    assert findings.steepness(fit) == pytest.approx(abs(b / a))


def test_the_first_step_of_adam_is_told_from_others():
    def kind(adam, scaled):
        first, second = path((0, 0), adam), path((0, 0), scaled)
        first.experiment = replace(WALK, optimizer="adam", learning_rate=0.1)
        return findings.kind_of_first_step({"Adam": first, "RMSprop": second})

    assert kind((0.1, 0.1), (0.3, 0.3)) == "alpha"
    assert kind((0.3, 0.3), (0.3, 0.3)) == "rmsprop"
    assert kind((0.01, 0.1), (0.3, 0.3)) == "steep"


def test_the_largest_rate_settles_and_the_next_one_does_not():
    problem = problem_of(WALK)
    largest = findings.largest_settled_rate(replace(WALK, learning_rate=1.0, epochs=60), problem)
    assert oo.run(replace(WALK, learning_rate=largest, epochs=60)).outcome is oo.Outcome.REACHED
    assert oo.run(replace(WALK, learning_rate=1.2 * largest, epochs=60)).outcome is not oo.Outcome.REACHED
    for rate, reached in ((0.5 * largest, False), (0.85 * largest, True), (largest, True)):
        assert findings.has_largest_rate(oo.run(replace(WALK, learning_rate=rate, epochs=60)), problem) is reached


def test_the_fastest_of_the_published_runs():
    fastest = min(fit.reached_after for fit in map(oo.run, oo.PUBLISHED.values()))
    assert findings.samples_of_the_fastest(problem_of(oo.Experiment())) == 64 * fastest


def test_four_times_the_samples_halve_the_uncertainty():
    few, many = (findings.uncertainty(problem_of(oo.Experiment(n_samples=n, epochs=1))) for n in (512, 2048))
    assert many == pytest.approx(few / 2, rel=0.35)


@pytest.mark.parametrize(("length", "text"), [(0, "0 AU"), (0.01234, "0.012 AU"), (5e-8, "less than 0.0001 AU")])
def test_lengths_are_written_without_powers_of_ten(length, text):
    assert findings.length_text(length) == text
