"""Layers of the surface that are not in every picture, and what they read."""

import numpy as np

from orbitopt import labels
from orbitopt.page import surface, vega
from tests.page.apptest import page
from tests.page.apptest import pictures as shown
from tests.page.test_values import datasets


def test_text_is_larger_on_a_projector():
    assert surface.text_height(vega.DESK) == labels.DESK_TEXT == 13 / 330
    assert surface.text_height(vega.PROJECTOR) == labels.PROJECTOR_TEXT > labels.DESK_TEXT


def test_the_names_of_points_are_placed_in_heights_of_their_text():
    for style, size in ((vega.DESK, "(13)"), (vega.PROJECTOR, f"({vega.PROJECTOR.text.expr})")):
        halo, words = surface.names(style, *vega.plane())
        for mark in (halo.mark, words.mark):
            assert mark.dx == {"expr": f"datum.dx * {size} / 13"}
            assert mark.dy == {"expr": f"datum.dy * {size} / 13"}
            assert mark.align == {"expr": "datum.align"}
            assert mark.lineBreak == "\n"
        assert halo.mark.strokeWidth == 4


def test_the_names_of_runs_have_halos_that_follow_them():
    halo, names = surface.run_names(vega.DESK, *vega.plane())
    assert names.to_dict()["mark"] == vega.names(vega.DESK, *vega.plane()).to_dict()["mark"]
    changed = halo.to_dict()["mark"]
    assert (changed.pop("strokeWidth"), changed.pop("strokeJoin")) == (4, "round")
    assert changed == names.to_dict()["mark"]


def test_values_and_points_travel_with_the_surface_and_are_larger_on_a_projector():
    for projector, text in (("false", labels.DESK_TEXT), ("true", labels.PROJECTOR_TEXT)):
        chart = shown(page(projector=projector))[1]
        sent = {dataset.name for dataset in chart.datasets}
        assert {"levels", "reference", "contours"} <= sent, text


def test_in_steps_the_values_keep_out_of_the_corner_with_the_names_of_the_arrows():
    sent = next(each for each in (datasets(page(section="steps"), place) for place in (-1, -2)) if "arrows" in each)
    a, b = (np.array(sent["levels"][axis]) for axis in "ab")
    assert len(a) >= 4
    assert not ((a < 0.6) & (b < 0.2)).any()
