"""Batch size: the post's Figure 3, curve by curve."""

import re

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.page.sections import batch_sizes as section
from orbitopt.traces import RunGroup
from tests.page.apptest import markdown, notices, page, pictures
from tests.page.runs import traces_of_sizes


@pytest.fixture(scope="module")
def figure_3():
    return traces_of_sizes(1, 32, 512, None)


def test_figure_3_is_told_curve_by_curve(figure_3):
    told = {name: section.batch_message(name, run) for name, run in figure_3.items()}
    assert "smooth" in told["512"]
    assert "noisy" in told["32"]
    assert re.search(r"noisy, changing by a factor of 1\.\d from point to point and then smooth", told["None"])

    def jumps(name):
        return float(re.search(r"factor of ([\d.]+)", told[name])[1])

    def epochs(name):
        return float(re.search(r"after ([\d.]+) epochs", told[name])[1])

    assert jumps("1") > 2 * jumps("32")
    assert epochs("32") < epochs("512") <= 18


def test_figure_3_is_the_posts_picture(figure_3):
    losses = {name: run.rows["batch_loss"][:-1] for name, run in figure_3.items()}
    whole = losses["512"]
    assert whole[0] == pytest.approx(1, abs=0.1)
    assert whole[18] == pytest.approx(9e-4, rel=0.05)
    assert (np.diff(np.log(whole)) < 0.01).all()
    early = figure_3["32"].rows["epoch"][:-1] < 3
    assert losses["32"][early][-1] < whole[3] / 10

    def noise(losses):
        return np.nanstd(np.diff(np.log(losses)))

    late = {name: run.rows["epoch"][:-1] > 10 for name, run in figure_3.items()}
    assert noise(losses["1"][late["1"]]) > 3 * noise(losses["32"][late["32"]]) > 9 * noise(whole[late["512"]])
    hybrid = figure_3["None"].rows["epoch"][:-1]
    assert noise(losses["None"][(hybrid > 4) & (hybrid < 8)]) > 10 * noise(losses["None"][hybrid > 9])


def test_a_curve_that_was_near_and_left_says_both():
    (run,) = traces_of_sizes(1, learning_rate=1.5).values()
    assert run.outcome is oo.Outcome.PASSED
    told = section.batch_message("1", run)
    assert re.search(r"within 10 % of the minimum after [\d.]+ epochs; it passed the optimum and left", told)
    assert told.endswith("times the minimum.")


def test_the_sizes_compared_are_named(figure_3):
    told = section.sizes_message(figure_3)
    assert told.startswith("Gradient descent from A = 0.8 and B = 0.2:")
    assert told.endswith("for the batch sizes None; 512; 32; 1.")
    assert section.sizes_message({"512": figure_3["512"]}).endswith("for the batch size 512.")


def test_the_comparison_of_batch_sizes_is_figure_3_and_can_be_changed():
    visit = page(section="batch")
    told = markdown(visit)
    assert "- 512: smooth; within 10 % of the minimum after 15 epochs; it settled at the optimum" in told
    assert "- 32, then 512: noisy, changing by a factor of 1.3 from point to point and then smooth" in told
    changed = page(
        section="batch", sizes=["8", "all"], rule="linear", size_rate="0.1", size_epochs="5", samples="256"
    )
    assert not notices(changed)
    assert "- 8: " in markdown(changed)
    assert "- 256: " in markdown(changed)


def test_a_comparison_in_an_older_link_is_the_same_comparison():
    old = page(section="Batch size", sizes=["8", "All", "32, then all"], rule="∝ size", size_epochs="5")
    new = page(section="batch", sizes=["8", "all", "hybrid"], rule="linear", size_epochs="5")
    assert not notices(old)
    assert old.query_params == new.query_params
    assert markdown(old) == markdown(new)


def test_a_comparison_of_runs_that_end_early_is_drawn_as_far_as_they_go():
    visit = page(section="batch", rule="none", size_rate="10")
    assert len(visit.get("vega_lite_chart")) == 4


def test_the_line_and_the_dots_are_those_of_the_full_loss_and_spikes_do_not_set_the_axis(figure_3):
    drawn = section.drawn_runs(figure_3, points=True)
    group = RunGroup("sizes", drawn, dict.fromkeys(drawn, "sgd"), "epoch", all_batches=True)
    here = group.here_columns
    for name, end in zip(here["name"], here["end_loss"], strict=True):
        assert end == np.float32(figure_3[name].loss) == figure_3[name].rows["full_loss"][-1]
    full = np.concatenate([run.rows["full_loss"] for run in figure_3.values()])
    assert group.frame["loss_low"][0] > full.min() / 10, "a single sample may lie very close to the ellipse"
    assert np.nanmin(figure_3["1"].rows["batch_loss"]) < full.min() / 100
    single = drawn["1"].rows["batch_loss"]
    kept = np.isfinite(single)
    assert 0.6 < kept.mean() < 1.0
    np.testing.assert_array_equal(single[kept], figure_3["1"].rows["batch_loss"][kept])


def test_the_mini_batch_losses_can_be_switched_off(figure_3):
    assert all(np.isnan(run.rows["batch_loss"]).all() for run in section.drawn_runs(figure_3, points=False).values())
    visit = page(section="batch")
    assert visit.toggle("batch_points").value is True
    visit.toggle("batch_points").set_value(False).run()
    assert visit.query_params == {"section": "batch", "batch_points": "false"}
    assert pictures(visit)[-1].spec == pictures(page(section="batch"))[-1].spec, "the specification is constant"


def test_a_size_can_be_put_in_front_and_the_link_keeps_it():
    visit = page(section="batch")
    assert visit.segmented_control("front_size").options == ["32, then all", "All", "32", "1"]
    before = markdown(visit)
    visit.segmented_control("front_size").set_value("1").run()
    assert visit.query_params == {"section": "batch", "front_size": "1"}
    assert markdown(visit) == before, "the sentences stay where they are"
    assert page(section="batch", front_size="1").segmented_control("front_size").value == "1"
    few = page(section="batch", samples="16", batch="8", sizes=["32", "all"])
    assert not few.exception
