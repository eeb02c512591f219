"""Race: who is first, who settles, and any set of optimizers at rates of their own."""

import dataclasses

import pytest

import orbitopt as oo
from orbitopt.page.sections import race as section
from orbitopt.traces import trace
from tests.page.apptest import markdown, notices, page
from tests.page.runs import trace_of


def test_the_ranking_puts_the_quickest_first_and_those_that_did_not_settle_last():
    runs = {key: trace_of(key) for key in ("diverges", "single", "sgd", "momentum", "creeps")}
    table = section.ranking(runs)
    assert table["Optimizer"][:3] == ["momentum", "sgd", "single"]
    assert table["Place"] == ["1", "2", "–", "–", "–"]
    near = table["Updates to within 10 % of the minimum"]
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
    assert "none is selected" in visit.info[0].value
    assert visit.query_params == {"section": "race"}


def test_the_number_of_epochs_and_the_start_are_those_of_the_run():
    visit = page(section="race", epochs="2", racers="sgd")
    run = trace(oo.run(dataclasses.replace(oo.PUBLISHED["sgd"], epochs=2)))
    assert visit.table[0].value["A (AU)"].tolist() == [f"{run.a:.4f}"]
