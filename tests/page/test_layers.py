"""Pictures of the first screen: what each layer draws, from which field, in which colour, with which tooltip."""

import json
import math
import re
from pathlib import Path

import pytest

from orbitopt import palette
from orbitopt.page import pictures, vega
from orbitopt.page.sections import batch_sizes, learning_rates, noise, starting_points, steps
from tests.page.layers import axes, calculated, colour_scales, described, evaluated, layer

ELLIPSE = {"x": "centre", "y": "y", "size": "area", "shape": "outline", "filled": False, "fill_colour": "none"}
DOT = {"x": "x", "y": "y", "filled": True}
RUN = {"colour": "by role of here", "detail": "index", "order": "row"}
FLOOR = [
    layer("rule", "floor", "truth", y="loss", width=2, dash=[6, 4]),
    layer("text", "floor", "truth", x=[{"expr": "width - 6"}], y="loss", text=["noise floor"]),
]
PLAYHEAD = [
    layer("rule", "here", "by role", x="x", width=1, opacity=0.6, only="datum.index == 0"),
    layer("point", "here", "by role", x="x", y="loss", filled=True),
]
NAMES_ON_LINES = layer("text", "here", "by role", x="x", y="loss", text="name", only="isValid(datum.label_a)")

ORBITS = [
    layer("point", "samples", "samples", x="x", y="y", width=1.2, opacity=0.7,
          tooltip=[("x", "x (AU)", ".3f"), ("y", "y (AU)", ".3f")]),
    layer("point", {"a": 1.0, "b": 1.0, "centre": 0.0}, "earth", **ELLIPSE, width=2),
    layer("point", {"a": 1.523695, "b": 1.523695, "centre": 0.0}, "mars", **ELLIPSE, width=2),
    layer("point", {"a": 1.261845, "b": 1.234378, "centre": -0.26185}, "truth", **ELLIPSE, width=2, dash=[6, 4]),
    layer("point", {"x": 0.0, "y": 0}, "sun", **DOT),
    layer("point", "here", "by role", **ELLIPSE, width=4),
    layer("point", {"x": 1.0, "y": 0}, "earth", **DOT),
    layer("point", {"x": -1.523695, "y": 0}, "mars", **DOT),
    layer("text", {"x": 0, "y": -0.12}, "sun", x="x", y="y", text=["Sun"]),
    layer("text", {"x": 0, "y": -0.97}, "earth", x="x", y="y", text=["Earth's orbit"]),
    layer("text", {"x": 0, "y": -1.493695}, "mars", x="x", y="y", text=["Mars's orbit"]),
    layer("text", "here", "by role", x=[{"expr": "width / 2"}], y=[2], text="text", only="datum.alone"),
]
ORBITS_AXES = {
    "x": ("x (AU)", "linear", "-1.72 * max(1, width / height)", "+1.72 * max(1, width / height)"),
    "y": ("y (AU)", "linear", "-1.72 * max(1, height / width)", "+1.72 * max(1, height / width)"),
}

LOSS = [
    layer("line", "run", **RUN, x="x", y="batch_loss", width=1, opacity=0.5),
    *FLOOR,
    layer("line", "run", **RUN, x="x", y="full_loss", width=3, dash="by dash of here"),
    *PLAYHEAD,
    NAMES_ON_LINES,
]
LOSS_Y = ("Loss (AU²)", "log", "data('here')[0].loss_low", "data('here')[0].loss_high")

SURFACE = [
    layer("area", "contours", "contour", x="a", y="low", y2="high", stroke="contour", detail="patch", order="patch",
          width=0.8, fill_opacity=0.09),
    layer("line", "run", **RUN, x="a", y="b", width=2, dash="by dash of here"),
    layer("point", "run", **RUN, x="a", y="b", filled=True, only="datum.update < 100",
          tooltip=[("update", "After update", ","), ("a", "A (AU)", ".4f"), ("b", "B (AU)", ".4f"),
                   ("batch_loss", "Loss of the next mini-batch (AU²)", ".3~g"),
                   ("full_loss", "Loss over all samples (AU²)", ".3~g")]),
    layer("point", "here", "by role", x="a", y="b", filled=True),
    layer("point", "reference", "text", x="a", y="b", shape="place", width=2,
          tooltip=[("place", "Point", None), ("a", "A (AU)", ".5f"), ("b", "B (AU)", ".5f")]),
    layer("text", "reference", "text", x="a", y="b", text="place", only="datum.place != 'optimum'"),
    layer("text", "reference", "text", x="a", y="b", text="place", only="datum.place == 'optimum'"),
    layer("text", "here", "by role", x="a", y="b", text="name", only="isValid(datum.label_a)"),
]
SURFACE_AXES = {
    "x": ("A (AU)", "linear", "data('here')[0].a_low", "data('here')[0].a_high"),
    "y": ("B (AU)", "linear", "data('here')[0].b_low", "data('here')[0].b_high"),
}

CHARTS = [
    pictures.orbits_chart, pictures.loss_chart, pictures.surface_chart, batch_sizes.batch_loss_chart, steps.steps_chart,
    steps.effective_rates_chart, noise.noise_chart, learning_rates.learning_rates_chart, starting_points.starts_chart,
]


