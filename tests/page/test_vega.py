"""Every picture is one constant specification, whose scales hold still while the player moves."""

import json

import pytest

from orbitopt import palette
from orbitopt.outcomes import OUTCOME_MARKS
from orbitopt.page import pictures, vega
from orbitopt.page.sections import batch_sizes, learning_rates, noise, starting_points, steps
from orbitopt.traces import PROGRESS_AXES
from tests.page.specifications import axis_titles, everything_in, layers, tooltips

CHARTS = {
    "orbits": (pictures.orbits_chart, {"samples", "here", "sky"}),
    "loss": (pictures.loss_chart, {"run", "here", "floor"}),
    "surface": (pictures.surface_chart, {"run", "here", "contours", "levels", "reference"}),
    "batch losses": (batch_sizes.batch_loss_chart, {"run", "here", "floor"}),
    "steps": (steps.steps_chart, {"run", "here", "contours", "levels", "reference", "arrows"}),
    "effective rates": (steps.effective_rates_chart, {"effective"}),
    "noise": (noise.noise_chart, {"run", "here", "contours", "levels", "reference", "region"}),
    "learning rates": (learning_rates.learning_rates_chart, {"swept", "bands", "now"}),
    "starts": (starting_points.starts_chart, {"cells", "run", "reference"}),
}
"""All pictures of the page, and the datasets that each of them asks for."""
STYLES = {"desk": vega.DESK, "projector": vega.PROJECTOR}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", CHARTS)
def test_a_picture_is_one_specification_that_holds_no_run(name, style):
    chart, names = CHARTS[name]
    specification = chart(STYLES[style])
    assert specification is chart(STYLES[style])
    datasets = {data["name"] for data in everything_in(specification, "data") if "name" in data}
    assert datasets == names
    assert not {"$schema", "datasets"} & set(specification)
    assert ("config" in specification) == (style == "projector")
    params = {param["name"]: param for param in specification["params"]}
    assert params.pop("state") == {"name": "state", "value": "", "bind": {"input": "text"}}
    assert params.pop("now") == {"name": "now", "expr": "state ? toNumber(split(state, '|')[1]) : 1e300"}
    assert set(params) == ({"taken"} if name in ("learning rates", "starts") else set())


@pytest.mark.parametrize("name", CHARTS)
def test_what_the_player_moves_has_no_part_in_any_scale(name):
    # A scale whose domain came from data would be worked out anew for every picture of the film.
    for scale in everything_in(CHARTS[name][0]()["layer"], "scale"):
        if scale and "domain" not in scale:
            raise AssertionError(f"a scale takes its domain from the data: {json.dumps(scale)}")


@pytest.mark.parametrize("name", CHARTS)
def test_every_mark_has_the_words_under_the_mouse_or_none(name):
    # Without either the page's theme shows the raw fields of a row.
    for layer in CHARTS[name][0]()["layer"]:
        if "tooltip" in layer["encoding"]:
            assert all(title and field for field, (title, _) in tooltips(layer).items())
        else:
            assert layer["mark"].get("tooltip", "missing") is None


@pytest.mark.parametrize("name", CHARTS)
def test_every_axis_has_a_title_and_every_length_its_unit(name):
    titles = {title for layer in CHARTS[name][0]()["layer"] for title in axis_titles(layer).values()}
    allowed = {*PROGRESS_AXES.values(), "Loss (AU²)", "Learning rate α", "Effective learning rate"}
    assert titles and all(title in allowed or title.endswith(" (AU)") for title in titles)


@pytest.mark.parametrize("name", CHARTS)
def test_every_tooltip_of_a_length_or_a_loss_has_its_unit(name):
    for layer in CHARTS[name][0]()["layer"]:
        for field, (title, _) in tooltips(layer).items():
            if field in ("a", "b", "x", "y"):
                assert title.endswith(" (AU)"), title
            if "loss" in field:
                assert title.startswith(("Loss", "Mini-batch loss")) and title.endswith(" (AU²)")


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_roles_in_the_order_of_the_theme(name):
    for layer in CHARTS[name][0]()["layer"]:
        colour = layer["encoding"].get("color", {})
        if colour.get("field") == "role" or colour.get("field") == "end":
            assert colour["scale"]["domain"] == list(palette.COLOURS)
            assert "range" not in colour["scale"] and colour["legend"] is None


def test_the_projector_has_the_light_colours_on_white_in_the_order_of_the_theme():
    config = pictures.orbits_chart(vega.PROJECTOR)["config"]
    assert config["background"] == "#FFFFFF"
    assert config["range"]["category"] == [palette.colour(role) for role in palette.COLOURS]


def test_an_outcome_has_the_shape_of_its_mark():
    (points,) = layers(learning_rates.learning_rates_chart(), "swept", "point")
    scale = points["encoding"]["shape"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        mark.role: mark.shape for mark in OUTCOME_MARKS.values()
    }


def test_a_style_is_a_key_of_the_charts_and_names_the_heights_of_the_desk():
    assert hash(vega.DESK) != hash(vega.PROJECTOR)
    assert set(vega.DESK.heights) == {"wide"}
    assert vega.PROJECTOR.heights == {}
    for style in (vega.DESK, vega.PROJECTOR):
        for chart, margins in ((pictures.orbits_chart, "square"), (pictures.surface_chart, "square"),
                               (pictures.loss_chart, "timeline")):
            assert chart(style)["padding"] == style.margins[margins]
            assert chart(style)["autosize"] == {"type": "none", "contains": "padding"}


def test_a_logarithmic_axis_writes_whole_decades_as_powers_of_ten():
    axis = vega.power_axis("Loss (AU²)")
    assert axis.labelExpr.startswith("abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6 ? '10' + ")
    assert axis.labelExpr.endswith(" : ''")
    assert axis.title == "Loss (AU²)"


def test_the_scale_of_what_moves_has_its_ends_in_the_data():
    y = vega.log_loss_y("loss").to_dict()
    assert y["scale"]["type"] == "log"
    assert [end["expr"] for end in y["scale"]["domain"]] == ["data('here')[0].loss_low", "data('here')[0].loss_high"]
    x = vega.progress_x("seen", "effective").to_dict()
    assert x["axis"]["title"] == "Samples seen"
    ends = [end["expr"] for end in x["scale"]["domain"]]
    assert ends == ["data('effective')[0].x_low", "data('effective')[0].x_high"]
