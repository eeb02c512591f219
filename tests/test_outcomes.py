"""How runs end, judged over their last tenth, and whether each sentence about them is true."""

import dataclasses
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings

import orbitopt as oo
from orbitopt.model import clamped_loss, loss_and_gradient
from orbitopt.outcomes import OUTCOME_MARKS, SETTLED, judged_updates, outcomes
from orbitopt.palette import COLOURS
from tests.strategies import experiments

PROBLEM = oo.run(oo.Experiment(epochs=1)).problem
BEST = PROBLEM.optimum
NEAR, FAR = [True] * 20, [False] * 20


@pytest.mark.parametrize(
    ("params", "near", "reached_after", "outcome"),
    [
        (BEST[:2], NEAR, 5, "REACHED"),
        (BEST[:2], [False] * 2 + [True] * 18, 5, "REACHED"),
        ((-BEST.a, BEST.b), NEAR, 5, "MIRROR"),
        (BEST[:2], [True, False, True, False, True] * 4, 5, "HOVERING"),
        (BEST[:2], [True] * 17 + [False] * 3, 5, "HOVERING"),
        ((1.3, 1.3), [False] * 9 + [True, False, True] + [False] * 8, 5, "HOVERING"),  # time and again
        ((1.5, 1.3), [True] * 5 + [False] * 15, 5, "PASSED"),
        ((1.5, 1.3), FAR, 5, "PASSED"),
        ((1.5, 1.3), FAR, 0, "PASSED"),
        ((1.5, 1.3), FAR, -1, "MOVING"),
        (BEST[:2], [False] * 15 + [True] * 5, 795, "MOVING"),  # only just arriving
        ((BEST.a, 1001.0), NEAR, 5, "DIVERGED"),
        ((-math.inf, math.nan), FAR, -1, "DIVERGED"),
        ((0.001, 1.0), FAR, 5, "NO_SAMPLE"),
        ((-BEST.a, -BEST.b), FAR, -1, "MOVING"),
    ],
)
def test_the_ending_is_judged_over_the_last_tenth(params, near, reached_after, outcome):
    assert outcomes(params, near, reached_after, PROBLEM).item() is oo.Outcome[outcome]


def test_many_runs_are_judged_as_each_by_itself():
    rng = np.random.default_rng(4)
    params = np.vstack([rng.uniform(-2, 2, (300, 2)), [[2e3, 1], [1e-4, 1]]])
    near = rng.uniform(-0.5, 1.2, (302, 1)) > rng.uniform(size=(302, 30)) ** 2
    reached_after = rng.integers(-1, 3, 302)
    together = outcomes(params, near, reached_after, PROBLEM)
    assert set(together) == set(oo.Outcome)
    for k, outcome in enumerate(together):
        assert outcomes(params[k], near[k], reached_after[k], PROBLEM).item() is outcome


def test_at_most_fifty_updates_are_judged_and_always_the_last():
    for updates in (1, 2, 9, 10, 11, 800, 999, 60_000):
        judged = judged_updates(updates)
        assert judged[-1] == updates
        assert judged[0] == updates - updates // 10
        assert len(judged) == min(updates // 10 + 1, 50) == len(set(judged))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"optimizer": "adam", "learning_rate": 0.3, "schedule": "constant"}, "HOVERING"),
        ({"optimizer": "sgd", "learning_rate": 0.2, "schedule": "constant", "start_a": 0.8, "start_b": 0.2,
          "batch_size": 512}, "REACHED"),
        ({"optimizer": "sgd", "learning_rate": 1.05, "schedule": "constant", "start_a": 0.8, "start_b": 0.2,
          "batch_size": 512}, "MOVING"),
    ],
)
def test_runs_that_jump_about_have_not_settled(changes, outcome):
    assert oo.run(oo.Experiment(**changes)).outcome is oo.Outcome[outcome]


def test_a_run_that_ends_at_a_negative_b_has_reached_nothing():
    experiment = oo.Experiment("sgd", learning_rate=0.15, schedule="exponential", gamma=0.001, batch_size=512, epochs=3,
                               start_a=3.0, start_b=0.05, noise_scale=0.5, n_samples=512)
    fit = oo.run(experiment)
    below = dataclasses.replace(fit, params=np.array([BEST.a, -BEST.b]))
    assert below.b == -BEST.b
    assert below.outcome not in SETTLED
    assert "B is negative (−1.23 AU)" in below.message


