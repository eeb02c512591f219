"""Contours are drawn where the loss is their level, jumps and pieces included."""

import numpy as np
import pytest

from orbitopt import hohmann, landscape, model
from orbitopt.bounds import axes_of
from orbitopt.contours import contours, region_within
from orbitopt.samples import Samples, noisy_samples

LEVELS = [0.5, 0.05, 0.002]
WINDOW = (0.0, 2.0), (0.0, 2.0)
PIXEL = 0.005  # AU, in a window of 2 AU that is 400 pixels wide
LOSSES = {False: model.clamped_loss, True: model.loss}

both_losses = pytest.mark.parametrize("domain_only", [False, True], ids=["clamped", "domain_only"])


def inside_patches(params, patches):
    """Which parameters straight lines between the nodes enclose."""
    a, b = params.T
    inside = np.zeros(len(a), bool)
    for _, along, low, high in patches:
        enclosed = (np.interp(a, along, low) <= b) & (b <= np.interp(a, along, high))
        inside |= enclosed & (along[0] <= a) & (a <= along[-1])
    return inside


@both_losses
@pytest.mark.parametrize("n", [16, 64, 512, 4096])
def test_at_every_node_the_loss_is_the_level(n, domain_only):
    samples = noisy_samples(n, 0.1, 9999)
    patches = contours(samples, LEVELS, *WINDOW, domain_only)
    assert {level for level, *_ in patches} == set(LEVELS)
    for level, a, low, high in patches:
        assert (np.diff(a) >= 0.0).all() and (low <= high).all()
        for b, edge in ((low, 0.0), (high, 2.0)):
            free = (b != edge) & (high - low > 1e-9)
            along = LOSSES[domain_only](np.stack([a, b], axis=1)[free], *samples)
            np.testing.assert_allclose(along, level, rtol=1e-6)


@both_losses
@pytest.mark.parametrize("n", [16, 64, 512])
def test_what_is_enclosed_has_less_loss_to_a_pixel(n, domain_only):
    samples = noisy_samples(n, 0.1, 9999)
    params = np.random.default_rng(n).uniform(0.05, 1.95, (2000, 2))
    around = PIXEL * np.stack(np.meshgrid(np.linspace(-1.0, 1.0, 11), [0.0, 1.0, -1.0]), axis=-1).reshape(-1, 2)
    loss = LOSSES[domain_only](params[:, None] + around, *samples)
    for level in LEVELS:
        patches = contours(samples, [level], *WINDOW, domain_only)
        below = loss <= level
        clear = below.all(axis=1) | ~below.any(axis=1)
        assert clear.mean() > 0.8
        np.testing.assert_array_equal(inside_patches(params, patches)[clear], below.all(axis=1)[clear])


@pytest.mark.parametrize("n", [16, 64])
def test_no_line_between_two_nodes_smears_a_jump(n):
    samples = noisy_samples(n, 0.1, 9999)
    kinks = np.unique(model.centre_distance_squared(samples.x))
    seen = 0
    for level, a, low, high in contours(samples, LEVELS, *WINDOW, domain_only=True):
        for kink in kinks[(kinks > a[0] ** 2) & (kinks < a[-1] ** 2)]:
            left, right = float(axes_of(kink)) - 1e-12, float(axes_of(kink)) + 1e-12
            profile = landscape.loss_profile(samples, [left, right], domain_only=True)
            reach = np.sqrt((level - profile.floor) / profile.curvature)
            jumps = [np.diff(np.clip(profile.best_b + sign * reach, 0.0, 2.0)).item() for sign in (-1.0, 1.0)]
            if np.abs(jumps).max() > 0.004:
                seen += 1
                assert np.abs(a - left).min() < 1e-9  # the two nodes of a vertical edge
                drawn = [np.interp(right, a, edge) - np.interp(left, a, edge) for edge in (low, high)]
                np.testing.assert_allclose(drawn, jumps, atol=0.004)
    assert seen > 5


