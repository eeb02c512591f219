"""Altair views for the page: constant specifications over named data.

A view is built and checked once; what changes travels as the columns of `shown`, under the names that the view's layers
ask for. What moves with the player (`here`) takes no part in any scale, so that a picture of the film costs next to
nothing. Colours are roles: `palette.COLOURS` has the order of the theme's categorical colours, so the same
specification suits the light theme and the dark one.
"""

from dataclasses import dataclass
from functools import cache

import altair as alt

from . import hohmann
from .closer import ENDINGS
from .palette import BACKGROUND, COLOURS, DASHES, QUICK_TO_SLOW, colour
from .shown import PROGRESS, SKY


@dataclass(frozen=True, eq=False)
class Look:
    """How large the parts of a view are."""

    heights: dict
    """Of the views, pixels; a view that is not named fills its container."""
    text: float | alt.ExprRef
    """Size of what is written in a view, pixels."""
    line: float
    """Width of lines, pixels."""
    fit: float
    """Width of the fitted ellipse, pixels."""
    sample: float
    """Size of a sample's mark, square pixels."""
    dot: float
    """Size of the mark where a run stands, square pixels."""
    config: dict | None = None
    """What is said in the page's theme's stead."""


_HEIGHTS = {"orbits": 428, "loss": 184, "search": 204, "wide": 340, "square": 480}

PAGE = Look(_HEIGHTS, text=13, line=2, fit=4, sample=14, dot=110)
"""For a screen on a desk."""

_LEGIBLE = alt.expr("0.031 * windowSize()[1] + 0 * width")  # over 3 % of the screen's height, worked out at each resize

PROJECTOR = Look(
    {},
    text=_LEGIBLE,
    line=3,
    fit=5,
    sample=64,
    dot=240,
    config={
        "background": BACKGROUND["light"],
        "font": '"Source Sans", sans-serif',
        "range": {"category": [colour(role) for role in COLOURS]},
        "axis": {
            "labelColor": colour("text"),
            "titleColor": colour("text"),
            "labelFontSize": _LEGIBLE.to_dict(),
            "titleFontSize": _LEGIBLE.to_dict(),
            "titleFontWeight": "normal",
            "gridColor": "#D5DBE3",
            "domain": False,
            "ticks": False,
        },
        "legend": {"labelFontSize": _LEGIBLE.to_dict(), "titleFontSize": _LEGIBLE.to_dict()},
        "view": {"stroke": None},
    },
)
"""For the back row: large, and always on white."""


@cache
def orbits(look=PAGE):
    """The orbits, the samples and the fitted ellipses: datasets `samples` and `here`."""
    samples = (
        _of_role("samples", alt.NamedData("samples"))
        .mark_point(size=look.sample, strokeWidth=1.2, opacity=0.7, clip=True)
        .encode(_sky_x(), _sky_y(), tooltip=[_tip("x", "x, AU", ".3f"), _tip("y", "y, AU", ".3f")])
    )
    equation = (
        _HERE.transform_filter("datum.alone")
        .transform_calculate(
            text=f"'(x + {hohmann.FOCUS_OFFSET})² / ' + format(abs(datum.a), '.4f') + '² + y² / ' "
            "+ format(abs(datum.b), '.4f') + '² = 1'"
        )
        .mark_text(baseline="top", fontSize=look.text, fontWeight=600)
        .encode(text="text:N", x=alt.value(alt.expr("width / 2")), y=alt.value(2))
    )

    def known(role, a, b, centre, **mark):
        return _ellipses(_fixed(role, a=a, b=b, centre=centre), strokeWidth=look.line, **mark)

    def body(role, x, size):
        return _fixed(role, x=x, y=0).mark_point(filled=True, size=size, opacity=1).encode(_sky_x(), _sky_y())

    def named(role, text, y, baseline):
        label = _fixed(role, x=0, y=y).mark_text(fontSize=look.text, baseline=baseline)
        return label.encode(_sky_x(), _sky_y(), text=alt.value(text))

    earth, mars = hohmann.EARTH_ORBIT, hohmann.MARS_ORBIT
    return _specification(
        "orbits",
        look,
        samples,
        known("earth", earth, earth, 0.0),
        known("mars", mars, mars, 0.0),
        known(
            "truth", hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS, -hohmann.FOCUS_OFFSET, strokeDash=[6, 4]
        ),
        body("sun", 0.0, 300),
        _ellipses(_HERE.transform_calculate(centre=f"{-hohmann.FOCUS_OFFSET}"), strokeWidth=look.fit),
        body("earth", earth, 140),
        body("mars", -mars, 140),
        named("sun", "Sun", -0.12, "top"),
        named("earth", "Earth's orbit", 0.03 - earth, "bottom"),
        named("mars", "Mars's orbit", 0.03 - mars, "bottom"),
        equation,
    )


