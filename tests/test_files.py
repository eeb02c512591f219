import contextlib
import csv
import dataclasses
import io
import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt import files

HYBRID = oo.EXAMPLES["hybrid"].experiment
EXPERIMENTS = {key: shown.experiment for key, shown in oo.EXAMPLES.items()} | {
    "adagrad": oo.RIVALS["adagrad"],
    "odd": dataclasses.replace(HYBRID, learning_rate=0.1 + 0.2, milestones=(3, 5), seed=2**32 - 1, noise_scale=1 / 3),
    "own": oo.Experiment("momentum", beta=0.1, dampening=0.1, bias_correction=True, nesterov=True, eps=1e-3),
}


def table(rows, header="x,y"):
    return "\n".join([header, *rows]).encode()


def good(n=16):
    """Rows of a table that is in order."""
    x, y = oo.noisy_samples(n, 0.1, 1)
    return [f"{a!r},{b!r}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def same(one, other):
    """Whether two runs are the same, bit for bit."""
    return all(map(np.array_equal, (*one.history, one.params), (*other.history, other.params)))


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_an_experiment_comes_back_from_json_and_its_run_bit_for_bit(key):
    text = files.experiment_json(EXPERIMENTS[key])
    assert set(json.loads(text)) == set(oo.FIELDS)
    back = files.experiment_from_json(text)
    assert back == EXPERIMENTS[key]
    assert [type(value) for value in dataclasses.astuple(back)] == [
        type(value) for value in dataclasses.astuple(EXPERIMENTS[key])
    ]
    assert same(oo.run(back), oo.run(EXPERIMENTS[key]))


@pytest.mark.parametrize("key", EXPERIMENTS)
def test_the_lines_of_python_reproduce_the_run(key):
    lines = files.notebook_lines(EXPERIMENTS[key])
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
    fit = oo.run(experiment, samples)
    monkeypatch.chdir(tmp_path)
    (tmp_path / files.SAMPLES_FILE).write_text(files.samples_csv(fit))
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(files.notebook_lines(experiment, own_samples=True), names)
    assert same(names["fit"], fit)


def test_the_published_runs_take_few_words():
    assert "oo.Experiment(optimizer='adam')\n" in files.notebook_lines(oo.PUBLISHED["adam"])
    assert "milestones=(100,), gamma=0.6" in files.notebook_lines(oo.PUBLISHED["sgd"])


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
        ('{"epochs": 1, "epochs": 2}', "epochs must stand there once"),
        ('{"epochs": 2.5}', r"epochs must be a whole number in \[1, 500\], got 2.5"),
        ('{"epochs": "2"}', "epochs must be a whole number"),
        ('{"learning_rate": NaN}', r"learning_rate must lie in \(0, 10\], got nan"),
        ('{"learning_rate": 1e999, "seed": -1}', "learning_rate must .*; seed must"),
        ('{"learning_rate": null}', "learning_rate must lie in"),
        ('{"optimizer": {"adam": 1}}', "optimizer must be one of"),
        ('{"milestones": "16"}', "milestones must be at most 20 whole numbers"),
        ('{"batch_size": 600}', "batch_size must be at most n_samples"),
        (" " * 1_000_001, "at most 1,000,000 characters"),
    ],
)
def test_what_is_no_experiment_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=message):
        files.experiment_from_json(text)


@pytest.mark.parametrize("key", ["adam", "odd", "empty"])
def test_samples_come_back_exactly(key):
    fit = oo.run(EXPERIMENTS[key])
    text = files.samples_csv(fit)
    for data in (text.encode(), text.encode("utf-8-sig"), text.replace("\n", "\r\n").encode()):
        back = files.read_samples(data)
        assert back.x.dtype == back.y.dtype == float
        np.testing.assert_array_equal(back, fit.samples)


@pytest.mark.parametrize("key", ["adam", "empty", "diverges"])
def test_the_history_is_whole_and_exact_and_says_its_experiment_and_units(key):
    fit = oo.run(EXPERIMENTS[key])
    comment, constant, *rows = files.history_csv(fit).splitlines()
    assert files.experiment_from_json(comment.removeprefix("# experiment: ")) == fit.experiment
    assert constant == "# c (AU): 0.26185"
    names, *rows, end = csv.reader(rows)
    assert names[:3] == ["updates", "A (AU)", "B (AU)"]
    assert "mini-batch loss (AU^2)" in names
    updates, a, b, epoch, rate, loss, in_domain = np.array(rows, float).T
    np.testing.assert_array_equal(updates, np.arange(len(rows)))
    np.testing.assert_array_equal(np.stack([a, b], axis=1), fit.history.params)
    np.testing.assert_array_equal([loss, rate, epoch, in_domain], fit.history[1:])
    assert [float(cell) for cell in end[:3]] == [len(rows), *fit.params]
    assert end[3:] == [""] * 4


