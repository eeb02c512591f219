"""Whatever the run, no sentence on the page is awkward."""

import dataclasses
import re

from hypothesis import given, settings

import orbitopt as oo
from orbitopt import traces
from orbitopt.checks import check_gradient
from orbitopt.fit import problem_of
from orbitopt.page import comparisons, overview, sidebar
from orbitopt.page.sections import (
    batch_sizes,
    checks,
    equations,
    learning_rates,
    noise,
    race,
    starting_points,
    steps,
    two_losses,
    update,
)
from orbitopt.steps import follow_steps
from orbitopt.traces import trace
from tests.sentences import AWKWARD, check
from tests.strategies import experiments


def sentences_of(experiment):
    """Return every sentence that the page can say of a run by itself."""
    fit = oo.run(experiment)
    run = trace(fit)
    yield from (run.message, overview.introduction(experiment, fit.problem), overview.summary(run))
    yield overview.empty_batches_message(run)
    yield from overview.run_messages(run)
    yield from (more for _, _, more in overview.readouts(run) if more)
    for step in {0, 1, run.updates - 1} & set(range(run.updates)):
        one = oo.update_at(experiment, step)
        yield from (update.update_message(done, run.updates, one) for done in (step, run.updates))
        yield from (update.move_message(one, k) for k in range(2))
    runs = {"This run": run, "Another": trace(oo.run(dataclasses.replace(experiment, learning_rate=0.01)))}
    for over in traces.PROGRESS_AXES:
        yield from race.race_messages(runs, over)
    yield from (comparisons.fairness_message(experiment, rates) for rates in comparisons.SETTINGS["rates"].choices)
    yield from (comparisons.no_best_message(never) for never in (["SGD"], ["SGD", "Adam"]))
    yield from (sidebar.taken_message(optimizer) for optimizer in oo.OPTIMIZERS)
    yield from (sidebar.changed_message(["Noise"] * n) for n in (1, 3, 4))
    yield from (equation.note for equation in experiment.rule.equations() if equation.note)
    yield batch_sizes.sizes_message({"1": run})
    yield batch_sizes.batch_message("64", run)
    yield two_losses.losses_message(two_losses.both_losses(fit.problem, run.start), experiment.n_samples)
    followed = oo.finish(follow_steps(fit.problem, experiment))
    yield steps.steps_message(experiment, followed, 2.0)
    if followed.effective_rate is not None:
        yield steps.effective_message(followed)
    yield equations.equations_message(experiment)
    ends = {"start": run.start, "end": run.params}
    yield checks.gradient_message({end: check_gradient(params, fit.samples) for end, params in ends.items()})
    yield checks.torch_message(fit.history.params, fit.history.params)


@settings(max_examples=200)
@given(experiment=experiments())
def test_no_sentence_is_awkward_whatever_the_run(experiment):
    check(sentences_of(experiment))


@settings(max_examples=10)
@given(experiment=experiments())
def test_no_sentence_about_many_runs_is_awkward(experiment):
    fit = oo.run(experiment)
    run = trace(fit)
    swept = oo.finish(oo.sweep_learning_rates(experiment))
    starts = oo.finish(oo.map_starts(experiment, 5))
    region = noise.confidence_region.__wrapped__(problem_of(experiment))
    advice = oo.advise(fit)
    check([learning_rates.rates_message(run, swept), starting_points.starts_message(experiment, starts)])
    check([noise.noise_message(run, region), advice.sentence if advice else oo.NO_ADVICE])


def test_an_awkward_sentence_would_be_found():
    for sentence in ("After 1 updates.", "After 3 update.", "It is -3.", "It is −0.", "It is 1e-3.", "nan.", "No stop"):
        assert any(re.search(pattern, sentence) for pattern in AWKWARD.values()), sentence
