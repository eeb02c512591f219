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
RUN = {"colour": "by role of here", "detail": "index", "order": "row", "grows": True}
FLOOR = [
    layer("rule", "floor", "truth", y="loss", width=2, dash=[6, 4]),
    layer("text", "floor", "truth", x=[6], y="loss", text=["noise floor"]),
]
PLAYHEAD = [
    layer("rule", "here", "by role", x="x", width=1, opacity=0.6, only="datum.index == 0"),
    layer("point", "here", "by role", x="x", y="loss", filled=True),
]
NAMED = "isValid(datum.label_a) && datum.label_x <= now"
NAMED_ON_SURFACE = "isValid(datum.label_a) && datum.label_at <= now"
NAMES_ON_LINES = layer("text", "here", "by role", x="x", y="loss", text="name", only=NAMED)

ORBITS = [
    layer("point", "samples", "samples", x="x", y="y", width=1.2, opacity=0.7,
          tooltip=[("x", "x (AU)", ".3f"), ("y", "y (AU)", ".3f")]),
    layer("point", "sky", "by role", **ELLIPSE, width=2, only="datum.kind == 'orbit'"),
    layer("point", "sky", "by role", **ELLIPSE, width=2, dash=[6, 4], only="datum.kind == 'truth'"),
    layer("point", "sky", "by role", **DOT, only="datum.kind == 'sun'"),
    layer("point", "here", "by role", **ELLIPSE, order="index", width={"expr": "datum.index ? 2.0 : 4"},
          dash={"expr": "datum.index ? [8, 8 * max(1, length(data('here')) - 2)] : null"}),
    layer("point", "sky", "by role", **DOT, only="datum.kind == 'planet'"),
    layer("text", "sky", "by role", x="x", y="y", text="text", only="datum.kind == 'name'"),
    layer("text", "here", "by role", x=[{"expr": "width / 2"}], y=[2], text="text", only="datum.alone",
          opacity={"expr": "width < 20 * (13) ? 0 : 1"}),
]
ORBITS_AXES = {
    axis: (f"{axis} (AU)", "linear", *(f"{sign}data('sky')[0].limit * max(1, {share})" for sign in "-+"))
    for axis, share in (("x", "width / height"), ("y", "height / width"))
}

LOSS = [
    layer("line", "run", **RUN, x="x", y="batch_loss", width=1, opacity=0.5),
    *FLOOR,
    *(
        layer("text", {}, "text", x=[{"expr": "width - 6"}], y=[{"expr": f"{line} * 1.25 * (13)"}], text=[text],
              opacity={"expr": "height < 4 * (13) || !data('here')[length(data('here')) - 1].alone ? 0 : 1"})
        for line, text in enumerate(["thick: all samples", "thin: next mini-batch"])
    ),
    layer("line", "run", **RUN, x="x", y="full_loss", width=3, dash="by dash of here"),
    *PLAYHEAD,
    NAMES_ON_LINES | {"opacity": {"expr": "height < 4 * (13) ? 0 : 1"}},
]
LOSS_Y = ("Loss (AU²)", "log", "data('here')[0].loss_low", "data('here')[0].loss_high")

