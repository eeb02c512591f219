"""Errors at the prompt: each names the argument, the expectation and the value."""

import dataclasses
import re

import pytest

import orbitopt as oo
from orbitopt import checks, exports, figures, films, schedules, sweeps
from orbitopt.samples import Samples

ADAM = oo.PUBLISHED["adam"]
SHORT = dataclasses.replace(ADAM, epochs=1)
NAN = float("nan")

NO_EXPERIMENT = "experiment must be an Experiment, such as PUBLISHED['adam'], got "
NO_FIT = "fit must be a Fit, such as run(PUBLISHED['adam']), got "
NO_OPTIMIZER = "optimizer must be one of sgd, momentum, rmsprop, adam, adagrad, got "
NO_MILESTONES = "milestones must be at most 20 whole numbers in [0, 60000], got "
NO_SHAPE = "samples must have x and y of shape (n,), n at least 2, got shapes "

TYPE_ERRORS = {
    NO_EXPERIMENT + "'adam'": [
        lambda: oo.run("adam"),
        lambda: oo.update_at("adam", 1),
        lambda: oo.with_optimizer("adam", "sgd"),
        lambda: oo.with_batch_size("adam", 32, 0.2, 30),
        lambda: oo.finish(oo.map_starts("adam", 3)),
        lambda: oo.finish(oo.sweep_learning_rates("adam")),
        lambda: oo.finish(checks.torch_path("adam")),
    ],
    NO_EXPERIMENT + "None": [lambda: oo.run(None)],
    "problem must be a FitProblem, such as FitProblem.of(samples), or None, got Samples(x=": [
        lambda: oo.run(ADAM, oo.noisy_samples(512, 0.1, 1)),
    ],
    NO_FIT + "'x'": [
        lambda: oo.advise("x"),
        lambda: oo.finish(oo.search_advice("x")),
        lambda: figures.orbits("x"),
        lambda: figures.surface("x"),
        lambda: figures.transfer("x"),
        lambda: figures.race({"Adam": "x"}),
    ],
    "fits must be Fits by name, such as {'Adam': run(PUBLISHED['adam'])}, got {}": [
        lambda: figures.race({}),
        lambda: figures.batches({}),
        lambda: oo.finish(films.film({})),
    ],
    "steps must be a job, such as map_starts(experiment, 21), got 'x'": [lambda: oo.finish("x")],
    "samples must be Samples(x, y), got ()": [
        lambda: oo.optimum(()),
        lambda: oo.FitProblem.of(()),
        lambda: checks.check_gradient((1.0, 1.0), ()),
    ],
    "text must be a str of JSON, got 3": [lambda: exports.run_from_json(3)],
    "data must be bytes, such as Path('orbit.csv').read_bytes(), got 'x,y'": [
        lambda: oo.read_orbit("x,y"),
    ],
}

