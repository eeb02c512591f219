"""The three pictures of a run: what is on which axis, where the planets are, and what travels to the browser."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import surfaces, traces
from orbitopt.page import pictures, vega
from tests.page.apptest import captions, page
from tests.page.apptest import pictures as shown
from tests.page.specifications import axis_titles, everything_in, layers


def test_the_loss_may_run_over_anything_that_progresses():
    charts = [pictures.loss_chart(vega.DESK, over) for over in traces.PROGRESS_AXES]
    assert [axis_titles(chart["layer"][0])["x"] for chart in charts] == list(traces.PROGRESS_AXES.values())


def test_for_the_back_row_lines_and_points_are_large_and_text_follows_the_window():
    specification = pictures.orbits_chart(vega.PROJECTOR)
    drawn = everything_in(specification, "strokeWidth")
    widths = [float(width["expr"].split()[-1]) if isinstance(width, dict) else width for width in drawn]
    assert max(widths) >= 4
    assert sorted(widths)[-3] >= 3
    size, _, few = layers(specification, "samples")[0]["mark"]["size"]["expr"].partition(" * ")
    assert float(size) ** 0.5 >= 8 and few == "clamp(512 / length(data('samples')), 1, 2.5)"
    sizes = everything_in(specification, "fontSize")
    assert sizes
    assert all("0.031 * (windowSize()[1]" in size["expr"] for size in sizes)
    assert "height" not in specification


def test_what_travels_is_what_the_traces_hold():
    problem = oo.run(oo.Experiment()).problem
    table = pictures.orbit_tables(problem)["samples"]
    assert table.column_names == ["x", "y"]
    np.testing.assert_allclose(table["y"].to_numpy(), problem.samples.y, rtol=1e-6)
    limits = ((0.0, 2.0), (0.0, 2.0))
    contours = pictures.surface_table(problem, limits)
    np.testing.assert_array_equal(contours["high"].to_numpy(), surfaces.surface_columns(problem, limits)["high"])
    domain = pictures.surface_table(problem, limits, True)
    np.testing.assert_array_equal(domain["high"].to_numpy(), surfaces.surface_columns(problem, limits, True)["high"])
    run = pictures.run_trace(problem, oo.Experiment())
    assert run.params.tolist() == oo.run(oo.Experiment()).params.tolist()


@pytest.mark.parametrize("section", [None, "race", "noise", "steps", "rates", "starts", "batch", "losses"])
def test_every_picture_has_a_constant_alternative_text_and_a_sentence_beside_it(section):
    link = {"section": section} if section else {}
    one, other = page(epochs="3", **link), page(epochs="2", a="0.9", **link)
    alternatives = [picture.alt for picture in shown(one)]
    assert alternatives == [picture.alt for picture in shown(other)]
    assert all(text.endswith(".") and len(text) > 20 for text in alternatives)
    assert captions(one) != captions(other)
    assert alternatives[:3] == [pictures.ALTERNATIVES[name] for name in ("orbits", "surface", "loss")]


def test_the_specifications_do_not_change_with_the_run():
    one, other = page(), page(optimizer="sgd", noise="0.3", a="2.5", batch="8")
    assert [picture.spec for picture in shown(one)] == [picture.spec for picture in shown(other)]


def test_the_datasets_of_a_picture_are_those_that_its_specification_asks_for():
    for section in ("race", "batch", "rates", "starts", "noise", "steps", "losses"):
        for picture in shown(page(section=section, epochs="2")):
            assert all(f'"{dataset.name}"' in picture.spec for dataset in picture.datasets), section
