"""Runs that differ in one thing: the optimizer, or the batch size."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo

ODD = oo.Experiment(
    start_a=0.5, start_b=0.7, seed=3, n_samples=64, batch_size=16, epochs=9, noise_scale=0.2, beta1=0.3, eps=1e-3,
    gamma=0.7, milestones=(2, 4),
)


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_another_optimizer_has_the_same_start_samples_and_shuffles_and_settings_of_its_own(key):
    other = oo.with_optimizer(ODD, key, 0.05, "cosine")
    for name in ("start_a", "start_b", "seed", "n_samples", "batch_size", "epochs", "noise_scale"):
        assert getattr(other, name) == getattr(ODD, name)
    assert other.rule == oo.RACE_DEFAULTS[key].rule
    assert (other.milestones, other.gamma) == (oo.RACE_DEFAULTS[key].milestones, oo.RACE_DEFAULTS[key].gamma)
    assert (other.optimizer, other.learning_rate, other.schedule) == (key, 0.05, "cosine")


def test_the_default_race_is_the_published_four():
    for key, published in oo.PUBLISHED.items():
        assert oo.with_optimizer(oo.Experiment(), key) == published
        assert oo.with_optimizer(ODD, key).learning_rate == published.learning_rate


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lion",), "optimizer must be one of sgd, momentum, rmsprop, adam, adagrad, got 'lion'"),
        (("sgd", 11), r"learning_rate must lie in \(0, 10\], got 11"),
        (("sgd", 0.0), r"learning_rate must lie in \(0, 10\], got 0.0"),
        (("sgd", 0.1, "steps"), "schedule must be one of constant, multi-step, exponential, cosine, got 'steps'"),
    ],
)
def test_an_unknown_optimizer_or_schedule_or_a_rate_out_of_bounds_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        oo.with_optimizer(ODD, *arguments)


@pytest.mark.parametrize(("scaling", "factor"), [("none", 1.0), ("root", 0.25), ("linear", 0.0625)])
def test_the_learning_rate_is_scaled_with_the_batch_size(scaling, factor):
    assert oo.with_batch_size(oo.Experiment(), 32, 0.2, 30, scaling).learning_rate == pytest.approx(0.2 * factor)
    hybrid = oo.with_batch_size(oo.Experiment(), None, 0.2, 30, scaling)
    rates = oo.run(hybrid).history.learning_rate
    assert rates[0] == pytest.approx(0.2 * factor)
    assert rates[-1] == pytest.approx(0.2)


def test_a_batch_size_takes_the_samples_and_seed_and_starts_as_figure_3():
    one = oo.with_batch_size(ODD, 32, 0.2, 12)
    assert (one.n_samples, one.noise_scale, one.seed) == (64, 0.2, 3)
    assert (one.optimizer, one.schedule, one.start_a, one.start_b) == ("sgd", "constant", 0.8, 0.2)
    assert (one.batch_size, one.switch_after, one.epochs) == (32, 0, 12)


def test_batch_sizes_are_at_most_the_samples_and_runs_at_most_the_maximum_of_updates():
    few = oo.with_batch_size(oo.Experiment(n_samples=16, batch_size=16), 128, 0.2, 30)
    assert few.batch_size == 16
    many = oo.with_batch_size(oo.Experiment(n_samples=4096), 1, 0.2, 30)
    assert many.epochs == 14
    assert many.updates <= oo.MAX_UPDATES


def test_every_batch_size_on_offer_can_be_run():
    for n in (16, 512):
        for size in oo.BATCH_SIZES.values():
            oo.run(dataclasses.replace(oo.with_batch_size(oo.Experiment(n_samples=n, batch_size=1), size, 0.2, 2)))
    hybrid = oo.with_batch_size(oo.Experiment(), oo.BATCH_SIZES["hybrid"], 0.2, 30)
    assert np.unique(hybrid.batch_sizes, return_counts=True)[1].tolist() == [8, 22]
    assert oo.with_batch_size(oo.Experiment(), oo.BATCH_SIZES["all"], 0.2, 30).batch_size == 512
