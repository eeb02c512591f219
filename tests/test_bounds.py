"""The bounds hold, wherever in an interval A lies."""

import numpy as np
import pytest

from orbitopt import hohmann
from orbitopt.bounds import Targets, axes_of
from orbitopt.model import clamped_loss, predict
from orbitopt.samples import Samples, noisy_samples
from tests.hard_samples import hard_samples

SAMPLES = [noisy_samples(16, 0.3, 1), noisy_samples(200, 0.1, 2), *hard_samples(40)]


def intervals_of(targets, rng):
    """Intervals of all sizes, those between neighbouring kinks among them."""
    nodes = np.concatenate([targets.kinks, 10.0 ** rng.uniform(-3.0, 2.0, 30)])
    return targets.bounds(np.unique(nodes[nodes > 1e-9])[None])


@pytest.mark.parametrize("samples", SAMPLES)
def test_product_and_square_lie_on_their_side_of_the_bounds(samples):
    rng = np.random.default_rng(1)
    targets = Targets.of(samples)
    intervals = intervals_of(targets, rng)
    for share in (0.0, 1e-6, 0.1, 0.5, 0.9, 1.0):
        inverse = 1.0 / intervals.low + share * (1.0 / intervals.high - 1.0 / intervals.low)
        s = np.clip(1.0 / inverse, intervals.low, intervals.high)
        root = predict(np.stack([axes_of(s), np.ones(len(s))], axis=1), samples.x)[0]
        product, square = root @ samples.y, (root * root).sum(axis=1)
        most = intervals.product_low + share * (intervals.product_high - intervals.product_low)
        least = intervals.square_low + share * (intervals.square_high - intervals.square_low)
        scale = np.abs(samples.y).sum()
        assert (product <= most + 1e-6 * scale).all()  # a root next to a kink is only as exact as its A
        assert (square >= least - 1e-9 * len(samples.x)).all()
        explained = np.maximum(product, 0.0) ** 2 / np.maximum(square, 1e-300)
        assert (explained[square > 1e-6] <= intervals.max_explained[square > 1e-6] + 1e-6 * targets.square).all()


@pytest.mark.parametrize("samples", SAMPLES)
def test_where_the_loss_may_be_small_is_never_left_out(samples):
    rng = np.random.default_rng(2)
    targets = Targets.of(samples)
    params = np.stack([10.0 ** rng.uniform(-2.0, 1.5, 3000), 10.0 ** rng.uniform(-2.0, 1.5, 3000)], axis=1)
    loss = clamped_loss(params, *samples)
    for quantile in (0.0, 0.01, 0.2):
        most = np.quantile(loss, quantile) * len(samples.x)
        intervals = targets.intervals_within(most * (1.0 + 1e-12), 100.0)
        assert (intervals.low[1:] >= intervals.high[:-1]).all()
        s = params[loss * len(samples.x) <= most, 0] ** 2
        interval = np.searchsorted(intervals.low, s, "right") - 1
        assert (s <= intervals.high[interval]).all()


def test_intervals_are_split_at_their_kinks_if_these_are_few_or_else_evenly():
    targets = Targets.of(Samples(np.array([0.5, 0.5, 0.7]) - hohmann.FOCUS_OFFSET, np.ones(3)))
    few, none = targets.split(targets.bounds(np.array([[0.1, 1.0, 4.0]])))
    assert {round(node, 9) for node in few} == {0.1, 0.25, 0.49, 1.0}
    assert (np.diff(few) >= 0.0).all()
    np.testing.assert_allclose(1.0 / none, np.linspace(1.0, 0.25, 9))
    many = Targets.of(noisy_samples(64, 0.1, 1))
    nodes = many.split(many.bounds(np.array([[0.1, 1.0]])))[0]
    np.testing.assert_allclose(1.0 / nodes, np.linspace(10.0, 1.0, 9))


def test_a_at_a_kink_leaves_its_sample_out():
    kinks = np.random.default_rng(3).uniform(0.1, 2.0, 1000)
    a = axes_of(kinks)
    assert (a * a <= kinks).all()
    assert (np.nextafter(a, 9.0) ** 2 > kinks).all()