def test_the_orbits_show_earth_mars_and_the_truth_each_in_its_colour_and_at_its_distance():
    specification = pictures.orbits_chart()
    assert described(specification) == ORBITS
    assert axes(specification) == ORBITS_AXES


@pytest.mark.parametrize(
    ("over", "title"), [("update", "Update"), ("epoch", "Epoch"), ("seen", "Samples seen")]
)
def test_the_loss_is_drawn_over_progress_with_the_floor_and_where_the_run_stands(over, title):
    specification = pictures.loss_chart(vega.DESK, over)
    assert described(specification) == LOSS
    assert axes(specification) == {
        "x": (title, "linear", "data('here')[0].x_low", "data('here')[0].x_high"), "y": LOSS_Y
    }


@pytest.mark.parametrize("name", ["search", "square"])
def test_the_surface_shows_contours_paths_and_reference_points_over_a_and_b(name):
    specification = pictures.surface_chart(vega.DESK, name)
    assert described(specification) == SURFACE
    assert axes(specification) == SURFACE_AXES


def test_start_truth_and_optimum_have_a_shape_each():
    shape = pictures.surface_chart()["layer"][4]["encoding"]["shape"]["scale"]
    assert dict(zip(shape["domain"], shape["range"], strict=True)) == {
        "start": "circle", "truth": "cross", "optimum": "diamond",
    }


def test_each_optimizer_has_its_dashes():
    for one in (pictures.loss_chart()["layer"][3], pictures.surface_chart()["layer"][1]):
        scale = one["encoding"]["strokeDash"]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
            "sgd": [8, 3], "momentum": [12, 4, 2, 4], "rmsprop": [2, 3], "adam": [1, 0], "adagrad": [4, 4],
        }


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
def test_the_back_row_sees_the_same_layers_in_wider_lines(chart):
    on_desk, projected = chart(vega.DESK), chart(vega.PROJECTOR)
    for near, far in zip(described(on_desk), described(projected), strict=True):
        assert near.pop("width", 0) <= far.pop("width", 0)
        assert near == far
    assert axes(on_desk) == axes(projected)


@pytest.mark.parametrize("style", [vega.DESK, vega.PROJECTOR], ids=["desk", "projector"])
@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
def test_every_colour_of_a_role_comes_from_one_scale_in_the_order_of_the_palette(chart, style):
    specification = chart(style)
    scales = colour_scales(specification)
    assert scales
    assert all(scale == {"domain": list(palette.COLOURS)} for scale in scales)
    range_ = specification.get("config", {}).get("range")
    assert range_ == ({"category": [on_light for on_light, _ in palette.COLOURS.values()]} if style.projector else None)


def test_every_row_of_a_run_or_of_where_it_stands_keeps_its_own_role():
    for chart in CHARTS:
        for one, drawn in zip(chart()["layer"], described(chart()), strict=True):
            if drawn["data"] in ("run", "here"):
                assert "role" not in calculated(one)


def test_the_pictures_read_where_a_run_stands_in_the_order_in_which_the_player_writes_it():
    player = (Path(__file__).parents[2] / "assets" / "player.js").read_text("utf-8")
    (written,) = re.findall(r"return \[(.*)\]\.map\(\(field\) => run\.rows\[field\]\[k\]\)\.join\(\" \"\)", player)
    assert json.loads(f"[{written}]") == ["x", "a", "b", "loss"]
    assert 'const FIELDS = ["x", "a", "b", "loss", "update", "epoch"];' in player, "the order in which they are sent"
    for one in (pictures.orbits_chart()["layer"][5], *pictures.loss_chart()["layer"][4:6]):
        read = re.compile(r"datum\.now \? toNumber\(datum\.now\[(\d)\]\) : datum\.end_(\w+)")
        found = {name: read.fullmatch(text).groups() for name, text in calculated(one).items() if read.fullmatch(text)}
        assert found == {"x": ("0", "x"), "a": ("1", "a"), "b": ("2", "b"), "loss": ("3", "loss")}


@pytest.mark.parametrize(
    ("a", "b", "centre", "row"),
    [(1.0, 1.0, 0.0, 1), (1.523695, 1.523695, 0.0, 2), (1.261845, 1.234378, -0.26185, 3), (-1.2, 0.9, -0.26185, 5)],
)
def test_an_ellipse_is_drawn_as_large_as_its_semi_axes(a, b, centre, row):
    one = pictures.orbits_chart()["layer"][row]
    found = calculated(one)
    for width, height in ((344.0, 344.0), (688.0, 344.0), (344.0, 500.0)):
        pixels_per_au = 172.0 / 1.72
        flat = evaluated(found["flat"], width, height, a=a, b=b)
        area = evaluated(found["area"], width, height, a=a, b=b)
        radius = math.sqrt(area) / 2.0  # Vega scales an outline of radius 1 by this
        assert radius == pytest.approx(abs(a) * pixels_per_au)
        assert radius * flat == pytest.approx(b * pixels_per_au)
    outline = evaluated(found["outline"], width, height, flat=0.75)
    assert outline == "M-1,0A1,0.75,0,1,1,1,0A1,0.75,0,1,1,-1,0Z"
    assert float(found["y"]) == 0.0
    assert float(found.get("centre", centre)) == centre
