import dataclasses

import pytest

import orbitopt as oo
from orbitopt.studies import SIZES, STUDY_FIELDS


def test_rivals_are_the_published_runs_and_adagrad():
    assert {key: oo.RIVALS[key] for key in oo.PUBLISHED} == oo.PUBLISHED
    assert set(oo.RIVALS) == set(oo.OPTIMIZERS)
    assert oo.run(oo.RIVALS["adagrad"]).outcome is oo.Outcome.REACHED


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_a_rival_shares_start_samples_and_shuffles_and_brings_its_own_rule(key):
    experiment = oo.Experiment(start_a=0.5, start_b=0.7, seed=3, n_samples=64, batch_size=16, epochs=9, noise_scale=0.2)
    rival = oo.rival(experiment, key, 0.05, "cosine")
    for name in ("start_a", "start_b", "seed", "n_samples", "batch_size", "epochs", "noise_scale"):
        assert getattr(rival, name) == getattr(experiment, name)
    assert rival.rule == oo.RIVALS[key].rule
    assert (rival.learning_rate, rival.schedule) == (0.05, "cosine")


def test_the_default_race_is_the_published_four():
    for key, published in oo.PUBLISHED.items():
        assert oo.rival(oo.Experiment(), key, published.learning_rate, published.schedule) == published


@pytest.mark.parametrize(("scaling", "factor"), [("none", 1.0), ("root", 0.25), ("linear", 0.0625)])
def test_a_batch_size_takes_its_rate_by_the_rule(scaling, factor):
    assert oo.of_batch_size(oo.Experiment(), 32, 0.2, 30, scaling).learning_rate == pytest.approx(0.2 * factor)
    hybrid = oo.of_batch_size(oo.Experiment(), None, 0.2, 30, scaling)
    rates = oo.run(hybrid).history.learning_rate
    assert rates[0] == pytest.approx(0.2 * factor)
    assert rates[-1] == pytest.approx(0.2)


def test_batch_sizes_keep_within_the_samples_and_the_most_updates():
    few = oo.of_batch_size(oo.Experiment(n_samples=16, batch_size=16), 128, 0.2, 30)
    assert few.batch_size == 16
    many = oo.of_batch_size(oo.Experiment(n_samples=4096), 1, 0.2, 30)
    assert many.epochs == 14
    assert many.updates <= oo.MOST_UPDATES


def test_every_size_that_can_be_chosen_can_be_run():
    assert set(SIZES) == set(STUDY_FIELDS["sizes"].choices)
    for n in (16, 512):
        for size in SIZES.values():
            oo.run(dataclasses.replace(oo.of_batch_size(oo.Experiment(n_samples=n, batch_size=1), size, 0.2, 2)))
