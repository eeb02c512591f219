"""Pictures of the closer looks: what each layer draws, from which field, in which colour, with which tooltip."""

import re

import pytest

from orbitopt.page.sections import batch_sizes, learning_rates, noise, starting_points, steps
from tests.page.layers import axes, calculated, described, evaluated, layer
from tests.page.test_layers import (
    BANDS,
    EXIT,
    FLOOR,
    HERE,
    LOSS_Y,
    NAMES_ON_LINES,
    PATHS,
    PLACE,
    PLAYHEAD,
    REFERENCE,
    RUN,
    SURFACE_AXES,
)

BATCH_LOSS = [
    *FLOOR,
    layer("point", "run", **RUN, x="x", y="batch_loss", filled=True, opacity=0.3, tooltip=PATHS[-1]["tooltip"]),
    layer("line", "run", **RUN, x="x", y="full_loss", width=3, dash="by dash of here"),
    *PLAYHEAD,
    NAMES_ON_LINES,
]

ARROW = {**PLACE, "shape": "outline", "filled": True, "stroke": "by casing"}
OF_THIS_UPDATE = "datum.update <= now && (now < datum.next || datum.last)"
KEY = {"x": [10], "y": [{"expr": "height"}]}
STEPS = [
    *BANDS, *PATHS,
    layer("point", "arrows", "gradient", **ARROW, opacity=0.9, only="datum.chosen"),
    layer("point", "arrows", "step", **ARROW, opacity=0.9, only="datum.chosen"),
    HERE,
    layer("point", "arrows", "gradient", **ARROW, only=OF_THIS_UPDATE),
    layer("point", "arrows", "step", **ARROW, only=OF_THIS_UPDATE),
    *REFERENCE,
    layer("text", {}, "casing", **KEY, text=["➤ −α × gradient"], stroke="casing", width=4),
    layer("text", {}, "gradient", **KEY, text=["➤ −α × gradient"]),
    layer("text", {}, "casing", **KEY, text=["→ step taken"], stroke="casing", width=4),
    layer("text", {}, "step", **KEY, text=["→ step taken"]),
    EXIT,
]

EFFECTIVE_RATES = [
    layer("line", "effective", "step", x="x", y="rate", detail="name", width=3, dash="by name",
          tooltip=[("update", "After update", ","), ("name", "Parameter", None),
                   ("rate", "Effective learning rate", ".3~g")]),
    layer("text", "effective", "text", x="x", y="rate", text="name", detail="name", only="datum.labelled"),
]

REGION = {"x": "a", "y": "low", "y2": "high", "detail": "patch", "order": "patch", "fill_opacity": 0}
REGION_NAME = {"x": "a", "y": "high", "text": ["95 % confidence region"], "only": "datum.topmost"}
NOISE = [
    *BANDS, *PATHS,
    layer("area", "region", "casing", **REGION, stroke="casing", width=6),
    layer("area", "region", "ink", **REGION, stroke="ink", width=3),
    layer("text", "region", "casing", **REGION_NAME, stroke="casing", width=4),
    layer("text", "region", "ink", **REGION_NAME),
    HERE,
    *REFERENCE,
]

LEARNING_RATES = [
    layer("rule", "now", "text", x="rate", width=2),
    layer("line", "swept", "by role", x="rate", y="loss", detail="name", width=1.5, opacity=0.7, dash="by dash"),
    layer("point", "swept", "by role", x="rate", y="loss", shape="end", detail="name", width=1.5,
          tooltip=[("name", "Optimizer", None), ("rate", "α", ".3~g"), ("ending", "Outcome", None),
                   ("true_loss", "Loss (AU²)", ".3~g")],
          click=("taken", ["optimizer", "rate"])),
    layer("rule", "bands", "by role", x="low", x2="high", y="loss", width=6),
    layer("text", "bands", "by role", x="low", y="loss", text="name", only="datum.labelled"),
]

CELL = {"x": "a_low", "x2": "a_high", "y": "b_low", "y2": "b_high"}
NOT_SETTLED = "datum.end != 'reached'"
STARTS = [
    layer("rect", "cells", "by updates", **CELL, only="datum.updates > 0"),
    layer("rect", "cells", "by end", **CELL, opacity=0.25, only=NOT_SETTLED),
    layer("point", "cells", "by end", x="a", y="b", shape="end", width=1.8, only=NOT_SETTLED,
          size=[{"expr": "pow(0.4 * min(width, height) / data('cells')[0].along, 2)"}]),
    layer("line", "run", None, x="a", y="b", order="row", width=5, line_colour="white"),
    layer("line", "run", None, x="a", y="b", order="row", width=2, line_colour="black"),
    layer("point", "reference", None, x="a", y="b", width=2, filled=True, line_colour="white", fill_colour="black",
          only="datum.place == 'start'"),
    layer("rect", "cells", None, **CELL, opacity=0,
          tooltip=[("a", "Start A (AU)", ".3f"), ("b", "Start B (AU)", ".3f"), ("ending", "Outcome", None),
                   ("after", "Updates needed", None)],
          click=("taken", ["a", "b"])),
]
SHAPES = {
    "reached": "circle", "mirror": "diamond", "hovering": "triangle-down", "passed": "triangle-right",
    "moving": "triangle-up", "no sample": "square", "diverged": "cross",
}


