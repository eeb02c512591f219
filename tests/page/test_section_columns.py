"""Datasets of the closer looks, value by value against runs, or against results that are made up for it."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.jobs import finish
from orbitopt.outcomes import Outcome
from orbitopt.page.sections import learning_rates, noise, starting_points, steps, two_losses
from orbitopt.steps import arrow_columns, follow_steps
from orbitopt.sweeps import RATES, SweepResult, map_starts, sweep_learning_rates
from orbitopt.traces import trace
from tests.test_columns import clamped_losses, domain_losses

RATIO = 10.0 ** (1 / 12)


def made_up(outcomes, losses, reached_after=None):
    """Return results of a sweep with these outcomes and losses."""
    n = len(outcomes)
    after = np.full(n, -1) if reached_after is None else np.array(reached_after)
    return SweepResult(np.zeros((n, 2)), np.array(losses, float), np.array(outcomes, object), after)


def settled_at(*places):
    return [Outcome.REACHED if k in places else Outcome.MOVING for k in range(61)]


SWEPT = {
    "adam": made_up(settled_at(12, 13, 14, 24), np.linspace(0.9, 0.3, 61)),
    "sgd": made_up([*settled_at()[:-2], Outcome.MIRROR, Outcome.DIVERGED], [*np.linspace(0.2, 0.002, 59), 0.01, 1e300]),
    "momentum": made_up([Outcome.NO_SAMPLE] * 60 + [Outcome.HOVERING], [np.nan] * 60 + [0.5]),
}


def test_every_point_of_a_sweep_is_the_run_of_its_optimizer_at_its_rate():
    columns = learning_rates.swept_columns(SWEPT)
    assert columns["optimizer"].tolist() == ["adam"] * 61 + ["sgd"] * 61 + ["momentum"] * 61
    assert columns["role"].tolist() == columns["dash"].tolist() == columns["optimizer"].tolist()
    assert columns["name"].tolist() == ["Adam"] * 61 + ["SGD"] * 61 + ["Momentum"] * 61
    assert columns["rate"][:61] == pytest.approx([10.0 ** (k / 12 - 4) for k in range(61)], rel=1e-3)
    assert columns["rate"][61:122].tolist() == columns["rate"][122:].tolist() == columns["rate"][:61].tolist()
    assert columns["true_loss"][:120] == pytest.approx([*np.linspace(0.9, 0.3, 61), *np.linspace(0.2, 0.002, 59)])
    assert columns["loss"][:120].tolist() == columns["true_loss"][:120].tolist()
    assert columns["loss"][[121, 122]].tolist() == [10.0, 10.0], "what cannot be drawn is drawn at the upper edge"
    assert columns["true_loss"][121] == np.inf and np.isnan(columns["true_loss"][122])
    assert columns["end"][[11, 12, 60, 120, 121, 122, 182]].tolist() == [
        "moving", "reached", "moving", "mirror", "diverged", "no sample", "hovering",
    ]
    assert columns["ending"][[12, 120, 121]].tolist() == [
        "settled at the optimum", "settled at the mirror image", "diverged",
    ]
    assert set(columns["loss_low"]) == {np.float32(0.002 / 200.0)} and set(columns["loss_high"]) == {15.0}


def test_each_band_is_the_range_in_which_its_own_optimizer_settles():
    columns = learning_rates.band_columns(trace(oo.run(oo.PUBLISHED["rmsprop"])), SWEPT)
    rows = list(zip(*(columns[name] for name in ("role", "low", "high", "name", "labelled")), strict=True))
    half = RATIO**0.5
    assert rows == [
        ("adam", pytest.approx(1e-3 / half, rel=1e-3), pytest.approx(1e-3 * RATIO**2 * half, rel=1e-3), "Adam", True),
        ("adam", pytest.approx(1e-2 / half, rel=1e-3), pytest.approx(1e-2 * half, rel=1e-3), "Adam", False),
        ("sgd", pytest.approx(10 / RATIO / half, rel=1e-3), pytest.approx(10 / RATIO * half, rel=1e-3), "SGD", True),
    ]
    adam, again, sgd = columns["loss"]
    assert adam == again < sgd
    assert adam > 0.002 / 200.0 and sgd < 0.002, "below the minimum and above the end of the axis"


def test_the_sweep_is_the_runs_of_every_optimizer():
    experiment = oo.Experiment("rmsprop", epochs=2, schedule="constant")
    columns = learning_rates.swept_columns(finish(sweep_learning_rates(experiment)))
    for key, place in (("rmsprop", 40), ("sgd", 30), ("adam", 50)):
        (k,) = np.flatnonzero((columns["optimizer"] == key) & (columns["rate"] == RATES[place].astype("f4")))
        own = experiment.beta if key == "rmsprop" else None
        fit = oo.run(oo.Experiment(key, epochs=2, schedule="constant", learning_rate=RATES[place], beta=own))
        assert columns["true_loss"][k] == pytest.approx(fit.loss)


MAP = made_up(
    [Outcome.REACHED, Outcome.MIRROR, Outcome.HOVERING, Outcome.PASSED, Outcome.MOVING, Outcome.DIVERGED,
     Outcome.NO_SAMPLE, Outcome.REACHED, Outcome.REACHED],
    np.ones(9), [0, 30, 40, 50, -1, -1, -1, 80, 90],
)


def test_every_cell_of_the_map_is_the_run_from_its_own_start():
    columns = starting_points.cell_columns(MAP, 3)
    third = 2.0 / 3.0
    starts = [(a * third, b * third) for a in (1, 2, 3) for b in (1, 2, 3)]
    np.testing.assert_allclose(np.stack([columns["a"], columns["b"]], axis=1), starts, atol=1e-4)
    for name in "ab":
        assert columns[f"{name}_low"] == pytest.approx(columns[name] - third / 2, abs=1e-4)
        assert columns[f"{name}_high"] == pytest.approx(columns[name] + third / 2, abs=1e-4)
    assert columns["end"].tolist() == [
        "reached", "mirror", "hovering", "passed", "moving", "diverged", "no sample", "reached", "reached",
    ]
    assert columns["ending"].tolist() == [outcome.value for outcome in MAP.outcome]
    assert columns["after"].tolist() == ["0", "30", "–", "–", "–", "–", "–", "80", "90"]
    np.testing.assert_array_equal(columns["updates"], [1, 30, *[np.nan] * 5, 80, 90])
    assert set(columns["most"]) == {90.0} and set(columns["along"]) == {3.0}


def test_the_map_is_told_by_how_many_runs_end_in_each_way():
    assert starting_points.starts_message(oo.Experiment(), MAP) == (
        "Adam at 0.03 settles from 44 % of the 9 starts, half of them within 10 % of the minimum after 55 updates; "
        "1 at the mirror image, −A, 1 hovering around the optimum, 1 passed the optimum and left, 1 still moving, "
        "1 without a sample in range, 1 diverged."
    )


def test_the_map_is_the_runs_from_its_starts():
    experiment = oo.Experiment(epochs=12, schedule="constant", learning_rate=0.1)
    columns = starting_points.cell_columns(finish(map_starts(experiment, 2)), 2)
    starts = list(zip(columns["a"].tolist(), columns["b"].tolist(), strict=True))
    assert starts == [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (2.0, 2.0)]
    for (a, b), ending in zip(starts, columns["ending"], strict=True):
        fit = oo.run(oo.Experiment(epochs=12, schedule="constant", learning_rate=0.1, start_a=a, start_b=b))
        assert ending == fit.outcome.value


def full_batch(optimizer, **more):
    return oo.Experiment(optimizer, batch_size=512, epochs=6, start_a=0.9, start_b=1.7, schedule="constant", **more)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adagrad"])
def test_the_two_arrows_of_an_update_are_the_rate_times_the_gradient_and_the_step(optimizer):
    experiment = full_batch(optimizer, learning_rate=0.05)
    fit = oo.run(experiment)
    found = finish(follow_steps(fit.problem, experiment))
    np.testing.assert_array_equal(found.params, fit.path[:-1])
    np.testing.assert_array_equal(found.step, np.diff(fit.path, axis=0))
    moved = [[1e-7, 0.0], [0.0, 1e-7]]
    gradient = [
        (domain_losses(fit.path[:-1] + h, fit.samples) - domain_losses(fit.path[:-1] - h, fit.samples)) / 2e-7
        for h in np.array(moved)
    ]
    np.testing.assert_allclose(found.descent, -0.05 * np.transpose(gradient), rtol=1e-4, atol=1e-7)
    columns, magnification = arrow_columns(found, ((0.0, 2.0), (0.0, 2.0)))
    assert columns["update"].tolist() == [0, 1, 2, 3, 4, 5]
    assert columns["last"].tolist() == [False] * 5 + [True]
    for kind, arrow in (("gradient", found.descent), ("step", found.step)):
        for axis, name in enumerate("ab"):
            tips = found.params[:, axis] + magnification * arrow[:, axis]
            np.testing.assert_allclose(columns[f"{kind}_{name}"], tips, rtol=1e-5)
            np.testing.assert_array_equal(columns[name], found.params[:, axis].astype("f4"))
    longest = np.abs([found.descent, found.step])[:, columns["chosen"]].max()
    assert magnification * longest == pytest.approx(0.4 * 2.0), "four tenths of the picture's height"


def test_arrows_outside_the_axis_limits_are_left_out():
    found = finish(follow_steps(oo.run(full_batch("sgd")).problem, full_batch("sgd", learning_rate=0.05)))
    columns, _ = arrow_columns(found, ((0.0, 0.95), (0.0, 2.0)))
    inside = found.params[:, 0] <= 0.95
    assert 0 < inside.sum() < 6
    assert columns["update"].tolist() == found.update[inside].tolist()


def test_the_effective_rates_are_those_of_a_and_then_of_b():
    experiment = full_batch("adagrad", learning_rate=0.05)
    found = finish(follow_steps(oo.run(experiment).problem, experiment))
    columns = steps.effective_columns(found)
    assert columns["name"].tolist() == ["A"] * 6 + ["B"] * 6
    assert columns["update"].tolist() == columns["x"].tolist() == [*range(6)] * 2
    for axis, name in enumerate("AB"):
        rates = 0.05 * found.step[:, axis] / found.descent[:, axis]  # the step is the rate times the gradient
        np.testing.assert_allclose(columns["rate"][columns["name"] == name], rates, rtol=1e-5)
    assert columns["labelled"].tolist() == ([False] * 3 + [True] + [False] * 2) * 2
    assert {name: set(columns[name]) for name in ("x_low", "x_high")} == {"x_low": {0.0}, "x_high": {5.0}}
    assert set(columns["rate_low"]) == {columns["rate"].min() / 2} and set(columns["rate_high"]) == {
        columns["rate"].max() * 2
    }


def test_the_confidence_region_is_where_the_loss_is_at_most_its_bound():
    problem = oo.run(oo.Experiment(epochs=1)).problem
    found = noise.confidence_region(problem)
    region = found.region
    least = clamped_losses([problem.optimum[:2]], problem.samples)[0]
    assert found.min_loss == pytest.approx(least)
    assert least < found.bound < 1.02 * least
    for edge in ("low", "high"):
        outline = np.stack([region["a"], region[edge]], axis=1)
        assert clamped_losses(outline, problem.samples) == pytest.approx([found.bound] * len(outline), rel=1e-6)
    width = np.ptp(region["a"])
    bottom, top = region["low"].min(), region["high"].max()
    assert found.half_widths == pytest.approx([width / 2, (top - bottom) / 2])
    assert found.half_widths[0] < 0.6 * found.half_widths[1], "A is known better than B"
    assert region["high"][region["topmost"]].tolist() == [top]
    ends = [region["a"].min() - 0.32 * width, region["a"].max() + 0.32 * width]
    ends += [bottom - 0.32 * (top - bottom), top + 0.32 * (top - bottom)]
    assert [found.frame[name].item() for name in ("a_low", "a_high", "b_low", "b_high")] == pytest.approx(ends)
    truth = clamped_losses([(1.261845, 1.234378)], problem.samples)[0]
    assert found.truth_inside is bool(truth <= found.bound) is True


def test_the_contours_around_the_region_are_levels_of_the_least_loss():
    problem = oo.run(oo.Experiment(epochs=1)).problem
    contours = noise.confidence_region(problem).contours
    a, b, level = (contours[name].astype(float) for name in ("a", "high", "level"))
    free = (contours["patch"] > 0) & (b < b.max() - 1e-6)
    losses = clamped_losses(np.stack([a, b], axis=1)[free], problem.samples)
    assert losses / problem.optimum.loss == pytest.approx(level[free], rel=2e-4)
    assert {1.001, 1.01} <= {float(f"{one:.4g}") for one in level}


@pytest.mark.parametrize(("a", "b"), [(0.1, 1.8), (0.9, 1.2), (1.1, 0.4)])
def test_the_loss_that_training_sees_is_that_of_the_samples_inside(a, b, samples):
    inside = np.abs(samples.x + 0.26185) < a
    assert 0 < inside.sum() < 512
    found = two_losses.both_losses(oo.FitProblem.of(samples), (a, b))
    assert found.n_in_domain == inside.sum()
    y, root = samples.y[inside], np.sqrt(1.0 - ((samples.x[inside] + 0.26185) / a) ** 2)
    assert found.domain_only == pytest.approx(np.mean((y - b * root) ** 2))
    assert found.clamped == pytest.approx((np.sum((y - b * root) ** 2) + np.sum(samples.y[~inside] ** 2)) / 512)
    assert found.domain_only != pytest.approx(found.clamped, rel=0.05)


def test_the_sentence_says_first_the_loss_that_training_sees():
    told = two_losses.losses_message(two_losses.Losses(40, 0.123, 0.456), 512)
    assert "At the start 40 of 512 samples lie within the ellipse's x range" in told
    assert "Training sees the mean over those, 0.123 AU²" in told
    assert "The clamped loss uses the prediction 0 for the others and counts them too: 0.456 AU²" in told
