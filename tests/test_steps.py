"""Steps of runs, and the arrows that show them."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import traces
from orbitopt.steps import arrow_columns, follow_steps
from orbitopt.traces import MAIN, RunGroup
from tests.page.runs import trace_of


def steps_of(experiment):
    return oo.finish(follow_steps(oo.run(experiment).problem, experiment))


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_steps_are_those_of_the_run(key):
    experiment = oo.EXAMPLES[key].experiment
    fit, steps = oo.run(experiment), steps_of(experiment)
    np.testing.assert_array_equal(steps.params, fit.at(steps.update))
    np.testing.assert_array_equal(steps.update, traces.rows_shown(len(fit.history.loss))[:-1])
    np.testing.assert_allclose(steps.params + steps.step, fit.at(steps.update + 1), rtol=1e-12)
    update = oo.update_at(experiment, int(steps.update[3]))
    assert steps.descent[3].tolist() == [-update.learning_rate * slope for slope in update.gradient]
    assert (steps.effective_rate is not None) == (experiment.optimizer in ("rmsprop", "adam", "adagrad"))


def test_gradient_descent_adds_nothing_to_the_gradient():
    steps = steps_of(oo.PUBLISHED["sgd"])
    np.testing.assert_allclose(steps.step, steps.descent, atol=1e-14)
    assert steps.gain == pytest.approx([1.0, 1.0])
    assert steps.sign_changes[0].tolist() == steps.sign_changes[1].tolist()


def test_momentum_turns_less_often_and_goes_further_than_the_gradient():
    steps = steps_of(oo.PUBLISHED["momentum"])
    (gradient_a, gradient_b), (step_a, step_b) = steps.sign_changes
    assert step_a < 0.7 * gradient_a and step_b < 0.7 * gradient_b
    assert (steps.gain > 2).all()


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_arrows_start_on_the_path_and_the_longest_fits_the_picture(key):
    run = trace_of(key)
    steps = steps_of(run.experiment)
    limits = RunGroup("", {MAIN: run}, {MAIN: run.experiment.optimizer}).axis_limits
    columns, magnification = arrow_columns(steps, limits)
    assert 2 <= columns["chosen"].sum() <= 24
    assert columns["last"].tolist() == [False] * (len(columns["last"]) - 1) + [True]
    height = limits[1][1] - limits[1][0]
    for name in ("gradient", "step"):
        chosen = columns["chosen"]
        assert np.abs(columns[f"{name}_b"] - columns["b"])[chosen].max() <= 0.4001 * height
    k = np.flatnonzero(steps.update == columns["update"][1])[0]
    for name, arrows in (("step", steps.step), ("gradient", steps.descent)):
        tip = steps.params[k] + magnification * arrows[k]
        assert (columns[f"{name}_a"][1], columns[f"{name}_b"][1]) == pytest.approx(tuple(tip), rel=1e-5)


def test_the_arrows_at_the_player_last_until_the_next_row_and_are_evened_out():
    run = trace_of("adam")
    steps = steps_of(run.experiment)
    limits = RunGroup("", {MAIN: run}, {MAIN: "adam"}).axis_limits
    true, evened = (arrow_columns(steps, limits, even)[0] for even in (False, True))
    assert true["next"].tolist() == [*true["update"][1:].tolist(), steps.update[-1] + 1]
    for name in ("gradient", "step"):
        lengths, shown = (
            np.hypot(one[f"{name}_a"] - one["a"], one[f"{name}_b"] - one["b"]) for one in (true, evened)
        )
        assert shown.min() > 0.01, "0.5 % of the window, at the last and shortest step"
        assert shown.max() < 0.8
        order = np.argsort(lengths)
        assert (np.diff(shown[order]) > -1e-3).all(), "the longer stays the longer"
