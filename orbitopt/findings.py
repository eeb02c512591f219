"""Findings: numbers that runs of lessons show, and sentences on what happened in them.

In the runs of a lesson, the first is the one that the question is about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import inf

import numpy as np

from . import hohmann
from .arrays import Floats
from .comparisons import ranked
from .contours import extent_of, region_within
from .examples import PUBLISHED
from .experiment import Experiment
from .fit import Fit, run, update_at
from .formatting import count, number
from .jobs import finish
from .landscape import confidence_bound
from .lesson_parts import Fits, Run, on_samples
from .outcomes import SETTLED, Outcome
from .problem import FitProblem
from .sweeps import RATES, settled_ranges, sweep


def first_of(fits: Fits) -> Fit:
    """Return the run that the question is about."""
    return next(iter(fits.values()))


def two_of(fits: Fits) -> tuple[Fit, Fit]:
    """Return the run that the question is about, and the one that it is compared with."""
    first, other = list(fits.values())[:2]
    return first, other


def length_text(length: float) -> str:
    """Format a length, given in AU."""
    return f"{number(length, 2)} AU" if length == 0.0 or length >= 1e-4 else "less than 0.0001 AU"


def _ratio(one: float, other: float) -> float:
    return float(one) / max(float(other), 1e-300)


def is_settled(result: Run) -> bool:
    """Return True if a run settled at the optimum or at its mirror image."""
    return result.outcome in SETTLED


def strays(result: Run) -> bool:
    """Return True if a run neither settled nor diverged."""
    return not is_settled(result) and result.outcome is not Outcome.DIVERGED


def samples_needed(result: Run) -> float:
    """Return the number of samples used before a settled run arrived; infinite if it did not settle."""
    if not is_settled(result) or result.reached_after is None:
        return inf
    return int(result.experiment.samples_seen[result.reached_after])


def arrival_text(fit: Fit) -> str:
    """Describe when a run arrived, to follow its name."""
    if fit.reached_after is None:
        return "diverges" if fit.outcome is Outcome.DIVERGED else "never gets within 10 % of the minimum loss"
    after = count(fit.reached_after, "update")
    if fit.outcome is Outcome.MIRROR:
        return f"arrives after {after}, at the mirror image, where A is negative but the ellipse the same"
    if is_settled(fit):
        return f"arrives after {after}"
    return f"gets within 10 % of the minimum loss after {after}, but does not stay there"


def step_lengths(fit: Fit) -> Floats:
    """Return the lengths of the steps, AU, shape (updates,)."""
    lengths: Floats = np.hypot(*np.diff(fit.path, axis=0).T)
    return lengths


def growth_of_steps(fits: Fits) -> float:
    """Return by which factor the mean step grows from the first half of the way to the second."""
    lengths = step_lengths(first_of(fits))
    way = lengths[: first_of(fits).reached_after or len(lengths)]
    return _ratio(way[len(way) // 2 :].mean(), way[: max(len(way) // 2, 1)].mean())


def first_step(fit: Fit) -> Floats:
    """Return the lengths of the first step along A and along B, AU, shape (2,)."""
    step: Floats = np.abs(fit.path[1] - fit.path[0])
    return step


def steepness(fit: Fit) -> float:
    """Return how many times steeper the loss is along B than along A at the start."""
    slope = np.abs(update_at(fit.experiment, 0, fit.problem).gradient)
    return _ratio(slope[1], slope[0])


def travel(fit: Fit) -> float:
    """Return the distance that a run moved along B, there and back, AU."""
    return float(np.abs(np.diff(fit.path[:, 1])).sum())


def sway(fit: Fit) -> float:
    """Return how far A and B still moved over the last tenth of a run, AU."""
    return float(np.ptp(fit.path[-max(len(fit.path) // 10, 2) :], axis=0).max())


def epochs_needed(fit: Fit) -> float:
    """Return the number of passes over the samples before a run was near the optimum; infinite if it never was."""
    if fit.reached_after is None:
        return inf
    return float(fit.experiment.samples_seen[fit.reached_after] / fit.experiment.n_samples)


def epochs_text(fit: Fit) -> str:
    """Describe when a run was near the optimum for the first time, in epochs."""
    needed = number(epochs_needed(fit), 2)
    return "never" if fit.reached_after is None else f"after {needed} {'epoch' if needed == '1' else 'epochs'}"


def ends_apart(fits: Fits) -> float:
    """Return the distance of the ends of two runs, AU."""
    one, other = two_of(fits)
    return float(np.hypot(*(one.params - other.params)))


def from_truth(fits: Fits) -> float:
    """Return the distance of the end of the first run from the true A and B, AU."""
    end = first_of(fits).params
    return float(np.hypot(*(end - [hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS])))


def uncertainty(problem: FitProblem) -> float:
    """Return half of the extent of the 95 % confidence region in A, AU."""
    bound = confidence_bound(problem.optimum, len(problem.samples.x))
    (low, high), _ = extent_of(region_within(problem.samples, bound, problem.focus_offset))
    return float(high - low) / 2.0


@lru_cache(maxsize=64)
def largest_settled_rate(experiment: Experiment, problem: FitProblem) -> float:
    """Return the upper end of the widest range of `sweeps.RATES` at which an experiment settles; 0 if there is none."""
    starts = np.tile([experiment.start_a, experiment.start_b], (len(RATES), 1))
    ranges = settled_ranges(RATES, finish(sweep(experiment, starts, RATES[:, None], problem)).settled)
    return max(ranges, key=lambda ends: ends[1] / ends[0], default=(0.0, 0.0))[1]


def has_largest_rate(result: Run, problem: FitProblem) -> bool:
    """Return True if a run settled, at a learning rate of at least 0.8 times `largest_settled_rate`."""
    if not is_settled(result):
        return False
    any_rate = replace(result.experiment, learning_rate=1.0)
    return result.experiment.learning_rate >= 0.8 * largest_settled_rate(any_rate, problem)


@lru_cache(maxsize=64)
def samples_of_the_fastest(problem: FitProblem) -> float:
    """Return the number of samples that the fastest of the published runs needs to arrive."""
    return min(samples_needed(run(on_samples(one, problem), problem)) for one in PUBLISHED.values())


def is_quicker(fits: Fits) -> bool:
    """Return True if the first run settled, after fewer samples than the second."""
    one, other = two_of(fits)
    return is_settled(one) and samples_needed(one) < samples_needed(other)


def is_earlier(fits: Fits) -> bool:
    """Return True if the first run was near the optimum after fewer epochs than the second."""
    one, every = two_of(fits)
    return epochs_needed(one) < epochs_needed(every)


def is_restless(fits: Fits) -> bool:
    """Return True if the first run still moved by more than 0.02 AU over its last tenth."""
    return sway(two_of(fits)[0]) > 0.02


def zigzag(fits: Fits) -> float:
    """Return the travel of the first run along B, relative to that of the second."""
    one, other = two_of(fits)
    return _ratio(travel(one), travel(other))


def slant(fits: Fits) -> float:
    """Return the length of the first step along A, relative to that along B."""
    a, b = first_step(first_of(fits))
    return _ratio(a, b)


def kind_of_first_step(fits: Fits) -> str:
    """Return the key of the choice that fits the first step."""
    adam, scaled = two_of(fits)
    (a, b), alpha = first_step(adam), adam.experiment.learning_rate
    if max(a, b) > 2.0 * min(a, b):
        return "steep"
    return "alpha" if abs(b - alpha) <= abs(b - first_step(scaled)[1]) else "rmsprop"


# Sentences.


def downhill_steps(fits: Fits) -> str:
    """Describe the run of the first lesson."""
    (walk,) = fits.values()
    first, last = step_lengths(walk)[[0, -1]]
    lengths = f"her first step is {length_text(first)} long, the last one {length_text(last)}"
    return f"The walker {arrival_text(walk)}: {lengths}."


def compared_rates(fits: Fits) -> str:
    """Compare a large learning rate with a small one."""
    (large, small), (fit, other) = list(fits)[:2], two_of(fits)
    return (
        f"With {large} the walker {arrival_text(fit)}, and her last step is {length_text(step_lengths(fit)[-1])} long; "
        f"with {small} she {arrival_text(other)}."
    )


def compared_batches(fits: Fits) -> str:
    """Compare batches of one sample with batches of all samples."""
    one, every = two_of(fits)
    return (
        f"With one sample per step the loss is within 10 % of its minimum {epochs_text(one)}, with all samples "
        f"{epochs_text(every)}, but in the last tenth of the run A or B still varies by {length_text(sway(one))} with "
        f"one sample, and by {length_text(sway(every))} with all."
    )


def compared_zigzags(fits: Fits) -> str:
    """Compare momentum with plain gradient descent."""
    averaged, plain = two_of(fits)
    return (
        f"With momentum the walker {arrival_text(averaged)} and moves {length_text(travel(averaged))} along B in all; "
        f"without momentum she {arrival_text(plain)} and moves {length_text(travel(plain))} along B, back and forth."
    )


def compared_first_steps(fits: Fits) -> str:
    """Compare the first steps of RMSprop and of plain gradient descent."""
    scaled, plain = two_of(fits)
    return (
        f"On ground that is {number(steepness(plain), 2)} times steeper along B than along A, the first step of plain "
        f"gradient descent is {_both_lengths(plain)}, and that of RMSprop {_both_lengths(scaled)}. RMSprop "
        f"{arrival_text(scaled)}; plain gradient descent {arrival_text(plain)}."
    )


def compared_starts(fits: Fits) -> str:
    """Compare the first steps of Adam and of RMSprop."""
    adam, scaled = two_of(fits)
    return (
        f"Adam's first step is {_both_lengths(adam)}, that of RMSprop {_both_lengths(scaled)}; in these "
        f"{count(adam.experiment.updates, 'update')}, Adam {arrival_text(adam)}."
    )


def _both_lengths(fit: Fit) -> str:
    """Describe the length of the first step."""
    a, b = map(length_text, first_step(fit))
    return f"{a} along A and {b} along B"


def race_order(fits: Fits) -> str:
    """Describe when the runs of a race arrived, the winner first."""
    order = ranked(fits)
    none = "" if is_settled(fits[order[0]]) else f"None of them arrives; {order[0]} comes closest: "
    return f"{none}{'; '.join(f'{name} {arrival_text(fits[name])}' for name in order)}."


def noise_left(fits: Fits) -> str:
    """Describe where two runs ended, and how uncertain that place is."""
    first = first_of(fits)
    return (
        f"The two ends are {length_text(ends_apart(fits))} apart and {length_text(from_truth(fits))} from the truth, "
        f"so the ellipse misses Mars's orbit by {number(abs(first.miss_at_mars))} km. {uncertainty_text(first.problem)}"
    )


def uncertainty_text(problem: FitProblem) -> str:
    """Return a sentence on how far the noise leaves A uncertain."""
    return f"The noise leaves A uncertain by ±{length_text(uncertainty(problem))} (95 %)."


def lag_text(result: Run, problem: FitProblem) -> str:
    """Return a sentence on how late a run arrives, compared with the fastest of the published runs."""
    late, fastest = samples_needed(result), samples_of_the_fastest(problem)
    size = result.experiment.batch_size
    if not max(late, fastest) < inf:
        return "It does not arrive." if fastest < inf else "None of the four arrives on these samples."
    after = count(int(late // size), "update")
    return f"It arrives after {after}, the fastest of the four after {fastest // size:,.0f}."
