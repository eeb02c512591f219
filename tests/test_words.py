import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings

import orbitopt as oo
from orbitopt import checks, closer, hohmann, model, shown, sweeps, words
from orbitopt.samples import Samples
from tests.strategies import experiments


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
        "After 800 updates the fitted ellipse ends 93,646 km (0.041 %) short of Mars's orbit.",
        "The loss fell from 0.907 to 0.000879: 0.065 % above the least possible.",
        "From A = 0.1, B = 1.8 the path ends 0.00095 AU from the exact optimum.",
    )


def test_the_messages_of_runs_that_went_astray():
    assert "nowhere near Mars's orbit" in words.orbits_message(run_of("diverges"))
    assert "rose" in words.loss_message(run_of("diverges"))
    assert "mirror image" in words.search_message(run_of("mirror"))


def test_a_negative_b_is_shown_and_is_far_from_the_optimum():
    run = dataclasses.replace(run_of("adam"), params=np.array([1.2612, -1.2325]))
    assert words.readouts(run)[1][1] == "−1.2325 AU"
    assert "2.46 AU from the exact optimum" in words.search_message(run).replace("2.5 AU", "2.46 AU")


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


@pytest.mark.parametrize(
    ("kilometres", "text"),
    [(-93_646.4, "−93,646 km"), (-0.3, "0 km"), (3e8, "2.01 AU"), (-3e8, "−2.01 AU"), (3e19, "2.005 × 10¹¹ AU")],
)
def test_distances(kilometres, text):
    assert words.distance(kilometres) == text


def test_the_flight_is_that_of_the_fitted_ellipse_if_it_comes_near_mars():
    assert "258.9 days, with burns of 2.94 and 2.65 km/s" in words.flight(hohmann.SEMI_MAJOR_AXIS)
    assert "44.3° ahead" in words.flight(hohmann.SEMI_MAJOR_AXIS)
    assert "does not go around the Sun" in words.flight(0.2)
    for a in (0.3, 1.0, 1.4, 3.3, 2000.0):
        told = words.flight(a)
        assert "no transfer" in told and "km/s" not in told and "°" not in told


def test_nothing_from_a_link_can_be_markup():
    assert words.readable("<b>[x](y)*_`$5", 99) == "·b·[x]·y)···" + "·5"
    assert words.readable("WWW.example.com") == "WWW·example.com"
    assert words.readable(":red[x] and: that's |x|", 99) == "·red[x] and: that's ·x·"
    assert len(words.readable("9" * 400)) == 24


def test_the_ranking_puts_the_quickest_first_and_those_that_did_not_settle_last():
    runs = {key: run_of(key) for key in ("diverges", "single", "sgd", "momentum", "creeps")}
    table = words.ranking(runs)
    assert table["Optimizer"][:3] == ["momentum", "sgd", "single"]
    assert table["Place"] == ["1", "2", "–", "–", "–"]
    near = table["Updates to within 10 % of the least loss"]
    assert near[:2] == ["122", "506"] and near[3:] == ["never", "never"]
    assert near[2] == f"{runs['single'].reached_after:,}"  # near once, and never still
    for name, ending in zip(table["Optimizer"], table["At the end it"], strict=True):
        assert ending == runs[name].outcome.value


@pytest.mark.parametrize(
    ("over", "when"), [("update", "122 updates"), ("epoch", "15.2 epochs"), ("seen", "7,808 samples")]
)
def test_a_race_is_told_by_who_is_first(over, when):
    runs = {key: run_of(key) for key in ("sgd", "momentum", "rmsprop", "adam")}
    messages = words.race_messages(runs, over)
    assert messages[1] == (
        f"momentum is the first within 10 % of the least loss, after {when}, and settled at the optimum."
    )
    assert "4 of 4 settled" in messages[2]
    lost = words.race_messages({"sgd": run_of("diverges")}, over)
    assert "None of them" in lost[1]


def test_a_race_whose_first_does_not_stay_says_so():
    wild = shown.show(oo.run(dataclasses.replace(oo.PUBLISHED["adam"], learning_rate=0.3, schedule="constant")))
    sgd = run_of("sgd")
    assert wild.reached_after < sgd.reached_after
    told = words.race_messages({"Adam": wild, "SGD": sgd}, "update")
    assert told[1].endswith(", but hovers around the optimum; SGD is the first that settled, after 506 updates.")
    assert "1 of 2 settled" in told[2]
    alone = words.race_messages({"Adam": wild}, "update")
    assert alone[1].endswith(", but hovers around the optimum; none of them settled.")


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


