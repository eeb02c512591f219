"""Race: who is first, who settles, and any set of optimizers at rates of their own."""

import dataclasses
import re

import pyarrow
import pytest

import orbitopt as oo
from orbitopt import palette, sweeps
from orbitopt.page import comparisons, text
from orbitopt.page.sections import race as section
from orbitopt.traces import trace
from tests.browser import ALL
from tests.page.apptest import captions, markdown, notices, page, pictures
from tests.page.drawing import Drawing, hex_colour
from tests.page.runs import trace_of


def test_the_ranking_puts_the_quickest_first_and_those_that_did_not_settle_last():
    runs = {key: trace_of(key) for key in ("diverges", "single", "sgd", "momentum", "creeps")}
    table = section.ranking(runs)
    assert table["Optimizer"][:3] == ["momentum", "sgd", "single"]
    assert table["Place"] == ["1", "2", "–", "–", "–"]
    near = table["Updates until within 10 % of the minimum"]
    assert near[:2] == ["122", "506"] and near[3:] == ["never", "never"]
    assert near[2] == f"{runs['single'].reached_after:,}"  # near once, and never still
    assert table["α"][:2] == ["0.01", "0.01"]
    assert table["A (AU)"][0] == "1.2613" and table["B (AU)"][0] == "1.2325"
    for name, ending in zip(table["Optimizer"], table["Outcome"], strict=True):
        assert ending == runs[name].outcome.value


@pytest.mark.parametrize(
    ("over", "when"), [("update", "122 updates"), ("epoch", "15.2 epochs"), ("seen", "7,808 samples")]
)
def test_a_race_is_told_by_who_is_first(over, when):
    runs = {key: trace_of(key) for key in ("sgd", "momentum", "rmsprop", "adam")}
    messages = section.race_messages(runs, over)
    assert messages[1] == (
        f"momentum is the first within 10 % of the minimum, after {when}, and settled at the optimum."
    )
    assert "4 of 4 runs settled" in messages[2]
    closest = min(runs, key=lambda key: abs(oo.run(oo.PUBLISHED[key]).miss_at_mars))
    assert messages[0].startswith(f"{closest} ends closest to Mars's orbit")
    lost = section.race_messages({"sgd": trace_of("diverges")}, over)
    assert "None of them" in lost[1]


def test_a_race_whose_first_does_not_stay_says_so():
    wild = trace(oo.run(dataclasses.replace(oo.PUBLISHED["adam"], learning_rate=0.3, schedule="constant")))
    sgd = trace_of("sgd")
    assert wild.reached_after < sgd.reached_after
    told = section.race_messages({"Adam": wild, "SGD": sgd}, "update")
    assert told[1].endswith(", but hovers around the optimum; SGD is the first that settled, after 506 updates.")
    assert "1 of 2 runs settled" in told[2]
    alone = section.race_messages({"Adam": wild}, "update")
    assert alone[1].endswith(", but hovers around the optimum; none of them settled.")


def test_the_race_opens_on_the_published_four_and_ranks_them():
    visit = page(section="race")
    assert len(visit.get("vega_lite_chart")) == 6
    table = visit.table[0].value
    assert table["Optimizer"].tolist() == ["Momentum", "Adam", "SGD", "RMSprop"]
    assert table["A (AU)"].tolist() == ["1.2613", "1.2612", "1.2609", "1.2611"]
    assert "Which optimizer is fastest from here?" in [header.value for header in visit.header]


def test_any_set_of_optimizers_may_race_each_at_its_own_rate():
    visit = page(section="race", racers=["adagrad", "sgd"], race_sgd="0.5", falls_sgd="constant", over="epoch")
    assert not notices(visit)
    table = visit.table[0].value
    assert sorted(table["Optimizer"]) == ["AdaGrad", "SGD"]
    assert table["α"][table["Optimizer"].tolist().index("SGD")] == "0.5"
    one = page(section="race", racers="sgd")
    assert one.table[0].value["Optimizer"].tolist() == ["SGD"]


def test_a_race_in_an_older_link_is_the_same_race():
    old = page(section="Race", racers=["AdaGrad", "SGD"], race_sgd="0.5", falls_sgd="Falls every epoch", over="Epoch")
    new = page(section="race", racers=["sgd", "adagrad"], race_sgd="0.5", falls_sgd="exponential", over="epoch")
    assert not notices(old)
    assert old.query_params == new.query_params
    assert old.table[0].value.equals(new.table[0].value)
    assert markdown(old) == markdown(new)


