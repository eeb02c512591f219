"""What one update of one run costs when many advance together, and how long the sections of the page take.

    python -m tests.benchmarks.many_runs

The runs of the published Adam experiment, at a constant rate; every cost is the least of several rounds, and the ratios
are to a single run's in the same rounds.
"""

import dataclasses
import time

import numpy as np

import orbitopt as oo
from orbitopt import checks, sweeps
from orbitopt.fit import problem_of, run_arguments, training_arguments
from orbitopt.jobs import finish
from orbitopt.page.sections import noise
from orbitopt.steps import follow_steps
from orbitopt.traces import trace, trace_batches, trace_runs
from orbitopt.training import iterate_parallel_updates, iterate_updates

RUNS = (1, 16, 256, 1681)
ROUNDS = 7


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def exhaust(updates):
    for _ in updates:
        pass


def costs_of_an_update():
    """Seconds per run and update of a single run, and of each number of runs in parallel."""
    experiment = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant", epochs=20)
    problem = problem_of(experiment)
    common, one = training_arguments(experiment, problem), run_arguments(experiment, problem)
    rng = np.random.default_rng(1)
    many = {
        runs: common | {"starts": rng.uniform(0.8, 2.0, (runs, 2)), "learning_rates": np.full((runs, 1), 0.03)}
        for runs in RUNS
    }
    least = {runs: np.inf for runs in (None, *RUNS)}
    for _ in range(ROUNDS):
        least[None] = min(least[None], seconds(lambda: exhaust(iterate_updates(**one))))
        for runs, arguments in many.items():
            least[runs] = min(least[runs], seconds(lambda: exhaust(iterate_parallel_updates(**arguments))) / runs)
    single, *parallel = (cost / experiment.updates for cost in least.values())
    return single, dict(zip(RUNS, parallel, strict=True))


if __name__ == "__main__":
    single, many = costs_of_an_update()
    print(f"a single run's update: {single * 1e6:.1f} us")
    for runs, cost in many.items():
        print(f"{runs:5} runs in parallel: {cost * 1e6:7.2f} us for each run's update, 1/{single / cost:.1f} of that")
    adam = oo.PUBLISHED["adam"]
    problem = problem_of(adam)
    race = [(key, oo.with_optimizer(adam, key)) for key in oo.PUBLISHED]
    sizes = [(f"{size}", oo.with_batch_size(adam, size, 0.2, 30)) for size in (1, 32, 512, None)]
    dearest = oo.Experiment(n_samples=4096, batch_size=35, epochs=500)
    for name, work in {
        f"the dearest run, {dearest.updates:,} updates": lambda: trace(oo.run(dearest)),
        "one update": lambda: oo.update_at(adam, 799),
        "steps": lambda: finish(follow_steps(problem, adam)),
        "race": lambda: finish(trace_runs(problem, race)),
        "batch sizes": lambda: finish(trace_batches(problem, sizes)),
        "learning rates, all optimizers": lambda: finish(sweeps.sweep_learning_rates(adam)),
        "starts, 21 x 21": lambda: finish(sweeps.map_starts(adam, 21)),
        "starts, 41 x 41": lambda: finish(sweeps.map_starts(adam, 41)),
        "noise": lambda: noise.confidence_region.__wrapped__(problem),
        "check, the gradient": lambda: checks.check_gradient((1.26, 1.23), problem.samples),
        "check, against PyTorch": lambda: finish(checks.torch_path(adam)) if checks.has_torch() else None,
    }.items():
        print(f"{name}: {min(seconds(work) for _ in range(3)):.3f} s")
