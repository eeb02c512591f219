import dataclasses
import re

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import checks, closer, hohmann, model, shown, words
from orbitopt.samples import Samples


def run_of(key):
    return shown.show(oo.run(oo.EXAMPLES[key].experiment))


def sizes(*choices, **more):
    made = {}
    for size in choices:
        experiment = oo.of_batch_size(oo.Experiment(), size, **{"learning_rate": 0.2, "epochs": 30} | more)
        made[str(size)] = shown.show(oo.run(experiment), shown.rows_of_batches(experiment))
    return made


def test_the_messages_tell_the_runs_own_numbers():
    assert words.run_messages(run_of("adam")) == (
        "The fit ends 93,646 km (0.04%) short of Mars's orbit; updates: 800.",
        "The loss fell from 0.907 to 0.000879, 1.06 times the noise floor.",
        "From A = 0.1, B = 1.8 the path ends 0.00095 AU from the exact optimum.",
    )


def test_the_messages_of_runs_that_went_astray():
    assert "nowhere near Mars's orbit" in words.orbits_message(run_of("diverges"))
    assert "rose" in words.loss_message(run_of("diverges"))
    assert "mirror image" in words.search_message(run_of("mirror"))
    clean = shown.show(oo.run(oo.Experiment(noise_scale=0)))
    assert "noise floor" not in words.loss_message(clean)


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_every_message_is_one_sentence(key):
    for message in (*words.run_messages(run_of(key)), words.introduction(oo.EXAMPLES[key].experiment)[19:]):
        assert re.fullmatch(r"[A-Z][^!?]*\.", message)
        assert not re.search(r"\. [A-Z]", message)


def test_read_outs_are_short_whatever_the_run():
    for key in oo.EXAMPLES:
        for label, value, _ in words.readouts(run_of(key)):
            assert len(value) <= 12, (key, value)
            assert len(label) <= 24
    assert words.distance(-93_646.4) == "−93,646 km"
    assert words.distance(3e8) == "2.01 AU"


def test_the_flight_is_that_of_the_fitted_ellipse_if_there_is_one():
    assert "258.9 days, with burns of 2.94 and 2.65 km/s" in words.flight(hohmann.SEMI_MAJOR_AXIS)
    assert "44.3° ahead" in words.flight(hohmann.SEMI_MAJOR_AXIS)
    assert "does not go around the Sun" in words.flight(0.2)


def test_nothing_from_a_link_can_be_markup():
    assert words.readable("<b>[x](y)*_`$5", 99) == "·b·[x]·y)···" + "·5"
    assert words.readable("WWW.example.com") == "WWW·example.com"
    assert words.readable(":red[x] and: that's |x|", 99) == "·red[x] and: that's ·x·"
    assert len(words.readable("9" * 400)) == 24


def test_the_ranking_puts_the_quickest_first_and_those_that_fail_last():
    runs = {key: run_of(key) for key in ("diverges", "sgd", "momentum", "creeps")}
    table = words.ranking(runs)
    assert table["Optimizer"][:2] == ["momentum", "sgd"]
    assert table["Place"] == ["1", "2", "–", "–"]
    assert table["Updates to within 10 % of the least loss"] == ["122", "506", "not reached", "not reached"]


@pytest.mark.parametrize(
    ("over", "when"), [("update", "122 updates"), ("epoch", "15.2 epochs"), ("seen", "7,808 samples")]
)
def test_a_race_is_told_by_who_is_first(over, when):
    runs = {key: run_of(key) for key in ("sgd", "momentum", "rmsprop", "adam")}
    messages = words.race_messages(runs, over)
    assert f"momentum is the first within 10 % of the least loss, after {when}." == messages[1]
    assert "4 of 4" in messages[2]
    lost = words.race_messages({"sgd": run_of("diverges")}, over)
    assert "None of them" in lost[1]