@cache
def loss(look=PAGE, over="update"):
    """The losses of runs over a key of PROGRESS: datasets `run`, `here` and `floor`."""
    x, batch_loss, full_loss = _progress(over), _log_loss("batch_loss"), _log_loss("full_loss")
    return _specification(
        "loss",
        look,
        _RUN.mark_line(strokeWidth=1, opacity=0.5, clip=True).encode(x, batch_loss),
        *_noise_floor(look),
        _RUN.mark_line(strokeWidth=look.line + 1, clip=True).encode(x, full_loss, _DASH, tooltip=_RUN_TIPS),
        *_where_runs_stand(look, x, _log_loss("loss")),
        *_names(look, x, _log_loss("loss")),
    )


@cache
def batch_loss(look=PAGE):
    """The mini-batch losses of runs over their epochs, Figure 3 of the post: datasets as for `loss`."""
    x, y = _progress("epoch"), _log_loss("batch_loss")
    return _specification(
        "wide",
        look,
        *_noise_floor(look),
        _RUN.mark_line(strokeWidth=look.line - 0.5, clip=True).encode(x, y, tooltip=_RUN_TIPS),
        *_where_runs_stand(look, x, _log_loss("loss")),
        *_names(look, x, _log_loss("loss")),
    )


@cache
def search(look=PAGE, name="search"):
    """The paths of runs over the loss surface: datasets `run`, `here`, `contours` and `marks`."""
    x, y = _plane()
    return _specification(
        name,
        look,
        _surface(),
        *_paths(look, x, y),
        _HERE.mark_point(filled=True, size=look.dot, opacity=1, clip=True).encode(x, y),
        *_places(look, x, y),
        *_names(look, x, y),
    )


@cache
def steps(look=PAGE):
    """The search with arrows: those of `search`, and `arrows`, of which the one where the run stands is the strongest.

    From `a`, `b` an arrow leads to `gradient_a`, `gradient_b` and another to `step_a`, `step_b`.
    """
    x, y = _plane()
    now = "state ? datum.update == toNumber(split(split(state, '|')[1], ' ')[0]) : datum.last"
    arrows = alt.Chart(alt.NamedData("arrows"))

    def arrow(role, which, width, opacity):
        # A trail that ends in a point says where it leads, whatever the scales.
        return (
            arrows.transform_filter(which)
            .transform_calculate(
                role=f"'{role}'",
                a=f"[datum.a, datum.{role}_a]",
                b=f"[datum.b, datum.{role}_b]",
                width=f"[{width * look.line}, 0.5]",
            )
            .transform_flatten(["a", "b", "width"])
            .mark_trail(clip=True, opacity=opacity)
            .encode(
                x, y, alt.Color("role:N", **_ROLES), alt.Size("width:Q", scale=None), detail="update:Q"
            )
        )

    def key(role, words, place):
        text = _fixed(role).mark_text(align="right", fontSize=look.text, fontWeight=700)
        x, y = alt.expr("width - 8"), alt.expr(f"{place} * height")
        return text.encode(x=alt.value(x), y=alt.value(y), text=alt.value(words))

    return _specification(
        "square",
        look,
        _surface(),
        *_paths(look, x, y),
        *_places(look, x, y),
        *(arrow(role, "datum.chosen", 2, 0.55) for role in ("gradient", "step")),
        *(arrow(role, now, 4, 1) for role in ("gradient", "step")),
        *(key(role, words, place) for role, words, place in _ARROWS),
        _HERE.mark_point(filled=True, size=look.dot, opacity=1, clip=True).encode(x, y),
    )


