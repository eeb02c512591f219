"""Axes, scales and layers that several charts share.

Each chart is an Altair chart over named data, built and validated once, so its specification is constant. What changes
is sent as columns under the names that its layers ask for, so that a new run redraws the chart in place. Rows that move
with the player (`here`) do not affect any scale. Colours are roles: `palette.COLOURS` has the order of the theme's
categorical colours, so one specification suits both themes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from ..outcomes import OUTCOME_MARKS
from ..palette import BACKGROUND, COLOURS, DASHES, colour
from ..traces import PROGRESS_AXES

Chart = Any
"""An altair Chart: its methods return types of Altair's own."""

Specification = dict[str, Any]
"""A Vega-Lite specification without the parts that the page's theme sets."""


@dataclass(frozen=True, eq=False)
class Style:
    """Sizes of the parts of a chart."""

    projector: bool
    heights: Mapping[str, int]
    """Of the charts, pixels; a chart that is not named fills its container."""
    margins: Mapping[str, Any]
    """Between the edges of a chart and of its plot, for "square" charts and the "timeline", pixels. They are fixed, so
    that the page's style sheet can make plots square and align the timeline with the player."""
    text: float | Any
    """Size of text, pixels."""
    line: float
    """Width of lines, pixels."""
    fit: float
    """Width of the fitted ellipse, pixels."""
    sample: float
    """Size of a sample's mark, square pixels."""
    dot: float
    """Size of the mark at a run's position, square pixels."""
    config: dict[str, Any] | None = None
    """Vega-Lite configuration instead of the page's theme."""

    @property
    def text_size(self) -> str:
        """Size of text as a part of expressions."""
        return f"({self.text if isinstance(self.text, int | float) else self.text.expr})"


_HEIGHTS = {"wide": 340}

_DESK_MARGINS = {
    "square": {"left": 50, "right": 10, "top": 6, "bottom": 40},
    "timeline": {"left": 52, "right": 14, "top": 6, "bottom": 36},
}

DESK = Style(False, _HEIGHTS, _DESK_MARGINS, text=13, line=2, fit=4, sample=14, dot=110)
"""Style for a screen on a desk."""

_HEIGHT = "windowSize()[1] + 0 * width"  # of the screen, pixels; evaluated at each resize
_LEGIBLE = alt.expr(f"0.031 * ({_HEIGHT})")  # over 3 % of the screen's height


_GRID = {"light": "#D5DBE3", "dark": "#2B3647"}


def config(theme: str, text: Any = None) -> dict[str, Any]:
    """Return a Vega-Lite configuration for charts outside of Streamlit's theme.

    Parameters
    ----------
    theme
        Key of `palette.BACKGROUND`.
    text
        Size of all text, pixels; that of charts on a desk by default.
    """
    ink, labels, titles = colour("text", theme), text or 12, text or 13
    return {
        "background": BACKGROUND[theme],
        "font": '"Source Sans", sans-serif',
        "range": {"category": [colour(role, theme) for role in COLOURS]},
        "axis": {
            "labelColor": ink,
            "titleColor": ink,
            "labelFontSize": labels,
            "titleFontSize": titles,
            "titleFontWeight": "normal",
            "gridColor": _GRID[theme],
            "domain": False,
            "ticks": False,
        },
        "legend": {"labelFontSize": labels, "titleFontSize": titles},
        "view": {"stroke": None},
    }


def _shares(**shares: float) -> dict[str, str]:
    """Return margins as shares of the screen's height."""
    return {"expr": "{" + ", ".join(f"{side}: {share} * windowSize()[1]" for side, share in shares.items()) + "}"}


_PROJECTOR_MARGINS = {
    "square": _shares(left=0.106, right=0.016, top=0.02, bottom=0.088),
    "timeline": _shares(left=0.118, right=0.026, top=0.018, bottom=0.048),
}

PROJECTOR = Style(
    True,
    {},
    _PROJECTOR_MARGINS,
    text=_LEGIBLE,
    line=3,
    fit=5,
    sample=64,
    dot=240,
    config=config("light", _LEGIBLE.to_dict()),
)
"""Style for the back row: large, and always on white."""


