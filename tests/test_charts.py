import numpy as np
import pytest

import orbitopt as oo
from orbitopt import charts

VIEWS = {"orbits": charts.orbits, "loss": charts.loss, "search": charts.search}


def datasets_of(specification):
    """Names of the datasets that a specification asks for."""
    if isinstance(specification, dict):
        name = specification.get("data", {}).get("name") if isinstance(specification.get("data"), dict) else None
        return ({name} - {None}).union(*map(datasets_of, specification.values()))
    return set().union(*map(datasets_of, specification)) if isinstance(specification, list) else set()


@pytest.mark.parametrize(
    ("view", "names"),
    [("orbits", {"run", "samples"}), ("loss", {"run", "floor"}), ("search", {"run", "contours", "marks"})],
)
def test_a_view_is_one_specification_that_holds_no_run(view, names):
    specification = VIEWS[view]()
    assert specification is VIEWS[view]()
    assert datasets_of(specification) == names
    assert not {"config", "$schema", "datasets"} & set(specification)
    assert specification["params"][0]["name"] == "playhead"


@pytest.mark.parametrize("updates", [1, 5, 599, 600, 601, 800, 60_000])
def test_the_first_hundred_updates_are_shown_whole_and_never_more_than_600_rows(updates):
    shown = charts.rows_shown(updates)
    assert len(shown) == min(updates + 1, 600)
    assert shown[:100].tolist() == list(range(min(updates + 1, 100)))
    assert shown[-1] == updates
    assert (np.diff(shown) > 0).all()


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_columns_of_a_run_are_the_run(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    columns = charts.run_columns(fit)
    assert len({len(column) for column in columns.values()}) == 1
    shown = columns["update"].astype(int)
    np.testing.assert_allclose(np.stack([columns["a"], columns["b"]], axis=1), fit.at(shown), rtol=1e-6)
    np.testing.assert_allclose(columns["full_loss"], fit.loss_at(shown), rtol=1e-6)
    assert np.isnan(columns["batch_loss"][-1])
    assert not np.isinf(columns["batch_loss"]).any()
    assert set(columns["role"]) == {fit.experiment.optimizer}


def test_a_diverged_run_is_drawn_up_to_where_it_left_the_picture():
    columns = charts.run_columns(oo.run(oo.EXAMPLES["diverges"].experiment))
    last = int(columns["last_seen"][0])
    inside = (np.abs(columns["a"]) < charts.PATH_LIMIT) & (np.abs(columns["b"]) < charts.PATH_LIMIT)
    assert inside[: last + 1].all()
    assert not inside[last + 1]


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_the_window_holds_start_path_and_optimum(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    (a_low, a_high), (b_low, b_high) = charts.window(fit)
    columns = charts.run_columns(fit)
    seen = slice(0, int(columns["last_seen"][0]) + 1)
    assert a_low <= columns["a"][seen].min() <= columns["a"][seen].max() <= a_high
    assert b_low <= columns["b"][seen].min() <= columns["b"][seen].max() <= b_high
    assert a_low <= fit.optimum.a <= a_high
    assert b_low <= fit.optimum.b <= b_high


def test_contours_nest_and_the_innermost_is_within_ten_percent_of_the_optimum(samples):
    best = oo.optimum(samples)
    columns = charts.contour_columns(samples, best.loss, (0.0, 2.0), (0.0, 2.0))
    inmost = columns["level"] == columns["level"].min()
    assert columns["level"][inmost][0] == pytest.approx(1.1)
    assert columns["a"][inmost].min() < best.a < columns["a"][inmost].max()
    np.testing.assert_array_equal(np.diff(columns["level"]) <= 0, True)
    assert (columns["low"] <= columns["high"]).all()


def test_without_noise_there_is_no_floor_to_draw():
    assert len(charts.floor_columns(0.0)["loss"]) == 0
    assert charts.floor_columns(0.1)["loss"] == pytest.approx([1 / 1200])


def test_the_messages_tell_the_runs_own_numbers():
    fit = oo.run(oo.PUBLISHED["adam"])
    assert charts.orbits_message(fit) == "The fit ends 93,646 km (0.04%) short of Mars's orbit; updates: 800."
    assert charts.loss_message(fit) == "The loss fell from 0.907 to 0.000879, 1.06 times the noise floor."
    assert charts.search_message(fit) == "From A = 0.1, B = 1.8 the path ends 0.00095 AU from the exact optimum."


def test_the_messages_of_runs_that_went_astray():
    diverged, mirror, clean = (
        oo.run(experiment)
        for experiment in (
            oo.EXAMPLES["diverges"].experiment,
            oo.EXAMPLES["mirror"].experiment,
            oo.Experiment(noise_scale=0),
        )
    )
    assert "nowhere near Mars's orbit" in charts.orbits_message(diverged)
    assert "rose" in charts.loss_message(diverged)
    assert "mirror image" in charts.search_message(mirror)
    assert "noise floor" not in charts.loss_message(clean)
