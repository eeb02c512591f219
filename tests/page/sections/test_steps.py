"""Steps: what is drawn of gradients and steps comes from the run, and is told with the run's own numbers."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.formatting import number
from orbitopt.page.sections import steps as section
from orbitopt.steps import follow_steps
from tests.page.apptest import captions, page
from tests.page.runs import PROBLEM


def steps_of(experiment):
    return oo.finish(follow_steps(oo.run(experiment).problem, experiment))


def test_the_effective_rate_is_what_the_step_was_taken_with():
    steps = steps_of(oo.PUBLISHED["rmsprop"])
    gradient = -steps.descent / np.array([oo.update_at(oo.PUBLISHED["rmsprop"], 0).learning_rate])
    np.testing.assert_allclose(steps.step[:8], -(steps.effective_rate * gradient)[:8], rtol=1e-9)
    columns = section.effective_columns(steps)
    assert (columns["rate"] > columns["rate_low"]).all() and (columns["rate"] < columns["rate_high"]).all()
    for k, name in enumerate("AB"):
        own = columns["name"] == name
        np.testing.assert_allclose(columns["rate"][own], steps.effective_rate[:, k], rtol=1e-6)
        np.testing.assert_array_equal(columns["x"][own], steps.update)
        assert columns["labelled"][own].sum() == 1


@pytest.mark.parametrize("key", oo.PUBLISHED)
def test_what_becomes_of_the_gradient_is_told(key):
    steps = steps_of(oo.PUBLISHED[key])
    told = section.steps_message(oo.PUBLISHED[key], steps, 2.0)
    assert ("every step is −α times the gradient" in told) == (key == "sgd")
    assert "by a factor of 2." in told
    if key != "sgd":
        (gradient_a, _), (step_a, _) = steps.sign_changes
        assert f"gradient {gradient_a:,} in A" in told and f"step {step_a:,} and" in told
    if steps.effective_rate is not None:
        assert f"{number(steps.effective_rate[0, 0], 2)} for A" in section.effective_message(steps)


def test_without_a_sample_there_is_no_effective_rate_to_tell():
    experiment = oo.Experiment(n_samples=16, batch_size=16, start_a=0.05)
    assert "no effective learning rate" in section.effective_message(steps_of(experiment))


def test_the_section_shows_arrows_and_rates_where_there_are_any():
    visit = page(section="steps", epochs="3")
    assert len(visit.get("vega_lite_chart")) == 5
    assert "as a multiple of α times the gradient" in captions(visit)
    assert "A and B have separate effective learning rates" in captions(visit)
    assert len(page(section="steps", epochs="3", optimizer="sgd").get("vega_lite_chart")) == 4
    assert oo.finish(follow_steps(PROBLEM, oo.PUBLISHED["sgd"])).effective_rate is None


@pytest.mark.browser
def test_the_arrows_move_with_the_player(visit):
    visitor = visit("?section=steps")
    visitor.tab.locator(".st-key-steps-view .stVegaLiteChart svg").wait_for()
    visitor.settled().press("Home")
    outline = "document.querySelector('.st-key-steps-view svg.marks').innerHTML"
    first = visitor.tab.evaluate(outline)
    visitor.press("ArrowRight", "ArrowRight")
    visitor.until(f"first => {outline} !== first", first)
