"""Traces of runs, for the sentences about them."""

from functools import cache

import orbitopt as oo
from orbitopt.traces import RunTrace, rows_of_batches, trace
from tests.examples import fit_of

PROBLEM = oo.run(oo.Experiment(epochs=1)).problem
"""The published samples."""


@cache
def trace_of(key: str) -> RunTrace:
    """Return the run of an example."""
    return trace(fit_of(key))


def traces_of_sizes(*sizes, learning_rate=0.2, epochs=30):
    """Return the runs of Figure 3 with some batch sizes, by their names."""
    experiments = {str(size): oo.with_batch_size(oo.Experiment(), size, learning_rate, epochs) for size in sizes}
    return {name: trace(oo.run(one), rows_of_batches(one)) for name, one in experiments.items()}