SENTENCES = {
    "REACHED": r"Settled at the optimum: the loss is .*\.",
    "MIRROR": r"Settled at the mirror image: A ended at −.* AU; .*\.",
    "HOVERING": r"Hovers around the (mirror image of the )?optimum without settling: .*\.",
    "PASSED": r"Passed the optimum and left: .*\.",
    "MOVING": r"Has not settled: the loss is .*\.",
    "NO_SAMPLE": r"No sample (left|from the start): .*\.",
    "DIVERGED": r"Diverged after [\d,]+ updates?: [AB] is .* AU.*\.",
}


@settings(max_examples=300)
@given(experiment=experiments())
def test_what_is_said_of_a_run_is_true(experiment):
    fit = oo.run(experiment)
    message, path, (a, b) = fit.message, fit.path, fit.params
    losses = clamped_loss(path, *fit.samples)
    near = losses <= 1.1 * fit.optimum.loss + 1e-8
    assert re.fullmatch(SENTENCES[fit.outcome.name], message)
    assert ". " not in message
    if fit.outcome in SETTLED:
        assert near[judged_updates(len(path) - 1)].mean() >= 0.9
        assert near[fit.settled_after :].mean() >= 0.9 and near[fit.settled_after]
    if "was within 10 % of the minimum" in message:
        after = re.search(r"after ([\d,]+) updates?", message.partition("minimum loss")[2])[1]
        first = int(after.replace(",", ""))
        assert first == fit.reached_after == np.argmax(near)
    if found := re.search(r"each of the last (\d+) steps was longer", message):
        lengths = np.abs(np.diff(path, axis=0)).max(axis=1)
        assert (np.diff(lengths[-int(found[1]) - 1 :]) > 0).all()
    if "plateau" in message:
        assert abs(a) > 2 * fit.optimum.a
        assert abs(loss_and_gradient(fit.params, *fit.samples)[1][0]) < 0.05
    if "the learning rate has fallen" in message:
        assert fit.history.learning_rate[-1] < 0.01 * fit.history.learning_rate[0]
    if "A and B have moved by" in message:
        assert np.abs(path - path[0]).max() < 0.05
    if "rising" in message:
        late = losses[(len(losses) - 1) // 2 :]
        assert np.median(late[len(late) // 2 :]) > np.median(late[: len(late) // 2])
    assert ("B is negative" in message) <= (b < 0)
    assert ("A is negative" in message) <= (a < 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schedule": "multi-step"}, ["Settled at the optimum: the loss is 0.065 % above the minimum"]),
        ({"optimizer": "sgd", "learning_rate": 0.01, "start_b": 4.0}, ["mirror image", "A ended at −1.261 AU"]),
        ({"optimizer": "sgd", "learning_rate": 2.0}, ["Diverged after 9 updates", "each of the last 8 steps"]),
        ({"learning_rate": 0.001, "epochs": 20}, ["Has not settled", "falling only slowly"]),
        ({"learning_rate": 0.005}, ["Has not settled", "and falling."]),
        ({"learning_rate": 1e-6}, ["the steps are so short"]),
        ({"schedule": "exponential", "gamma": 0.5}, ["the learning rate has fallen to 4.73 × 10⁻³²"]),
        ({"optimizer": "momentum", "learning_rate": 0.012}, ["on a plateau far out in A"]),
        ({"start_a": 0.2, "start_b": 3.0}, ["No sample left: after 16 updates A is 0.000991 AU"]),
        ({"start_a": 0.001, "n_samples": 16, "batch_size": 16}, ["No sample from the start: with A at 0.001 AU"]),
        ({"optimizer": "sgd", "learning_rate": 1.05, "start_a": 0.8, "start_b": 0.2, "batch_size": 512}, ["oscillate"]),
        ({"learning_rate": 0.3}, ["Hovers around the optimum without settling"]),
    ],
)
def test_what_happened_is_said(changes, words):
    message = oo.run(oo.Experiment(**{"schedule": "constant"} | changes)).message
    for word in words:
        assert word in message


def test_a_run_that_was_near_and_diverged_says_both():
    fit = oo.run(oo.Experiment(learning_rate=0.02224, beta2=0.399, noise_scale=0.39, epochs=20))
    assert fit.outcome is oo.Outcome.DIVERGED
    assert fit.message.endswith("; before that it was within 10 % of the minimum loss after 17 updates.")


def test_every_outcome_has_a_mark_whose_colour_is_a_role():
    assert set(OUTCOME_MARKS) == set(oo.Outcome)
    for marks in zip(*OUTCOME_MARKS.values(), strict=True):
        assert len(set(marks)) == len(OUTCOME_MARKS)
    assert {mark.role for mark in OUTCOME_MARKS.values()} <= {*COLOURS, "reached"}