@cache
def effective_rates(look=PAGE):
    """The rate of each parameter over the updates: dataset `effective`."""
    x = _progress("update", "effective")
    y = alt.Y("rate:Q", scale=_framed("rate", "effective", type="log"), axis=_power_axis("Effective rate"))
    lines = alt.Chart(alt.NamedData("effective")).encode(x, y, detail="name:N")
    ends = lines.transform_filter("datum.labelled").encode(text="name:N")
    tips = [_tip("update", "After update", ","), alt.Tooltip("name:N", title="Of"), _tip("rate", "Rate", ".3e")]
    dashes = alt.StrokeDash("name:N", scale=alt.Scale(domain=["A", "B"], range=[[1, 0], [8, 4]]), legend=None)
    return _specification(
        "wide",
        look,
        _coloured(lines.mark_line(strokeWidth=look.line + 1), "step").encode(dashes, tooltip=tips),
        _coloured(ends.mark_text(fontSize=look.text, fontWeight=700, dy=-12), "text"),
    )


@cache
def noise(look=PAGE):
    """The surface around the optimum: those of `search`, and `region`."""
    x, y = _plane(**(four_digits := {"format": ".4f"}))
    region = _of_role("text", alt.NamedData("region"))
    outline = region.mark_area(fillOpacity=0, strokeWidth=look.line + 1, strokeOpacity=1, clip=True)
    words = region.transform_filter("datum.topmost").encode(text=alt.value("95 % confidence region"))
    return _specification(
        "square",
        look,
        _surface(**four_digits),
        *_paths(look, x, y),
        outline.encode(*_bands(**four_digits)),
        words.encode(*_plane("high", **four_digits)).mark_text(fontSize=look.text, dy=-10),
        *_places(look, x, y),
        _HERE.mark_point(filled=True, size=look.dot, opacity=1, clip=True).encode(x, y),
    )


@cache
def learning_rates(look=PAGE):
    """How runs end over their learning rate: datasets `swept`, `bands` and `now`.

    The points of `swept` can be taken: the selection is named `taken`.
    """
    rates = alt.Scale(domain=[1e-4, 10], type="log", nice=False)
    x = alt.X("rate:Q", scale=rates, axis=_power_axis("Learning rate α", grid=True))
    y = _log_loss("loss", "swept")
    swept = alt.Chart(alt.NamedData("swept")).encode(x, y, _COLOUR, detail="name:N")
    bands = alt.Chart(alt.NamedData("bands")).encode(y, _COLOUR)
    tips = [
        alt.Tooltip("name:N", title="Optimizer"),
        _tip("rate", "α", ".3g"),
        alt.Tooltip("ending:N", title="It"),
        _tip("true_loss", "Loss, AU²", ".3e"),
    ]
    taken = alt.selection_point(
        name="taken", fields=["optimizer", "rate"], on="click", nearest=True, toggle=False, clear=False
    )
    now = _of_role("text", alt.NamedData("now")).encode(x)
    return _specification(
        "wide",
        look,
        now.mark_rule(strokeWidth=look.line),
        swept.mark_line(strokeWidth=look.line - 0.5, opacity=0.7, clip=True).encode(_DASH),
        swept.mark_point(size=look.dot / 3, strokeWidth=1.5, opacity=1)
        .encode(_endings(), tooltip=tips)
        .add_params(taken),
        bands.mark_rule(strokeWidth=3 * look.line, strokeCap="round").encode(
            alt.X("low:Q", scale=rates), x2="high:Q"
        ),
        bands.transform_filter("datum.labelled")
        .mark_text(fontSize=look.text, fontWeight=700, align="right", baseline="middle", dx=-8)
        .encode(alt.X("low:Q", scale=rates), text="name:N"),
    )


