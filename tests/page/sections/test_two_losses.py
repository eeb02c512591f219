"""Two losses: the one that training sees, and the clamped one that measures the fit."""

import pytest

import orbitopt as oo
from orbitopt import model
from orbitopt.page.sections import two_losses as section
from tests.page.apptest import captions, page, pictures

PROBLEM = oo.run(oo.Experiment(epochs=1)).problem


def test_both_losses_are_the_models(samples):
    losses = section.both_losses(PROBLEM, (0.1, 1.8))
    assert losses.n_in_domain == 40
    assert losses.domain_only == float(model.loss((0.1, 1.8), *samples))
    assert losses.clamped == float(model.clamped_loss((0.1, 1.8), *samples))


def test_the_two_losses_differ_by_the_samples_outside():
    told = section.losses_message(section.both_losses(PROBLEM, (0.1, 1.8)), 512)
    assert "40 of 512 samples lie within" in told
    assert "0.186" in told and "0.907" in told


def test_where_all_samples_lie_inside_or_none_that_is_said():
    told = section.losses_message(section.both_losses(PROBLEM, (1.5, 1.0)), 512)
    assert "all 512 samples lie within the ellipse's x range, so both losses are the same" in told
    few = oo.FitProblem.of(oo.noisy_samples(16, 0.1, 9999))
    assert "none of the 16 samples" in section.losses_message(section.both_losses(few, (0.05, 1.8)), 16)
    one = section.losses_message(section.Losses(1, 0.1, 0.2), 16)
    assert "1 of 16 samples lies within" in one


def contours(**link):
    chart = pictures(page(section="losses", **link))[-1]
    return next(dataset.data.data for dataset in chart.datasets if dataset.name == "contours")


def test_either_loss_can_be_drawn_and_the_one_of_training_stands_first():
    assert contours() == contours(surface="domain") == contours(surface="Those inside")
    assert contours(surface="clamped") == contours(surface="All samples") != contours()


def test_the_section_tells_the_losses_at_the_start_of_the_run():
    assert "40 of 512 samples lie within" in captions(page(section="losses"))
    assert "all 512 samples lie within" in captions(page(section="losses", a="1.5"))


@pytest.mark.parametrize(("text", "link"), [("clamped", {"surface": "clamped"}), ("domain", {})])
def test_only_the_other_loss_stands_in_the_link(text, link):
    visit = page(section="losses", surface=text)
    assert visit.query_params == {"section": "losses"} | link
