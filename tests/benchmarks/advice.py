"""Whether the advice on runs that did not settle holds: followed to the letter, and on other seeds.

    python -m tests.benchmarks.advice [number of runs] [seed]

Random runs one to three changes away from the published ones; those that did not settle at the optimum get advice.
"""

import dataclasses
import statistics
import sys
import time
from collections import Counter

import numpy as np

import orbitopt as oo

OTHER_SEEDS = (101, 102, 103, 104, 105)


def random_changes(rng, experiment):
    """One to three changes that a visitor might make."""
    draws = {
        "learning_rate": lambda: min(float(f"{experiment.learning_rate * 10.0 ** rng.uniform(-2, 2):.4g}"), 10.0),
        "schedule": lambda: str(rng.choice(list(oo.SCHEDULES))),
        "gamma": lambda: round(float(rng.uniform(0.01, 1.0)), 2),
        "batch_size": lambda: int(2 ** rng.integers(0, 10)),
        "epochs": lambda: int(rng.integers(1, 118)),
        "start_a": lambda: round(float(rng.uniform(0.01, 4.0)), 2),
        "start_b": lambda: round(float(rng.uniform(0.01, 4.0)), 2),
        "noise_scale": lambda: round(float(rng.uniform(0.0, 0.5)), 2),
        "seed": lambda: int(rng.integers(0, 2**32)),
        "beta": lambda: round(float(rng.uniform(0.0, 0.999)), 3),
        "beta1": lambda: round(float(rng.uniform(0.0, 0.999)), 3),
        "beta2": lambda: round(float(rng.uniform(0.0, 0.999)), 3),
    }
    names = rng.choice(list(draws), size=rng.integers(1, 4), replace=False)
    return {str(name): draws[str(name)]() for name in names}


def failing_runs(n, seed):
    """So many random runs that did not settle at the optimum."""
    rng = np.random.default_rng(seed)
    published = list(oo.PUBLISHED.values())
    fits = []
    while len(fits) < n:
        experiment = published[rng.integers(len(published))]
        fit = oo.run(dataclasses.replace(experiment, **random_changes(rng, experiment)))
        if fit.outcome is not oo.Outcome.REACHED:
            fits.append(fit)
    return fits


def settles(experiment):
    return oo.run(experiment).outcome is oo.Outcome.REACHED


def main(n=400, seed=0):
    fits = failing_runs(n, seed)
    seconds, given, requests = [], [], Counter()
    for fit in fits:
        begun = time.perf_counter()
        advice = oo.advise(fit)
        seconds.append(time.perf_counter() - begun)
        if advice:
            given.append(advice)
            requests[", ".join(sorted(advice.changes))] += 1
    holds = sum(settles(advice.experiment) for advice in given)
    elsewhere = [settles(dataclasses.replace(one.experiment, seed=other)) for one in given for other in OTHER_SEEDS]
    slowest = statistics.quantiles(seconds, n=20)[-1]
    print(f"runs that did not settle: {n}; their outcomes: {dict(Counter(fit.outcome.name for fit in fits))}")
    print(f"with advice: {len(given) / n:.1%}")
    print(f"of the advice, settles when run: {holds / len(given):.1%}; on five other seeds: {np.mean(elsewhere):.1%}")
    print(f"time: {statistics.mean(seconds) * 1e3:.0f} ms on average, slowest twentieth {slowest * 1e3:.0f} ms")
    for changes, times in requests.most_common():
        print(f"{times:5} times: {changes}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
