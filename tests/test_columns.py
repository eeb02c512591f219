"""Datasets of the pictures, value by value against the runs that they are of."""

from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.curve_names import LETTER_WIDTH
from orbitopt.labels import reference_columns
from orbitopt.landscape import Optimum
from orbitopt.surfaces import surface_columns
from orbitopt.traces import MAIN, RunGroup, floor_columns, rows_of_batches, trace

ADAM = oo.run(oo.Experiment("adam", epochs=5))  # 40 updates of 64 samples
SGD = oo.run(oo.Experiment("sgd", epochs=4, batch_size=128, learning_rate=0.05))  # 16 updates of 128 samples
GROUP = RunGroup("here", {MAIN: trace(ADAM), "pinned": trace(SGD)}, {MAIN: "adam", "pinned": "pinned"})
C = 0.26185


def clamped_losses(path, samples):
    """Return the mean square of y - B sqrt(1 - ((x + c) / A)^2) for each A and B, with the root 0 outside."""
    losses = []
    for a, b in path:
        inside = 1.0 - ((samples.x + C) / a) ** 2
        losses.append(np.mean((samples.y - b * np.sqrt(np.where(inside > 0.0, inside, 0.0))) ** 2))
    return np.array(losses)


def domain_losses(path, samples):
    """Return the same mean over the samples inside alone."""
    losses = []
    for a, b in path:
        inside = 1.0 - ((samples.x + C) / a) ** 2
        there = inside > 0.0
        losses.append(np.mean((samples.y[there] - b * np.sqrt(inside[there])) ** 2))
    return np.array(losses)


def rows_of(columns, index):
    return {name: column[columns["index"] == index] for name, column in columns.items()}


def test_the_rows_of_a_run_are_its_path_and_its_losses_update_by_update():
    for index, fit in ((0, ADAM), (1, SGD)):
        rows = rows_of(GROUP.run_columns, index)
        n = len(fit.history.loss)
        assert rows["update"].tolist() == rows["x"].tolist() == rows["row"].tolist() == [*range(n + 1)]
        np.testing.assert_array_equal(rows["a"], np.append(fit.history.params[:, 0], fit.params[0]).astype("f4"))
        np.testing.assert_array_equal(rows["b"], np.append(fit.history.params[:, 1], fit.params[1]).astype("f4"))
        np.testing.assert_allclose(rows["full_loss"], clamped_losses(fit.path, fit.samples), rtol=1e-6)
    main, pinned = (rows_of(GROUP.run_columns, index)["batch_loss"] for index in (0, 1))
    np.testing.assert_array_equal(main[:-1], ADAM.history.loss.astype("f4"))
    assert np.isnan(main[-1]), "after the last update there is no mini-batch"
    assert np.isnan(pinned).all(), "the mini-batches of another run would clutter the picture"


def test_the_run_that_the_page_is_about_comes_last_and_so_on_top():
    assert GROUP.run_columns["index"].tolist() == [1.0] * 17 + [0.0] * 41
    assert GROUP.here_columns["index"].tolist() == [1.0, 0.0]
    assert GROUP.here_columns["name"].tolist() == ["pinned", MAIN]


@pytest.mark.parametrize(("over", "per_update"), [("update", (1, 1)), ("epoch", (0.125, 0.25)), ("seen", (64, 128))])
def test_progress_is_counted_in_updates_epochs_or_samples(over, per_update):
    group = replace(GROUP, over=over)
    for index, (each, n) in enumerate(zip(per_update, (40, 16), strict=True)):
        assert rows_of(group.run_columns, index)["x"].tolist() == [each * k for k in range(n + 1)]
    assert group.frame["x_low"].tolist() == [0.0]
    shorter_first = replace(group, traces=dict(reversed(group.traces.items())))
    for either in (group, shorter_first):
        assert either.frame["x_high"].tolist() == [max(40 * per_update[0], 16 * per_update[1])]
    assert group.here_columns["end_x"].tolist() == [16 * per_update[1], 40 * per_update[0]]


