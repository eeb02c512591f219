"""A run thinned for drawing, and what the pictures of a group of runs share."""

import dataclasses
from base64 import b64decode

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import traces
from orbitopt.labels import reference_columns
from orbitopt.traces import MAIN, RunGroup, trace


def trace_of(key):
    return trace(oo.run(oo.EXAMPLES[key].experiment))


def alone(run, **options):
    """Return a group of one run."""
    return RunGroup("here", {MAIN: run}, {MAIN: run.experiment.optimizer}, **options)


@pytest.fixture(scope="module")
def runs():
    return {MAIN: trace_of("adam"), "pinned": trace_of("sgd")}


def pair(runs, **options):
    """Return a group of two runs, the second pinned."""
    return RunGroup("here", runs, {MAIN: "adam", "pinned": "pinned"}, **options)


@pytest.mark.parametrize("updates", [1, 5, 800, 999, 1000, 1001, 60_000])
def test_the_first_hundred_updates_are_shown_whole_and_never_more_than_1001_rows(updates):
    rows = traces.rows_shown(updates)
    assert len(rows) == min(updates + 1, 1001)
    assert rows[:100].tolist() == list(range(min(updates + 1, 100)))
    assert rows[-1] == updates
    assert (np.diff(rows) > 0).all()


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_rows_of_a_run_are_the_run(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    run = trace(fit)
    assert len({len(column) for column in run.rows.values()}) == 1
    at = run.rows["update"].astype(int)
    np.testing.assert_allclose(np.stack([run.rows["a"], run.rows["b"]], axis=1), fit.at(at), rtol=1e-6)
    np.testing.assert_allclose(run.rows["full_loss"], fit.loss_at(at), rtol=1e-6)
    np.testing.assert_allclose(run.rows["seen"], fit.experiment.samples_seen[at], rtol=1e-6)
    np.testing.assert_allclose(run.rows["epoch"], run.rows["seen"] / fit.experiment.n_samples, rtol=1e-6)
    losses = fit.history.loss[at[:-1]]
    np.testing.assert_allclose(run.rows["batch_loss"][:-1], np.where(np.isinf(losses), np.nan, losses), rtol=1e-6)
    assert np.isnan(run.rows["batch_loss"][-1])
    assert not np.isinf(run.rows["batch_loss"]).any()
    assert (run.a, run.b, run.loss, run.message) == (fit.a, fit.b, fit.loss, fit.message)
    assert (run.outcome, run.reached_after, run.empty_batches) == (fit.outcome, fit.reached_after, fit.empty_batches)
    assert (run.updates, run.start) == (len(fit.history.loss), (fit.experiment.start_a, fit.experiment.start_b))


def test_a_diverged_run_is_drawn_up_to_where_it_left_the_picture():
    run = trace_of("diverges")
    assert (np.abs(run.path) < traces.PATH_LIMIT).all()
    after = len(run.path)
    assert max(abs(run.rows["a"][after]), abs(run.rows["b"][after])) >= traces.PATH_LIMIT


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_axis_limits_hold_start_path_and_optimum(key):
    run = trace_of(key)
    (a_low, a_high), (b_low, b_high) = limits = alone(run).axis_limits
    assert a_high - a_low == b_high - b_low
    path = run.path if a_high - a_low < 4.0 else []  # further away it leaves the picture
    for a, b in [*path, run.optimum[:2], run.start]:
        assert a_low <= a <= a_high
        assert b_low <= b <= b_high
    assert all(2.0 * end == int(2.0 * end) for ends in limits for end in ends), "axes end at halves"


def test_the_axis_limits_hold_the_paths_of_all_runs(runs):
    far = trace(oo.run(dataclasses.replace(oo.PUBLISHED["adam"], start_a=3.2, start_b=0.1)))
    (_, a_high), _ = pair(runs | {"pinned": far}).axis_limits
    assert a_high >= 3.5 > 2.0 == pair(runs).axis_limits[0][1]


def test_the_first_of_several_runs_is_drawn_last(runs):
    group = pair(runs)
    assert group.main is runs[MAIN]
    columns = group.run_columns
    assert columns["index"][-1] == 0
    assert columns["index"][0] == 1
    here = group.here_columns
    assert here["index"].tolist() == [1, 0]
    assert here["name"].tolist() == ["pinned", MAIN]
    assert here["role"].tolist() == ["pinned", "adam"]
    assert here["alone"].tolist() == [False, True]
    for name, end in (("a", "a"), ("b", "b"), ("loss", "full_loss"), ("x", "update")):
        np.testing.assert_array_equal(here[f"end_{name}"], [runs[run].rows[end][-1] for run in ("pinned", MAIN)])


def test_the_columns_of_several_runs_are_the_rows_of_each(runs):
    columns = pair(runs).run_columns
    for index, run in enumerate(runs.values()):
        own = columns["index"] == index
        for name in ("update", "a", "b", "full_loss"):
            np.testing.assert_array_equal(columns[name][own], run.rows[name])
        np.testing.assert_array_equal(columns["row"][own], np.arange(len(run.rows["update"])))
        np.testing.assert_array_equal(columns["x"][own], run.rows["update"])


def test_dashes_tell_optimizers_apart_where_there_are_several_runs():
    race = {"SGD": trace_of("sgd"), "RMSprop": trace_of("rmsprop")}
    group = RunGroup("race", race, {"SGD": "sgd", "RMSprop": "rmsprop"})
    assert group.here_columns["dash"].tolist() == ["rmsprop", "sgd"]
    assert alone(race["SGD"]).here_columns["dash"].tolist() == ["adam"], "one run by itself has a solid line"


def test_only_the_main_run_shows_its_mini_batches_unless_all_should(runs):
    columns = pair(runs).run_columns
    pinned = columns["index"] == 1
    assert np.isnan(columns["batch_loss"][pinned]).all()
    assert not np.isnan(columns["batch_loss"][~pinned][:-1]).any()
    assert not np.isnan(pair(runs, all_batches=True).run_columns["batch_loss"][pinned][:-1]).any()


@pytest.mark.parametrize("over", traces.PROGRESS_AXES)
def test_the_player_gets_the_rows_that_the_pictures_have(runs, over):
    group = pair(runs, over=over)
    data = group.player_data
    assert data["where"] == "here"
    assert data["token"] == group.here_columns["token"][0]
    for entry, one in zip(data["runs"], runs.values(), strict=True):
        rows = np.frombuffer(b64decode(entry["rows"]), np.float32).reshape(6, -1)
        run = one.rows
        for row, field in zip(rows, (over, "a", "b", "full_loss", "update", "epoch"), strict=True):
            np.testing.assert_array_equal(row, run[field])


def test_another_run_has_another_token_and_the_same_run_the_same(runs):
    assert pair(runs).token == pair(dict(runs)).token
    others = pair(runs, over="epoch"), pair(runs, loss="batch_loss"), alone(runs["pinned"])
    assert len({pair(runs).token, *(group.token for group in others)}) == 4


def test_the_same_experiment_on_other_samples_has_another_token():
    one, other = (
        alone(trace(oo.run(oo.Experiment(), oo.FitProblem.of(oo.noisy_samples(512, 0.1, seed))))) for seed in (1, 2)
    )
    assert one.token != other.token


def test_names_are_written_beside_several_runs_and_not_beside_one(runs):
    group = pair(runs)
    one, together = alone(runs[MAIN]).here_columns, group.here_columns
    for name in ("label_a", "label_b", "label_x", "label_loss"):
        assert np.isnan(one[name]).all()
        assert np.isfinite(together[name]).all()
    (a_low, a_high), (b_low, b_high) = group.axis_limits
    assert ((a_low < together["label_a"]) & (together["label_a"] < a_high)).all()
    assert ((b_low < together["label_b"]) & (together["label_b"] < b_high)).all()
    assert np.abs(np.diff(together["label_b"])).min() > (b_high - b_low) / 10  # else names would lie on one another


def test_the_frame_holds_every_loss_and_the_floor(runs):
    group = pair(runs)
    frame = group.frame
    for run in runs.values():
        for name in ("batch_loss", "full_loss"):
            assert frame["loss_low"] < np.nanmin(run.rows[name]) < np.nanmax(run.rows[name]) < frame["loss_high"]
    assert frame["loss_low"] < oo.noise_floor(0.1)
    assert (frame["x_low"], frame["x_high"]) == (0, 800)
    limits = ((frame["a_low"], frame["a_high"]), (frame["b_low"], frame["b_high"]))
    np.testing.assert_array_equal(np.squeeze(limits), group.axis_limits)
    for name, end in frame.items():
        np.testing.assert_array_equal(group.here_columns[name], np.repeat(end, 2))


@pytest.mark.parametrize(("over", "end"), [("update", 800), ("epoch", 100), ("seen", 51_200)])
def test_progress_runs_to_the_end_of_the_run(runs, over, end):
    group = pair(runs, over=over)
    assert group.frame["x_high"] == group.run_columns["x"].max() == end


def test_without_noise_there_is_no_floor_to_draw():
    assert len(traces.floor_columns(0.0)["loss"]) == 0
    assert traces.floor_columns(0.1)["loss"] == pytest.approx([1 / 1200])


@pytest.mark.parametrize(("size", "points"), [(1, 30 * 16), (32, 30 * 8), (512, 30), (None, 8 * 8 + 22)])
def test_the_batch_size_picture_is_thinned_as_figure_3_is(size, points):
    experiment = oo.with_batch_size(oo.Experiment(), size, 0.2, 30)
    rows = traces.rows_of_batches(experiment)
    assert len(rows) == points
    run = trace(oo.run(experiment), rows)
    np.testing.assert_array_equal(run.rows["update"], [*rows, experiment.updates])
    assert np.isnan(run.rows["batch_loss"][-1]), "after the last update there is no mini-batch"


def test_a_job_traces_named_runs_on_one_problem_and_says_how_far_it_is():
    problem = oo.FitProblem.of(oo.noisy_samples(512, 0.2, 3))
    named = [(key, dataclasses.replace(oo.PUBLISHED[key], epochs=2)) for key in ("sgd", "adam")]
    assert list(traces.trace_runs(problem, named)) == [0.5, 1.0]
    found = oo.finish(traces.trace_runs(problem, iter(named)))
    assert list(found) == ["sgd", "adam"]
    for key, experiment in named:
        assert found[key].params.tolist() == oo.run(experiment, problem).params.tolist()
    batches = oo.finish(traces.trace_batches(problem, named))
    np.testing.assert_array_equal(batches["adam"].rows["update"], [*traces.rows_of_batches(named[1][1]), 16])


def test_columns_travel_in_single_precision(runs):
    group = pair(runs)
    columns = group.run_columns | group.here_columns | group.frame
    columns |= reference_columns((1, 1), runs[MAIN].optimum, group.axis_limits)
    columns |= traces.floor_columns(0.1)
    assert {column.dtype for column in columns.values() if column.dtype.kind == "f"} == {np.dtype(np.float32)}
