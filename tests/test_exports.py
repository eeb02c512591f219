"""Samples, history and experiment as files and as lines of Python: what is written comes back exactly."""

import contextlib
import csv
import dataclasses
import hashlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt import exports
from tests.examples import fit_of

HYBRID = oo.EXAMPLES["hybrid"].experiment
EXPERIMENTS = {key: example.experiment for key, example in oo.EXAMPLES.items()} | {
    "adagrad": oo.RACE_DEFAULTS["adagrad"],
    "odd": dataclasses.replace(HYBRID, learning_rate=0.1 + 0.2, milestones=(3, 5), seed=2**32 - 1, noise_scale=1 / 3),
    "own": oo.Experiment("momentum", beta=0.1, dampening=0.1, bias_correction=True, nesterov=True, eps=1e-3),
}


def same(one, other):
    """Whether two runs are the same, bit for bit."""
    return all(map(np.array_equal, (*one.history, one.params), (*other.history, other.params)))


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_an_experiment_comes_back_from_json_and_its_run_bit_for_bit(key):
    text = exports.run_json(oo.run(EXPERIMENTS[key]))
    assert set(json.loads(text)) == set(oo.SETTINGS)
    back, problem = exports.run_from_json(text)
    assert back == EXPERIMENTS[key]
    assert [type(value) for value in dataclasses.astuple(back)] == [
        type(value) for value in dataclasses.astuple(EXPERIMENTS[key])
    ]
    assert same(oo.run(back, problem), oo.run(EXPERIMENTS[key]))


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_the_lines_of_python_reproduce_the_run(key):
    lines = exports.python_lines(EXPERIMENTS[key])
    assert len(lines.splitlines()) <= 5
    names, said = {}, io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(lines, names)
    fit = oo.run(EXPERIMENTS[key])
    assert names["fit"].experiment == EXPERIMENTS[key]
    assert same(names["fit"], fit)
    assert said.getvalue().endswith(f"{fit.message}\n")


def test_the_lines_of_a_run_on_samples_of_ones_own_read_them_from_their_file(tmp_path, monkeypatch):
    samples = oo.noisy_samples(100, 0.3, 5)
    experiment = oo.Experiment(n_samples=100, noise_scale=0.0, batch_size=10, epochs=3)
    fit = oo.run(experiment, oo.FitProblem.of(samples))
    monkeypatch.chdir(tmp_path)
    (tmp_path / exports.SAMPLES_FILE).write_text(exports.samples_csv(fit))
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(exports.python_lines(experiment, own_samples=True), names)
    assert same(names["fit"], fit)


def test_a_run_on_samples_of_ones_own_comes_back_from_json_with_them():
    experiment = oo.Experiment(n_samples=100, noise_scale=0.0, batch_size=10, epochs=3)
    problem = oo.FitProblem.of(oo.noisy_samples(100, 0.3, 5), "mine.csv")
    text = exports.run_json(oo.run(experiment, problem))
    digest = hashlib.sha256(np.array(problem.samples).tobytes()).hexdigest()
    kept = json.loads(text)["samples"]
    assert (kept["file"], len(kept["x"]), len(kept["y"])) == ("mine.csv", 100, 100)
    assert digest.startswith(kept["sha256"]) and len(kept["sha256"]) == 16
    back, own = exports.run_from_json(text)
    assert (back, own, own.own, own.name) == (experiment, problem, True, "mine.csv")
    assert same(oo.run(back, own), oo.run(experiment, problem))


def test_an_orbit_with_a_focus_offset_of_its_own_comes_back_from_csv_and_json():
    fit = fit_of("curiosity")
    assert fit.problem.focus_offset == pytest.approx(0.2757, abs=1e-4)
    text = exports.samples_csv(fit)
    assert f"# c (AU): {fit.problem.focus_offset}\n" in text
    back = oo.read_orbit(text.encode()).problem()
    assert back == fit.problem and back.focus_offset == fit.problem.focus_offset
    text = exports.run_json(fit)
    experiment, back = exports.run_from_json(text)
    assert (back, back.focus_offset) == (fit.problem, fit.problem.focus_offset)
    assert same(oo.run(experiment, back), fit)
    changed = json.loads(text)
    changed["samples"]["focus_offset"] = 0.26185
    with pytest.raises(ValueError, match="not those that were exported"):
        exports.run_from_json(json.dumps(changed))
    del changed["samples"]["focus_offset"]
    with pytest.raises(ValueError, match="not those that were exported"):
        exports.run_from_json(json.dumps(changed))


def test_files_of_a_run_on_samples_of_ones_own_name_their_source():
    problem = oo.FitProblem.of(oo.noisy_samples(100, 0.3, 5), "my\nfile.csv")
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0, epochs=1), problem)
    for text in (exports.samples_csv(fit), exports.history_csv(fit)):
        assert f"\n# samples from my file.csv, SHA-256 {problem.key[1]}…\n" in text
    np.testing.assert_array_equal(oo.read_orbit(exports.samples_csv(fit).encode()).samples, problem.samples)
    assert oo.FitProblem.of(problem.samples).source == f"own samples, SHA-256 {problem.key[1]}…"


