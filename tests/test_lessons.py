"""The lessons on twenty seeds: one choice is right, replies are tried, tasks are in reach, figures are right."""

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt.fit import problem_of
from orbitopt.page.sections import SECTIONS
from orbitopt.traces import PROGRESS_AXES
from tests.sentences import check

SEEDS = [9999, *range(1, 20)]
KEYS = list(oo.LESSONS)

TRIES = {
    "downhill": [{"start_a": 2.0, "start_b": 0.6}],
    "learning-rate": [{"learning_rate": rate} for rate in (0.2, 0.261, 0.3162, 0.3831, 0.4642)],
    "batches": [{"learning_rate": 0.001}, {"schedule": "cosine"}],
    "momentum": [{"dampening": 0.0, "learning_rate": rate} for rate in (0.3, 0.2, 0.1)],
    "rmsprop": [{"schedule": "cosine"}, {"schedule": "cosine", "learning_rate": 0.02}],
    "adam": [{"schedule": "cosine", "beta1": 0.8, "learning_rate": rate} for rate in (0.05, 0.1)],
    "race": [{"learning_rate": rate} for rate in (0.05, 0.07, 0.03, 0.1)],
    "noise": [{"n_samples": 2048}, {"n_samples": 4096}, {"noise_scale": 0.03}],
}
"""What a visitor might try at the tasks: a few changes."""


@cache
def problem(seed, **samples):
    return problem_of(oo.Experiment(seed=seed, epochs=1, **samples))


@cache
def fits(key, seed):
    return oo.LESSONS[key].fits(problem(seed))


@pytest.mark.parametrize("key", KEYS)
def test_the_reason_is_one_sentence(key):
    assert not re.search(r"[.!?] [A-Z]", oo.LESSONS[key].why)


def test_there_are_eight_lessons_in_the_order_of_the_post():
    assert KEYS == ["downhill", "learning-rate", "batches", "momentum", "rmsprop", "adam", "race", "noise"]
    sources = [lesson.source for lesson in oo.LESSONS.values()]
    assert sources == sorted(sources)
    assert [key for key, lesson in oo.LESSONS.items() if lesson.by_hand] == ["downhill"]
    for lesson in oo.LESSONS.values():
        assert 3 <= len(lesson.choices) <= 4
        assert lesson.over in PROGRESS_AXES
        assert not lesson.section or lesson.section in SECTIONS
        assert set(lesson.task.controls) <= set(oo.SETTINGS)


EXPECTED = {
    "downhill": "shorter", "learning-rate": "astray", "batches": "restless", "momentum": "less", "rmsprop": "even",
    "adam": "alpha", "race": "momentum", "noise": "beside",
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_on_the_published_samples_the_lesson_teaches_what_it_should(key):
    assert oo.LESSONS[key].right_choice(fits(key, 9999)) == EXPECTED[key]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("key", KEYS)
def test_exactly_one_choice_is_right_and_the_answer_is_in_good_english(key, seed):
    lesson = oo.LESSONS[key]
    right = [name for name, choice in lesson.choices.items() if choice.is_right(fits(key, seed))]
    assert len(right) == 1
    if key != "race":  # whose winner is a matter of the samples
        assert right == [EXPECTED[key]]
    check([lesson.happened(fits(key, seed))])


@settings(max_examples=25)
@given(
    key=st.sampled_from(KEYS), n=st.integers(16, 256), noise=st.sampled_from([0.0, 0.01, 0.2, 0.5]),
    seed=st.integers(0, 2**32 - 1),
)
def test_whatever_the_samples_exactly_one_choice_is_right(key, n, noise, seed):
    lesson = oo.LESSONS[key]
    own = problem_of(oo.Experiment(n_samples=n, noise_scale=noise, seed=seed, batch_size=1, epochs=1))
    runs = lesson.fits(own)
    assert lesson.right_choice(runs) in lesson.choices
    check([lesson.happened(runs)])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("key", KEYS)
def test_what_a_reply_says_would_happen_happens(key, seed):
    lesson = oo.LESSONS[key]
    for name, choice in lesson.choices.items():
        if not choice.would:
            assert "would happen with" not in choice.reply
            continue
        changed = {
            run: replace(experiment, **choice.would.get(run, {}))
            for run, experiment in lesson.experiments_on(problem(seed)).items()
        }
        own = problem_of(next(iter(changed.values())))
        assert lesson.right_choice({run: oo.run(one, own) for run, one in changed.items()}) == name


@pytest.mark.parametrize("key", KEYS)
def test_the_numbers_in_a_reply_are_those_that_are_tried(key):
    for choice in oo.LESSONS[key].choices.values():
        tried = {value for changes in choice.would.values() for value in changes.values()}
        if key == "race":  # whose replies are about its own runs
            tried = {8 if oo.PUBLISHED["rmsprop"].milestones == (8,) and oo.PUBLISHED["rmsprop"].gamma == 0.1 else None}
        for number in re.findall(r"α = ([\d.]*\d)|after (\d+) updates|batches of (\d+)", choice.reply):
            assert float("".join(number)) in tried


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("key", KEYS)
def test_the_task_is_not_reached_at_the_start_and_is_by_a_few_tries(key, seed):
    lesson = oo.LESSONS[key]
    first = next(iter(fits(key, seed).values()))
    assert not lesson.is_task_reached(first, first.problem)
    reached = []
    for changes in TRIES[key]:
        assert set(changes) <= set(lesson.task.controls)
        tried = oo.run(replace(lesson.main, seed=seed, **changes))
        reached.append(lesson.is_task_reached(tried, tried.problem))
    assert any(reached), (key, seed)


@pytest.mark.parametrize("key", KEYS)
def test_the_figures_in_the_text_are_those_of_the_stage(key):
    lesson = oo.LESSONS[key]
    labels = [choice.label for choice in lesson.choices.values()]
    text = " ".join([lesson.story, lesson.question, lesson.why, lesson.terms, *labels])
    rates = {experiment.learning_rate for experiment in lesson.experiments.values()}
    for rate in re.findall(r"α = ([\d.]*\d)|each step is ([\d.]*\d) times", text):
        assert float("".join(rate)) in rates
    for samples in re.findall(r"(\d+) samples", text):
        assert int(samples) in {lesson.main.n_samples, lesson.main.batch_size}
    for epochs in re.findall(r"for (\d+) epochs", lesson.question):
        assert all(experiment.epochs == int(epochs) for experiment in lesson.experiments.values())
    for steps in re.findall(r"these (\d+) (?:steps|updates)", lesson.task.text):
        assert lesson.main.updates == int(steps)
    for beta in re.findall(r"β = ([\d.]*\d)", lesson.terms):
        assert lesson.main.beta == lesson.main.dampening == float(beta)


def test_words_are_explained_before_they_are_used():
    """Every term stands first in a lesson that explains it."""
    explained = {
        "loss": "how badly it fits", "AU": "distance from Earth to the Sun", "optimum": "lowest point",
        "gradient": "slope g is called the gradient", "update": "step is an update", "settled": "stays there",
        "optimizer": "simplest optimizer", "noise": "measurement error, called noise", "batch": "used for one step are",
        "learning rate": "turns a slope into a step", "epoch": "Reading all samples once is",
        "SGD": "stochastic gradient", "schedule": "lowers α", "momentum": "average of all slopes",
    }  # fmt: skip
    told = " ".join(
        text
        for one in oo.LESSONS.values()
        for text in (one.by_hand, one.story, one.question, one.why, one.terms, one.task.text)
    )
    for term, words in explained.items():
        first = re.search(rf"\b{term}", told).start()
        assert abs(told.index(words) - first) < 250, term
