"""No loss is below the optimum's, the filter agrees with the loss, and the confidence region covers the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import elementwise

from orbitopt import hohmann, landscape, model
from orbitopt.samples import Samples, noisy_samples
from tests.benchmarks.coverage import coverage
from tests.hard_samples import hard_samples


def test_the_optimum_of_the_published_samples(samples):
    best = landscape.optimum(samples)
    assert (round(best.a, 5), round(best.b, 5)) == (1.26116, 1.23247)
    assert best.loss == pytest.approx(8.786e-4, rel=1e-4)
    assert best.loss == pytest.approx(float(model.clamped_loss(best[:2], *samples)), rel=1e-12)


def min_loss(samples):
    """The least clamped loss over A in (0, 8] and B >= 0 by another way: minimized in every dip between two kinks."""
    distance, y = model.centre_distance_squared(samples.x), samples.y

    def floor(a):
        root = np.sqrt(np.maximum(1.0 - distance / np.expand_dims(a * a, -1), 0.0))
        square = (root * root).sum(axis=-1)
        b = np.maximum((root * y).sum(axis=-1) / np.where(square > 0.0, square, 1.0), 0.0)
        return ((y - np.expand_dims(b, -1) * root) ** 2).mean(axis=-1)

    kinks = np.unique(np.sqrt(distance))
    kinks = np.append(kinks[(kinks > 0.0) & (kinks < 8.0)], 8.0)
    start, length = kinks[:-1, None], np.diff(kinks)[:, None]
    # The loss bends as the root of the distance from the kink below does, so that it is smooth in that root.
    share = np.concatenate([[0.0], np.geomspace(1e-14, 0.5, 90), 1.0 - np.geomspace(0.4, 1e-6, 16), [1.0]])
    root = np.sqrt(length * share)
    along = floor(np.minimum(start + root * root, start + length))
    least = [np.mean(y * y), along.min(), floor(kinks).min(), floor(np.nextafter(kinks, 0.0)).min()]
    row, dip = np.nonzero((along[:, 1:-1] <= along[:, :-2]) & (along[:, 1:-1] <= along[:, 2:]))
    if len(row):
        bracket = tuple(root[row, dip + k] for k in range(3))
        found = elementwise.find_minimum(
            lambda root, start: floor(start + root * root), bracket, args=(start[row, 0],), maxiter=60
        )
        least.append(np.nanmin(found.f_x))
    return min(least)


def drawn_samples(count):
    rng = np.random.default_rng(746)
    sizes, noises, seeds = rng.integers(16, 65, count), rng.uniform(0.02, 0.5, count), rng.integers(2**32, size=count)
    return [noisy_samples(int(n), float(noise), int(seed)) for n, noise, seed in zip(sizes, noises, seeds)]


@pytest.mark.parametrize("sets", [drawn_samples(250), hard_samples(250)], ids=["drawn", "hard"])
def test_no_place_has_less_loss_than_the_optimum(sets):
    for samples in sets:
        best = landscape.optimum(samples)
        assert best.loss <= min_loss(samples) * (1.0 + 1e-9)
        assert best.loss == float(model.clamped_loss(best[:2], *samples))
        assert 0.0 < best.a <= landscape.largest_axis(samples) and best.b >= 0.0


@pytest.mark.parametrize(("n", "noise", "seed"), [(512, 0.1, 1), (700, 0.3, 5), (4096, 0.02, 3)])
def test_of_many_samples_too(n, noise, seed):
    samples = noisy_samples(n, noise, seed)
    best = landscape.optimum(samples)
    near = np.linspace(best.a - 0.02, best.a + 0.02, 4001)
    entries = np.sqrt(model.centre_distance_squared(samples.x))
    everywhere = np.concatenate([near, entries[np.abs(entries - best.a) < 0.02], np.linspace(0.01, 8.0, 800)])
    assert best.loss <= landscape.loss_profile(samples, everywhere).floor.min() * (1.0 + 1e-12)


def test_the_optimum_in_a_smooth_stretch_beside_a_kink_is_found():
    best = landscape.optimum(noisy_samples(16, 0.04, 746))
    assert best[:2] == pytest.approx((1.261945, 1.23258), abs=1e-5)
    assert best.loss == pytest.approx(1.0282e-4, rel=1e-4)


@pytest.mark.parametrize("n", [16, 512])
def test_samples_that_fix_no_ellipse_have_an_optimum_all_the_same(n):
    rng = np.random.default_rng(1)
    flat, below = 1.0 + 0.1 * rng.normal(size=n), -1.0 - rng.random(n)
    for x in (np.full(n, -0.1), np.full(n, -hohmann.FOCUS_OFFSET), -0.1 + 1e-12 * rng.normal(size=n)):
        best = landscape.optimum(Samples(x, flat))
        assert best.loss <= np.var(flat) * (1.0 + 1e-9)
    assert landscape.optimum(Samples(rng.uniform(-1.5, 1.0, n), np.ones(n))).a == landscape.LARGEST_AXIS
    best = landscape.optimum(Samples(rng.uniform(-1.5, 1.0, n), below))
    assert best.b == 0.0 and best.loss == pytest.approx(np.mean(below**2))


def test_the_optimum_does_not_stay_in_the_first_dip_it_falls_into():
    # These samples have two dips 0.0015 apart in A; the lower one is a kink where a sample enters the domain.
    assert landscape.optimum(noisy_samples(700, 0.3, 5)).a == pytest.approx(1.258235, abs=1e-6)


def test_without_noise_the_optimum_is_the_truth():
    best = landscape.optimum(noisy_samples(512, 0.0, 1))
    assert (best.a, best.b) == pytest.approx((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), abs=1e-7)
    assert best.loss < 1e-15


@given(a=st.floats(0.01, 4.0), b=st.floats(-2.0, 4.0), seed=st.integers(0, 9))
def test_the_profile_gives_both_losses_at_any_b(a, b, seed):
    samples = noisy_samples(40, 0.2, seed)
    for domain_only, loss in ((False, model.clamped_loss), (True, model.loss)):
        row = landscape.loss_profile(samples, [a], domain_only)
        along_b = (row.floor + row.curvature * (b - row.best_b) ** 2).item()
        assert along_b == pytest.approx(float(loss([a, b], *samples)), rel=1e-9, abs=1e-12)


def test_where_no_sample_is_in_the_domain_the_profile_says_so():
    samples = Samples(np.array([0.5, 0.7]), np.array([1.0, 1.0]))
    clamped, domain = (landscape.loss_profile(samples, [0.0, 0.3], only) for only in (False, True))
    assert clamped.floor.tolist() == [1.0, 1.0]
    assert domain.floor.tolist() == [np.inf, np.inf]
    for row in (clamped, domain):
        assert row.curvature.tolist() == row.best_b.tolist() == [0.0, 0.0]


def test_a_small_loss_is_not_lost_to_rounding():
    samples = noisy_samples(64, 1e-7, 1)
    best = landscape.optimum(samples)
    row = landscape.loss_profile(samples, [best.a])
    assert row.floor.item() == pytest.approx(float(model.clamped_loss(best[:2], *samples)), rel=1e-6)


def params_everywhere(best, rng):
    """A of both signs from 1e-3 to 50, B from -5 to 5, many around the optimum and its mirror, and no numbers."""
    sign = rng.choice([-1.0, 1.0], 4000)
    wide = np.stack([sign[:1000] * 10.0 ** rng.uniform(-3.0, 1.7, 1000), rng.uniform(-5.0, 5.0, 1000)], axis=1)
    away = 10.0 ** rng.uniform(-6.0, -0.3, (3000, 1)) * rng.normal(size=(3000, 2))
    close = np.array(best[:2]) * (1.0 + away) * np.stack([sign[1000:], np.ones(3000)], axis=1)
    odd = [[0.0, 1.0], [np.nan, 1.0], [1.0, np.nan], [np.inf, 1.0], [1.0, -np.inf], [1e200, 1.0], [1.0, 1e200]]
    return np.concatenate([wide, close, odd])


NOISY = [noisy_samples(n, noise, 7) for n in (16, 17, 64, 512) for noise in (0.0, 1e-3, 0.1, 0.5)]


@pytest.mark.parametrize("samples", [*NOISY, *hard_samples(40, seed=2)])
def test_what_is_near_the_optimum_is_what_the_loss_itself_says(samples):
    best = landscape.optimum(samples)
    params = params_everywhere(best, np.random.default_rng(len(samples.x)))
    loss = model.clamped_loss(params, *samples)
    near = (loss <= landscape.reached_bound(best)) & np.isfinite(params).all(axis=1)
    assert near.any()
    np.testing.assert_array_equal(landscape.near_optimum(samples, best)(params), near)


def test_the_loss_is_computed_hardly_anywhere_else(samples, monkeypatch):
    best = landscape.optimum(samples)
    params = np.array(best[:2]) + 0.05 * np.random.default_rng(1).normal(size=(20_000, 2))
    is_near, computed = landscape.near_optimum(samples, best), []

    def counted_loss(params, *data):
        computed.append(len(params))
        return model.clamped_loss(params, *data)

    monkeypatch.setattr(landscape, "clamped_loss", counted_loss)
    near = np.count_nonzero(is_near(params))
    assert 100 < near <= sum(computed) < 1.2 * near


@pytest.mark.parametrize("n", [3, 4, 16, 64, 512, 4096])
def test_the_confidence_bound_is_that_of_the_f_distribution(n):
    factor = landscape.confidence_bound(landscape.Optimum(1.0, 1.0, 1.0), n)
    assert factor == pytest.approx(1.0 + 2.0 / (n - 2) * stats.f.ppf(0.95, 2, n - 2))


# The share of 300 draws has a standard error of 1.3 %: the bounds are some four of them away from 95 %.
@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("n", [16, 64, 512])
def test_the_confidence_region_covers_the_truth_as_often_as_it_says(n, noise):
    assert 0.90 < coverage(n, noise, range(300)) < 0.99


def test_the_noise_floor_is_the_variance_of_the_noise():
    assert landscape.noise_floor(0.1) == pytest.approx(8.33e-4, rel=1e-3)
    noisy, clean = noisy_samples(4096, 0.3, 4), noisy_samples(4096, 0.0, 4)
    assert np.var(noisy.y - clean.y) == pytest.approx(landscape.noise_floor(0.3), rel=0.03)
