"""Rigorous bounds on the clamped loss over intervals of A, for the global searches of `landscape`.

With d_i = (x_i + c)^2, s = A^2 and root_i = sqrt(max(1 - d_i / s, 0)), the clamped loss of n samples is

    n loss(A, B) = B^2 square(s) - 2 B product(s) + sum y_i^2,    square = sum root_i^2,   product = sum y_i root_i,

and with the best B >= 0 it is sum y_i^2 - explained(s), where explained = max(product, 0)^2 / square. As a function of
1 / s, every root_i is concave in the domain, and its square is linear. Over an interval of s, linear functions of 1 / s
therefore bound `product` from above and `square` from below. The squared bound on `product` divided by the bound on
`square` is convex, so its maximum is at an end of the interval.

The decisions use only + - * / and square roots, which round identically on every processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Ints
from .hohmann import FOCUS_OFFSET
from .model import centre_distance_squared
from .samples import Samples

PARTS = 8
"""Number of parts into which an interval is split."""

MAX_ROUNDS = 60
"""Number of rounds of splitting after which rounding allows no smaller intervals."""

_ENOUGH = 32
_SMALLEST = 1e-30  # AU^2; a sample at the centre is in the domain of every ellipse
_ROUNDING = 4e-15  # relative to the sum of the squared targets


class Intervals(NamedTuple):
    """Bounds over m intervals of s = A^2, each of shape (m,)."""

    low: Floats
    """Lower end of the interval, AU^2."""
    high: Floats
    """Upper end of the interval, AU^2."""
    product_low: Floats
    """Upper bound on sum y_i root_i at the lower end, AU; the bound is linear in 1 / s over the interval."""
    product_high: Floats
    """The same bound at the upper end, AU."""
    square_low: Floats
    """Lower bound on sum root_i^2 at the lower end; the bound is linear in 1 / s over the interval."""
    square_high: Floats
    """The same bound at the upper end."""
    max_explained: Floats
    """Upper bound on `explained` over the whole interval, AU^2."""
    explained_low: Floats
    """`explained` at the lower end, AU^2."""
    explained_high: Floats
    """`explained` at the upper end, AU^2."""

    def where(self, chosen: npt.NDArray[Any]) -> Intervals:
        """Return the intervals selected by a mask or by indices."""
        return Intervals(*(column[chosen] for column in self))


@dataclass(frozen=True)
class Targets:
    """Samples in the form that the bounds need: those at the same distance from the centre are merged."""

    kinks: Floats
    """Values of s at which samples enter the domain, ascending, AU^2, shape (k,)."""
    distance: Floats
    """The same values, those with a positive `total` first, AU^2, shape (k,)."""
    count: Floats
    """Number of samples at each distance, shape (k,)."""
    total: Floats
    """Sum of the targets at each distance, AU, shape (k,)."""
    n_positive: int
    """Number of positive totals."""
    distance_within: Floats
    """Sum of the distances of all samples up to each kink, preceded by 0, AU^2, shape (k + 1,)."""
    max_within: Floats
    """Upper bound on `explained` with the samples up to each kink, preceded by 0, AU^2, shape (k + 1,)."""
    square: float
    """Sum of all squared targets, AU^2."""
    square_above_0: float
    """Sum of the squares of the positive targets, AU^2: a lower bound on n times the loss for B < 0."""

    @classmethod
    def of(cls, samples: Samples, focus_offset: float = FOCUS_OFFSET) -> Targets:
        """Return the targets of samples; `focus_offset` in AU."""
        y = np.asarray(samples.y, float)
        distance = centre_distance_squared(samples.x, focus_offset)
        kinks, group, count = np.unique(distance, return_inverse=True, return_counts=True)
        total: Any = np.bincount(group, y)  # floats; the stubs of NumPy say integers
        order = np.argsort(total <= 0.0, kind="stable")
        return cls(
            kinks,
            kinks[order],
            count[order].astype(float),
            total[order],
            int(np.count_nonzero(total > 0.0)),
            np.append(0.0, np.cumsum(kinks * count)),
            np.append(0.0, np.cumsum(_explained(total, count))),  # by the Cauchy–Schwarz inequality
            float(np.add.reduce(y * y)),
            float(np.add.reduce(np.where(y > 0.0, y * y, 0.0))),
        )

    @property
    def rounding(self) -> float:
        """Bound on the rounding error of `explained`, AU^2."""
        return _ROUNDING * self.square

    def first_nodes(self, largest: float) -> Floats:
        """Return the ends of a few intervals that cover every s up to the square of the largest A, shape (1, m)."""
        some = self.kinks[:: -(-len(self.kinks) // PARTS)]
        beyond = 1.0 / np.linspace(1.0 / largest**2, 1.0 / max(self.kinks[-1], _SMALLEST), PARTS + 1)
        return np.unique(np.clip(np.concatenate([[0.0], some, beyond]), _SMALLEST, largest**2))[None]

    def bounds(self, nodes: Floats) -> Intervals:
        """Return bounds over the intervals between neighbouring nodes.

        Parameters
        ----------
        nodes
            Values of s, ascending along the last axis, AU^2, shape (m, p + 1).

        Returns
        -------
        Intervals
            m p intervals; those of width 0 may hold NaN.
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

        # Within an interval root_i lies below its tangent at the high end and above its chord. If a sample enters the
        # domain within the interval, a positive target counts as at the high end, and a negative one does not count.
        inside = low[..., None] >= self.distance
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (self.distance * self.total)[positive] / np.where(inside, root[:, 1:], np.inf)[..., positive]
            tangent = gain[:, 1:] - 0.5 * width * axis[:, 1:] * np.add.reduce(slope, axis=-1)
            chord = np.add.reduce(np.where(inside, term[:, 1:], 0.0)[..., negative], axis=-1) / axis[:, 1:]
            product = tangent + loss[:, :-1], gain[:, 1:] + chord
            least = square[:, :-1] + width * self.distance_within[np.searchsorted(self.kinks, low, "right")]
            most = np.maximum(_explained(product[0], square[:, :-1], np.inf), _explained(product[1], least, np.inf))
        most = np.minimum(most, self.max_within[np.searchsorted(self.kinks, high)])
        columns = low, high, *product, square[:, :-1], least, most, explained[:, :-1], explained[:, 1:]
        return Intervals(*(column.ravel() for column in columns))

    def split(self, intervals: Intervals) -> Floats:
        """Return nodes that split m intervals: at their kinks if these are few, otherwise into equal parts.

        Returns
        -------
        ndarray
            Values of s, ascending along the last axis, AU^2, shape (m, PARTS + 1).
        """
        low, high = intervals.low[:, None], intervals.high[:, None]
        first, after = np.searchsorted(self.kinks, low, "right"), np.searchsorted(self.kinks, high)
        part = np.arange(1, PARTS)
        kinks = np.minimum(self.kinks[np.minimum(first + part, len(self.kinks)) - 1], high)
        equal = np.minimum(low / (1.0 - part / PARTS * (1.0 - low / high)), high)
        few = (after > first) & (after - first < PARTS)
        return np.concatenate([low, np.where(few, kinks, equal), high], axis=1)

    def intervals_within(self, most: float, largest: float) -> Intervals:
        """Return small intervals outside which n times the clamped loss exceeds a bound for every B >= 0.

        Parameters
        ----------
        most
            The bound, AU^2.
        largest
            The largest A, AU.

        Returns
        -------
        Intervals
            In ascending order, without overlap.
        """
        intervals = self.bounds(self.first_nodes(largest))
        for _ in range(MAX_ROUNDS):
            low_enough = self.square - intervals.max_explained <= most
            intervals = intervals.where(low_enough & (intervals.low < intervals.high))
            if not 0 < len(intervals.low) < _ENOUGH:
                break
            intervals = self.bounds(self.split(intervals))
        return intervals

    def newton_step(self, s: Floats) -> Floats:
        """Return Newton's step from values of s towards the maximum of `explained` between two kinks, AU^2.

        It is 0 where the derivative does not decrease.
        """
        gap = s[:, None] - self.distance
        inside = gap > 0.0
        gap = np.where(inside, gap, 1.0)
        term = np.where(inside, self.total / np.sqrt(gap), 0.0)
        count = np.where(inside, self.count, 0.0)
        product, slope, bend = (np.add.reduce(each, axis=-1) for each in (term * gap, 0.5 * term, -0.25 * term / gap))
        square, count = np.add.reduce(count * gap, axis=-1), np.add.reduce(count, axis=-1)
        # The derivative of product^2 / square is a positive multiple of this value.
        value, derivative = 2.0 * slope * square - product * count, 2.0 * bend * square + slope * count
        step: Floats = -np.divide(value, derivative, out=np.zeros(len(s)), where=derivative < 0.0)
        return step


def _explained(product: Floats, square: Floats | Ints, otherwise: float = 0.0) -> Floats:
    """Return max(product, 0)^2 / square, or another value where the square is 0."""
    product = np.maximum(product, 0.0)
    result: Floats = np.divide(product * product, square, out=np.full(product.shape, otherwise), where=square > 0.0)
    return result


def axes_of(s: Floats) -> Floats:
    """Return the largest A, AU, whose square is at most s, AU^2: at a kink, its sample is still outside the domain."""
    a = np.sqrt(s)
    return np.where(a * a > s, np.nextafter(a, 0.0), a)
