"""The published runs end where the post says, and every example as its label says."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.examples import FIGURE_3, FORMER_EXAMPLE_LABELS
from tests.examples import fit_of


@pytest.mark.parametrize(
    ("key", "a", "b", "margin"),
    [
        ("sgd", 1.2609, 1.2339, 1e-4),
        ("momentum", 1.2613, 1.2325, 1e-4),
        ("rmsprop", 1.2608, 1.2325, 3e-4),
        ("adam", 1.2612, 1.2315, 1e-4),
    ],
)
def test_the_published_ends(key, a, b, margin):
    fit = oo.run(oo.PUBLISHED[key])
    assert (fit.a, fit.b) == pytest.approx((a, b), abs=margin)
    assert fit.history.params.shape == (800, 2)
    assert round(fit.history.loss[0], 5) == 0.26047
    assert fit.outcome is oo.Outcome.REACHED


@pytest.mark.parametrize(
    ("key", "params"),
    [
        ("sgd", (0.1010, 1.7911)),
        ("momentum", (0.1010, 1.7911)),
        ("rmsprop", (0.2980, 1.6002)),
        ("adam", (0.1300, 1.7700)),
    ],
)
def test_the_published_first_steps(key, params):
    assert np.round(oo.run(oo.PUBLISHED[key]).history.params[1], 4) == pytest.approx(params)


@pytest.mark.parametrize(
    ("key", "rate", "milestones", "gamma"),
    [
        ("sgd", 0.01, (100,), 0.6),
        ("momentum", 0.01, (5, 7), 0.45),
        ("rmsprop", 0.02, (8,), 0.1),
        ("adam", 0.03, (16,), 0.5),
    ],
)
def test_the_published_settings(key, rate, milestones, gamma):
    one = oo.PUBLISHED[key]
    assert (one.learning_rate, one.schedule, one.milestones, one.gamma) == (rate, "multi-step", milestones, gamma)
    assert (one.n_samples, one.noise_scale, one.seed) == (512, 0.1, 9999)
    assert (one.start_a, one.start_b, one.batch_size, one.epochs) == (0.1, 1.8, 64, 100)


def test_race_defaults_are_the_published_runs_and_adagrad():
    assert {key: oo.RACE_DEFAULTS[key] for key in oo.PUBLISHED} == oo.PUBLISHED
    assert set(oo.RACE_DEFAULTS) == set(oo.OPTIMIZERS)
    assert oo.run(oo.RACE_DEFAULTS["adagrad"]).outcome is oo.Outcome.REACHED


def test_figure_3_starts_at_a_loss_near_1():
    fit = oo.run(dataclasses.replace(FIGURE_3, batch_size=512))
    assert fit.history.loss[0] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("adam", "REACHED"),
        ("momentum", "REACHED"),
        ("rmsprop", "REACHED"),
        ("sgd", "REACHED"),
        ("zigzag", "MOVING"),
        ("damped", "REACHED"),
        ("swing", "REACHED"),
        ("batch", "REACHED"),
        ("single", "HOVERING"),
        ("hybrid", "REACHED"),
        ("diverges", "DIVERGED"),
        ("creeps", "MOVING"),
        ("empty", "NO_SAMPLE"),
        ("mirror", "MIRROR"),
        ("curiosity", "REACHED"),
    ],
)
def test_every_example_ends_as_it_says(key, outcome):
    fit = fit_of(key)
    assert fit.outcome is oo.Outcome[outcome]
    assert np.isfinite(fit.params).all()


def test_no_example_is_left_out_of_that_test():
    marks = test_every_example_ends_as_it_says.pytestmark
    assert [case[0] for case in marks[0].args[1]] == list(oo.EXAMPLES)


def test_the_example_on_a_plateau_is_on_one():
    assert "on a plateau" in oo.run(oo.EXAMPLES["creeps"].experiment).message


def test_figure_4_plain_descent_zigzags_and_never_arrives_and_momentum_arrives_after_22_updates():
    plain, damped = (oo.EXAMPLES[key].experiment for key in ("zigzag", "damped"))
    changed = dataclasses.replace(plain, optimizer="momentum", beta=0.5, dampening=0.5)
    assert damped == changed
    assert (plain.batch_size, plain.start_a, plain.start_b, plain.learning_rate) == (512, 2.0, 0.6, 0.9)
    assert plain.schedule == "constant" and plain.updates == 200
    fit, other = oo.run(plain), oo.run(damped)
    assert (fit.reached_after, other.reached_after) == (None, 22)
    turns = [np.count_nonzero(np.diff(np.sign(np.diff(run.path[:8, 1])))) for run in (fit, other)]
    assert turns[0] == 6 > turns[1], "each plain step crosses the valley"
    assert fit.loss > 3 * fit.optimum.loss
    assert f"after {other.reached_after} updates" in oo.EXAMPLES["damped"].lesson


def test_momentum_swings_visibly_past_the_bottom_and_comes_back():
    fit = oo.run(oo.EXAMPLES["swing"].experiment)
    past = fit.path.max(axis=0) - [fit.optimum.a, fit.optimum.b]
    assert (past > 0.25).all() and (past < 0.4).all()
    assert np.abs(fit.params - [fit.optimum.a, fit.optimum.b]).max() < 0.01
    assert "overshoots the optimum by about 0.3 AU" in oo.EXAMPLES["swing"].lesson
    assert "swing" not in oo.EXAMPLES["momentum"].lesson
    published = oo.run(oo.EXAMPLES["momentum"].experiment)
    assert (np.abs(published.path[:, 0]) < published.optimum.a + 0.01).all(), "the published run does not swing"


def test_the_example_of_one_sample_at_a_time_has_so_many_updates_an_epoch():
    assert oo.EXAMPLES["single"].experiment.updates == 30 * 512
    assert "512 updates per epoch" in oo.EXAMPLES["single"].lesson


def test_examples_can_be_set_with_controls_and_sent_in_links():
    for example in oo.EXAMPLES.values():
        for name, setting in oo.SETTINGS.items():
            value = getattr(example.experiment, name)
            if value is not None:
                assert setting.from_control(setting.to_control(value)) == value
                assert setting.from_link(setting.to_link(value)) == value


def test_labels_and_lessons_are_short_and_former_labels_lead_to_examples():
    labels = [example.label for example in oo.EXAMPLES.values()]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 40 for label in labels)
    assert all(example.lesson.endswith(".") and "\n" not in example.lesson for example in oo.EXAMPLES.values())
    assert set(FORMER_EXAMPLE_LABELS.values()) <= set(oo.EXAMPLES)
    assert not set(FORMER_EXAMPLE_LABELS) & set(labels)