@pytest.mark.parametrize(
    "data",
    [
        table(good(), "X , Y"),
        table(good(), '"x [AU]","y (AU)"'),
        table([row.replace(",", ";") for row in good()], "x;y"),
        table([row.replace(",", "\t") for row in good()], "x\ty"),
        table(["", "# more, \"and", *good(), ""]),
        table([f"name,{row}" for row in good()], "what,x,y"),
        table([",".join(reversed(row.split(","))) for row in good()], "y,x"),
    ],
)
def test_tables_in_the_ways_that_people_write_them(data):
    np.testing.assert_array_equal(files.read_samples(data), oo.noisy_samples(16, 0.1, 1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: the header must name one column x, got 0"),
        (b"\n# only this\n", "line 1: the header must name one column x"),
        (b"x,y\n", "at least 16 samples, got 0"),
        (table(good()) + b"\n\0", "line 18: the file is not text"),
        (b"\x89PNG\r\n\x1a\n\xff", "line 1: the file is not text in UTF-8"),
        (table(good()).decode().encode("utf-16"), "line 1: the file is not text"),
        (table([*good(), "é"]).decode().encode("latin-1"), "line 18: the file is not text in UTF-8"),
        (table(good(), "x,z"), "line 1: the header must name one column y, got 0"),
        (table(good(), "x,X (AU)"), "line 1: the header must name one column x, got 2"),
        (table(["1,1,1", *good()]), "line 2: there must be 2 cells, as in the header, got 3"),
        (table(["# note", "", "0.1", *good()]), "line 4: there must be 2 cells"),
        (table([*good(), "0.1,"]), "line 18: y is missing"),
        (table(["far,1", *good()]), "line 2: x must be a number, got 'far'"),
        (table(["1_0,1", *good()]), "line 2: x must be a number"),
        (table(["１,1", *good()]), "line 2: x must be a number"),
        (table(["0.1;1", *good()]), "line 2: there must be 2 cells"),
        (table(['"0.1,1', *good()]), "line 2: "),
        (table(["1,nan", *good()]), "line 2: y must be finite, got 'nan'"),
        (table(["-1e999,1", *good()]), "line 2: x must be finite"),
        (table(["3.74,1", *good()]), r"line 2: x must lie in \(-4.26185, 3.73815\), got 3.74"),
        (table(["0,-4", *good()]), r"line 2: y must lie in \(-4, 4\), got -4"),
        (table(good()[1:]), "at least 16 samples, got 15"),
        (table(["0,1"] * 4097), "line 4098: there must be at most 4096 samples"),
        (table(["0,1"] * 200_000), "line 4098: there must be at most 4096 samples"),
        (table(["0,1"] * 1_000_000), "at most 1,000,000 bytes, got 4,000,003"),
        (table(["0,1"] * 16), "equally far from the ellipse's centre"),
        (table([row.replace(",", ",-") for row in good()[2:-2] * 2]), "above the x axis on the whole"),
    ],
)
def test_every_fault_of_a_file_is_said_with_its_first_line(data, message):
    with pytest.raises(ValueError, match=message):
        files.read_samples(data)


def check_that_nothing_but_samples_is_accepted(data):
    try:
        x, y = files.read_samples(data)
    except ValueError as fault:
        assert str(fault)
        return False
    assert x.shape == y.shape
    assert 16 <= len(x) <= 4096
    assert (np.abs(x + 0.26185) < 4.0).all()
    assert (np.abs(y) < 4.0).all()
    best = oo.optimum(oo.Samples(x, y))
    assert best.a > 0.0
    assert best.b > 0.0
    return True


@given(st.binary(max_size=2000))
@example(b"\xef\xbb\xbf")
def test_no_bytes_break_the_loader(data):
    check_that_nothing_but_samples_is_accepted(data)


@given(st.text(max_size=500), st.sampled_from(["", "x,y\n", "x;y\n", "x,y,z\n", "# c\ny\tx\n"]))
def test_no_text_breaks_the_loader(text, header):
    check_that_nothing_but_samples_is_accepted((header + text).encode("utf-8", "replace"))


ODD = ["", "nan", "1e5", "x", '"1"', "1_0"]
NUMBERS = st.floats(-4.0, 4.0) | st.floats() | st.integers(-5, 5) | st.sampled_from(ODD)


@settings(max_examples=200)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=14, max_size=40))
def test_no_table_breaks_the_loader(rows):
    check_that_nothing_but_samples_is_accepted(table([f"{x},{y}" for x, y in rows]))


@given(st.floats(0.5, 3.0), st.floats(0.3, 3.0), st.integers(16, 60), st.integers(0, 99))
def test_every_table_of_an_ellipse_within_reach_is_read_exactly(a, b, n, seed):
    x = np.linspace(-a, a, n) - 0.26185
    y = b * np.sqrt(np.maximum(1.0 - ((x + 0.26185) / a) ** 2, 0.0)) + np.random.default_rng(seed).uniform(-0.1, 0.1, n)
    data = table([f"{one!r},{other!r}" for one, other in zip(x.tolist(), y.tolist(), strict=True)])
    assert check_that_nothing_but_samples_is_accepted(data)
    np.testing.assert_array_equal(files.read_samples(data), [x, y])


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from([*oo.FIELDS, "other"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(0, 99)),
        max_size=4,
    )
)
def test_no_json_breaks_the_reader_and_what_is_accepted_comes_back(fields):
    try:
        experiment = files.experiment_from_json(json.dumps(fields))
    except ValueError as fault:
        assert str(fault)
    else:
        assert files.experiment_from_json(files.experiment_json(experiment)) == experiment


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_of_experiments(text):
    with contextlib.suppress(ValueError):
        files.experiment_from_json(text)


@pytest.mark.parametrize("y", [np.full(40, 3.9), np.linspace(0.1, 3.0, 40)], ids=["level", "rising"])
def test_samples_that_do_not_bend_as_an_ellipse_are_refused(y):
    rows = "\n".join(f"{a},{b}" for a, b in zip(np.linspace(-3.0, 3.0, 40), y, strict=True))
    with pytest.raises(ValueError, match="do not bend as an ellipse"):
        files.read_samples(f"x,y\n{rows}\n".encode())