@cache
def starts(look=PAGE):
    """How runs end over their start: datasets `cells`, `run` and `marks`. Cells can be taken: the selection `taken`."""
    scale = alt.Scale(domain=[0, 2.05], nice=False)
    x = alt.X("a:Q", scale=scale, axis=_axis("Start A, AU", tickCount=5))
    y = alt.Y("b:Q", scale=scale, axis=_axis("Start B, AU", tickCount=5))
    cells = alt.Chart(alt.NamedData("cells"))
    others = cells.transform_filter("datum.end != 'reached'")
    quick = alt.Color(
        "updates:Q",
        scale=alt.Scale(type="log", range=list(QUICK_TO_SLOW), domain=[1, alt.expr("data('cells')[0].most")]),
        legend=alt.Legend(title="Updates needed", orient="top", gradientLength=200),
    )
    tips = [
        _tip("a", "Start A, AU", ".3f"),
        _tip("b", "Start B, AU", ".3f"),
        alt.Tooltip("ending:N", title="It"),
        alt.Tooltip("after:N", title="Updates needed"),
    ]
    corners = {
        "x": alt.X("a_low:Q", scale=scale), "x2": "a_high:Q", "y": alt.Y("b_low:Q", scale=scale), "y2": "b_high:Q",
    }
    taken = alt.selection_point(name="taken", fields=["a", "b"], on="click", toggle=False, clear=False)
    path = alt.Chart(alt.NamedData("run")).encode(x, y, order="row:Q")
    start = alt.Chart(alt.NamedData("marks")).transform_filter("datum.place == 'start'").encode(x, y)
    return _specification(
        "square",
        look,
        cells.transform_filter("datum.updates > 0").mark_rect().encode(quick, **corners),
        others.mark_rect(opacity=0.25, clip=True).encode(alt.Color("end:N", **_ROLES), **corners),
        others.mark_point(strokeWidth=1.8, opacity=1).encode(
            x, y, _endings(), alt.Color("end:N", **_ROLES),
            size=alt.value(alt.expr("pow(0.4 * min(width, height) / data('cells')[0].along, 2)")),
        ),
        path.mark_line(stroke="white", strokeWidth=look.line + 3, clip=True),
        path.mark_line(stroke="black", strokeWidth=look.line, clip=True),
        start.mark_point(filled=True, fill="black", stroke="white", strokeWidth=2, size=look.dot, opacity=1),
        cells.mark_rect(opacity=0).encode(tooltip=tips, **corners).add_params(taken),
        independent=["color"],
    )


# What the views are made of.

_STATE = alt.param("state", value="", bind=alt.BindInput(input="text"))
_ROLES = {"scale": alt.Scale(domain=list(COLOURS)), "legend": None}  # the range is the theme's
_COLOUR = alt.Color("role:N", **_ROLES)
_DASH = alt.StrokeDash("dash:N", scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values())), legend=None)
# What is the same for all rows of a run stands in `here` alone.
_OF_RUN = alt.LookupData(alt.NamedData("here"), key="index", fields=["role", "dash"])
_RUN = (
    alt.Chart(alt.NamedData("run"))
    .transform_lookup("index", from_=_OF_RUN)
    .encode(_COLOUR, detail="index:N", order="row:Q")
)
# Where every run stands: at its end, or where the player has written into `state`: "token|x a b loss|x a b loss|...".
_HERE = (
    alt.Chart(alt.NamedData("here"))
    .transform_calculate(parts="split(state, '|')")
    .transform_calculate(now="datum.parts[0] == datum.token ? split(datum.parts[datum.index + 1], ' ') : null")
    .transform_calculate(
        **{
            name: f"datum.now ? toNumber(datum.now[{k}]) : datum.end_{name}"
            for k, name in enumerate(("x", "a", "b", "loss"))
        }
    )
    .encode(_COLOUR)
)


_ARROWS = [("gradient", "α times the gradient, downhill", 0.05), ("step", "the step", 0.13)]


def _tip(field, title, number):
    return alt.Tooltip(f"{field}:Q", title=title, format=number)