def test_where_the_runs_stand_at_their_ends():
    here = GROUP.here_columns
    assert here["role"].tolist() == ["pinned", "adam"]
    assert here["dash"].tolist() == ["adam", "adam"], "a pinned run and the only optimizer beside it have solid lines"
    assert here["alone"].tolist() == [False, True], "the equation is that of the run that the page is about"
    assert here["token"].tolist() == [GROUP.token] * 2
    ends = np.array([SGD.params, ADAM.params], "f4")
    np.testing.assert_array_equal(here["end_a"], ends[:, 0])
    np.testing.assert_array_equal(here["end_b"], ends[:, 1])
    np.testing.assert_allclose(here["end_loss"], [SGD.loss, ADAM.loss], rtol=1e-6)


def test_racers_have_dashes_and_names_and_a_single_run_has_none():
    race = RunGroup("race", {"SGD": trace(SGD), "Adam": trace(ADAM)}, {"SGD": "sgd", "Adam": "adam"}).here_columns
    assert race["dash"].tolist() == race["role"].tolist() == ["adam", "sgd"]
    for label_a, label_b, fit in zip(race["label_a"], race["label_b"], (ADAM, SGD), strict=True):
        ends = label_a + np.array([[0.0], [2.0 * LETTER_WIDTH * 4]])  # the frame is 2 AU wide
        away = np.hypot(fit.path[:, 0] - ends, fit.path[:, 1] - label_b).min()
        assert away < 0.3, "each name stands by its own path"
    for label_x, label_loss, fit in zip(race["label_x"], race["label_loss"], (ADAM, SGD), strict=True):
        ends = np.clip(label_x + np.array([0.0, 4.0 * LETTER_WIDTH * race["x_high"][0]]), 0, len(fit.path) - 1)
        on_the_line = clamped_losses(fit.at(ends.astype(int)), fit.samples)
        assert np.abs(np.log(label_loss / on_the_line)).min() < 1.5
    alone = RunGroup("pictures", {MAIN: trace(SGD)}, {MAIN: "sgd"}).here_columns
    assert all(np.isnan(alone[f"label_{name}"]).all() for name in ("a", "b", "x", "loss"))
    assert alone["dash"].tolist() == ["adam"]


def test_batch_sizes_have_the_mini_batch_losses_of_every_run_and_their_dots_on_the_full_loss():
    batch = replace(GROUP, traces={"64": trace(ADAM), "128": trace(SGD)}, all_batches=True, over="epoch")
    for index, fit in ((0, ADAM), (1, SGD)):
        rows = rows_of(batch.run_columns, index)
        np.testing.assert_array_equal(rows["batch_loss"][:-1], fit.history.loss.astype("f4"))
    thinned = trace(ADAM, rows_of_batches(replace(ADAM.experiment, epochs=5)))
    here = replace(batch, traces={"64": thinned}, roles={"64": "adam"}).here_columns
    assert here["end_loss"].tolist() == [np.float32(ADAM.loss)]


def test_the_axes_hold_all_losses_with_room_and_the_noise_floor():
    single = oo.run(oo.Experiment("sgd", batch_size=1, epochs=1, learning_rate=1e-3))
    group = RunGroup("", {MAIN: trace(single), "pinned": trace(SGD)}, {MAIN: "sgd", "pinned": "pinned"})
    every = np.concatenate([single.history.loss, SGD.history.loss, clamped_losses(SGD.path, SGD.samples)])
    finite = every[np.isfinite(every) & (every > 0.0)]
    assert finite.min() < 1e-4, "a single sample may lie close to the ellipse"
    frame = {name: end.item() for name, end in group.frame.items()}
    assert frame["loss_low"] == pytest.approx(finite.min() / 1.5, rel=1e-6)
    assert frame["loss_high"] == pytest.approx(finite.max() * 1.5, rel=1e-6)
    assert [frame[name] for name in ("a_low", "a_high", "b_low", "b_high")] == [0.0, 2.0, 0.0, 2.0]
    assert all(group.here_columns[name].tolist() == [np.float32(end)] * 2 for name, end in frame.items())
    short = oo.run(oo.Experiment(epochs=2, batch_size=512))
    low = RunGroup("", {MAIN: trace(short)}, {MAIN: "adam"}).frame["loss_low"].item()
    assert low == pytest.approx(0.01 / 12.0 / 1.5, rel=1e-6), "the floor is below what the run has reached"