def shapes(one):
    scale = one["encoding"]["shape"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_batch_sizes_are_compared_by_their_losses_over_epochs_with_mini_batches_as_faint_points():
    specification = batch_sizes.batch_loss_chart()
    assert described(specification) == BATCH_LOSS
    assert axes(specification) == {
        "x": ("Epoch", "linear", "data('here')[0].x_low", "data('here')[0].x_high"), "y": LOSS_Y
    }


def test_the_steps_are_arrows_of_gradient_and_step_each_in_its_colour():
    specification = steps.steps_chart()
    assert described(specification) == STEPS
    assert axes(specification) == SURFACE_AXES


def test_an_arrow_leads_from_the_path_to_the_tip_of_its_own_kind_and_the_gradient_is_the_wider():
    arrows = [one for one in steps.steps_chart()["layer"] if one["data"] == {"name": "arrows"}]
    heads = []
    for one, kind in zip(arrows, ["gradient", "step"] * 2, strict=True):
        found = calculated(one)
        assert found["role"] == f"'{kind}'"
        a, b = (f"(data('here')[0].{axis}_high - data('here')[0].{axis}_low)" for axis in "ab")
        assert found["right"] == f"(datum.{kind}_a - datum.a) * width / {a}"
        assert found["up"] == f"(datum.{kind}_b - datum.b) * height / {b}"
        assert found["turn"] == "-atan2(datum.up, datum.right) * 180 / PI"
        assert one["mark"]["angle"] == {"expr": "datum.turn"}
        heads.append(evaluated(found["head"], 400, 400, length=1e3))
        half, wide = (evaluated(found[name], 400, 400, head=heads[-1]) for name in ("half", "wide"))
        assert wide > half + 2.0, "the head is wider than the shaft"
        assert evaluated(found["neck"], 400, 400, length=100.0, head=heads[-1]) == 100.0 - heads[-1]
        assert evaluated(found["head"], 400, 400, length=4.0) == 2.4, "a short arrow has a small head"
        shaft = {"gradient": 6.5, "step": 2.6}[kind] * (0.5 if len(heads) < 3 else 1.0)
        casing = evaluated(found["edge"], 400, 400, length=1e3)
        assert 2.0 * half - casing == pytest.approx(shaft, abs=0.01), "half of the casing lies on the shaft"
    assert heads[0] > heads[1] and heads[2] > heads[3] > heads[1]


def test_the_outline_of_an_arrow_points_to_the_right():
    found = calculated(steps.steps_chart()["layer"][8])
    names = {"length": 10.0, "neck": 6.0, "half": 1.0, "wide": 2.0}
    outline = found["outline"]
    for name, value in names.items():
        outline = outline.replace(f"-datum.{name}", f"'{-value:g}'").replace(f"datum.{name}", f"'{value:g}'")
    pieces = re.findall(r"'([^']*)'", outline)
    assert "".join(pieces) == "M0,-1L6,-1L6,-2L10,0L6,2L6,1L0,1Z"


def test_the_effective_rates_of_a_and_of_b_are_two_lines():
    specification = steps.effective_rates_chart()
    assert described(specification) == EFFECTIVE_RATES
    assert axes(specification) == {
        "x": ("Update", "linear", "data('effective')[0].x_low", "data('effective')[0].x_high"),
        "y": ("Effective learning rate", "log", "data('effective')[0].rate_low", "data('effective')[0].rate_high"),
    }
    dashes = specification["layer"][0]["encoding"]["strokeDash"]["scale"]
    assert dict(zip(dashes["domain"], dashes["range"], strict=True)) == {"A": [1, 0], "B": [8, 4]}


def test_the_noise_is_the_outline_of_the_confidence_region_on_the_surface():
    specification = noise.noise_chart()
    assert described(specification) == NOISE
    assert axes(specification) == SURFACE_AXES


def test_the_sweep_shows_each_run_and_the_ranges_in_which_the_optimizers_settle():
    specification = learning_rates.learning_rates_chart()
    assert described(specification) == LEARNING_RATES
    assert axes(specification) == {
        "x": ("Learning rate α", "log", 0.0001, 10),
        "y": ("Loss (AU²)", "log", "data('swept')[0].loss_low", "data('swept')[0].loss_high"),
    }
    assert shapes(specification["layer"][2]) == SHAPES


def test_the_map_shows_how_runs_end_by_colour_and_shape():
    specification = starting_points.starts_chart()
    assert described(specification) == STARTS
    assert axes(specification) == {
        "x": ("Start A (AU)", "linear", 0, 2.05), "y": ("Start B (AU)", "linear", 0, 2.05),
    }
    assert shapes(specification["layer"][2]) == SHAPES


def test_the_map_is_coloured_by_the_updates_needed_from_few_to_many():
    specification = starting_points.starts_chart()
    colour = specification["layer"][0]["encoding"]["color"]
    assert colour["type"] == "quantitative"
    assert colour["scale"] == {
        "type": "log",
        "range": ["#F7F3B0", "#9BD0A0", "#3F9A94", "#2A6480"],
        "domain": [1, {"expr": "data('cells')[0].most"}],
    }
    assert colour["legend"]["title"] == "Updates needed"
    assert specification["resolve"] == {"scale": {"color": "independent"}}


def test_a_click_takes_one_point_and_a_second_click_does_not_take_it_back():
    for chart, nearest in ((learning_rates.learning_rates_chart, True), (starting_points.starts_chart, None)):
        (taken,) = (one for one in chart()["params"] if one["name"] == "taken")
        select = taken["select"]
        assert (select["type"], select["on"], select["toggle"], select["clear"]) == ("point", "click", False, False)
        assert select.get("nearest") == nearest
