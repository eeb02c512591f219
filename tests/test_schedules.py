import math

import numpy as np
import pytest

from orbitopt.schedules import (
    Constant,
    Cosine,
    Exponential,
    MultiStep,
    batch_factor,
    batch_sizes,
    places,
    updates_per_epoch,
)

EPOCHS = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]


def test_constant():
    assert Constant().factors(EPOCHS).tolist() == [1.0] * 10


def test_multi_step_falls_from_each_milestone_on():
    assert MultiStep((5, 7), 0.45).factors(EPOCHS) == pytest.approx([1] * 5 + [0.45] * 2 + [0.45**2] * 3)


def test_multi_step_takes_milestones_in_any_order_and_repeated_and_none():
    assert MultiStep((7, 5), 0.5).factors(EPOCHS).tolist() == MultiStep((5, 7), 0.5).factors(EPOCHS).tolist()
    assert MultiStep((2, 2), 0.5).factors(EPOCHS).tolist() == [1, 1] + [0.25] * 8
    assert MultiStep((), 0.5).factors(EPOCHS).tolist() == [1.0] * 10
    assert MultiStep((0,), 0.5).factors(EPOCHS).tolist() == [0.5] * 10


def test_exponential_falls_after_every_epoch():
    assert Exponential(0.9).factors(EPOCHS) == pytest.approx([1, 1, 1, 0.9, 0.9, 0.9, 0.81, 0.81, 0.81, 0.729])


@pytest.mark.parametrize("updates", [1, 2, 3, 800, 60_000])
def test_cosine_is_the_cosine_to_a_few_bits(updates):
    factors = Cosine().factors(np.zeros(updates, int))
    expected = [0.5 + 0.5 * math.cos(math.pi * k / updates) for k in range(updates)]
    np.testing.assert_allclose(factors, expected, rtol=0, atol=4e-16)


def test_powers_of_gamma_are_running_products():
    factors = Exponential(0.3).factors(np.arange(50))
    product = 1.0
    for factor in factors:
        assert factor == product
        product *= 0.3


def test_cosine_goes_from_whole_through_half_towards_nothing():
    factors = Cosine().factors(EPOCHS)
    assert factors[0] == 1.0
    assert factors[5] == pytest.approx(0.5)
    assert 0.0 < factors[-1] < 0.03
    assert (np.diff(factors) < 0).all()


def test_batch_sizes():
    assert batch_sizes(3, 64) == [64, 64, 64]
    assert batch_sizes(4, 32, switch_after=1, later_size=512) == [32, 512, 512, 512]
    assert batch_sizes(2, 32, switch_after=8, later_size=512) == [32, 32]


def test_updates_per_epoch_counts_the_short_batch():
    assert updates_per_epoch(512, [1, 32, 100, 511, 512]).tolist() == [512, 16, 6, 2, 1]


def test_places_count_epochs_and_updates_within_them():
    epoch, in_epoch = places(10, [4, 10, 3])
    assert epoch.tolist() == [0, 0, 0, 1, 2, 2, 2, 2]
    assert in_epoch.tolist() == [0, 1, 2, 0, 0, 1, 2, 3]


def test_the_rate_goes_with_the_batch_size_or_its_root_or_not():
    assert batch_factor(64, 16, "linear") == 4.0
    assert batch_factor(64, 16, "root") == 2.0
    assert batch_factor(64, 16, "none") == 1.0
