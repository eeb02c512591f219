import dataclasses
import math
from dataclasses import replace

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.schedules import SCHEDULES


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
    ("key", "outcome"),
    [
        ("adam", "REACHED"),
        ("momentum", "REACHED"),
        ("rmsprop", "REACHED"),
        ("sgd", "REACHED"),
        ("batch", "REACHED"),
        ("single", "HOVERING"),
        ("hybrid", "REACHED"),
        ("diverges", "DIVERGED"),
        ("creeps", "MOVING"),
        ("empty", "NO_SAMPLE"),
        ("mirror", "MIRROR"),
    ],
)
def test_every_example_ends_as_it_says(key, outcome):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    assert fit.outcome is oo.Outcome[outcome]
    assert np.isfinite(fit.params).all()


def test_no_example_is_left_out_of_that_test():
    marks = test_every_example_ends_as_it_says.pytestmark
    assert [case[0] for case in marks[0].args[1]] == list(oo.EXAMPLES)


def test_examples_can_be_set_with_sliders_and_sent_in_links():
    for example in oo.EXAMPLES.values():
        for name, row in oo.FIELDS.items():
            value = getattr(example.experiment, name)
            if value is not None:
                assert row.from_control(row.to_control(value)) == value


def test_the_same_experiment_gives_the_same_run_bit_for_bit():
    first, second = oo.run(oo.Experiment(epochs=3)), oo.run(oo.Experiment(epochs=3))
    for one, other in zip(first.history, second.history):
        np.testing.assert_array_equal(one, other)


def test_a_fit_reports_sizes_and_measures_against_the_truth():
    fit = oo.run(oo.EXAMPLES["mirror"].experiment)
    assert fit.params[0] < 0 < fit.a
    assert fit.miss_at_mars == pytest.approx((fit.a - 1.261845) * 149_597_870.7)
    assert fit.loss == pytest.approx(fit.optimum.loss, rel=0.1)
    assert "−1.26" in fit.message


def test_a_fit_knows_its_parameters_after_any_update():
    fit = oo.run(oo.Experiment(epochs=2))
    assert fit.at([0]).tolist() == [[0.1, 1.8]]
    np.testing.assert_array_equal(fit.at([3, 16]), [fit.history.params[3], fit.params])


def test_empty_batches_are_counted():
    fit = oo.run(oo.EXAMPLES["single"].experiment)
    assert fit.empty_batches == np.isinf(fit.history.loss).sum() > 0


@pytest.mark.parametrize("key", SCHEDULES)
def test_every_schedule_runs(key):
    fit = oo.run(oo.Experiment(schedule=key, gamma=0.9, epochs=4))
    assert fit.history.learning_rate[0] == 0.03
    assert (len(set(fit.history.learning_rate)) == 1) == (key == "constant")


def test_the_hybrid_switches_its_batches_and_its_rate():
    fit = oo.run(oo.EXAMPLES["hybrid"].experiment)
    assert np.bincount(fit.history.epoch).tolist() == [16] * 8 + [1] * 22
    assert np.unique(fit.history.learning_rate) == pytest.approx([0.05, 0.2])


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


def test_a_run_has_a_most_of_updates():
    oo.Experiment(batch_size=1, epochs=117)
    with pytest.raises(ValueError, match="at most 60,000 updates in all, got 118 with 60,416 updates"):
        oo.Experiment(batch_size=1, epochs=118)


def test_what_is_left_open_is_the_optimizers_own_default():
    assert oo.Experiment(optimizer="rmsprop").beta == 0.99
    assert oo.Experiment(optimizer="momentum").beta == 0.9
    assert oo.Experiment(optimizer="momentum").bias_correction is False
    assert oo.Experiment().bias_correction is True
    assert oo.Experiment().rule == oo.OPTIMIZERS["adam"]()
    assert replace(oo.Experiment(), eps=1e-4).rule.eps == 1e-4


def test_every_field_has_its_own_key_and_every_hyper_parameter_a_field():
    assert len({row.key for row in oo.FIELDS.values()}) == len(oo.FIELDS)
    for kind in oo.OPTIMIZERS.values():
        assert {field.name for field in dataclasses.fields(kind)} <= set(oo.FIELDS)
    assert set(oo.FIELDS["optimizer"].choices) == set(oo.OPTIMIZERS)
    assert set(oo.FIELDS["schedule"].choices) == set(SCHEDULES)


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
    assert all(getattr(odd, name) != getattr(plain, name) for name in oo.FIELDS if name != "optimizer")
    assert oo.Experiment.from_text(odd.to_text()) == odd


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "must be the name of a choice"),
        ("optimizer:Lion", "optimizer must be one of SGD, Momentum, RMSprop, Adam, AdaGrad"),
        ("optimizer:SGD;optimizer:Adam", "optimizer must be the name of a choice, and stand there once"),
        ("colour:red", "colour must be the name of a choice"),
        ("a:9", r"a must lie in \(0, 4\]"),
        ("a:nan", r"a must lie in \(0, 4\]"),
        ("batch:1;epochs:500", "at most 60,000 updates"),
    ],
)
def test_letters_that_are_no_experiment_say_why(text, fault):
    with pytest.raises(ValueError, match=fault):
        oo.Experiment.from_text(text)


@pytest.mark.parametrize("key", ["adam", "hybrid", "single"])
def test_any_update_can_be_worked_out_anew(key):
    experiment = oo.EXAMPLES[key].experiment
    fit = oo.run(experiment)
    for updates in (0, 7, len(fit.history.loss) - 1):
        update = oo.update_at(experiment, updates)
        assert update.params == tuple(fit.history.params[updates])
        assert update.loss == fit.history.loss[updates]
        assert update.next_params == tuple(fit.at([updates + 1])[0])
        assert update.learning_rate == pytest.approx(fit.history.learning_rate[updates])


def test_an_update_that_never_was_is_refused():
    with pytest.raises(ValueError, match=r"step must lie in \[0, 8\], got 9"):
        oo.update_at(oo.EXAMPLES["diverges"].experiment, 9)


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_first_time_within_a_tenth_of_the_least_loss(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    rows = np.arange(min(len(fit.history.loss) + 1, 3000))
    near = np.flatnonzero(fit.loss_at(rows) <= 1.1 * fit.optimum.loss)
    assert fit.reached_after == (near[0] if len(near) else None)


@pytest.mark.parametrize(("size", "n"), [(64, 512), (100, 512), (1, 20), (512, 512)])
def test_samples_seen_add_up_to_the_epochs(size, n):
    experiment = oo.Experiment(batch_size=size, n_samples=n, epochs=3)
    seen = experiment.samples_seen
    assert len(seen) == experiment.updates + 1
    assert (seen[0], seen[-1]) == (0, 3 * n)
    assert np.diff(seen).max() == size
    assert set(range(0, 3 * n + 1, n)) <= set(seen)
