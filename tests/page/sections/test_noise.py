"""Noise: the 95 % confidence region of A and B, as wide as the optimum scatters, and who lies in it."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import hohmann, model
from orbitopt.page.sections import noise as section
from orbitopt.samples import Samples
from orbitopt.traces import trace
from tests.page.apptest import captions, page
from tests.page.runs import PROBLEM, trace_of
from tests.page.specifications import fields, layers


def confidence_region(samples, own=False):
    """Return the region without the page's cache."""
    problem = oo.FitProblem.of(samples)
    return section.confidence_region.__wrapped__(problem if own else dataclasses.replace(problem, own=False))


def region_of(n, noise, seed):
    return confidence_region(oo.noisy_samples(n, noise, seed))


def scattered():
    """Return the region of samples that fix no ellipse."""
    rng = np.random.default_rng(1)
    return confidence_region(Samples(rng.uniform(-1.5, 1.0, 16), 0.2 + rng.normal(size=16)))


@pytest.mark.parametrize(("n", "noise", "seed"), [(512, 0.1, 9999), (16, 0.02, 1), (16, 0.1, 143)])
def test_the_loss_on_the_outline_of_the_region_is_its_bound(n, noise, seed):
    view, samples = region_of(n, noise, seed), oo.noisy_samples(n, noise, seed)
    region = view.region
    for edge in ("low", "high"):
        loss = model.clamped_loss(np.stack([region["a"], region[edge]], axis=1), *samples)
        inner = region["high"] - region["low"] > 1e-9
        np.testing.assert_allclose(loss[inner], view.bound, rtol=1e-9)
    assert region["high"][region["topmost"]].item() == region["high"].max()
    assert 2.0 * view.half_widths == pytest.approx([np.ptp(region["a"]), region["high"].max() - region["low"].min()])
    truth = model.clamped_loss((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), *samples)
    assert view.truth_inside == (truth <= view.bound)
    assert view.exists and view.bounded


def test_the_picture_of_the_region_has_room_around_it_and_contours_of_its_own():
    for noise in (0.02, 0.1):
        view = region_of(512, noise, 9999)
        frame = {name: end.item() for name, end in view.frame.items()}
        assert frame["a_low"] < view.region["a"].min() and view.region["a"].max() < frame["a_high"]
        assert frame["b_low"] < view.region["low"].min() and view.region["high"].max() < frame["b_high"]
        levels = set(view.contours["level"].round(4))
        assert {1.001, 1.01, 1.02} <= {float(f"{level:.4g}") for level in levels}


def test_the_region_is_as_wide_as_the_optimum_scatters():
    # Of a normal distribution in two dimensions the 95 % region is 2.45 standard deviations wide on both sides.
    optima = np.array([oo.optimum(oo.noisy_samples(512, 0.1, seed))[:2] for seed in range(200)])
    widths = np.mean([region_of(512, 0.1, seed).half_widths for seed in range(20)], axis=0)
    assert widths / np.std(optima, axis=0, ddof=1) == pytest.approx([2.45, 2.45], rel=0.25)


def test_without_noise_there_is_no_region():
    assert not region_of(64, 0.0, 1).exists
    assert not region_of(512, 0.0, 9999).exists


def test_samples_that_fix_no_ellipse_have_a_region_without_end():
    view = scattered()
    assert view.exists and not view.bounded
    assert all(np.isfinite(end).all() for end in view.frame.values())


def test_the_confidence_region_is_drawn_as_the_outline_of_its_patches():
    casing, outline, halo, label = layers(section.noise_chart(), "region")
    assert casing["mark"]["strokeWidth"] > outline["mark"]["strokeWidth"] + 2
    assert halo["encoding"]["text"] == label["encoding"]["text"]
    assert fields(outline) == {
        "x": "a", "y": "low", "y2": "high", "detail": "patch", "order": "patch", "color": "role", "stroke": "role",
    }
    assert outline["mark"]["type"] == "area"
    assert outline["mark"]["fillOpacity"] == 0
    assert (label["encoding"]["x"]["field"], label["encoding"]["y"]["field"]) == ("a", "high")
    assert label["encoding"]["text"] == {"value": "95 % confidence region"}
    assert [each["filter"] for each in label["transform"] if "filter" in each] == ["datum.topmost"]


def test_what_is_in_the_confidence_region_is_told_for_runs_that_are_there_and_that_are_not():
    view = confidence_region(PROBLEM.samples)
    there, away = trace_of("adam"), trace_of("creeps")
    told = section.noise_message(there, view)
    assert "A uncertain by ±0.0019 AU and B by ±0.0041 AU (95 %)" in told
    assert "the truth and this run are both in the 95 % confidence region" in told.lower()
    assert "at most 1.2 % above the minimum" in told
    assert "it can still improve" in section.noise_message(away, view)
    apart = dataclasses.replace(view, truth_inside=False)
    assert "This run is in the 95 % confidence region and the truth is not." in section.noise_message(there, apart)
    assert "Neither the truth nor this run" in section.noise_message(away, apart)


def test_of_samples_of_ones_own_no_truth_and_no_noise_is_told():
    own = oo.FitProblem.of(PROBLEM.samples)
    view, run = confidence_region(PROBLEM.samples, own=True), dataclasses.replace(trace_of("adam"), problem=own)
    assert not view.truth_inside
    told = section.noise_message(run, view)
    assert told.startswith("If the samples deviate from the ellipse at random, A is uncertain by ±0.0019 AU and B")
    assert "This run is in the 95 % confidence region. In the region" in told
    away = section.noise_message(dataclasses.replace(trace_of("creeps"), problem=own), view)
    assert "This run is not in the 95 % confidence region, so it can still improve." in away
    exact = dataclasses.replace(view, exists=False)
    told += away + section.noise_message(run, exact)
    assert "These samples lie on one ellipse to 0.1 % of B, so any larger error" in told
    assert "truth" not in told and "noise" not in told.lower()


def test_a_run_at_b_below_0_is_outside_and_the_mirror_image_inside():
    view, run = confidence_region(PROBLEM.samples), trace_of("adam")

    def told(a, b):
        loss = float(model.clamped_loss((a, b), *PROBLEM.samples))
        return section.noise_message(dataclasses.replace(run, params=np.array([a, b]), loss=loss), view)

    assert "are both in" in told(-run.a, run.b)
    assert "this run is not" in told(run.a, -run.b)


def test_without_noise_or_without_bounds_there_is_no_width_to_tell():
    fit = oo.run(oo.Experiment(noise_scale=0))
    run = trace(fit)
    assert "determine A and B exactly" in section.noise_message(run, confidence_region(fit.samples))
    assert "do not determine A and B" in section.noise_message(run, scattered())


def test_what_the_noise_allows_is_shown():
    visit = page(section="noise")
    assert len(visit.get("vega_lite_chart")) == 4
    assert "are both in the 95 % confidence region" in captions(visit)
    still = page(section="noise", noise="0")
    assert len(still.get("vega_lite_chart")) == 3
    assert "determine A and B exactly" in still.info[0].value