def specification(name: str, style: Style, *layers: Chart, independent: Sequence[str] = ()) -> Specification:
    """Return layers as a specification, validated by Altair.

    Parameters
    ----------
    name
        Key of `Style.margins` or `Style.heights`.
    style
    *layers
    independent
        Channels whose scales the layers do not share.
    """
    size: dict[str, Any] = {"padding": {"left": 2, "top": 6, "right": 6, "bottom": 2}}
    if name in style.margins:
        size = {"padding": style.margins[name], "autosize": {"type": "none", "contains": "padding"}}
    elif name in style.heights:
        size["height"] = style.heights[name]
    chart = alt.layer(*layers).add_params(STATE, NOW).properties(**size)
    for channel in independent:
        chart = chart.resolve_scale(**{channel: "independent"})  # type: ignore[arg-type]
    made = {key: value for key, value in chart.to_dict().items() if key not in ("config", "$schema")}
    for layer in made["layer"]:
        if "tooltip" not in layer.get("encoding", {}):  # otherwise the theme shows the raw fields under the mouse
            layer["mark"]["tooltip"] = None
    return made | ({"config": style.config} if style.config else {})


# Data and their colours.

STATE = alt.param("state", value="", bind=alt.BindInput(input="text"))
"""Parameter in which the player writes the position of every run: "token|x|x a b loss|x a b loss|..."."""

NOW = alt.param("now", expr="state ? toNumber(split(state, '|')[1]) : 1e300")
"""Progress that the player has reached; lines are drawn up to it."""

ROLES: dict[str, Any] = {"scale": alt.Scale(domain=list(COLOURS)), "legend": None}  # the range is the theme's
COLOUR = alt.Color("role:N", **ROLES)
STROKE, FILL = alt.Stroke("role:N", **ROLES), alt.Fill("role:N", **ROLES)
DASH = alt.StrokeDash("dash:N", scale=alt.Scale(domain=list(DASHES), range=list(DASHES.values())), legend=None)

RUN: Chart = (
    alt.Chart(alt.NamedData("run"))
    .transform_filter("datum.x <= now")
    # Fields that are equal in all rows of a run are in `here` only.
    .transform_lookup("index", from_=alt.LookupData(alt.NamedData("here"), key="index", fields=["role", "dash"]))
    .encode(COLOUR, detail="index:N", order="row:Q")
)
"""The rows of all runs."""

HERE: Chart = (
    alt.Chart(alt.NamedData("here"))
    .transform_calculate(parts="split(state, '|')")
    .transform_calculate(now="datum.parts[0] == datum.token ? split(datum.parts[datum.index + 2], ' ') : null")
    .transform_calculate(
        **{
            name: f"datum.now ? toNumber(datum.now[{k}]) : datum.end_{name}"
            for k, name in enumerate(("x", "a", "b", "loss"))
        }
    )
    .encode(COLOUR)
)
"""The current position of every run: its end, or where the player has put it."""


def data(name: str, role: str | None = None) -> Chart:
    """Return a chart of a dataset, with one role for all rows if it is given."""
    return of_role(alt.Chart(alt.NamedData(name)), role) if role else alt.Chart(alt.NamedData(name))


def run_line(**mark: Any) -> Chart:
    """Return lines through the rows of each run. They have no tooltip, because Vega would show that of one row."""
    return RUN.mark_line(clip=True, **mark)


def of_role(chart: Chart, role: str) -> Chart:
    """Return a chart with one role for all rows."""
    return chart.transform_calculate(role=f"'{role}'").encode(COLOUR)


def constant(role: str, **datum: Any) -> Chart:
    """Return a chart of one constant row."""
    return alt.Chart(alt.Data(values=[{"role": role, **datum}])).encode(COLOUR)


# Axes, scales and tooltips.


def framed(name: str, dataset: str = "here", **options: Any) -> alt.Scale:
    """Return a scale whose limits are in the first row of a dataset, so that moving marks do not change it."""
    ends = [alt.expr(f"data('{dataset}')[0].{name}_{end}") for end in ("low", "high")]
    return alt.Scale(domain=ends, nice=False, **options)


def axis(title: str, **options: Any) -> alt.Axis:
    """Return an axis with little padding and no grid."""
    return alt.Axis(title=title, **{"grid": False, "labelPadding": 5, "titlePadding": 6, **options})