@pytest.mark.parametrize("racers", ["Lion", ["sgd", "Lion"], "", "<script>"])
def test_a_race_with_nobody_or_an_unknown_optimizer_is_the_default_race(racers):
    visit = page(section="race", racers=racers)
    assert sorted(visit.table[0].value["Optimizer"]) == ["Adam", "Momentum", "RMSprop", "SGD"]
    assert any("racers" in notice for notice in notices(visit))


def test_taking_everybody_out_of_the_race_leaves_the_default_and_says_so():
    visit = page(section="race", racers=["sgd"])
    visit.pills("racers").set_value([]).run()
    assert not visit.exception
    assert len(visit.table[0].value) == 4
    assert "none selected" in visit.info[0].value
    assert visit.query_params == {"section": "race"}


def test_the_number_of_epochs_and_the_start_are_those_of_the_run():
    visit = page(section="race", epochs="2", racers="sgd")
    run = trace(oo.run(dataclasses.replace(oo.PUBLISHED["sgd"], epochs=2)))
    assert visit.table[0].value["A (AU)"].tolist() == [f"{run.a:.4f}"]


def test_a_race_says_how_fair_it_is():
    tuned = "This is not a fair race: as in the post, each optimizer has its own learning rate and schedule."
    assert tuned in captions(page(section="race", epochs="2"))
    assert tuned not in captions(page(section="race", epochs="2", race_rates="same"))


def test_all_can_race_at_the_rate_and_the_schedule_of_the_page():
    visit = page(section="race", race_rates="same", epochs="20", schedule="exponential", gamma="0.9", beta1="0.5")
    assert not notices(visit)
    table = visit.table[0].value
    assert table["α"].tolist() == ["0.03"] * 4
    own = oo.Experiment(epochs=20, schedule="exponential", gamma=0.9, beta1=0.5)
    runs = {"Adam": own} | {
        oo.OPTIMIZERS[key].label: dataclasses.replace(
            oo.PUBLISHED[key], learning_rate=0.03, schedule="exponential", gamma=0.9, epochs=20
        )
        for key in ("sgd", "momentum", "rmsprop")
    }
    for name, a in zip(table["Optimizer"], table["A (AU)"], strict=True):
        assert a == text.axis_text(oo.run(runs[name]).a).removesuffix(" AU")
    assert "All use α = 0.03 and the same schedule. This is not a fair race" in captions(visit)
    assert not any(field.key.startswith("race_") for field in visit.text_input)
    assert visit.query_params["race_rates"] == "same"


def test_each_can_race_at_the_rate_of_the_sweep_at_which_it_settles_first():
    link = {"section": "race", "race_rates": "best", "epochs": "20", "schedule": "constant"}
    visit = page(**link)
    swept = oo.finish(oo.sweep_learning_rates(oo.Experiment(epochs=20, schedule="constant")))
    table = visit.table[0].value
    for row in table.to_dict("records"):
        key = next(key for key, kind in oo.OPTIMIZERS.items() if kind.label == row["Optimizer"])
        result = swept[key]
        if not result.settled.any():
            assert row["α"] == f"{oo.PUBLISHED[key].learning_rate:g}"
            continue
        fewest = result.reached_after[result.settled].min()
        assert row["Updates until within 10 % of the minimum"] == str(fewest)
        rate = oo.SETTINGS["learning_rate"].check(float(row["α"]))
        assert result.reached_after[list(sweeps.RATES).index(rate)] == fewest
    never = [kind.label for key, kind in oo.OPTIMIZERS.items() if key in oo.PUBLISHED and not swept[key].settled.any()]
    assert [box.value for box in visit.info] == ([comparisons.no_best_message(never)] if never else [])


def test_who_settles_at_no_rate_keeps_the_tuned_one_and_it_is_said():
    visit = page(section="race", race_rates="best", epochs="1", batch="512", racers=["sgd", "adam"])
    assert [box.value for box in visit.info] == [
        "SGD and Adam settle at none of these learning rates and keep their tuned rates."
    ]
    assert sorted(visit.table[0].value["α"]) == ["0.01", "0.03"]


def test_the_race_goes_on_at_tuned_rates_while_the_sweep_is_stopped():
    link = {"section": "race", "race_rates": "best", "epochs": "3", "seed": "78"}
    visit = page(**link | {"race_rates": "tuned"})
    problem = oo.run(oo.Experiment(epochs=3, seed=78)).problem
    visit.session_state.stopped = ("_swept", problem.key, (oo.Experiment(epochs=3, seed=78, learning_rate=1.0),))
    visit.segmented_control("race_rates").set_value("best").run()
    assert "Stopped. Continue" in [button.label for button in visit.button]
    assert "each optimizer has its own learning rate" in captions(visit)
    assert len(visit.table[0].value) == 4


