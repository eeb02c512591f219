"""FitProblem: the samples to fit, and the results that depend on them alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np

from .arrays import Floats
from .formatting import above_minimum, number
from .hohmann import FOCUS_OFFSET, SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS
from .landscape import REACHED_MARGIN, NearOptimum, Optimum, near_optimum, optimum, reached_bound
from .samples import Samples, check_samples
from .settings import check_number

OWN_TOLERANCE = 1e-3
"""Root mean square misfit, relative to B, at which a run has fitted user-supplied samples that have no errors."""


def digest(samples: Samples, focus_offset: float) -> str:
    """Return the first 16 digits of the SHA-256 hash of x, y and c, AU."""
    data = np.ascontiguousarray(samples).tobytes()
    if focus_offset != FOCUS_OFFSET:  # links and files from before there was a choice have the hash without it
        data += np.float64(focus_offset).tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


@dataclass(frozen=True)
class FitProblem:
    """Samples to fit, and the results that depend on them alone. Problems with the same `key` are equal."""

    key: tuple[Any, ...]
    """Identifier of the samples: number, noise scale and seed of generated samples, or a hash of user-supplied ones."""
    samples: Samples
    own: bool = False
    """True for user-supplied samples, False for those selected by the seed of an experiment."""
    name: str = ""
    """Name of the file with user-supplied samples, if there is one."""
    focus_offset: float = FOCUS_OFFSET
    """c, the distance of the ellipse's centre from the Sun, AU, which is not fitted."""
    warning: str = ""
    """Warning about the fit, which follows the outcome of every run; empty if there is none."""
    notes: str = ""
    """Sentences on what was done to the points of a file; empty if nothing was."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FitProblem) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @classmethod
    def of(
        cls,
        samples: Samples,
        name: str = "",
        focus_offset: float = FOCUS_OFFSET,
        warning: str = "",
        notes: str = "",
    ) -> FitProblem:
        """Return the problem of user-supplied samples.

        Parameters
        ----------
        samples
            x and y, AU, at least 2 and finite.
        name
            Name of their file.
        focus_offset
            c of their ellipse, AU, at least 0; see `orbit_data.read_orbit`.
        warning, notes
            Fields of the problem.

        Raises
        ------
        TypeError, ValueError
            If `samples` or `focus_offset` are not such; see `samples.check_samples`.
        """
        check_samples(samples)
        focus_offset = check_number("focus_offset", focus_offset, float, 0.0)
        key = len(samples.x), digest(samples, focus_offset)
        return cls(key, samples, True, name, focus_offset, warning, notes)

    @property
    def mark(self) -> str:
        """Text that identifies user-supplied samples: their number, and the start of the SHA-256 hash of x, y and c."""
        return "-".join(map(str, self.key))

    @property
    def source(self) -> str:
        """Source of user-supplied samples: file name and hash."""
        return f"{f'samples from {self.name}' if self.name else 'own samples'}, SHA-256 {self.key[-1]}…"

    @property
    def data(self) -> tuple[Floats, Floats, float]:
        """x, y and c, AU: the arguments of the functions of `model` after the parameters."""
        return *self.samples, self.focus_offset

    @property
    def truth(self) -> tuple[float, float] | None:
        """A and B from which the samples were generated, AU; None for user-supplied samples."""
        return None if self.own else (SEMI_MAJOR_AXIS, SEMI_MINOR_AXIS)

    @property
    def best(self) -> str:
        """Name of the optimum: user-supplied samples have no true ellipse that it could estimate."""
        return "the best A and B for these samples" if self.own else "the optimum"

    @cached_property
    def optimum(self) -> Optimum:
        """Global optimum of the clamped loss."""
        return optimum(self.samples, self.focus_offset)

    @property
    def near(self) -> str:
        """Condition of `is_near` in words, to follow "the loss is"."""
        return "near the minimum" if self.optimum.loss < self.margin and self.own else "within 10 % of the minimum"

    @property
    def margin(self) -> float:
        """Excess over 1.1 times the minimum at which a loss still counts as near the optimum, AU^2.

        User-supplied samples without errors have a minimum of nearly 0, which no run reaches.
        """
        return max(REACHED_MARGIN, (OWN_TOLERANCE * self.optimum.b) ** 2) if self.own else REACHED_MARGIN

    @cached_property
    def is_near(self) -> NearOptimum:
        """Function of parameters, shape (R, 2): True where the loss is at most `reached_bound`, with `margin`."""
        return near_optimum(self.samples, self.optimum, self.focus_offset, self.margin)

    def excess_text(self, loss: float) -> str:
        """Format a clamped loss, AU^2, relative to the minimum, to follow "the loss is" in a sentence."""
        if self.optimum.loss < self.margin and REACHED_MARGIN < loss <= reached_bound(self.optimum, self.margin):
            share = number(100.0 * sqrt(loss) / self.optimum.b, 2)
            return f"{number(loss)} AU², a root mean square error of {share} % of B"
        return above_minimum(loss, self.optimum.loss, REACHED_MARGIN)
