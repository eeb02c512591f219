import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitopt import hohmann, landscape, model
from orbitopt.samples import Samples, noisy_samples


def test_the_optimum_of_the_published_samples(samples):
    best = landscape.optimum(samples)
    assert (round(best.a, 5), round(best.b, 5)) == (1.26116, 1.23247)
    assert best.loss == pytest.approx(8.786e-4, rel=1e-4)
    assert best.loss == pytest.approx(float(model.clamped_loss(best[:2], *samples)), rel=1e-12)


@pytest.mark.parametrize("n", [16, 17, 64, 512, 700])
@pytest.mark.parametrize("noise", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(8))
def test_no_place_has_less_loss_than_the_optimum(n, noise, seed):
    samples = noisy_samples(n, noise, seed)
    entries = np.unique(np.sqrt(model.centre_distance_squared(samples.x)))
    entries = np.append(entries[entries > 0.9], 2.0)
    everywhere = np.concatenate([np.linspace(low, high, 33) for low, high in zip(entries, entries[1:])])
    floor = landscape.valley(samples, everywhere).floor
    assert landscape.optimum(samples).loss <= floor.min() * (1 + 1e-9)


def test_the_optimum_does_not_stay_in_the_first_dip_it_falls_into():
    # These samples have two dips 0.0015 apart in A; the lower one is a kink where a sample enters the domain.
    assert landscape.optimum(noisy_samples(700, 0.3, 5)).a == pytest.approx(1.258235, abs=1e-6)


def test_without_noise_the_optimum_is_the_truth():
    best = landscape.optimum(noisy_samples(512, 0.0, 1))
    assert (best.a, best.b) == pytest.approx((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), abs=1e-7)
    assert best.loss < 1e-15


@given(a=st.floats(0.01, 4.0), b=st.floats(-2.0, 4.0), seed=st.integers(0, 9))
def test_the_valley_gives_both_losses_at_any_b(a, b, seed):
    samples = noisy_samples(40, 0.2, seed)
    for domain_only, loss in ((False, model.clamped_loss), (True, model.loss)):
        row = landscape.valley(samples, [a], domain_only)
        along_b = (row.floor + row.curvature * (b - row.best_b) ** 2).item()
        assert along_b == pytest.approx(float(loss([a, b], *samples)), rel=1e-9, abs=1e-12)


def test_where_no_sample_is_in_the_domain_the_valley_says_so():
    samples = Samples(np.array([0.5, 0.7]), np.array([1.0, 1.0]))
    clamped, domain = (landscape.valley(samples, [0.0, 0.3], only) for only in (False, True))
    assert clamped.floor.tolist() == [1.0, 1.0]
    assert domain.floor.tolist() == [np.inf, np.inf]
    for row in (clamped, domain):
        assert row.curvature.tolist() == row.best_b.tolist() == [0.0, 0.0]


def test_over_200_seeds_the_optimum_scatters_as_its_covariance_says():
    optima, matrices = [], []
    for seed in range(200):
        drawn = noisy_samples(512, 0.1, seed)
        best = landscape.optimum(drawn)
        optima.append(best)
        matrices.append(landscape.covariance(drawn, best))
    scatter = np.std([best[:2] for best in optima], axis=0, ddof=1)
    assert scatter == pytest.approx([0.0006, 0.0016], abs=0.0001)
    assert np.sqrt(np.diagonal(np.mean(matrices, axis=0))) == pytest.approx(scatter, rel=0.15)
    truth = (hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS)
    away = [landscape.deviations(truth, best, matrix) for best, matrix in zip(optima, matrices, strict=True)]
    assert 0.90 < np.mean(np.array(away) ** 2 < 5.991) < 0.99  # 95 % of a chi-squared with two degrees of freedom


def test_without_noise_nothing_but_the_optimum_itself_is_allowed():
    samples = noisy_samples(64, 0.0, 1)
    best = landscape.optimum(samples)._replace(loss=0.0)
    matrix = landscape.covariance(samples, best)
    assert landscape.deviations(best[:2], best, matrix) == 0.0
    assert landscape.deviations((1.0, 1.0), best, matrix) == np.inf


def test_samples_that_all_lie_at_one_x_have_a_covariance_all_the_same():
    samples = Samples(np.full(16, -0.1), np.linspace(0.9, 1.1, 16))
    assert np.isfinite(landscape.covariance(samples, landscape.optimum(samples))).all()


def test_the_noise_floor_is_the_variance_of_the_noise():
    assert landscape.noise_floor(0.1) == pytest.approx(8.33e-4, rel=1e-3)
    noisy, clean = noisy_samples(4096, 0.3, 4), noisy_samples(4096, 0.0, 4)
    assert np.var(noisy.y - clean.y) == pytest.approx(landscape.noise_floor(0.3), rel=0.03)


# Between the nodes of its grid the valley is interpolated; the domain-only loss jumps wherever a sample drops out.
@pytest.mark.parametrize(("domain_only", "tolerance"), [(False, 0.03), (True, 0.1)])
def test_contours_lie_where_the_loss_is_their_level(samples, domain_only, tolerance):
    loss = model.loss if domain_only else model.clamped_loss
    for level, a, low, high in landscape.contours(samples, [0.002, 0.05], (0.5, 2.0), (0.0, 2.0), domain_only):
        assert (low <= high).all()
        for b, edge in ((low, 0.0), (high, 2.0)):
            inner = (b != edge) & (high - low > 1e-6)
            assert inner.sum() > 20
            along = loss(np.stack([a, b], axis=1)[inner], *samples)
            np.testing.assert_allclose(along, level, rtol=tolerance)


def test_contours_of_the_mirror_image_are_the_mirror_images(samples):
    right, left = (landscape.contours(samples, [0.05], window, (0.0, 2.0)) for window in ((0, 2), (-2, 0)))
    np.testing.assert_allclose(left[0][1], -right[0][1][::-1], atol=1e-9)
    np.testing.assert_allclose(left[0][2], right[0][2][::-1], atol=1e-9)


def test_a_level_that_no_place_reaches_has_no_contour(samples):
    assert landscape.contours(samples, [1e-4], (0.0, 2.0), (0.0, 2.0)) == []