def test_figure_3_is_told_curve_by_curve():
    runs = sizes(1, 32, 512, None)
    told = {name: words.batch_message(name, run) for name, run in runs.items()}
    assert "smooth" in told["512"]
    assert "up and down" in told["32"]
    assert re.search(r"up and down by a factor of 1\.\d from point to point and then smooth", told["None"])

    def jumps(name):
        return float(re.search(r"factor of ([\d.]+)", told[name])[1])

    def epochs(name):
        return float(re.search(r"after ([\d.]+) epochs", told[name])[1])

    assert jumps("1") > 2 * jumps("32")
    assert epochs("32") < epochs("512") <= 18


def test_figure_3_is_the_posts_picture():
    runs = sizes(1, 32, 512, None)
    losses = {name: run.rows["batch_loss"] for name, run in runs.items()}
    whole = losses["512"]
    assert whole[0] == pytest.approx(1, abs=0.1)
    assert whole[18] == pytest.approx(9e-4, rel=0.05)
    assert (np.diff(np.log(whole)) < 0.01).all()
    early = runs["32"].rows["epoch"] < 3
    assert losses["32"][early][-1] < whole[3] / 10

    def noise(losses):
        return np.nanstd(np.diff(np.log(losses)))

    late = {name: run.rows["epoch"] > 10 for name, run in runs.items()}
    assert noise(losses["1"][late["1"]]) > 3 * noise(losses["32"][late["32"]]) > 9 * noise(whole[late["512"]])
    hybrid = runs["None"].rows["epoch"]
    assert noise(losses["None"][(hybrid > 4) & (hybrid < 8)]) > 10 * noise(losses["None"][hybrid > 9])


def test_an_update_is_told_with_its_batch_and_its_step():
    update = oo.update_at(oo.PUBLISHED["adam"], 0)
    assert words.update_message(0, update).startswith("After the start the next mini-batch has the loss 0.260474 AU²")
    assert words.move_message(update, 0).endswith("moves by 0.03 AU.")
    single = oo.EXAMPLES["single"].experiment
    first_empty = int(np.argmax(oo.run(single).history.in_domain == 0))
    assert "nothing changes" in words.update_message(first_empty, oo.update_at(single, first_empty))


def test_the_bands_are_told_with_the_rate_that_is_set():
    experiment = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant")
    swept = oo.finish(oo.sweep_learning_rates(experiment))
    told = words.rates_message(experiment, swept)
    assert "Momentum from 0.00046 to 0.01;" in told
    assert "Adam from 0.0083 to 0.22 with gaps" in told
    assert told.endswith("The rate 0.03 of Adam lies inside.")
    assert words.rates_message(dataclasses.replace(experiment, learning_rate=5.0), swept).endswith("lies outside.")


def test_a_sweep_in_which_nothing_works_or_nothing_can_move_says_so():
    short = dataclasses.replace(oo.PUBLISHED["sgd"], epochs=1)
    assert "At none of these rates" in words.rates_message(short, oo.finish(oo.sweep_learning_rates(short)))
    stuck = dataclasses.replace(short, start_a=0.001)
    assert "no sample lies inside" in words.rates_message(stuck, oo.finish(oo.sweep_learning_rates(stuck)))


def test_the_shares_of_starts_are_told():
    experiment = oo.PUBLISHED["sgd"]
    ends = oo.finish(oo.map_starts(experiment, 9))
    there = np.mean([outcome.name in ("REACHED", "MIRROR") for outcome in ends.outcome])
    told = words.starts_message(experiment, ends)
    assert told.startswith(f"From {there:.0%} of the 81 starts SGD at 0.01 reaches the optimum, half of them within ")
    moving = sum(outcome.name == "MOVING" for outcome in ends.outcome)
    assert f"{moving} still on their way at the end" in told


def test_what_is_in_the_confidence_region_is_told_for_runs_that_are_there_and_that_are_not():
    view = closer.confidence_region(512, 0.1, 9999)
    there, away = run_of("adam"), run_of("creeps")
    told = words.noise_message(there, view)
    assert "A uncertain by ±0.0019 AU and B by ±0.0041 AU (95 %)" in told
    assert "the truth and this run are both in the 95 % confidence region" in told.lower()
    assert "at most 1.2 % above the least" in told
    assert "the run can get better" in words.noise_message(away, view)
    assert "The Hohmann transfer and this run are both" in words.noise_message(there, view, own=True)
    apart = dataclasses.replace(view, truth_inside=False)
    assert "This run is in the 95 % confidence region and the truth is not." in words.noise_message(there, apart)
    assert "Neither the truth nor this run" in words.noise_message(away, apart)


