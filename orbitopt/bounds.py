"""Rigorous bounds of the clamped loss over intervals of A, by which the searches of `landscape` miss nothing.

With d_i = (x_i + c)^2, s = A^2 and root_i = sqrt(max(1 - d_i / s, 0)), the clamped loss of n samples is

    n loss(A, B) = B^2 square(s) - 2 B product(s) + sum y_i^2,    square = sum root_i^2,   product = sum y_i root_i,

and with the best B >= 0 it is sum y_i^2 - explained(s), where explained = max(product, 0)^2 / square. As functions of
1 / s every root is concave in the domain, and its square is linear. Over an interval of s, linear functions of 1 / s
therefore bound `product` from above and `square` from below, and the ratio of the former's square to the latter, which
is convex, is greatest at an end of the interval.

Only + - * / and square roots, which every processor rounds alike, decide here.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .model import centre_distance_squared

PARTS = 8
"""Into how many parts an interval is split."""

MOST_ROUNDS = 60
"""After how many rounds of splitting intervals are as small as rounding lets them be."""

_ENOUGH = 32
_SMALLEST = 1e-30  # AU^2; a sample at the centre itself is in the domain of every ellipse
_ROUNDING = 4e-15  # of the sum of the squared targets


class Intervals(NamedTuple):
    """Bounds over intervals of s = A^2, each of shape (m,)."""

    low: np.ndarray
    """The interval's lower end, AU^2."""
    high: np.ndarray
    """Its upper end, AU^2."""
    product_low: np.ndarray
    """Upper bound of sum y_i root_i at the lower end, AU; it is linear in 1 / s from there to the upper end."""
    product_high: np.ndarray
    """That bound at the upper end."""
    square_low: np.ndarray
    """Lower bound of sum root_i^2 at the lower end; it is linear in 1 / s from there to the upper end."""
    square_high: np.ndarray
    """That bound at the upper end."""
    most_explained: np.ndarray
    """Upper bound of `explained` over the whole interval, AU^2."""
    explained_low: np.ndarray
    """`explained` itself at the lower end, AU^2."""
    explained_high: np.ndarray
    """`explained` itself at the upper end, AU^2."""

    def where(self, chosen):
        """The intervals that an index or a mask chooses."""
        return Intervals(*(column[chosen] for column in self))