def test_a_curve_that_was_near_and_left_says_both():
    experiment = oo.of_batch_size(oo.Experiment(), 1, 1.5, 30)
    run = shown.show(oo.run(experiment), shown.rows_of_batches(experiment))
    assert run.outcome is oo.Outcome.PASSED
    told = words.batch_message("1", run)
    assert re.search(r"within 10 % of the least loss after [\d.]+ epochs; it passed the optimum and left", told)
    assert told.endswith("times the least possible.")


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
    first_empty = int(np.argmax(oo.run(single).history.n_in_domain == 0))
    assert "nothing changes" in words.update_message(first_empty, oo.update_at(single, first_empty))


def test_the_bands_are_told_with_the_rate_that_is_set():
    experiment = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant")
    swept = oo.finish(oo.sweep_learning_rates(experiment))
    told = words.rates_message(shown.show_run(experiment), swept)
    for key, ends in swept.items():
        (low, _), *_, (_, high) = [*sweeps.bands(ends), *sweeps.bands(ends)[-1:]]
        assert f"{words.NAMES[key]} from {words.number(low, 2)} to {words.number(high, 2)}" in told
    assert told.endswith("Your run, Adam at 0.03, settled at the optimum.")
    wild = shown.show_run(dataclasses.replace(experiment, learning_rate=5.0))
    assert words.rates_message(wild, swept).endswith(f"Your run, Adam at 5, {wild.outcome.value}.")


def test_a_sweep_in_which_nothing_works_or_nothing_can_move_says_so():
    short = dataclasses.replace(oo.PUBLISHED["sgd"], epochs=1)
    def told(experiment):
        return words.rates_message(shown.show_run(experiment), oo.finish(oo.sweep_learning_rates(experiment)))

    assert "At none of these learning rates does any optimizer settle" in told(short)
    assert "no sample lies inside" in told(dataclasses.replace(short, start_a=0.001))


def test_the_shares_of_starts_are_told():
    experiment = oo.PUBLISHED["sgd"]
    ends = oo.finish(oo.map_starts(experiment, 9))
    there = np.mean([outcome.name in ("REACHED", "MIRROR") for outcome in ends.outcome])
    told = words.starts_message(experiment, ends)
    assert told.startswith(f"From {100 * there:.0f} % of the 81 starts SGD at 0.01 settles, half of them within 10 % of ")
    moving = sum(outcome.name == "MOVING" for outcome in ends.outcome)
    assert f"{moving} still on the way" in told


def starts(*outcomes):
    return sweeps.Ends(None, None, np.array(outcomes), np.ones(len(outcomes), int))


def test_one_start_of_many_is_neither_none_nor_all():
    reached, gone = oo.Outcome.REACHED, oo.Outcome.NO_SAMPLE
    adam = oo.Experiment()
    assert words.starts_message(adam, starts(reached, *[gone] * 440)) == (
        "From less than 1 % of the 441 starts Adam at 0.03 settles; 440 without a sample."
    )
    assert words.starts_message(adam, starts(gone, *[reached] * 440)) == (
        "From more than 99 % of the 441 starts Adam at 0.03 settles, half of them within 10 % of the least loss after "
        "1 update; 1 without a sample."
    )
    assert words.starts_message(adam, starts(*[reached] * 9)).startswith("From all of the 9 starts Adam at 0.03 settles")
    assert words.starts_message(adam, starts(*[gone] * 9)) == (
        "From none of the 9 starts does Adam at 0.03 settle; 9 without a sample."
    )


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
    assert run.message.startswith("No sample from the start: with A at 0.05 AU none lies inside")
    assert words.loss_message(run).startswith("The loss stayed at")
    start = closer.both_losses(stuck, (0.05, 1.8))
    assert "none of the 16 samples" in words.losses_message(start, 16)
    assert "nothing is checked" in words.gradient_check(closer.gradient_checks(stuck, run.params))[1]