def test_a_run_at_b_below_0_is_outside_and_the_mirror_image_inside():
    view, run = closer.confidence_region(512, 0.1, 9999), run_of("adam")
    samples = oo.noisy_samples(512, 0.1, 9999)

    def told(a, b):
        loss = float(model.clamped_loss((a, b), *samples))
        return words.noise_message(dataclasses.replace(run, params=np.array([a, b]), loss=loss), view)

    assert "are both in" in told(-run.a, run.b)
    assert "this run is not" in told(run.a, -run.b)


def test_without_noise_or_without_bounds_there_is_no_width_to_tell():
    clean = oo.Experiment(noise_scale=0)
    run = shown.show(oo.run(clean))
    assert "one answer only" in words.noise_message(run, closer.confidence_region(512, 0.0, 9999))
    rng = np.random.default_rng(1)
    scattered = closer.confidence_region(16, 0.1, 1, Samples(rng.uniform(-1.5, 1.0, 16), 0.2 + rng.normal(size=16)))
    assert "do not determine A and B" in words.noise_message(run, scattered)


def test_runs_that_never_moved_are_told_as_such():
    stuck = oo.Experiment(n_samples=16, batch_size=16, start_a=0.05)
    run = shown.show(oo.run(stuck))
    assert run.message.startswith("No sample at all: with A at 0.05 AU none lies inside")
    assert words.loss_message(run).startswith("The loss stayed at")
    start = closer.both_losses(stuck, (0.05, 1.8))
    assert "none of the 16 samples" in words.losses_message(start, 16)
    assert "nothing is checked" in words.gradient_check(closer.gradient_checks(stuck, run.params))[1]


def test_a_diverged_runs_gradient_is_checked_as_well_as_rounding_lets_it_be():
    fit = oo.run(oo.EXAMPLES["diverges"].experiment)
    assert "the gradient is right" in words.gradient_check(closer.gradient_checks(fit.experiment, fit.params))[1]


def test_a_batch_size_is_named_by_what_it_is():
    few = oo.Experiment(n_samples=16, batch_size=16)
    assert [words.size_name(key, few) for key in ("1", "32", "all", "hybrid")] == ["1", "16", "16", "16"]


def test_the_two_losses_differ_by_the_samples_outside():
    told = words.losses_message(closer.both_losses(oo.Experiment(), (0.1, 1.8)), 512)
    assert "40 of 512 samples" in told
    assert "0.186" in told and "0.907" in told


@pytest.mark.parametrize("key", oo.PUBLISHED)
def test_what_became_of_the_gradient_is_told(key):
    steps = oo.finish(closer.steps_of(oo.PUBLISHED[key]))
    told = words.steps_message(oo.PUBLISHED[key], steps, 2.0)
    assert ("every step is α times the gradient" in told) == (key == "sgd")
    assert "2 times as long" in told
    if steps.effective_rate is not None:
        assert f"{steps.effective_rate[0, 0]:.2g} in A" in words.effective_message(steps)


def test_a_gradient_that_is_right_is_told_from_one_that_is_not(samples):
    right = checks.check_gradient((1.0, 1.0), samples)
    table, told = words.gradient_check({"start": right})
    assert "the gradient is right" in told
    assert table["Slope by"] == ["A, at the start", "B, at the start"]
    wrong = right._replace(formula=right.formula * 1.01)
    assert "says nothing" in words.gradient_check({"start": wrong})[1]


def test_how_far_two_paths_are_apart_is_told():
    path = np.ones((10, 2))
    assert words.torch_message(path, path[:7]).endswith("0.0e+00 AU: it is the same run.")
    other = path.copy()
    other[6:] += 0.1
    assert "for the first 6:" in words.torch_message(path, other)