_RUN_TIPS = [
    _tip("update", "After update", ","),
    _tip("a", "A, AU", ".4f"),
    _tip("b", "B, AU", ".4f"),
    _tip("batch_loss", "Next mini-batch's loss", ".3~g"),
    _tip("full_loss", "Loss over all samples", ".3~g"),
]


def _specification(name, look, *layers, independent=()):
    """Layers as the page hands them on: a dict, without what the page's theme decides."""
    more = {"height": look.heights[name]} if name in look.heights else {}
    padding = {"left": 2, "top": 6, "right": 6, "bottom": 2}
    chart = alt.layer(*layers).add_params(_STATE).properties(padding=padding, **more)
    chart = chart.resolve_scale(**dict.fromkeys(independent, "independent"))
    made = {key: value for key, value in chart.to_dict().items() if key not in ("config", "$schema")}
    return made | ({"config": look.config} if look.config else {})


def _of_role(role, data):
    """A chart of data all of whose rows have one role."""
    return _coloured(alt.Chart(data), role)


def _coloured(chart, role):
    """A chart all of whose rows have one role."""
    return chart.transform_calculate(role=f"'{role}'").encode(_COLOUR)


def _fixed(role, **datum):
    """A chart of one row that never changes."""
    return alt.Chart(alt.Data(values=[{"role": role, **datum}])).encode(_COLOUR)


def _framed(name, data="here", **more):
    """A scale whose ends stand in the first row of a dataset, so that what moves does not move the scale."""
    ends = [alt.expr(f"data('{data}')[0].{name}_{end}") for end in ("low", "high")]
    return alt.Scale(domain=ends, nice=False, **more)


def _axis(title, **more):
    """An axis that leaves the room to the picture."""
    return alt.Axis(title=title, **{"grid": False, "labelPadding": 5, "titlePadding": 6, **more})


def _progress(over, data="here"):
    return alt.X("x:Q", scale=_framed("x", data, zero=False), axis=_axis(PROGRESS[over], tickCount=6))


def _log_loss(field, data="here"):
    return alt.Y(f"{field}:Q", scale=_framed("loss", data, type="log"), axis=_power_axis("Loss, AU²", grid=True))


def _power_axis(title, **more):
    """A logarithmic axis that shows whole decades and writes them as powers of ten."""
    decade = "round(log(datum.value) / LN10)"
    is_decade = f"abs(log(datum.value) / LN10 - {decade}) < 1e-6"
    digits, size = list("⁰¹²³⁴⁵⁶⁷⁸⁹"), f"abs({decade})"
    tens = f"({size} > 9 ? {digits}[floor({size} / 10)] : '')"
    power = f"({decade} < 0 ? '⁻' : '') + {tens} + {digits}[{size} % 10]"
    return _axis(
        title,
        tickCount=5,
        gridOpacity={"condition": {"test": is_decade, "value": 1}, "value": 0},
        labelExpr=f"{is_decade} ? '10' + {power} : ''",
        **more,
    )


def _plane(b="b", **more):
    """The axes of A and of B, the latter for a field."""
    return (
        alt.X("a:Q", scale=_framed("a"), axis=_axis("A, AU", tickCount=6, **more)),
        alt.Y(f"{b}:Q", scale=_framed("b"), axis=_axis("B, AU", tickCount=5, **more)),
    )


def _surface(**more):
    """The contours of the loss."""
    return (
        _of_role("contour", alt.NamedData("contours"))
        .mark_area(fillOpacity=0.09, strokeWidth=0.8, strokeOpacity=0.5, clip=True)
        .encode(*_bands(**more))
    )


def _bands(**more):
    """The patches of the plane of A and B between `low` and `high`, with their outlines."""
    x, low = _plane("low", **more)
    return x, low, alt.Y2("high:Q"), alt.Stroke("role:N", **_ROLES), alt.Detail("patch:O"), alt.Order("patch:O")


