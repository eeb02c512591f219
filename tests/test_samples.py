import numpy as np
import pytest

from orbitopt.hohmann import FOCUS_OFFSET, SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS
from orbitopt.samples import mini_batches, noisy_samples, shuffles


def words_of(seed, n):
    """32-bit words of MT19937 under its authors' own integer seeding, written out from their paper."""
    state = [seed]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + i) & 0xFFFFFFFF)
    words = []
    while len(words) < n:
        for i in range(624):
            mixed = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7FFFFFFF)
            state[i] = state[(i + 397) % 624] ^ mixed >> 1 ^ (0x9908B0DF if mixed & 1 else 0)
        for word in state:
            word ^= word >> 11
            word ^= word << 7 & 0x9D2C5680
            word ^= word << 15 & 0xEFC60000
            words.append(word ^ word >> 18)
    return words[:n]


@pytest.mark.parametrize("seed", [0, 9999, 2**32 - 1])
def test_the_noise_is_the_stream_of_words(seed):
    noisy, clean = noisy_samples(16, 0.1, seed), noisy_samples(16, 0.0, seed)
    expected = [((word & 0xFFFFFF) / 2**24 - 0.5) * 0.1 for word in words_of(seed, 16)]
    np.testing.assert_allclose(noisy.y - clean.y, expected, atol=1e-16)


@pytest.mark.parametrize("seed", [0, 9999, 2**32 - 1])
def test_the_shuffles_are_the_stream_after_the_noise(seed):
    n, epochs = 20, 3
    words = iter(words_of(seed, n + epochs * (n + 1))[n:])
    expected = []
    for _ in range(epochs):
        next(words), next(words)
        order = list(range(n))
        for i in range(n - 1):
            j = i + next(words) % (n - i)
            order[i], order[j] = order[j], order[i]
        expected.append(order)
    assert shuffles(n, epochs, seed).tolist() == expected


def test_more_epochs_begin_with_the_same_shuffles():
    longer = shuffles(17, 300, 5)
    np.testing.assert_array_equal(longer[:129], shuffles(17, 129, 5))
    assert (np.sort(longer, axis=1) == np.arange(17)).all()


def test_shuffles_are_shared_and_so_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        shuffles(16, 2, 1)[0, 0] = 3


@pytest.mark.parametrize("n", [16, 17, 512, 4096])
def test_samples_lie_evenly_on_the_upper_half_within_the_noise(n):
    x, y = noisy_samples(n, 0.5, 3)
    assert len(x) == len(y) == n
    np.testing.assert_allclose(np.diff(x), 2 * SEMI_MAJOR_AXIS / (n - 1))
    assert (x[0], x[-1]) == pytest.approx((-SEMI_MAJOR_AXIS - FOCUS_OFFSET, SEMI_MAJOR_AXIS - FOCUS_OFFSET))
    true_y = SEMI_MINOR_AXIS * np.sqrt(np.clip(1 - ((x + FOCUS_OFFSET) / SEMI_MAJOR_AXIS) ** 2, 0, None))
    assert np.abs(y - true_y).max() <= 0.25


def test_without_noise_the_samples_are_the_ellipse():
    x, y = noisy_samples(101, 0.0, 1)
    np.testing.assert_allclose(((x + FOCUS_OFFSET) / SEMI_MAJOR_AXIS) ** 2 + (y / SEMI_MINOR_AXIS) ** 2, 1, atol=1e-12)


@pytest.mark.parametrize(("n", "size", "lengths"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 1, [1, 1, 1]), (5, 9, [5])])
def test_batches_cover_an_epoch_and_the_last_is_short(n, size, lengths):
    items = np.arange(n)
    batches = [items[batch] for batch in mini_batches(n, size)]
    assert [len(batch) for batch in batches] == lengths
    np.testing.assert_array_equal(np.concatenate(batches), items)
