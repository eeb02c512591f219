"""The controls of the race and of the batch sizes make the runs that they say."""

import orbitopt as oo
from orbitopt.page import comparisons
from tests.page.apptest import notices, page


def test_every_optimizer_has_a_rate_and_a_schedule_in_the_race():
    for key, optimizer in oo.OPTIMIZERS.items():
        rate, schedule = comparisons.SETTINGS[f"race_{key}"], comparisons.SETTINGS[f"falls_{key}"]
        assert (rate.key, schedule.key) == (f"race_{key}", f"falls_{key}")
        assert optimizer.label in rate.label and optimizer.label in schedule.label
        assert dict(schedule.choices) == {name: kind.label for name, kind in oo.SCHEDULES.items()}
    assert set(comparisons.SETTINGS["racers"].choices) == set(oo.OPTIMIZERS)
    assert set(comparisons.SETTINGS["sizes"].choices) == set(oo.BATCH_SIZES)


def test_a_batch_size_is_named_by_the_samples_that_it_takes():
    few, many = oo.Experiment(n_samples=16, batch_size=16), oo.Experiment()
    keys = ("1", "32", "all", "hybrid")
    assert [comparisons.size_name(key, few) for key in keys] == ["1", "16", "16", "16"]
    assert [comparisons.size_name(key, many) for key in keys] == ["1", "32", "512", "32, then 512"]


def test_only_the_racers_chosen_have_controls():
    visit = page(section="race", racers=["adagrad", "sgd"], epochs="1")
    fields = {widget.key for widget in [*visit.text_input, *visit.selectbox]}
    assert {key for key in fields if key.startswith(("race_", "falls_"))} == {
        "race_sgd", "race_adagrad", "falls_sgd", "falls_adagrad",
    }


def test_the_choice_of_racers_is_the_same_for_the_race_and_for_a_film_of_it():
    link = {"racers": ["sgd", "rmsprop"], "race_sgd": "0.5", "falls_sgd": "constant"}
    race, film = page(section="race", epochs="1", **link), page(section="data", of="race", epochs="1", **link)
    assert race.text_input("race_sgd").value == film.text_input("race_sgd").value == "0.5"
    assert not notices(race) and not notices(film)
    for visit, section in ((race, {"section": "race"}), (film, {"section": "data", "of": "race"})):
        assert visit.query_params == link | section | {"epochs": "1"}


def test_a_comparison_that_would_take_too_many_updates_is_cut_and_says_so():
    visit = page(section="batch", samples="4096", sizes="1")
    told = "1: limited to 14 epochs, because a run may have at most 60,000 updates."
    assert told in [box.value for box in visit.warning]
