"""Reading a picture's specification: its layers, what is on which axis, and what stands under the mouse."""


def everything_in(specification, kind):
    """Return all values that a key of this name holds, anywhere in a specification."""
    if isinstance(specification, dict):
        own = [specification[kind]] if kind in specification else []
        return own + [found for value in specification.values() for found in everything_in(value, kind)]
    if isinstance(specification, list):
        return [found for value in specification for found in everything_in(value, kind)]
    return []


def layers(specification, dataset, mark=None):
    """Return the layers over a dataset, those with a kind of mark if it is given."""
    shared = specification.get("data")
    return [
        layer
        for layer in specification["layer"]
        if layer.get("data", shared) == {"name": dataset} and mark in (None, layer["mark"]["type"])
    ]


def constants(specification, role):
    """Return the layers of rows that never change, of one role, each with its row."""
    rows = [(layer, layer["data"]["values"]) for layer in specification["layer"] if "values" in layer.get("data", {})]
    return [(layer, values[0]) for layer, values in rows if values[0]["role"] == role]


def fields(layer):
    """Return the fields of a layer by its channels."""
    encoding = layer["encoding"]
    return {channel: how["field"] for channel, how in encoding.items() if isinstance(how, dict) and "field" in how}


def axis_titles(layer):
    """Return the titles of the axes that a layer has."""
    return {c: layer["encoding"][c]["axis"]["title"] for c in "xy" if layer["encoding"].get(c, {}).get("axis")}


def tooltips(layer):
    """Return titles and formats under the mouse, by field."""
    return {each["field"]: (each["title"], each.get("format")) for each in layer["encoding"].get("tooltip", [])}
