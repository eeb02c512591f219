"""The fit by hand in the first lesson: ellipse, residuals and loss follow two sliders, and the best try stays."""

import json
import re

import pytest

import orbitopt as oo
from orbitopt.model import clamped_loss
from tests.page.apptest import markdown, notices, page, press, rows
from tests.page.apptest import pictures as charts


def test_the_first_lesson_begins_with_a_fit_by_hand(samples):
    visit = page(lesson="downhill")
    assert oo.LESSONS["downhill"].by_hand in markdown(visit)
    assert not re.search("optimizer|gradient", markdown(visit).lower()), "none is named yet"
    visit.slider("hand_a").set_value(1.2).run()
    visit.slider("hand_b").set_value(1.3).run()
    loss = float(clamped_loss((1.2, 1.3), *samples))
    assert f"Loss: **{loss:.3g}**" in markdown(visit)
    here = rows(visit, "here")
    assert (here["end_a"], here["end_b"]) == ([pytest.approx(1.2)], [pytest.approx(1.3)])
    assert set(rows(visit, "reference", 1)["place"]) == {"your best"}, "neither truth nor optimum are marked yet"
    visit.slider("hand_b").set_value(0.3).run()
    assert "at A = 1.20, B = 1.30" in markdown(visit), "the best try stays"
    assert visit.query_params == {"lesson": "downhill", "hand_a": "1.2", "hand_b": "0.3", "best": "1.20-1.30"}
    press(visit, "Continue to the question")
    assert oo.LESSONS["downhill"].question in markdown(visit)
    reference = rows(visit, "reference", 1)
    assert set(reference["place"]) == {"start", "truth", "optimum", "your best"}
    again = page(**{key: texts for key, texts in visit.query_params.items()})
    assert rows(again, "reference", 1) == reference


def test_the_residuals_are_drawn_while_one_fits_by_hand_and_the_truth_is_not():
    def layers(visit):
        return json.loads(charts(visit)[0].spec)["layer"]

    by_hand, asked = layers(page(lesson="downhill")), layers(page(question="true", lesson="downhill"))
    added, names = (layer for layer in by_hand if layer not in asked)
    assert added["mark"]["type"] == "rule" and added["data"] == {"name": "samples"}
    assert [step["filter"] for step in names["transform"]] == ["datum.kind == 'name' && datum.role != 'truth'"]
    gone = [layer["transform"][0]["filter"] for layer in asked if layer not in by_hand]
    assert gone == ["datum.kind == 'truth'", "datum.kind == 'name'"], "the true ellipse and its name"


@pytest.mark.parametrize("best", ["9.99-9.99", "0.00-0.00", "1.2", "1.2-1.3-1.4", "a-b", "nan-1", "1e400-1", "-1--1"])
def test_a_best_try_that_no_slider_allows_is_left_out(best):
    visit = page(lesson="downhill", best=best)
    assert "best, which is not a fit by hand" in notices(visit)[0]
    assert visit.query_params == {"lesson": "downhill"} and "Best so far" not in markdown(visit)
