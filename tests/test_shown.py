from base64 import b64decode

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import shown


def two_runs():
    runs = {shown.MAIN: shown.show(oo.run(oo.PUBLISHED["adam"])), "pinned": shown.show(oo.run(oo.PUBLISHED["sgd"]))}
    return runs, {shown.MAIN: "adam", "pinned": "pinned"}


@pytest.mark.parametrize("updates", [1, 5, 599, 600, 601, 800, 60_000])
def test_the_first_hundred_updates_are_shown_whole_and_never_more_than_600_rows(updates):
    rows = shown.rows_shown(updates)
    assert len(rows) == min(updates + 1, 600)
    assert rows[:100].tolist() == list(range(min(updates + 1, 100)))
    assert rows[-1] == updates
    assert (np.diff(rows) > 0).all()


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_rows_of_a_run_are_the_run(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    run = shown.show(fit)
    assert len({len(column) for column in run.rows.values()}) == 1
    at = run.rows["update"].astype(int)
    np.testing.assert_allclose(np.stack([run.rows["a"], run.rows["b"]], axis=1), fit.at(at), rtol=1e-6)
    np.testing.assert_allclose(run.rows["full_loss"], fit.loss_at(at), rtol=1e-6)
    np.testing.assert_allclose(run.rows["seen"], fit.experiment.samples_seen[at], rtol=1e-6)
    assert np.isnan(run.rows["batch_loss"][-1])
    assert not np.isinf(run.rows["batch_loss"]).any()
    assert (run.a, run.b, run.loss, run.message) == (fit.a, fit.b, fit.loss, fit.message)


def test_a_diverged_run_is_drawn_up_to_where_it_left_the_picture():
    run = shown.show(oo.run(oo.EXAMPLES["diverges"].experiment))
    assert (np.abs(run.path) < shown.PATH_LIMIT).all()
    after = len(run.path)
    assert max(abs(run.rows["a"][after]), abs(run.rows["b"][after])) >= shown.PATH_LIMIT


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_window_holds_start_path_and_optimum(key):
    run = shown.show(oo.run(oo.EXAMPLES[key].experiment))
    (a_low, a_high), (b_low, b_high) = shown.window({"": run})
    for a, b in [*run.path, run.optimum[:2], (run.experiment.start_a, run.experiment.start_b)]:
        assert a_low <= a <= a_high
        assert b_low <= b <= b_high


def test_the_first_of_several_runs_is_drawn_last():
    runs, roles = two_runs()
    columns = shown.run_columns(runs)
    assert columns["index"][-1] == 0
    assert columns["index"][0] == 1
    here = shown.here_columns(runs, roles)
    assert here["index"].tolist() == [1, 0]
    assert here["name"].tolist() == ["pinned", shown.MAIN]
    assert here["role"].tolist() == ["pinned", "adam"]
    assert here["alone"].tolist() == [False, True]
    np.testing.assert_allclose(here["end_a"], [runs["pinned"].a, runs[shown.MAIN].a], rtol=1e-6)


def test_only_the_main_run_shows_its_mini_batches_unless_they_are_the_matter():
    runs, roles = two_runs()
    columns = shown.run_columns(runs)
    pinned = columns["index"] == 1
    assert np.isnan(columns["batch_loss"][pinned]).all()
    assert not np.isnan(columns["batch_loss"][~pinned][:-1]).any()
    assert not np.isnan(shown.run_columns(runs, loss="batch_loss")["batch_loss"][pinned][:-1]).any()


@pytest.mark.parametrize("over", shown.PROGRESS)
def test_the_player_gets_the_rows_that_the_pictures_have(over):
    runs, roles = two_runs()
    data = shown.player_data("here", runs, over)
    assert data["token"] == shown.here_columns(runs, roles, over)["token"][0]
    for entry in data["runs"]:
        rows = np.frombuffer(b64decode(entry["rows"]), np.float32).reshape(6, -1)
        run = runs[entry["name"]].rows
        for row, field in zip(rows, (over, "a", "b", "full_loss", "update", "epoch"), strict=True):
            np.testing.assert_array_equal(row, run[field])


def test_another_run_has_another_token_and_the_same_run_the_same():
    runs, _ = two_runs()
    assert shown.token(runs) == shown.token(dict(runs))
    assert len({shown.token(runs), shown.token(runs, "epoch"), shown.token({"": runs["pinned"]})}) == 3


def test_the_same_experiment_on_other_samples_has_another_token():
    one, other = (
        {shown.MAIN: shown.show_run(oo.Experiment(), oo.noisy_samples(512, 0.1, seed))} for seed in (1, 2)
    )
    assert shown.token(one) != shown.token(other)


def test_names_are_written_beside_several_runs_and_not_beside_one():
    runs, roles = two_runs()
    alone, together = shown.here_columns({shown.MAIN: runs[shown.MAIN]}, roles), shown.here_columns(runs, roles)
    for name in ("label_a", "label_b", "label_x", "label_loss"):
        assert np.isnan(alone[name]).all()
        assert np.isfinite(together[name]).all()
    (a_low, a_high), (b_low, b_high) = shown.window(runs)
    assert ((a_low < together["label_a"]) & (together["label_a"] < a_high)).all()
    assert ((b_low < together["label_b"]) & (together["label_b"] < b_high)).all()
    assert np.abs(np.diff(together["label_b"])).min() > (b_high - b_low) / 10  # else names would lie on one another


def test_the_frame_holds_every_loss_and_the_floor():
    runs, _ = two_runs()
    frame = shown.frame_columns(runs)
    for run in runs.values():
        for name in ("batch_loss", "full_loss"):
            assert frame["loss_low"] < np.nanmin(run.rows[name]) < np.nanmax(run.rows[name]) < frame["loss_high"]
    assert frame["loss_low"] < oo.noise_floor(0.1)
    assert (frame["x_low"], frame["x_high"]) == (0, 800)


def test_contours_nest_and_the_innermost_is_within_ten_percent_of_the_optimum(samples):
    best = oo.optimum(samples)
    columns = shown.contour_columns(samples, best.loss, (0.0, 2.0), (0.0, 2.0))
    inmost = columns["level"] == columns["level"].min()
    assert columns["level"][inmost][0] == pytest.approx(1.1)
    assert columns["a"][inmost].min() < best.a < columns["a"][inmost].max()
    np.testing.assert_array_equal(np.diff(columns["level"]) <= 0, True)
    assert (columns["low"] <= columns["high"]).all()


def test_without_noise_there_is_no_floor_to_draw():
    assert len(shown.floor_columns(0.0)["loss"]) == 0
    assert shown.floor_columns(0.1)["loss"] == pytest.approx([1 / 1200])


@pytest.mark.parametrize(("size", "points"), [(1, 30 * 16), (32, 30 * 8), (512, 30), (None, 8 * 8 + 22)])
def test_the_batch_size_picture_is_thinned_as_figure_3_is(size, points):
    experiment = oo.of_batch_size(oo.Experiment(), size, 0.2, 30)
    rows = shown.rows_of_batches(experiment)
    assert len(rows) == points
    run = shown.show(oo.run(experiment), rows)
    np.testing.assert_array_equal(run.rows["update"], rows)