VALUE_ERRORS = {
    "problem must have n_samples = 512 samples, got 20": [
        lambda: oo.run(ADAM, oo.FitProblem.of(oo.noisy_samples(20, 0.1, 1))),
    ],
    NO_OPTIMIZER + "'lion'": [lambda: oo.with_optimizer(ADAM, "lion"), lambda: oo.Experiment(optimizer="lion")],
    NO_OPTIMIZER + "['adam']": [lambda: oo.with_optimizer(ADAM, ["adam"]), lambda: oo.Experiment(optimizer=["adam"])],
    "schedule must be one of constant, multi-step, exponential, cosine, got 'step'": [
        lambda: oo.with_optimizer(ADAM, "sgd", schedule="step"),
        lambda: oo.Experiment(schedule="step"),
    ],
    "learning_rate must lie in (0, 10], got -1": [
        lambda: oo.with_optimizer(ADAM, "sgd", learning_rate=-1),
        lambda: oo.with_batch_size(ADAM, 32, -1, 30),
    ],
    NO_MILESTONES + "3": [lambda: oo.Experiment(milestones=3)],
    NO_MILESTONES + "(1.5,)": [lambda: oo.Experiment(milestones=(1.5,))],
    "learning_rate must lie in (0, 10], got None; epochs must be a whole number in [1, 500], got 2.5": [
        lambda: oo.Experiment(learning_rate=None, epochs=2.5),
    ],
    "size must be a whole number in [1, inf), got 0": [lambda: oo.with_batch_size(ADAM, 0, 0.2, 30)],
    "size must be a whole number in [1, inf), got '32'": [lambda: oo.with_batch_size(ADAM, "32", 0.2, 30)],
    "epochs must be a whole number in [1, inf), got '30'": [lambda: oo.with_batch_size(ADAM, 32, 0.2, "30")],
    "scaling must be one of none, root, linear, got 'square'": [
        lambda: oo.with_batch_size(ADAM, 32, 0.2, 30, "square"),
        lambda: schedules.batch_factor(32, 512, "square"),
    ],
    "n_samples must be a whole number in [1, inf), got '512'": [lambda: oo.max_epochs("512", 1)],
    "batch_size must be a whole number in [1, inf), got 0": [lambda: oo.max_epochs(512, 0)],
    "switch_after must be a whole number in [0, inf), got -1": [lambda: oo.max_epochs(512, 1, switch_after=-1)],
    "switch_size must be a whole number in [1, inf), got 0": [
        lambda: oo.max_epochs(512, 1, switch_after=100, switch_size=0),
    ],
    "n must be a whole number in [1, inf), got 3.5": [lambda: oo.noisy_samples(3.5, 0.1, 1)],
    "noise_scale must lie in [0, inf), got nan": [lambda: oo.noisy_samples(512, NAN, 1)],
    "noise_scale must lie in [0, inf), got -0.1": [
        lambda: oo.noisy_samples(512, -0.1, 1),
        lambda: oo.noise_floor(-0.1),
    ],
    "seed must be a whole number in [0, 4294967295], got -1": [lambda: oo.noisy_samples(512, 0.1, -1)],
    "samples must have x and y of shape (n,), n at least 1, got shapes (2,) and (1,)": [
        lambda: oo.optimum(Samples([0.1, 0.2], [1.0])),
    ],
    NO_SHAPE + "(2,) and (1,)": [lambda: oo.FitProblem.of(Samples([0.1, 0.2], [1.0]))],
    NO_SHAPE + "(1,) and (1,)": [lambda: oo.FitProblem.of(Samples([0.1], [1.0]))],
    NO_SHAPE + "(1, 2) and (1, 2)": [lambda: oo.FitProblem.of(Samples([[0.1, 0.2]], [[1.0, 1.1]]))],
    "samples must be finite, got y[1] = nan": [lambda: oo.FitProblem.of(Samples([0.1, 0.2], [1.0, NAN]))],
    "samples must be numbers, got x = ['a', 'b']": [lambda: oo.FitProblem.of(Samples(["a", "b"], [1.0, 1.1]))],
    "step must be a whole number in [0, inf), got -1": [lambda: oo.update_at(SHORT, -1)],
    "step must be a whole number in [0, inf), got 1.5": [lambda: oo.update_at(SHORT, 1.5)],
    "step must lie in [0, 7], got 1000000000": [lambda: oo.update_at(SHORT, 10**9)],
    "resolution must be a whole number in [1, inf), got 0": [lambda: oo.finish(oo.map_starts(SHORT, 0))],
    "starts must have shape (R, 2), got (2,)": [lambda: oo.finish(sweeps.sweep(SHORT, [1.0, 2.0], [[0.1]]))],
    "learning_rates must have shape (1, 1), got (1,)": [
        lambda: oo.finish(sweeps.sweep(SHORT, [[1.0, 2.0]], [0.1])),
    ],
    "format must be one of png, svg, pdf, got 'bmp'": [lambda: figures.save(figures.orbits(oo.run(SHORT)), "bmp")],
    "format must be one of png, svg, pdf, got ['png']": [
        lambda: figures.save(figures.orbits(oo.run(SHORT)), ["png"]),
    ],
    "theme must be one of light, dark, got 'blue'": [
        lambda: figures.surface(oo.run(SHORT), "blue"),
        lambda: oo.finish(films.film({"Adam": oo.run(SHORT)}, theme="blue")),
    ],
    "experiment must use an optimizer that PyTorch has, got Adam without its bias correction": [
        lambda: oo.finish(checks.torch_path(dataclasses.replace(ADAM, bias_correction=False))),
    ],
}


def cases(errors):
    return [pytest.param(call, message, id=message) for message, calls in errors.items() for call in calls]


@pytest.mark.parametrize(("call", "message"), cases(TYPE_ERRORS))
def test_a_value_of_the_wrong_type_is_quoted_with_the_expectation(call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(("call", "message"), cases(VALUE_ERRORS))
def test_a_value_out_of_bounds_is_quoted_with_the_expectation(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_the_batch_size_after_a_switch_is_the_whole_batch_if_it_is_left_out():
    assert oo.max_epochs(512, 1, switch_after=100) == oo.max_epochs(512, 1, switch_after=100, switch_size=512) == 500