def _paths(look, x, y):
    first = _RUN.transform_filter("datum.update < 100")
    return (
        _RUN.mark_line(strokeWidth=look.line, clip=True).encode(x, y, _DASH, tooltip=_RUN_TIPS),
        first.mark_point(size=8 * look.line, filled=True, opacity=1, clip=True).encode(x, y, tooltip=_RUN_TIPS),
    )


def _places(look, x, y):
    """Start, truth and optimum, with their names."""
    marks = _of_role("text", alt.NamedData("marks")).encode(x, y)
    shapes = {"start": "circle", "truth": "cross", "optimum": "diamond"}
    tips = [alt.Tooltip("place:N", title="Place"), _tip("a", "A, AU", ".5f"), _tip("b", "B, AU", ".5f")]
    kinds = alt.Shape(
        "place:N", scale=alt.Scale(domain=list(shapes), range=list(shapes.values())), legend=None
    )

    def named(which, dy):
        label = marks.transform_filter(f"datum.place {which} 'optimum'").encode(text="place:N")
        return label.mark_text(fontSize=look.text, align="left", dx=8, dy=dy)

    symbols = marks.mark_point(size=look.dot - 20, strokeWidth=look.line, opacity=1, clip=True)
    return symbols.encode(kinds, tooltip=tips), named("!=", -8), named("==", 12)


def _endings():
    """How a run ended, as a shape."""
    shapes = [ending.shape for ending in ENDINGS.values()]
    return alt.Shape("end:N", scale=alt.Scale(domain=list(ENDINGS), range=shapes), legend=None)


def _noise_floor(look):
    level = _of_role("truth", alt.NamedData("floor")).encode(_log_loss("loss"))
    words = level.mark_text(align="right", baseline="top", dy=4, fontSize=look.text)
    return (
        level.mark_rule(strokeWidth=look.line, strokeDash=[6, 4]),
        words.encode(x=alt.value(alt.expr("width - 6")), text=alt.value("noise floor")),
    )


def _where_runs_stand(look, x, y):
    return (
        _HERE.transform_filter("datum.index == 0").mark_rule(strokeWidth=1, opacity=0.6, clip=True).encode(x),
        _HERE.mark_point(filled=True, size=look.dot, opacity=1).encode(x, y),
    )


def _names(look, x, y):
    """The runs' names beside their lines, on a ground that keeps them legible."""
    named = (
        alt.Chart(alt.NamedData("here"))
        .transform_filter("isValid(datum.label_a)")
        .transform_calculate(**{name: f"datum.label_{name}" for name in ("a", "b", "x", "loss")})
        .encode(x, y, _COLOUR, text="name:N")
    )
    return (named.mark_text(fontSize=look.text, fontWeight=700, align="left", baseline="middle", dx=5),)


def _sky_x(field="x"):
    """x in the orbits' view. Together with y it keeps one scale for both axes, whatever the view's width and height."""
    return alt.X(f"{field}:Q", scale=_sky("max(1, width / height)"), axis=_axis("x, AU", tickCount=5))


def _sky_y():
    return alt.Y("y:Q", scale=_sky("max(1, height / width)"), axis=_axis("y, AU", tickCount=5))


def _sky(share):
    return alt.Scale(domain=[alt.expr(f"{sign}{SKY} * {share}") for sign in "-+"], nice=False, zero=False)


def _ellipses(chart, **mark):
    """The ellipses of a chart's rows around (centre, 0), with the semi-axes a and b: one symbol for each."""
    # A symbol's outline is drawn for a radius of 1 and scaled to half the root of its size, which shall be A.
    return (
        chart.transform_calculate(flat="abs(datum.b) / max(abs(datum.a), 1e-3)", y="0")
        .transform_calculate(
            outline="'M-1,0A1,' + datum.flat + ',0,1,1,1,0A1,' + datum.flat + ',0,1,1,-1,0Z'",
            area=f"pow(max(abs(datum.a), 1e-3) * min(width, height) / {SKY}, 2)",
        )
        .mark_point(clip=True, filled=False, opacity=1, **mark)
        .encode(
            _sky_x("centre"), _sky_y(), alt.Shape("outline:N", scale=None), alt.Size("area:Q", scale=None)
        )
    )