def test_the_published_runs_take_few_words():
    assert "oo.Experiment(optimizer='adam')\n" in exports.python_lines(oo.PUBLISHED["adam"])
    assert "milestones=(100,), gamma=0.6" in exports.python_lines(oo.PUBLISHED["sgd"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: not JSON"),
        ('{\n"epochs": }', "line 2: not JSON"),
        ("[" * 100_000, "not JSON that can be read"),
        ('{"epochs": ' + "9" * 5000 + "}", "not JSON that can be read"),
        ("[]", "must be a JSON object"),
        ('[["epochs", 1]]', "must be a JSON object"),
        ("3", "must be a JSON object"),
        ('{"rate": 1}', "rate is not a field of an experiment"),
        ('{"epochs": 1, "epochs": 2}', "epochs must appear only once"),
        ('{"epochs": 2.5}', r"epochs must be a whole number in \[1, 500\], got 2.5"),
        ('{"epochs": "2"}', "epochs must be a whole number"),
        ('{"learning_rate": NaN}', r"learning_rate must lie in \(0, 10\], got nan"),
        ('{"learning_rate": 1e999, "seed": -1}', "learning_rate must .*; seed must"),
        ('{"learning_rate": null}', "learning_rate must lie in"),
        ('{"optimizer": {"adam": 1}}', "optimizer must be one of"),
        ('{"milestones": "16"}', "milestones must be at most 20 whole numbers"),
        ('{"batch_size": 600}', "batch_size must be at most n_samples"),
        (" " * 1_000_001, "at most 1,000,000 characters"),
        ('{"samples": 3}', "samples must have x and y, two lists of numbers of equal"),
        ('{"samples": {"x": [1, 2]}}', "samples must have x and y, two lists of numbers of equal"),
        ('{"samples": {"x": [1, 2], "y": [1]}}', "samples must have x and y, two lists of numbers of equal"),
        ('{"samples": {"x": [1, "a"], "y": [1, 2]}}', "samples must have x and y, two lists of numbers of equal"),
        ('{"samples": {"x": [1, 2], "y": [1, "2"]}}', "they are not those that were exported"),
        ('{"samples": {"x": [1, 2], "y": [1, 2], "sha256": "0"}}', "they are not those that were exported"),
        ('{"samples": {"x": [1, 2], "y": [1, 1' + "0" * 400 + "]}}", "samples must have x and y"),
        ('{"samples": {"x": [1, 2], "y": [1, 2]}}', "problem must have n_samples = 512 samples, got 2"),
    ],
)
def test_what_is_no_experiment_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=message):
        exports.run_from_json(text)


@pytest.mark.parametrize("key", ["adam", "odd", "empty"])
def test_samples_come_back_exactly(key):
    fit = oo.run(EXPERIMENTS[key])
    text = exports.samples_csv(fit)
    key, comment, constant, names, first, *_ = text.splitlines()
    assert key == f"# sha256: {oo.FitProblem.of(fit.samples).key[1]}"
    assert exports.run_from_json(comment.removeprefix("# experiment: "))[0] == fit.experiment
    assert (constant, names) == ("# c (AU): 0.26185", "x (AU),y (AU)")
    assert first == f"{fit.samples.x[0].item()!r},{fit.samples.y[0].item()!r}"
    for data in (text.encode(), text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode()):
        back = oo.read_orbit(data).samples
        assert back.x.dtype == back.y.dtype == float
        np.testing.assert_array_equal(back, fit.samples)


@pytest.mark.parametrize("key", ["adam", "empty", "diverges"])
def test_the_history_is_whole_and_exact_and_says_its_experiment_and_units(key):
    fit = oo.run(EXPERIMENTS[key])
    comment, constant, *rows = exports.history_csv(fit).splitlines()
    assert exports.run_from_json(comment.removeprefix("# experiment: "))[0] == fit.experiment
    assert constant == "# c (AU): 0.26185"
    names, *rows, end = csv.reader(rows)
    assert names == [
        "updates", "A (AU)", "B (AU)", "epoch", "learning rate", "mini-batch loss (AU^2)", "samples in domain",
    ]
    updates, a, b, epoch, rate, loss, in_domain = np.array(rows, float).T
    np.testing.assert_array_equal(updates, np.arange(len(rows)))
    np.testing.assert_array_equal(np.stack([a, b], axis=1), fit.history.params)
    np.testing.assert_array_equal([loss, rate, epoch, in_domain], fit.history[1:])
    assert [float(cell) for cell in end[:3]] == [len(rows), *fit.params]
    assert end[3:] == [""] * 4


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from([*oo.SETTINGS, "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(0, 99)),
        max_size=4,
    )
)
def test_no_json_breaks_the_reader_and_what_is_accepted_comes_back(fields):
    try:
        experiment, _ = exports.run_from_json(json.dumps(fields))
    except ValueError as fault:
        assert str(fault)
    else:
        assert exports.run_from_json(exports.run_json(oo.run(experiment)))[0] == experiment


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_of_experiments(text):
    with contextlib.suppress(ValueError):
        exports.run_from_json(text)
