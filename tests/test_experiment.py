"""Everything that decides a run: its bounds, its faults in words, and its text in a link."""

import dataclasses
import math
from dataclasses import replace

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.schedules import SCHEDULES


def test_a_size_that_does_not_divide_leaves_a_short_batch():
    experiment = oo.Experiment(batch_size=100, epochs=2)
    assert experiment.updates == len(oo.run(experiment).history.loss) == 12


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("learning_rate", -1, "learning_rate must lie in (0, 10], got -1"),
        ("learning_rate", 0, "learning_rate must lie in (0, 10], got 0"),
        ("learning_rate", math.nan, "learning_rate must lie in (0, 10], got nan"),
        ("learning_rate", "0.1", "learning_rate must lie in (0, 10], got '0.1'"),
        ("beta1", 1, "beta1 must lie in [0, 1), got 1"),
        ("batch_size", 0, "batch_size must be a whole number in [1, 4096], got 0"),
        ("batch_size", 513, "batch_size must be at most n_samples, 512, got 513"),
        ("epochs", 2.5, "epochs must be a whole number in [1, 500], got 2.5"),
        ("epochs", True, "epochs must be a whole number in [1, 500], got True"),
        ("start_a", 0, "start_a must lie in (0, 4], got 0"),
        ("start_b", 4.1, "start_b must lie in (0, 4], got 4.1"),
        ("n_samples", 15, "n_samples must be a whole number in [16, 4096], got 15"),
        ("noise_scale", math.inf, "noise_scale must lie in [0, 0.5], got inf"),
        ("seed", 2**32, "seed must be a whole number in [0, 4294967295], got 4294967296"),
        ("optimizer", "lion", "optimizer must be one of sgd, momentum, rmsprop, adam, adagrad, got 'lion'"),
        ("optimizer", ["adam"], "optimizer must be one of sgd, momentum, rmsprop, adam, adagrad, got ['adam']"),
        ("milestones", (-1,), "milestones must be at most 20 whole numbers in [0, 60000], got (-1,)"),
        ("milestones", 5, "milestones must be at most 20 whole numbers in [0, 60000], got 5"),
        ("bias_correction", 2, "bias_correction must be True or False, got 2"),
        ("eps", 0, "eps must lie in [1e-12, 1], got 0"),
        ("learning_rate", None, "learning_rate must lie in (0, 10], got None"),
    ],
)
def test_a_field_out_of_bounds_is_named_with_its_value_and_its_bounds(field, value, message):
    with pytest.raises(ValueError) as fault:
        oo.Experiment(**{field: value})
    assert str(fault.value) == message


def test_all_faults_are_named_at_once():
    with pytest.raises(ValueError, match=r"learning_rate must .*, got 11; start_a must .*, got -2; seed must"):
        oo.Experiment(learning_rate=11, start_a=-2, seed=-1)


def test_a_run_has_a_maximum_of_updates():
    oo.Experiment(batch_size=1, epochs=117)
    with pytest.raises(ValueError, match="at most 60,000 updates, got 118 epochs with 60,416 updates"):
        oo.Experiment(batch_size=1, epochs=118)


def test_what_is_left_open_is_the_optimizers_own_default():
    assert oo.Experiment(optimizer="rmsprop").beta == 0.99
    assert oo.Experiment(optimizer="momentum").beta == 0.9
    assert oo.Experiment(optimizer="momentum").bias_correction is False
    assert oo.Experiment().bias_correction is True
    assert oo.Experiment().rule == oo.OPTIMIZERS["adam"]()
    assert replace(oo.Experiment(), eps=1e-4).rule.eps == 1e-4


def test_every_field_has_its_own_key_and_every_hyper_parameter_a_field():
    assert len({setting.key for setting in oo.SETTINGS.values()}) == len(oo.SETTINGS)
    for kind in oo.OPTIMIZERS.values():
        assert {field.name for field in dataclasses.fields(kind)} <= set(oo.SETTINGS)
    assert set(oo.SETTINGS["optimizer"].choices) == set(oo.OPTIMIZERS)
    assert set(oo.SETTINGS["schedule"].choices) == set(SCHEDULES)


def test_an_experiment_is_a_value():
    assert hash(oo.Experiment()) == hash(oo.PUBLISHED["adam"])
    assert oo.Experiment(milestones=[7, 5]) == oo.Experiment(milestones=(5, 7))
    assert type(oo.Experiment(epochs=np.int64(3)).epochs) is int
    with pytest.raises(dataclasses.FrozenInstanceError):
        oo.Experiment().seed = 1


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_an_experiment_in_a_few_letters_is_the_same_experiment(key):
    experiment = oo.EXAMPLES[key].experiment
    assert oo.Experiment.from_text(experiment.to_text()) == experiment


def test_every_field_survives_being_written_out():
    odd = oo.Experiment(
        optimizer="momentum",
        learning_rate=0.0123,
        schedule="exponential",
        milestones=(3, 9),
        gamma=0.91,
        beta=0.5,
        beta1=0.4,
        beta2=0.3,
        eps=1e-3,
        dampening=0.2,
        bias_correction=True,
        nesterov=True,
        batch_size=50,
        switch_after=3,
        switch_size=70,
        batch_scaling="linear",
        epochs=7,
        start_a=0.7,
        start_b=0.3,
        n_samples=128,
        noise_scale=0.25,
        seed=12345,
    )
    plain = oo.Experiment("momentum")
    assert all(getattr(odd, name) != getattr(plain, name) for name in oo.SETTINGS if name != "optimizer")
    assert oo.Experiment.from_text(odd.to_text()) == odd


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "must be the name of a choice"),
        ("optimizer:Lion", "optimizer must be one of sgd, momentum, rmsprop, adam, adagrad"),
        ("optimizer:sgd;optimizer:adam", "optimizer must be the name of a choice, and appear only once"),
        ("colour:red", "colour must be the name of a choice"),
        ("a:9", r"a must lie in \(0, 4\]"),
        ("a:nan", r"a must lie in \(0, 4\]"),
        ("batch:1;epochs:500", "at most 60,000 updates"),
    ],
)
def test_letters_that_are_no_experiment_say_why(text, fault):
    with pytest.raises(ValueError, match=fault):
        oo.Experiment.from_text(text)


@pytest.mark.parametrize(("size", "n"), [(64, 512), (100, 512), (1, 20), (512, 512)])
def test_samples_seen_add_up_to_the_epochs(size, n):
    experiment = oo.Experiment(batch_size=size, n_samples=n, epochs=3)
    seen = experiment.samples_seen
    assert len(seen) == experiment.updates + 1
    assert (seen[0], seen[-1]) == (0, 3 * n)
    assert np.diff(seen).max() == size
    assert set(range(0, 3 * n + 1, n)) <= set(seen)