def power_axis(title: str, **options: Any) -> alt.Axis:
    """Return a logarithmic axis whose labels are powers of ten."""
    decade = "round(log(datum.value) / LN10)"
    is_decade = f"abs(log(datum.value) / LN10 - {decade}) < 1e-6"
    digits, size = list("⁰¹²³⁴⁵⁶⁷⁸⁹"), f"abs({decade})"
    tens = f"({size} > 9 ? {digits}[floor({size} / 10)] : '')"
    power = f"({decade} < 0 ? '⁻' : '') + {tens} + {digits}[{size} % 10]"
    return axis(
        title,
        tickCount=5,
        gridOpacity={"condition": {"test": is_decade, "value": 1}, "value": 0},
        labelExpr=f"{is_decade} ? '10' + {power} : ''",
        **options,
    )


def progress_x(over: str, dataset: str = "here") -> alt.X:
    """Return the axis of progress of a loss curve, over a key of PROGRESS_AXES."""
    return alt.X("x:Q", scale=framed("x", dataset, zero=False), axis=axis(PROGRESS_AXES[over], tickCount=6))


def log_loss_y(field: str, dataset: str = "here") -> alt.Y:
    """Return the axis of a loss."""
    return alt.Y(f"{field}:Q", scale=framed("loss", dataset, type="log"), axis=power_axis("Loss (AU²)", grid=True))


def plane(b: str = "b", **options: Any) -> tuple[alt.X, alt.Y]:
    """Return the axes of A and of B on the loss surface, the latter for a field."""
    return (
        alt.X("a:Q", scale=framed("a"), axis=axis("A (AU)", tickCount=6, **options)),
        alt.Y(f"{b}:Q", scale=framed("b"), axis=axis("B (AU)", tickCount=5, **options)),
    )


def tooltip(field: str, title: str, number: str) -> alt.Tooltip:
    """Return a tooltip of a number."""
    return alt.Tooltip(f"{field}:Q", title=title, format=number)


RUN_TOOLTIPS = [
    tooltip("update", "After update", ","),
    tooltip("a", "A (AU)", ".4f"),
    tooltip("b", "B (AU)", ".4f"),
    tooltip("batch_loss", "Loss of the next mini-batch (AU²)", ".3~g"),
    tooltip("full_loss", "Loss over all samples (AU²)", ".3~g"),
]


# Layers of loss curves.


def outcome_shape() -> alt.Shape:
    """Return the shape of a mark by the role of an outcome, field `end`."""
    domain, shapes = zip(*((mark.role, mark.shape) for mark in OUTCOME_MARKS.values()))
    return alt.Shape("end:N", scale=alt.Scale(domain=list(domain), range=list(shapes)), legend=None)


def noise_floor(style: Style) -> tuple[Chart, Chart]:
    """Return the noise floor with its name: dataset `floor`."""
    level = data("floor", "truth").encode(log_loss_y("loss"))
    words = level.mark_text(align="left", baseline="bottom", dy=-3, fontSize=style.text)
    return (
        level.mark_rule(strokeWidth=style.line, strokeDash=[6, 4], aria=False),  # without noise there is none
        words.encode(x=alt.value(6), text=alt.value("noise floor")),
    )


def playhead(style: Style, x: alt.X, y: alt.Y) -> tuple[Chart, Chart]:
    """Return the positions of runs on a loss curve: a rule at the main run, and a dot for each."""
    return (
        HERE.transform_filter("datum.index == 0").mark_rule(strokeWidth=1, opacity=0.6, clip=True).encode(x),
        dots(style, x, y, clip=False),
    )


def dots(style: Style, x: alt.X, y: alt.Y, clip: bool = True) -> Chart:
    """Return a dot at the position of each run."""
    return HERE.mark_point(filled=True, size=style.dot, opacity=1, clip=clip).encode(x, y)


def names(style: Style, x: alt.X, y: alt.Y, progress: str = "label_x", **mark: Any) -> Chart:
    """Return the names of runs beside their lines, once the player has passed the progress in a field of `here`."""
    named = (
        alt.Chart(alt.NamedData("here"))
        .transform_filter(f"isValid(datum.label_a) && datum.{progress} <= now")
        .transform_calculate(**{name: f"datum.label_{name}" for name in ("a", "b", "x", "loss")})
        .encode(x, y, COLOUR, text="name:N")
    )
    return named.mark_text(fontSize=style.text, fontWeight=700, align="left", baseline="middle", dx=5, **mark)
