"""Read the specification of a picture: what each of its layers draws, as the tests describe it."""

_CHANNELS = ("x", "x2", "y", "y2", "size", "shape", "text", "detail", "order")
_OF_THE_MARK = {
    "strokeWidth": "width", "stroke": "line_colour", "fill": "fill_colour", "fillOpacity": "fill_opacity",
    "filled": "filled",
}
_NAMES = {"abs": abs, "min": min, "max": max, "pow": pow}


def layer(mark, data, colour, **more):
    """Describe a layer as `described` does; what is left out, the layer does not have."""
    return {"mark": mark, "data": data, "colour": colour, **more}


def described(specification):
    """Return what each layer of a specification draws, from the one at the back to the one in front.

    `data` is a dataset's name, or the one row that never changes. `colour` is the role of all rows; it is "by" a field
    where each row has its own, "of here" where that field stands in the dataset `here`. A channel is the field that it
    shows, or a constant in a list. A tooltip is a list of (field, title, format).
    """
    common = {"data": specification.get("data")}
    clicks = {
        view: (selection["name"], selection["select"]["fields"])
        for selection in specification["params"]
        for view in selection.get("views", [])
    }
    return [_described(common | one) | _click(clicks.get(one.get("name"))) for one in specification["layer"]]


def _described(one):
    encoding, mark = one["encoding"], one["mark"]
    row = one["data"].get("values", [{}])[0]
    data = one["data"].get("name") or {name: value for name, value in row.items() if name != "role"}
    found = layer(mark["type"], data, _colour(one, row, "color"))
    found |= {name: _shown(encoding[name]) for name in _CHANNELS if name in encoding}
    found |= {word: mark[name] for name, word in _OF_THE_MARK.items() if mark.get(name) is not None}
    if mark.get("opacity", 1) != 1:
        found["opacity"] = mark["opacity"]
    if "stroke" in encoding:
        found["stroke"] = _colour(one, row, "stroke")
    if "strokeDash" in mark:
        found["dash"] = mark["strokeDash"]
    if "strokeDash" in encoding:
        found["dash"] = _by(one, encoding["strokeDash"]["field"])
    filters = [step["filter"] for step in one.get("transform", []) if "filter" in step]
    if "datum.x <= now" in filters:
        found["grows"] = filters.pop(filters.index("datum.x <= now")) == "datum.x <= now"
    if filters:
        (found["only"],) = filters
    if "tooltip" in encoding:
        found["tooltip"] = [(tip["field"], tip["title"], tip.get("format")) for tip in encoding["tooltip"]]
    else:
        assert mark["tooltip"] is None, "the page's theme would show the raw fields under the mouse"
    return found


def calculated(one):
    """Return the expressions that a layer calculates, by the names of their results."""
    return {step["as"]: step["calculate"] for step in one.get("transform", []) if "calculate" in step}


def axes(specification):
    """Return title, kind of scale and its two ends for x and for y; all layers of a specification must share them."""
    found = {}
    for channel in ("x", "y"):
        every = [one["encoding"][channel] for one in specification["layer"] if channel in one["encoding"]]
        shown = [what for what in every if "field" in what]
        titles = {what["axis"]["title"] for what in shown if "axis" in what}
        scales = {(what["scale"].get("type", "linear"), *_ends(what["scale"])) for what in shown}
        assert (len(titles), len(scales)) == (1, 1), f"the layers have different axes for {channel}: {titles, scales}"
        assert all(what["type"] == "quantitative" and what["scale"]["nice"] is False for what in shown)
        found[channel] = (*titles, *scales.pop())
    return found


def colour_scales(specification):
    """Return the scales of all channels that show a role as a colour."""
    channels = [one["encoding"].get(name, {}) for one in specification["layer"] for name in ("color", "stroke", "fill")]
    return [what["scale"] for what in channels if what.get("field") in ("role", "end")]


def evaluated(expression, width, height, limit=None, **datum):
    """Evaluate an expression that Vega and Python read alike, for a row, and size and axis limit of the picture."""
    row = type("Row", (), {name: _Number(value) for name, value in datum.items()})
    sky = type("Row", (), {"limit": limit})
    names = _NAMES | {"datum": row, "width": width, "height": height, "data": lambda name: [sky]}
    return eval(expression, {"__builtins__": {}}, names)


class _Number(float):
    """Number that can be added to a text, as in Vega."""

    def __radd__(self, other):
        return f"{other}{float(self)}" if isinstance(other, str) else float(self) + other


def _click(selection):
    return {"click": selection} if selection else {}


def _colour(one, row, channel):
    what = one["encoding"].get(channel)
    if what is None:
        return None
    role = calculated(one)["role"].strip("'") if "role" in calculated(one) else row.get("role")
    return role if role and what["field"] == "role" else _by(one, what["field"])


def _by(one, field):
    looked_up = [step["from"] for step in one.get("transform", []) if "lookup" in step and step["lookup"] == "index"]
    for there in looked_up:
        if field in there["fields"] and there["key"] == "index":
            return f"by {field} of {there['data']['name']}"
    return f"by {field}"


def _shown(what):
    return [what["value"]] if "value" in what else what["field"]


def _ends(scale):
    return [end["expr"] if isinstance(end, dict) else end for end in scale["domain"]]