BAND = "level ' + datum.band"
POINT_TOOLTIP = [("place", "Point", None), ("a", "A (AU)", ".5f"), ("b", "B (AU)", ".5f")]
PLACE = {"x": "a", "y": "b"}
BANDS = [
    layer("area", "contours", BAND, x="a", y="low", y2="high", detail="patch", order="patch"),
    layer("line", "contours", "lit edge", x="a", y="low", detail="patch", order="a", width=1, opacity=0.75,
          only="datum.patch > 0"),
    layer("line", "contours", "shaded edge", x="a", y="high", detail="patch", order="a", width=1, opacity=0.6,
          only="datum.patch > 0"),
    layer("text", "levels", BAND, **PLACE, text="text", stroke=BAND, width=4, only="height >= datum.side"),
    layer("text", "levels", "datum.tone", **PLACE, text="text", only="height >= datum.side"),
]
PATHS = [
    layer("line", "run", "casing", **PLACE, detail="index", order="row", width=4.9, opacity=0.95, grows=True),
    layer("line", "run", **RUN, **PLACE, width=2.4, dash="by dash of here"),
    layer("point", "run", **RUN, **PLACE, filled=True, fill_opacity={"expr": "datum.spaced"},
          only="datum.update < 100",
          tooltip=[("update", "After update", ","), ("a", "A (AU)", ".4f"), ("b", "B (AU)", ".4f"),
                   ("batch_loss", "Loss of the next mini-batch (AU²)", ".3~g"),
                   ("full_loss", "Loss over all samples (AU²)", ".3~g")]),
]
CASED = {"filled": True, "width": 2, "stroke": "by casing"}
HERE = layer("point", "here", "by role", **PLACE, **CASED)
RING = {"filled": False, "only": "datum.place != 'optimum'"}
REFERENCE = [
    layer("point", "reference", "casing", **PLACE, **RING, width=4.9,
          fill_opacity={"expr": "datum.place == 'start' && datum.radius < 10 ? 1 : 0"}),
    layer("point", "reference", "ink", **PLACE, **RING, width=2.4, fill_colour="transparent", tooltip=POINT_TOOLTIP),
    layer("point", "reference", None, **PLACE, width=1, line_colour="#14202E", fill_colour="#FFD23F",
          only="datum.place == 'optimum'", tooltip=POINT_TOOLTIP),
    layer("text", "reference", "casing", **PLACE, text="text", stroke="casing", width=4, only="datum.text != ''"),
    layer("text", "reference", "ink", **PLACE, text="text", only="datum.text != ''"),
]
EXIT = layer("point", "here", "by role", **PLACE, **CASED, only="isValid(datum.exit_a) && datum.x >= datum.exit_x")
SURFACE = [
    *BANDS, *PATHS, HERE, *REFERENCE, EXIT,
    layer("text", "here", "casing", **PLACE, text="name", stroke="casing", width=4, only=NAMED_ON_SURFACE),
    layer("text", "here", "by role", **PLACE, text="name", only=NAMED_ON_SURFACE),
]
SURFACE_AXES = {
    "x": ("A (AU)", "linear", "data('here')[0].a_low", "data('here')[0].a_high"),
    "y": ("B (AU)", "linear", "data('here')[0].b_low", "data('here')[0].b_high"),
}

CHARTS = [
    pictures.orbits_chart, pictures.loss_chart, pictures.surface_chart, batch_sizes.batch_loss_chart, steps.steps_chart,
    steps.effective_rates_chart, noise.noise_chart, learning_rates.learning_rates_chart, starting_points.starts_chart,
]


def test_the_orbits_show_the_samples_the_sky_and_the_fitted_ellipse():
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


def test_the_surface_shows_bands_paths_and_reference_points_over_a_and_b():
    specification = pictures.surface_chart()
    assert described(specification) == SURFACE
    assert axes(specification) == SURFACE_AXES


def test_start_and_truth_are_rings_of_their_radius_and_the_optimum_is_a_star():
    layers = pictures.surface_chart()["layer"]
    casing, ring, star = layers[9:12]
    for one in (casing, ring):
        assert one["mark"]["size"] == {"expr": "pow(2.0 * datum.radius, 2)"}
        assert one["mark"].get("shape", "circle") == "circle"
    corners = [tuple(map(float, pair.split(","))) for pair in re.split("[MLZ]", star["mark"]["shape"]) if pair]
    radii = [math.hypot(*corner) for corner in corners]
    assert len(corners) == 10 and corners[0] == (0.0, -1.0), "one of the five points is at the top"
    assert radii[::2] == pytest.approx([1.0] * 5, abs=1e-3) and max(radii[1::2]) < 0.45


def test_the_mark_of_an_exit_has_its_tip_on_the_frame_and_points_along_the_path():
    (one,) = [one for one in pictures.surface_chart()["layer"] if "exit_a" in str(one)]
    found = calculated(one)
    assert (found["a"], found["b"], found["casing"]) == ("datum.exit_a", "datum.exit_b", "'casing'")
    assert one["mark"]["angle"] == {"expr": "datum.exit_angle"}
    tip, *others = [tuple(map(float, pair.split(","))) for pair in re.split("[MLZ]", one["mark"]["shape"]) if pair]
    assert tip == (0.0, 0.0) and all(x < -1.0 for x, _ in others), "at an angle of 0 it points to the right"


def test_edges_are_not_drawn_at_the_frame_and_halos_have_the_colour_of_the_band():
    bands, lit, shaded, halo, words = pictures.surface_chart()["layer"][:5]
    assert calculated(bands)["role"] == calculated(halo)["role"] == "'level ' + datum.band"
    assert calculated(words)["role"] == "datum.tone"
    assert calculated(lit)["low"] == "abs(datum.low - data('here')[0].b_low) > 1e-6 ? datum.low : null"
    assert calculated(shaded)["high"] == "abs(datum.high - data('here')[0].b_high) > 1e-6 ? datum.high : null"
    assert bands["mark"]["opacity"] == 1, "bands are opaque: one colour per multiple"