@both_losses
def test_few_rows_travel(domain_only):
    for n in (16, 64, 512, 1024, 4096):
        samples = noisy_samples(n, 0.1, 9999)
        least = landscape.optimum(samples).loss
        levels = least * np.array([5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1.1])
        rows = sum(len(a) for _, a, _, _ in contours(samples, levels, *WINDOW, domain_only))
        assert rows < (4000 if domain_only else 700)


@both_losses
def test_contours_of_the_mirror_image_are_the_mirror_images(samples, domain_only):
    right, left = (contours(samples, [0.05], window, (0.0, 2.0), domain_only) for window in ((0, 2), (-2, 0)))
    params = np.random.default_rng(1).uniform((-2.0, 0.0), (0.0, 2.0), (2000, 2))
    mirrored = inside_patches(params * [-1.0, 1.0], right)
    assert np.mean(inside_patches(params, left) == mirrored) > 0.995


def test_a_level_that_no_place_in_the_window_reaches_has_no_contour(samples):
    assert contours(samples, [1e-4], *WINDOW) == []
    assert contours(samples, [0.002], (0.0, 2.0), (1.8, 2.0)) == []


def test_a_contour_that_leaves_the_window_and_comes_back_is_two_patches():
    samples = noisy_samples(16, 0.1, 9999)
    assert len(contours(samples, [0.2], (0.0, 2.0), (0.0, 2.0))) == 1
    (_, *left), (_, *right) = contours(samples, [0.2], (0.0, 2.0), (1.7, 2.0))
    assert left[0][-1] + 0.04 < right[0][0]
    for _, low, high in (left, right):
        assert (low >= 1.7).all() and (high <= 2.0).all()


@pytest.mark.parametrize(("n", "noise", "seed", "pieces"), [(512, 0.1, 9999, 1), (16, 0.1, 143, 2), (512, 0.5, 144, 2)])
def test_a_region_is_all_that_the_loss_allows_in_all_its_pieces(n, noise, seed, pieces):
    samples = noisy_samples(n, noise, seed)
    best = landscape.optimum(samples)
    level = landscape.confidence_bound(best, n)
    patches = region_within(samples, level)
    assert len(patches) == pieces
    a, low, high = (np.concatenate([patch[k] for patch in patches]) for k in (1, 2, 3))
    ends = np.array([(a.min(), a.max()), (low.min(), high.max())])
    size = np.ptp(ends, axis=1)
    params = np.random.default_rng(seed).uniform(ends[:, 0] - 0.2 * size, ends[:, 1] + 0.2 * size, (4000, 2))
    loss = model.clamped_loss(params, *samples)
    clear = np.abs(loss / level - 1.0) > 0.03 * (level / best.loss - 1.0)
    np.testing.assert_array_equal(inside_patches(params, patches)[clear], (loss <= level)[clear])
    # Its ends in A are those of the floor.
    fine = landscape.loss_profile(samples, np.linspace(ends[0, 0] - size[0], ends[0, 1] + size[0], 30_001))
    allowed = fine.a[fine.floor <= level]
    assert ends[0] == pytest.approx([allowed[0], allowed[-1]], abs=2e-4 * size[0])


def test_a_region_without_end_is_cut_off():
    rng = np.random.default_rng(1)
    samples = Samples(rng.uniform(-1.5, 1.0, 16), rng.normal(size=16))
    patches = region_within(samples, 2.0 * np.mean(samples.y**2))
    assert max(a.max() for _, a, _, _ in patches) == landscape.largest_axis(samples)
    assert min(low.min() for _, _, low, _ in patches) == -landscape.largest_axis(samples)


@both_losses
def test_samples_at_the_centre_are_in_every_ellipse(domain_only):
    samples = Samples(np.full(16, -hohmann.FOCUS_OFFSET), np.linspace(0.9, 1.1, 16))
    ((_, a, low, high),) = contours(samples, [0.01], *WINDOW, domain_only)
    assert a[0] < 0.001 and a[-1] == 2.0
    np.testing.assert_allclose(high - low, 2.0 * np.sqrt(0.01 - np.var(samples.y)), rtol=1e-9)
