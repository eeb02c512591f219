"""Starting point: a cell for every start, told by shares, and taken by a click."""

import dataclasses

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import sweeps
from orbitopt.outcomes import OUTCOME_MARKS
from orbitopt.page.sections import starting_points as section
from tests.page.apptest import captions, notices, page
from tests.page.sections.clicking import click_at

CONSTANT = dataclasses.replace(oo.PUBLISHED["adam"], schedule="constant", epochs=20)


def test_a_map_has_a_cell_for_every_start():
    result = oo.finish(oo.map_starts(CONSTANT, 9))
    columns = section.cell_columns(result, 9)
    assert {len(column) for column in columns.values()} == {81}
    cell = 9 * 3 + 7
    a, b = columns["a"][cell], columns["b"][cell]
    assert columns["a_low"][cell] < a < columns["a_high"][cell] == pytest.approx(columns["a_low"][cell + 9])
    assert columns["b_low"][cell] < b < columns["b_high"][cell] == pytest.approx(columns["b_low"][cell + 1])
    fit = oo.run(dataclasses.replace(CONSTANT, start_a=round(float(a), 4), start_b=round(float(b), 4)))
    assert columns["ending"][cell] == fit.outcome.value
    there = fit.outcome is oo.Outcome.REACHED
    assert columns["after"][cell] == (str(fit.reached_after) if there else "–")
    assert np.isnan(columns["updates"][cell]) != there
    assert columns["end"].tolist() == [OUTCOME_MARKS[outcome].role for outcome in result.outcome]
    assert columns["most"][0] == np.nanmax(columns["updates"])


def test_the_shares_of_starts_are_told():
    experiment = oo.PUBLISHED["sgd"]
    result = oo.finish(oo.map_starts(experiment, 9))
    there = np.mean([outcome.name in ("REACHED", "MIRROR") for outcome in result.outcome])
    told = section.starts_message(experiment, result)
    assert told.startswith(f"SGD at 0.01 settles from {100 * there:.0f} % of the 81 starts, half of them within 10 %")
    moving = sum(outcome.name == "MOVING" for outcome in result.outcome)
    assert f"{moving} still moving" in told


def ends(*outcomes):
    return sweeps.SweepResult(None, None, np.array(outcomes), np.ones(len(outcomes), int))


def test_one_start_of_many_is_neither_none_nor_all():
    reached, gone = oo.Outcome.REACHED, oo.Outcome.NO_SAMPLE
    adam = oo.Experiment()
    assert section.starts_message(adam, ends(reached, *[gone] * 440)) == (
        "Adam at 0.03 settles from less than 1 % of the 441 starts; 440 without a sample in range."
    )
    assert section.starts_message(adam, ends(gone, *[reached] * 440)) == (
        "Adam at 0.03 settles from more than 99 % of the 441 starts, half of them within 10 % of the minimum after "
        "1 update; 1 without a sample in range."
    )
    everywhere = section.starts_message(adam, ends(*[reached] * 9))
    assert everywhere.startswith("Adam at 0.03 settles from all of the 9 starts")
    assert section.starts_message(adam, ends(*[gone] * 9)) == (
        "Adam at 0.03 settles from none of the 9 starts; 9 without a sample in range."
    )


def test_every_other_outcome_has_words_in_the_sentence():
    told = section.starts_message(oo.Experiment(), ends(*oo.Outcome))
    assert told == (
        "Adam at 0.03 settles from 29 % of the 7 starts, half of them within 10 % of the minimum after 1 update; "
        "1 at the mirror image, −A, 1 hovering around the optimum, 1 passed the optimum and left, 1 still moving, "
        "1 without a sample in range, 1 diverged."
    )


def test_the_map_of_starts_in_two_resolutions():
    assert "of the 441 starts" in captions(page(section="starts"))
    fine = page(section="starts", resolution="41", example="sgd")
    assert "SGD at 0.01 settles from" in captions(fine)
    old = page(section="Starting point", resolution="41 × 41", example="SGD (Figure 7)")
    assert captions(old) == captions(fine) and old.query_params == fine.query_params
    assert not notices(old)


@pytest.mark.browser
def test_a_click_on_the_map_takes_that_start(visit):
    visitor = visit("?section=starts", height=1000)
    visitor.tab.get_by_text("of the 441 starts").wait_for()
    before = visitor.readouts()
    click_at(visitor, "cells", 0.7, 0.4)
    taken = visitor.until_readouts_differ(before)
    visitor.until("/[?&]a=1\\.\\d+/.test(location.search) && /[?&]b=\\d/.test(location.search)")
    link = dict(part.split("=") for part in visitor.tab.url.rpartition("?")[2].split("&"))
    a, b = float(link["a"]), float(link["b"])
    assert {a, b} <= set(sweeps.start_axis(21).tolist())
    fit = oo.run(oo.Experiment(start_a=a, start_b=b))
    assert taken[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU".replace("-", "−")]