def test_a_diverged_runs_gradient_is_checked_as_well_as_rounding_lets_it_be():
    fit = oo.run(oo.EXAMPLES["diverges"].experiment)
    told = words.gradient_check(closer.gradient_checks(fit.experiment, fit.params))[1]
    assert told.startswith("The gradient agrees to")


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
    assert "by a factor of 2." in told
    if steps.effective_rate is not None:
        assert f"{words.number(steps.effective_rate[0, 0], 2)} for A" in words.effective_message(steps)


def test_a_gradient_that_is_right_is_told_from_one_that_is_not(samples):
    right = checks.check_gradient((1.0, 1.0), samples)
    table, told = words.gradient_check({"start": right})
    assert told.startswith("The gradient agrees to")
    assert table["Gradient by"] == ["A, at the start", "B, at the start"]
    wrong = right._replace(formula=right.formula * 1.01)
    assert "The gradient is wrong by" in words.gradient_check({"start": wrong})[1]


def test_how_far_two_paths_are_apart_is_told():
    path = np.ones((10, 2))
    assert words.torch_message(path, path[:7]) == (
        "Over 7 updates the two paths are never more than 0 AU apart: it is the same run."
    )
    other = path.copy()
    other[6:] += 0.1
    assert "to a millionth of an AU for the first 6 updates;" in words.torch_message(path, other)


AWKWARD = {
    "a plural of one": r"(?<![\d.,])1 (updates|samples|epochs|mini-batches|times|starts|visitors)\b",
    "a singular of many": r"(?<![\d.,])([02-9]|\d\d+) (update|sample|epoch|mini-batch)\b(?! size)",
    "a hyphen for a minus": r"(^|[\s(])-[\d.]",
    "a negative zero": r"−0(\.0*)?(?![.\d])",
    "a float's own notation": r"\d[eE][+-]?\d|\b(nan|inf|True|False)\b|None\b(?! of)",
    "nought or all per cent of a part": r"(?<![\d.,])0 %|(?<![\d.,])100 % of the updates",
    "too many digits": r"\d\.\d{10,}",
    "two full stops or none": r"\.\.|[^.?!]$",
}


def sentences_of(experiment):
    """Every sentence that the page can say of a run without a study."""
    fit = oo.run(experiment)
    run, own = shown.show(fit), fit.samples
    yield from (run.message, words.introduction(experiment), words.empty_batches_message(run), words.summary(run))
    yield from words.run_messages(run)
    yield from (more for _, _, more in words.readouts(run) if more)
    for step in {0, 1, run.updates - 1} & set(range(run.updates)):
        update = oo.update_at(experiment, step)
        yield words.update_message(step, update)
        yield from (words.move_message(update, k) for k in range(2))
    runs = {"This run": run, "Another": shown.show(oo.run(dataclasses.replace(experiment, learning_rate=0.01)))}
    for over in shown.PROGRESS:
        yield from words.race_messages(runs, over)
    yield words.sizes_message({"1": run})
    yield words.batch_message("64", run)
    yield words.losses_message(closer.both_losses(experiment, run.start), experiment.n_samples)
    steps = oo.finish(closer.steps_of(experiment))
    yield words.steps_message(experiment, steps, 2.0)
    if steps.effective_rate is not None:
        yield words.effective_message(steps)
    yield words.equations_message(experiment)
    yield words.gradient_check(closer.gradient_checks(experiment, run.params))[1]
    yield words.own_samples_message(own)
    yield words.torch_message(fit.history.params, fit.history.params)


@settings(max_examples=1000)
@given(experiment=experiments())
def test_no_sentence_is_awkward_whatever_the_run(experiment):
    for sentence in sentences_of(experiment):
        for fault, pattern in AWKWARD.items():
            assert not re.search(pattern, sentence), (fault, sentence)


@settings(max_examples=60)
@given(experiment=experiments())
def test_no_sentence_about_many_runs_is_awkward(experiment):
    run = shown.show_run(experiment)
    swept = oo.finish(oo.sweep_learning_rates(experiment))
    view = closer.confidence_region(experiment.n_samples, experiment.noise_scale, experiment.seed)
    given = oo.advise(oo.run(experiment))
    told = [words.rates_message(run, swept), words.starts_message(experiment, oo.finish(oo.map_starts(experiment, 5)))]
    told += [words.noise_message(run, view), given.sentence if given else oo.NO_ADVICE]
    for sentence in told:
        for fault, pattern in AWKWARD.items():
            assert not re.search(pattern, sentence), (fault, sentence)
