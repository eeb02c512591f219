"""How often the 95 % confidence region contains the truth, and what the optimum it is built on costs.

    python -m tests.benchmarks.coverage [first seed]

For every number of samples and width of the noise: the share of 500 draws, by default those of seeds 0 to 499, whose
region contains the true A and B. Its standard error is 1 %.
"""

import sys
import time

from orbitopt import hohmann
from orbitopt.landscape import confidence_bound, optimum
from orbitopt.model import clamped_loss
from orbitopt.samples import noisy_samples

SEEDS = 500


def coverage(n, noise, seeds):
    """Share of the draws of some seeds whose confidence region contains the truth."""
    covered = 0
    for seed in seeds:
        samples = noisy_samples(n, noise, seed)
        truth = clamped_loss((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), *samples)
        covered += bool(truth <= confidence_bound(optimum(samples), n))
    return covered / len(seeds)


if __name__ == "__main__":
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    print(f"seeds {first} to {first + SEEDS - 1}")
    print("    n  noise  coverage  ms per draw")
    for n in (16, 64, 512, 4096):
        for noise in (0.02, 0.1, 0.3):
            start = time.perf_counter()
            share = coverage(n, noise, range(first, first + SEEDS))
            milliseconds = (time.perf_counter() - start) / SEEDS * 1e3
            print(f"{n:5}  {noise:5}  {share:8.1%}  {milliseconds:11.1f}")
