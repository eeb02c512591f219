import json

import pytest

from orbitopt import charts
from orbitopt.shown import PROGRESS

VIEWS = {
    "orbits": (charts.orbits, {"samples", "here"}),
    "loss": (charts.loss, {"run", "here", "floor"}),
    "batch": (charts.batch_loss, {"run", "here", "floor"}),
    "search": (charts.search, {"run", "here", "contours", "marks"}),
    "steps": (charts.steps, {"run", "here", "contours", "marks", "arrows"}),
    "effective": (charts.effective_rates, {"effective"}),
    "noise": (charts.noise, {"run", "here", "contours", "marks", "region"}),
    "rates": (charts.learning_rates, {"swept", "bands", "now"}),
    "starts": (charts.starts, {"cells", "run", "marks"}),
}


def everything_in(specification, kind):
    """All values in a specification that a key of this kind holds."""
    if isinstance(specification, dict):
        own = [specification[kind]] if kind in specification else []
        return own + [found for value in specification.values() for found in everything_in(value, kind)]
    if isinstance(specification, list):
        return [found for value in specification for found in everything_in(value, kind)]
    return []


@pytest.mark.parametrize("look", [charts.PAGE, charts.PROJECTOR], ids=["page", "projector"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_one_specification_that_holds_no_run(view, look):
    function, names = VIEWS[view]
    specification = function(look)
    assert specification is function(look)
    datasets = {data["name"] for data in everything_in(specification, "data") if "name" in data}
    assert datasets == names
    assert not {"$schema", "datasets"} & set(specification)
    assert ("config" in specification) == (look is charts.PROJECTOR)
    params = {param["name"]: param for param in specification["params"]}
    assert params.pop("state") == {"name": "state", "value": "", "bind": {"input": "text"}}
    assert set(params) == ({"taken"} if view in ("rates", "starts") else set())


def test_the_loss_may_run_over_anything_that_progresses():
    titles = [everything_in(charts.loss(charts.PAGE, over)["layer"][0], "title")[0] for over in PROGRESS]
    assert titles == list(PROGRESS.values())


@pytest.mark.parametrize("view", VIEWS)
def test_what_the_player_moves_has_no_part_in_any_scale(view):
    # A scale whose domain came from data would be worked out anew for every picture of the film.
    for scale in everything_in(VIEWS[view][0]()["layer"], "scale"):
        if scale and "domain" not in scale:
            raise AssertionError(f"a scale takes its domain from the data: {json.dumps(scale)}")


def test_the_confidence_region_is_drawn_as_the_outline_of_its_patches():
    outline, label = (layer for layer in charts.noise()["layer"] if layer["data"] == {"name": "region"})
    fields = {channel: what["field"] for channel, what in outline["encoding"].items()}
    assert fields == {
        "x": "a", "y": "low", "y2": "high", "detail": "patch", "order": "patch", "color": "role", "stroke": "role",
    }
    assert outline["mark"]["type"] == "area"
    assert outline["mark"]["fillOpacity"] == 0
    assert (label["encoding"]["x"]["field"], label["encoding"]["y"]["field"]) == ("a", "high")
    assert label["encoding"]["text"] == {"value": "95 % confidence region"}


def test_for_the_back_row_lines_and_points_are_large_and_text_follows_the_window():
    specification = charts.orbits(charts.PROJECTOR)
    widths = everything_in(specification, "strokeWidth")
    assert max(widths) >= 4
    assert sorted(widths)[-4] >= 3
    samples = specification["layer"][0]["mark"]
    assert samples["size"] ** 0.5 >= 8
    sizes = everything_in(specification, "fontSize")
    assert sizes
    assert all("0.031 * windowSize()[1]" in size["expr"] for size in sizes)
    assert specification["config"]["background"] == "#FFFFFF"
    assert "height" not in specification
