"""Texts that several parts of the page share, and texts from links and files made safe to quote."""

from __future__ import annotations

import re

from .. import hohmann
from ..formatting import count, fixed, number
from ..outcomes import OUTCOME_MARKS
from ..traces import RunTrace


def axis_text(length: float) -> str:
    """Format a semi-axis, given in AU."""
    return f"{fixed(length, 4) if abs(length) < 100.0 else number(length, 4)} AU"


def distance_text(kilometres: float) -> str:
    """Format a signed distance, given in km: in km, or in AU from a tenth of an AU on."""
    far = kilometres / hohmann.ASTRONOMICAL_UNIT
    if abs(far) < 0.1:
        return f"{fixed(kilometres, 0)} km"
    return f"{fixed(far, 2) if abs(far) < 1000.0 else number(far, 4)} AU"


def excess_text(run: RunTrace) -> str:
    """Format how far a run's loss lies above the minimum."""
    return run.problem.excess_text(run.loss)


def progress_text(run: RunTrace, over: str) -> str:
    """Format when a run was near the optimum for the first time: in updates, epochs or samples."""
    assert run.reached_after is not None
    seen = int(run.experiment.samples_seen[run.reached_after])
    if over == "epoch":
        epochs = number(seen / run.experiment.n_samples)
        return f"{epochs} {'epoch' if epochs == '1' else 'epochs'}"
    return count(seen, "sample") if over == "seen" else count(run.reached_after, "update")


def size_of(held: int | str, largest: int) -> int:
    """Return a batch size from its control, whose browser may still send a label of the run before.

    Examples
    --------
    >>> size_of(64, 4096), size_of("60 (all; 64 chosen)", 4096), size_of("60 (all)", 4096)
    (64, 64, 4096)
    """
    return largest if str(held).endswith("(all)") else int(re.findall("[0-9]+", str(held))[-1])


def plain_text(text: str, most: int = 24) -> str:
    """Return the first characters of a text without anything that could be taken for markup or for an address."""
    plain = "".join(letter if letter.isalnum() or letter in "+-−., ()[]=':;^%°²×⁻" else "·" for letter in text[:most])
    return re.sub(r":(?! )|(?<=])\(|(?<=www)\.", "·", plain, flags=re.IGNORECASE)


OUTCOMES_KEY = [f"{mark.glyph} {outcome.value}" for outcome, mark in OUTCOME_MARKS.items()]
"""The meaning of each mark of an outcome."""