@pytest.mark.parametrize(
    ("a", "b", "limits"),
    [
        ([0.1, 1.2], [1.8, 1.2], ((0.0, 2.0), (0.0, 2.0))),
        ([0.1, 2.3], [-0.7, 1.9], ((0.0, 3.0), (-1.0, 2.0))),
        ([-1.2, 0.1], [3.96, 0.1], ((-1.5, 2.5), (0.0, 4.0))),  # 4 AU are the most
        ([0.1, 4.2], [1.8, -4.2], ((0.0, 4.0), (-2.0, 2.0))),  # the start is inside
        ([0.1, 9.0], [1.8, 1.2], ((0.0, 2.0), (0.0, 2.0))),  # beyond 4.5 AU a path is not drawn
    ],
)
def test_the_surface_is_a_square_as_far_as_the_path_in_halves_and_at_least_from_0_to_2(a, b, limits):
    rows = trace(ADAM).rows | {"a": np.array(a, "f4"), "b": np.array(b, "f4")}
    assert RunGroup("", {MAIN: replace(trace(ADAM), rows=rows)}, {MAIN: "adam"}).axis_limits == limits


def test_the_player_gets_the_rows_of_every_run_field_by_field():
    data = replace(GROUP, over="seen").player_data
    assert data["where"] == "here"
    assert len(data["runs"]) == 2
    for run, fit in zip(data["runs"], (ADAM, SGD), strict=True):
        n, size = len(fit.history.loss), fit.experiment.batch_size
        x, a, b, loss, update, epoch = np.frombuffer(b64decode(run["rows"]), "<f4").reshape(6, n + 1)
        assert x.tolist() == [size * k for k in range(n + 1)]
        assert update.tolist() == [*range(n + 1)]
        assert epoch.tolist() == [size * k / 512 for k in range(n + 1)]
        np.testing.assert_array_equal(np.stack([a, b], axis=1), fit.path.astype("f4"))
        np.testing.assert_allclose(loss, clamped_losses(fit.path, fit.samples), rtol=1e-6)


def test_other_runs_or_another_axis_have_another_token():
    others = [
        replace(GROUP, over="epoch"),
        replace(GROUP, loss="batch_loss"),
        replace(GROUP, traces={MAIN: trace(ADAM)}),
        replace(GROUP, traces={MAIN: trace(SGD), "pinned": trace(ADAM)}),
    ]
    assert replace(GROUP, container="there").token == GROUP.token
    assert len({GROUP.token} | {other.token for other in others}) == 5


def test_start_truth_and_optimum_stand_at_their_own_coordinates():
    columns = reference_columns((0.3, 1.7), Optimum(1.1, 0.9, 0.5), ((0.0, 2.0), (0.0, 2.0)))
    assert dict(zip(columns["place"], zip(columns["a"], columns["b"], strict=True), strict=True)) == {
        "start": pytest.approx((0.3, 1.7)),
        "truth": pytest.approx((1.261845, 1.234378)),
        "optimum": pytest.approx((1.1, 0.9)),
    }


def test_samples_of_ones_own_have_no_truth():
    columns = reference_columns((0.3, 1.7), Optimum(1.1, 0.9, 0.5), ((0.0, 2.0), (0.0, 2.0)), truth=None)
    assert dict(zip(columns["place"].tolist(), columns["text"].tolist(), strict=True)) == {
        "start": "start", "optimum": "best for\nthese samples",
    }
    assert columns["radius"].tolist() == [5.5, 8.0]