def test_a_rate_of_the_race_is_read_as_it_is_meant_or_refused():
    visit = page(section="race", epochs="2")
    visit.text_input("race_sgd").set_value("0,02").run()
    assert visit.query_params["race_sgd"] == visit.text_input("race_sgd").value == "0.02"
    assert visit.table[0].value.set_index("Optimizer").loc["SGD", "α"] == "0.02"
    visit.text_input("race_sgd").set_value("").run()
    assert "α for SGD stays 0.02." in visit.error[0].value
    assert visit.query_params["race_sgd"] == visit.text_input("race_sgd").value == "0.02"


def test_a_click_on_a_name_puts_that_run_in_front_and_the_link_keeps_it():
    visit = page(section="race")
    assert visit.segmented_control("front").options == ["SGD", "Momentum", "RMSprop", "Adam"]
    assert visit.segmented_control("front").value == "sgd"
    visit.segmented_control("front").set_value("rmsprop").run()
    assert visit.query_params == {"section": "race", "front": "rmsprop"}
    group = drawn_group(visit)
    assert group["name"].tolist() == ["Adam", "Momentum", "SGD", "RMSprop"], "the last is drawn on top"
    assert group["index"].tolist() == [3, 2, 1, 0]
    visit.pills("racers").set_value(["sgd", "adam"]).run()
    assert visit.segmented_control("front").value == "sgd"
    assert "front" not in visit.query_params
    other = page(section="race", racers="sgd", front="adam")
    assert any("front = adam" in notice for notice in notices(other))


def drawn_group(visit):
    """Return the dataset `here` of the race."""
    table = {dataset.name: dataset.data.data for dataset in pictures(visit)[-1].datasets}["here"]
    return pyarrow.ipc.open_stream(table).read_pandas()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "size"),
    [("", (1280, 720)), ("&projector=true", (1024, 768)), ("&race_rates=same", (1280, 720))][: None if ALL else 2],
)
def test_no_name_covers_another_or_leaves_its_picture(visit, query, size):
    visitor = visit(f"?section=race{query}", width=size[0], height=size[1])
    visitor.tab.locator(".st-key-race svg.marks text").filter(has_text="Momentum").first.wait_for()
    for chart in visitor.tab.locator(".st-key-race svg.marks").all()[1:]:
        words = chart.locator("text").filter(has_text=re.compile("^(SGD|Momentum|RMSprop|Adam)$")).all()
        boxes = [word.bounding_box() for word in words[-4:]]  # those before are halos
        frame = chart.locator(".background").first.bounding_box()
        if words[-1].get_attribute("opacity") == "0":  # a low chart in front of a class has no room for names
            continue
        assert len(boxes) == 4
        for k, box in enumerate(boxes):
            assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
            for other in boxes[:k]:
                assert (
                    box["x"] >= other["x"] + other["width"] or other["x"] >= box["x"] + box["width"]
                    or box["y"] >= other["y"] + other["height"] - 6 or other["y"] >= box["y"] + box["height"] - 6
                )  # the box of a text is higher than its letters


@pytest.mark.browser
def test_the_ellipse_in_front_is_wide_and_those_of_the_others_stay_visible_on_it(visit):
    visitor = visit("?section=race&front=momentum", height=1400)
    drawing = Drawing(visitor, "race")
    front, *others = fitted = drawing.layer(4)
    colours = [palette.colour(key) for key in ("momentum", "sgd", "rmsprop", "adam")]
    assert [hex_colour(one["stroke"]) for one in fitted] == colours, "the first is at the back"
    marks = visitor.tab.locator(".st-key-race svg.marks").first.locator(".layer_4_marks > path")
    style = marks.evaluate_all("all => all.map(one => ['stroke-width', 'stroke-dasharray', 'stroke-dashoffset']"
                               ".map(name => one.getAttribute(name)))")
    assert [float(width) for width, _, _ in style] == [4.0, 2.0, 2.0, 2.0]
    assert [dash for _, dash, _ in style[1:]] == ["8,16"] * 3
    assert [float(offset or 0) for _, _, offset in style[1:]] == [0.0, -8.0, -16.0], "the dashes lie side by side"
    assert len(others) == 3 and front["path"]
