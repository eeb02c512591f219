"""Advice is tried before it is given: it settles when it is followed, and leads where a slider can go."""

import dataclasses

import pytest

import orbitopt as oo
from orbitopt import advice
from tests.benchmarks.advice import failing_runs


@pytest.fixture(scope="module")
def failed():
    """Random runs that did not settle, and the advice on them."""
    return [(fit, oo.advise(fit)) for fit in failing_runs(40, seed=7)]


def test_nearly_every_run_that_did_not_settle_gets_advice(failed):
    assert sum(given is not None for _, given in failed) >= 38


def test_advice_that_is_followed_settles(failed):
    for _, given in failed:
        if given:
            fit = oo.run(given.experiment)
            assert fit.outcome is oo.Outcome.REACHED
            assert f"after {fit.settled_after:,} update" in given.sentence


def test_advice_names_its_changes_and_never_changes_the_optimizer(failed):
    for fit, given in failed:
        if given:
            before, after = dataclasses.asdict(fit.experiment), dataclasses.asdict(given.experiment)
            assert given.changes == {name: after[name] for name in after if after[name] != before[name]} != {}
            assert "optimizer" not in given.changes


def test_what_is_advised_can_be_set_with_the_controls(failed):
    for _, given in failed:
        for name, value in given.changes.items() if given else ():
            setting = oo.SETTINGS[name]
            assert setting.from_control(setting.to_control(value)) == value


def test_a_search_has_an_end(failed):
    for fit, _ in failed[:10]:
        shares = list(oo.search_advice(fit))
        assert shares == sorted(shares)
        assert shares[-1] <= 1.0


@pytest.mark.parametrize(
    ("experiment", "changes"),
    [
        (oo.EXAMPLES["creeps"].experiment, {"start_a": 1.0, "start_b": 1.0}),
        (dataclasses.replace(oo.EXAMPLES["batch"].experiment, learning_rate=0.02), {"learning_rate": 0.2}),
        (dataclasses.replace(oo.EXAMPLES["single"].experiment, learning_rate=0.02), {"batch_size": 64}),
    ],
)
def test_the_smallest_change_that_helps_is_advised(experiment, changes):
    given = oo.advise(oo.run(experiment))
    assert given.changes == changes


def test_whether_other_seeds_settle_too_is_said():
    experiment = oo.EXAMPLES["creeps"].experiment
    given = oo.advise(oo.run(experiment))
    assert given.sentence.endswith("and also settles with two other seeds.")
    for k in (1, 2):
        other = dataclasses.replace(given.experiment, seed=experiment.seed + k)
        assert oo.run(other).outcome is oo.Outcome.REACHED


def test_a_run_that_settled_is_told_how_far_its_learning_rate_can_be_raised():
    fit = oo.run(oo.PUBLISHED["adam"])
    given = oo.advise(fit)
    assert given.sentence.startswith("How far can you raise the learning rate? With this seed the run settles at every")
    best = given.changes["learning_rate"]
    assert f"up to {best:g}" in given.sentence
    assert oo.run(given.experiment).outcome is oo.Outcome.REACHED
    beyond = float(given.sentence.partition("not at ")[2].partition(",")[0].rstrip("."))
    assert beyond > best
    assert oo.run(dataclasses.replace(fit.experiment, learning_rate=beyond)).outcome is not oo.Outcome.REACHED


def test_where_no_larger_rate_settles_there_is_nothing_to_try_and_gaps_are_told():
    fit = oo.run(oo.PUBLISHED["sgd"])
    given = oo.advise(fit)
    assert given.changes == {} and given.experiment == fit.experiment
    assert "the run does not settle at 0.015, but does at 0.05." in given.sentence
    for rate, settles in ((0.015, False), (0.05, True)):
        again = oo.run(dataclasses.replace(fit.experiment, learning_rate=rate))
        assert (again.outcome is oo.Outcome.REACHED) == settles


def test_no_candidate_is_out_of_bounds_or_over_budget(monkeypatch):
    tried, run = [], oo.run

    def noted(experiment, problem):
        tried.append(run(experiment, problem))
        return tried[-1]

    monkeypatch.setattr(advice, "run", noted)
    far = {"start_a": 4, "start_b": 4}
    longest = oo.Experiment("sgd", learning_rate=9.9, schedule="constant", batch_size=1, epochs=117, **far)
    oo.advise(run(longest))
    assert 0 < sum(len(fit.history.loss) for fit in tried) <= advice.MAX_TRIED_UPDATES
    assert max(fit.experiment.updates for fit in tried) <= advice.MAX_TRIED_UPDATES // 4


def test_ones_own_samples_are_tried_in_place_of_drawn_ones():
    problem = oo.FitProblem.of(oo.noisy_samples(512, 0.0, 3))
    experiment = dataclasses.replace(oo.EXAMPLES["creeps"].experiment, noise_scale=0.5)
    given = oo.advise(oo.run(experiment, problem))
    assert oo.run(given.experiment, problem).outcome is oo.Outcome.REACHED