def test_the_noise_floor_is_the_variance_of_uniform_noise():
    assert floor_columns(0.1)["loss"] == pytest.approx([0.1**2 / 12.0])
    assert floor_columns(0.5)["loss"] == pytest.approx([0.25 / 12.0])
    assert floor_columns(0.0)["loss"].tolist() == []


LIMITS = (0.25, 2.0), (0.0, 2.0)


@pytest.mark.parametrize("domain_only", [False, True])
def test_the_loss_on_a_contour_is_its_level_times_the_minimum_loss(domain_only, samples):
    columns = surface_columns(ADAM.problem, LIMITS, domain_only)
    loss_of = domain_losses if domain_only else clamped_losses
    a, level = columns["a"].astype(float), columns["level"].astype(float)
    highest = 1000 if domain_only else 500
    levels = [level for level in [1.1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] if level <= highest]
    assert {*levels} <= {round(float(level), 4) for level in np.unique(columns["level"])}
    for edge in ("low", "high"):
        b = columns[edge].astype(float)
        free = (columns["patch"] > 0) & (columns["high"] - columns["low"] > 0.02)
        free &= (b > 0.0) & (b < 2.0) & (a > 0.25) & (a < 2.0)
        off = loss_of(np.stack([a, b], axis=1)[free], samples) / (level[free] * ADAM.optimum.loss) - 1.0
        assert free.sum() > 250
        assert np.median(np.abs(off)) < 1e-4
        if not domain_only:  # the other loss jumps where a sample comes in
            assert np.abs(off).max() < 0.002


def test_the_first_patch_is_the_whole_square_and_each_band_has_the_colour_of_its_level():
    columns = surface_columns(ADAM.problem, LIMITS)
    ground = columns["patch"] == 0
    assert [columns[name][ground].tolist() for name in ("a", "low", "high")] == [[0.25, 2.0], [0.0, 0.0], [2.0, 2.0]]
    bands = dict(zip(columns["level"].round(3).tolist(), columns["band"].tolist(), strict=True))
    assert {level: bands[level] for level in (20.0, 100.0, 500.0)} == {20.0: 8, 100.0: 6, 500.0: 4}
    assert bands[min(bands)] == 12


def test_levels_outside_the_square_are_not_listed():
    near = surface_columns(ADAM.problem, ((1.2, 1.3), (1.2, 1.3)))
    losses = clamped_losses([(a, b) for a in (1.2, 1.25, 1.3) for b in (1.2, 1.25, 1.3)], ADAM.samples)
    times = losses / ADAM.optimum.loss
    levels = np.unique(near["level"])
    assert levels[-2] < times.max() <= levels[-1], "the last is that of the highest band"
    assert levels.tolist() == pytest.approx([1.1, 2, 5, 10, 20])
    wide = surface_columns(ADAM.problem, ((0.0, 2.0), (0.0, 2.0)))
    assert wide["level"].max() == 2000, "nowhere is the loss above 2000 times the minimum"
    far = surface_columns(ADAM.problem, ((0.0, 4.0), (0.0, 4.0)))
    assert (far["level"].max(), far["band"][0]) == (np.inf, 0)


def test_the_contours_stay_within_the_limits_and_the_inner_ones_are_drawn_last():
    columns = surface_columns(ADAM.problem, ((0.5, 1.5), (1.0, 1.4)))
    assert (columns["a"].min(), columns["a"].max()) == (0.5, 1.5)
    assert (columns["low"].min(), columns["high"].max()) == (1.0, pytest.approx(1.4))
    assert (columns["low"] <= columns["high"]).all()
    assert (np.diff(columns["level"]) <= 0.0).all() and (np.diff(columns["patch"]) >= 0.0).all()


def test_the_two_losses_have_different_contours():
    clamped, domain = (surface_columns(ADAM.problem, LIMITS, domain_only) for domain_only in (False, True))
    low = [columns["a"][columns["level"] == 100].min() for columns in (clamped, domain)]
    assert low[1] < low[0] - 0.1, "far from the optimum the loss of the few samples inside is small too"
