"""The focus offset counts wherever the model does: a shift of the samples and of the focus changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import checks, contours, landscape, model, steps, sweeps, traces
from orbitopt.surfaces import surface_columns

WALK = oo.Experiment(
    "adam", schedule="constant", learning_rate=0.1, batch_size=16, epochs=4, n_samples=64, start_a=1.8, start_b=0.6
)


def problem_with(focus_offset):
    """Samples of an ellipse with A = 1.5 and B = 1; multiples of 2^-20, so that a shift by 1/4 is exact."""
    rng = np.random.default_rng(9)
    across = np.round(np.linspace(-1.45, 1.45, 64) * 2**20) / 2**20
    y = np.sqrt(1.0 - (across / 1.5) ** 2) + rng.uniform(-0.05, 0.05, 64)
    return oo.FitProblem.of(oo.Samples(across - focus_offset, y), focus_offset=focus_offset)


NEAR, FAR = problem_with(0.25), problem_with(0.5)
PLACES = np.random.default_rng(1).uniform(0.9, 1.7, (500, 2))


def plain(value):
    """Return a result as something that can be compared: arrays as bytes, and named parts in order."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(part) for part in value]
    return value


def swept(problem):
    result = oo.finish(sweeps.sweep(WALK, np.full((5, 2), 1.0), np.geomspace(0.01, 1.0, 5)[:, None], problem))
    return tuple(result)


RESULTS = {
    "a prediction": lambda problem: model.predict(PLACES, problem.samples.x, problem.focus_offset),
    "the loss": lambda problem: model.loss(PLACES, *problem.data),
    "the gradient": lambda problem: model.loss_and_gradient(PLACES, *problem.data),
    "the clamped loss": lambda problem: model.clamped_loss(PLACES, *problem.data),
    "the optimum": lambda problem: problem.optimum,
    "places near the optimum": lambda problem: problem.is_near(PLACES),
    "the largest A": lambda problem: landscape.largest_axis(problem.samples, problem.focus_offset),
    "the loss profile": lambda problem: tuple(
        landscape.loss_profile(problem.samples, PLACES[:, 0], True, problem.focus_offset)
    ),
    "bands": lambda problem: surface_columns(problem, ((0.0, 3.0), (0.0, 3.0))),
    "bands in the domain": lambda problem: surface_columns(problem, ((0.0, 3.0), (0.0, 3.0)), True),
    "a region": lambda problem: contours.region_within(
        problem.samples, 1.2 * problem.optimum.loss, problem.focus_offset
    ),
    "a run": lambda problem: tuple(oo.run(WALK, problem).history),
    "its end": lambda problem: (oo.run(WALK, problem).params, oo.run(WALK, problem).loss),
    "a run without a sample": lambda problem: oo.run(replace(WALK, start_a=0.001), problem).outcome.name,
    "a sentence on it": lambda problem: oo.run(replace(WALK, learning_rate=0.001), problem).message,
    "an update": lambda problem: tuple(oo.update_at(WALK, 7, problem)),
    "a sweep": swept,
    "advice": lambda problem: oo.advise(oo.run(replace(WALK, learning_rate=0.001), problem)).sentence,
    "a trace": lambda problem: traces.trace(oo.run(WALK, problem)).rows,
    "a start": lambda problem: traces.start_trace(problem, WALK).rows,
    "steps": lambda problem: oo.finish(steps.follow_steps(problem, WALK)).descent,
    "a check": lambda problem: tuple(checks.check_gradient((1.2, 0.9), problem.samples, problem.focus_offset)),
}


@pytest.mark.parametrize("what", RESULTS)
def test_a_shift_of_samples_and_focus_changes_nothing(what):
    assert plain(RESULTS[what](NEAR)) == plain(RESULTS[what](FAR))


@pytest.mark.parametrize("what", [what for what in RESULTS if what not in ("the largest A", "a run without a sample")])
def test_a_shift_of_the_samples_alone_changes_all(what):
    assert plain(RESULTS[what](NEAR)) != plain(RESULTS[what](oo.FitProblem.of(FAR.samples, focus_offset=0.25)))


def test_pytorch_takes_the_focus_offset_too():
    pytest.importorskip("torch")
    path = oo.finish(checks.torch_path(WALK, FAR))
    np.testing.assert_allclose(path, oo.run(WALK, FAR).history.params, rtol=1e-9)


def test_the_physics_takes_the_focus_offset_of_the_samples():
    near, far = oo.run(WALK, NEAR), oo.run(WALK, FAR)
    assert far.miss_at_mars - near.miss_at_mars == pytest.approx(0.25 * 149_597_870.7)