@dataclass(frozen=True)
class Targets:
    """Samples as the bounds need them. Those at one distance from the centre enter the domain together, and are one."""

    kinks: np.ndarray
    """The values of s at which samples enter the domain, ascending, AU^2, shape (k,)."""
    distance: np.ndarray
    """The same, those of a positive total first, AU^2, shape (k,)."""
    count: np.ndarray
    """How many samples lie there, shape (k,)."""
    total: np.ndarray
    """The sum of their targets, AU, shape (k,)."""
    n_positive: int
    """How many totals are positive."""
    distance_within: np.ndarray
    """The sum of the distances of all samples up to each kink, and 0 before, AU^2, shape (k + 1,)."""
    most_within: np.ndarray
    """The most that the samples up to each kink can explain, and 0 before, AU^2, shape (k + 1,)."""
    square: float
    """The sum of all squared targets, AU^2."""
    square_above_0: float
    """The sum of the squared targets above 0, AU^2: for B < 0, n times the loss is at least that."""

    @classmethod
    def of(cls, samples):
        """The targets of samples."""
        y = np.asarray(samples.y, float)
        kinks, group, count = np.unique(centre_distance_squared(samples.x), return_inverse=True, return_counts=True)
        total = np.bincount(group, y)
        order = np.argsort(total <= 0.0, kind="stable")
        return cls(
            kinks,
            kinks[order],
            count[order].astype(float),
            total[order],
            np.count_nonzero(total > 0.0),
            np.append(0.0, np.cumsum(kinks * count)),
            np.append(0.0, np.cumsum(_explained(total, count))),  # by Cauchy and Schwarz
            float(np.add.reduce(y * y)),
            float(np.add.reduce(np.where(y > 0.0, y * y, 0.0))),
        )

    @property
    def rounding(self):
        """By how much rounding may move `explained`, AU^2."""
        return _ROUNDING * self.square

    def first_nodes(self, largest):
        """Ends of a few intervals that cover every s up to the square of the largest A, shape (1, m)."""
        some = self.kinks[:: -(-len(self.kinks) // PARTS)]
        beyond = 1.0 / np.linspace(1.0 / largest**2, 1.0 / max(self.kinks[-1], _SMALLEST), PARTS + 1)
        return np.unique(np.clip(np.concatenate([[0.0], some, beyond]), _SMALLEST, largest**2))[None]

    def bounds(self, nodes):
        """Bounds over the intervals between neighbouring nodes.

        Parameters
        ----------
        nodes : ndarray, shape (m, p + 1)
            Values of s, ascending along the last axis, AU^2.

        Returns
        -------
        Intervals
            m p of them; those of no width may hold NaN.
        """
        positive, negative = slice(self.n_positive), slice(self.n_positive, None)
        low, high, axis = nodes[:, :-1], nodes[:, 1:], np.sqrt(nodes)
        width = (high - low) / low / high
        gap = np.maximum(nodes[..., None] - self.distance, 0.0)
        square = np.add.reduce(gap * self.count, axis=-1) / nodes
        root = np.sqrt(gap, out=gap)
        term = root * self.total
        gain, loss = (np.add.reduce(term[..., some], axis=-1) / axis for some in (positive, negative))
        explained = _explained(gain + loss, square)

        # Within an interval a root lies below its tangent at the high end and above its chord. A sample that enters
        # the domain there counts as at the high end if its target is positive, and not at all if it is negative.
        inside = low[..., None] >= self.distance
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (self.distance * self.total)[positive] / np.where(inside, root[:, 1:], np.inf)[..., positive]
            tangent = gain[:, 1:] - 0.5 * width * axis[:, 1:] * np.add.reduce(slope, axis=-1)
            chord = np.add.reduce(np.where(inside, term[:, 1:], 0.0)[..., negative], axis=-1) / axis[:, 1:]
            product = tangent + loss[:, :-1], gain[:, 1:] + chord
            least = square[:, :-1] + width * self.distance_within[np.searchsorted(self.kinks, low, "right")]
            most = np.maximum(_explained(product[0], square[:, :-1], np.inf), _explained(product[1], least, np.inf))
        most = np.minimum(most, self.most_within[np.searchsorted(self.kinks, high)])
        columns = low, high, *product, square[:, :-1], least, most, explained[:, :-1], explained[:, 1:]
        return Intervals(*(column.ravel() for column in columns))

    def split(self, intervals):
        """Nodes that split intervals: at their kinks if these are few, else into equal parts.

        Parameters
        ----------
        intervals : Intervals
            m of them.

        Returns
        -------
        ndarray, shape (m, PARTS + 1)
            Values of s, ascending along the last axis, AU^2.
        """
        low, high = intervals.low[:, None], intervals.high[:, None]
        first, after = np.searchsorted(self.kinks, low, "right"), np.searchsorted(self.kinks, high)
        part = np.arange(1, PARTS)
        kinks = np.minimum(self.kinks[np.minimum(first + part, len(self.kinks)) - 1], high)
        equal = np.minimum(low / (1.0 - part / PARTS * (1.0 - low / high)), high)
        few = (after > first) & (after - first < PARTS)
        return np.concatenate([low, np.where(few, kinks, equal), high], axis=1)

    def intervals_within(self, most, largest):
        """Small intervals outside which n times the clamped loss is above `most` whatever B >= 0 is.

        Parameters
        ----------
        most : float
            AU^2.
        largest : float
            The largest A, AU.

        Returns
        -------
        Intervals
            In ascending order; none overlap.
        """
        intervals = self.bounds(self.first_nodes(largest))
        for _ in range(MOST_ROUNDS):
            low_enough = self.square - intervals.most_explained <= most
            intervals = intervals.where(low_enough & (intervals.low < intervals.high))
            if not 0 < len(intervals.low) < _ENOUGH:
                break
            intervals = self.bounds(self.split(intervals))
        return intervals

    def newton_step(self, s):
        """Newton's step from values of s towards a maximum of `explained` between two kinks, AU^2; 0 away from any."""
        gap = s[:, None] - self.distance
        inside = gap > 0.0
        gap = np.where(inside, gap, 1.0)
        term = np.where(inside, self.total / np.sqrt(gap), 0.0)
        count = np.where(inside, self.count, 0.0)
        product, slope, bend = (np.add.reduce(each, axis=-1) for each in (term * gap, 0.5 * term, -0.25 * term / gap))
        square, count = np.add.reduce(count * gap, axis=-1), np.add.reduce(count, axis=-1)
        # The slope of product^2 / square is this value times something positive.
        value, derivative = 2.0 * slope * square - product * count, 2.0 * bend * square + slope * count
        return -np.divide(value, derivative, out=np.zeros(len(s)), where=derivative < 0.0)


def _explained(product, square, otherwise=0.0):
    """max(product, 0)^2 / square, or another value where the square is 0."""
    product = np.maximum(product, 0.0)
    return np.divide(product * product, square, out=np.full(product.shape, otherwise), where=square > 0.0)


def axes_of(s):
    """The largest A whose square is not above s: of a kink, that at which its sample is still outside the domain.

    Parameters
    ----------
    s : ndarray
        AU^2.

    Returns
    -------
    ndarray
        AU.
    """
    a = np.sqrt(s)
    return np.where(a * a > s, np.nextafter(a, 0.0), a)