def test_each_optimizer_has_its_dashes():
    for one in (pictures.loss_chart()["layer"][5], pictures.surface_chart()["layer"][6]):
        scale = one["encoding"]["strokeDash"]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
            "sgd": [8, 3], "momentum": [12, 4, 2, 4], "rmsprop": [4, 3], "adam": [1, 0], "adagrad": [4, 4],
        }


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
def test_the_back_row_sees_the_same_layers_in_wider_lines(chart):
    on_desk, projected = chart(vega.DESK), chart(vega.PROJECTOR)
    projected = json.loads(json.dumps(projected).replace("(0.031 * (windowSize()[1] + 0 * width))", "(13)"))
    for near, far in zip(described(on_desk), described(projected), strict=True):
        for one in (near, far):
            if isinstance(one.get("width"), dict):  # of the fitted ellipses; the last number is that of the first run
                one["width"] = float(one["width"]["expr"].split()[-1])
        assert near.pop("width", 0) <= far.pop("width", 0)
        assert near == far
    if chart is pictures.loss_chart:
        assert [ends[0] for ends in axes(projected).values()] == [None, "Loss"], "there is no room for long titles"
    else:
        assert axes(on_desk) == axes(projected)


@pytest.mark.parametrize("style", [vega.DESK, vega.PROJECTOR], ids=["desk", "projector"])
@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.__name__)
def test_every_colour_of_a_role_comes_from_one_scale_in_the_order_of_the_palette(chart, style):
    specification = chart(style)
    scales = colour_scales(specification)
    assert scales
    assert all(scale == {"domain": list(palette.COLOURS)} for scale in scales), "the range is that of the theme"
    range_ = specification.get("config", {}).get("range")
    assert range_ == ({"category": [on_light for on_light, _ in palette.COLOURS.values()]} if style.projector else None)


def test_every_row_of_a_run_or_of_where_it_stands_keeps_its_own_role():
    for chart in CHARTS:
        for one, drawn in zip(chart()["layer"], described(chart()), strict=True):
            if drawn["data"] in ("run", "here"):
                assert calculated(one).get("role", "'casing'") == "'casing'", "only what lies beneath has another"


def test_the_pictures_read_where_a_run_stands_in_the_order_in_which_the_player_writes_it():
    player = (Path(__file__).parents[2] / "assets" / "player.js").read_text("utf-8")
    (written,) = re.findall(r"return \[(.*)\]\.map\(\(field\) => run\.rows\[field\]\[k\]\)\.join\(\" \"\)", player)
    assert json.loads(f"[{written}]") == ["x", "a", "b", "loss"]
    assert 'const FIELDS = ["x", "a", "b", "loss", "update", "epoch"];' in player, "the order in which they are sent"
    for one in (pictures.orbits_chart()["layer"][4], *pictures.loss_chart()["layer"][6:8]):
        read = re.compile(r"datum\.now \? toNumber\(datum\.now\[(\d)\]\) : datum\.end_(\w+)")
        found = {name: read.fullmatch(text).groups() for name, text in calculated(one).items() if read.fullmatch(text)}
        assert found == {"x": ("0", "x"), "a": ("1", "a"), "b": ("2", "b"), "loss": ("3", "loss")}


@pytest.mark.parametrize(
    ("a", "b", "limit", "row"),
    [(1.0, 1.0, 1.72, 1), (5.2, 5.1, 6.0, 1), (1.261845, 1.234378, 1.72, 2), (-1.2, 0.9, 1.72, 4)],
)
def test_an_ellipse_is_drawn_as_large_as_its_semi_axes(a, b, limit, row):
    one = pictures.orbits_chart()["layer"][row]
    found = calculated(one)
    for width, height in ((344.0, 344.0), (688.0, 344.0), (344.0, 500.0)):
        pixels_per_au = 172.0 / limit
        flat = evaluated(found["flat"], width, height, limit, a=a, b=b)
        area = evaluated(found["area"], width, height, limit, a=a, b=b)
        radius = math.sqrt(area) / 2.0  # Vega scales an outline of radius 1 by this
        assert radius == pytest.approx(abs(a) * pixels_per_au)
        assert radius * flat == pytest.approx(b * pixels_per_au)
        far = {name: evaluated(found[name], width, height, limit, a=-1e8, b=1e9) for name in ("flat", "area")}
        assert far["flat"] == 1.0 and math.sqrt(far["area"]) / 2.0 == pytest.approx(25 * 172.0)
    outline = evaluated(found["outline"], width, height, limit, flat=0.75)
    assert outline == "M-1,0A1,0.75,0,1,1,1,0A1,0.75,0,1,1,-1,0Z"
    assert float(found["y"]) == 0.0
    assert found.get("centre", "-datum.offset") == "-datum.offset"
