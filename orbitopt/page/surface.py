"""Layers of the loss surface that several charts share: bands, contour values, paths, reference points and arrows.

Everything on the bands has a casing, an edge in the colour of the background, because no colour of a line stands out
from all bands.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from ..labels import DESK_TEXT, PROJECTOR_TEXT
from ..palette import STAR, STAR_EDGE
from . import vega
from .vega import Chart, Style

_CASING = 2.5  # pixels; by this a casing is wider than its line
_CASED = 0.95  # opacity of a casing
_STAR = (
    "M0,-1L0.245,-0.337L0.951,-0.309L0.396,0.129L0.588,0.809L0,0.416L-0.588,0.809L-0.396,0.129L-0.951,-0.309"
    "L-0.245,-0.337Z"
)
_EXIT = "M0,0L-1.9,-0.9L-1.9,0.9Z"  # its tip is on the frame


def text_height(style: Style) -> float:
    """Return the largest height of text on a surface, as a share of the surface's side."""
    return PROJECTOR_TEXT if style.projector else DESK_TEXT


def patches(**options: Any) -> list[Any]:
    """Return the channels of patches of the plane, from `low` to `high` along B."""
    return [*vega.plane("low", **options), alt.Y2("high:Q"), alt.Detail("patch:O"), alt.Order("patch:O")]


def surface(style: Style, **options: Any) -> tuple[Chart, ...]:
    """Return the bands of the loss, their edges, and the values on the contours: datasets `contours` and `levels`."""
    bands = alt.Chart(alt.NamedData("contours")).transform_calculate(role="'level ' + datum.band")
    edges = vega.data("contours").transform_filter("datum.patch > 0")

    def edge(role: str, field: str, limit: str, opacity: float) -> Chart:
        # At the frame there is no contour.
        inner = f"abs(datum.{field} - data('here')[0].b_{limit}) > 1e-6 ? datum.{field} : null"
        line = vega.of_role(edges.transform_calculate(**{field: inner}), role)
        line = line.mark_line(strokeWidth=0.5 * style.line, opacity=opacity, clip=True)
        return line.encode(*vega.plane(field, **options), detail="patch:O", order="a:Q")

    return (
        bands.mark_area(opacity=1, clip=True).encode(vega.COLOUR, *patches(**options)),
        edge("lit edge", "low", "low", 0.75),
        edge("shaded edge", "high", "high", 0.6),
        *_values(style, **options),
    )


def _values(style: Style, **options: Any) -> tuple[Chart, Chart]:
    """Return the values on the contours, with a halo in the colour of the band."""
    shown = alt.Chart(alt.NamedData("levels")).transform_filter("height >= datum.side").encode(text="text:N")
    mark: dict[str, Any] = {
        "fontSize": style.text, "fontWeight": 600, "align": {"expr": "datum.align"}, "baseline": "middle",
    }
    halo = shown.transform_calculate(role="'level ' + datum.band").mark_text(
        **mark, strokeWidth=4, strokeJoin="round"
    )
    words = shown.transform_calculate(role="datum.tone").mark_text(**mark)
    place = vega.plane(**options)
    return halo.encode(*place, vega.STROKE, vega.COLOUR), words.encode(*place, vega.COLOUR)


def paths(style: Style, x: alt.X, y: alt.Y) -> tuple[Chart, ...]:
    """Return the paths of runs on their casings, with dots for those of their first hundred updates that are apart."""
    first = vega.RUN.transform_filter("datum.update < 100")
    width = 1.2 * style.line
    casing = vega.run_line(strokeWidth=width + _CASING, opacity=_CASED, strokeJoin="round")
    return (
        vega.of_role(casing, "casing").encode(x, y),
        vega.run_line(strokeWidth=width, strokeJoin="round").encode(x, y, vega.DASH),
        first.mark_point(size=8 * style.line, filled=True, fillOpacity={"expr": "datum.spaced"}, clip=True).encode(
            x, y, tooltip=vega.RUN_TOOLTIPS
        ),
    )


def exits(style: Style, x: alt.X, y: alt.Y) -> Chart:
    """Return a triangle where the path of a run leaves the frame, once the run is there."""
    left = vega.HERE.transform_filter("isValid(datum.exit_a) && datum.x >= datum.exit_x")
    left = cased(left.transform_calculate(a="datum.exit_a", b="datum.exit_b"))
    mark = left.mark_point(
        shape=_EXIT, size=2.2 * style.dot, filled=True, opacity=1, strokeWidth=2, angle={"expr": "datum.exit_angle"},
        aria=False,  # while there is none, it would be a symbol without a name
    )
    return mark.encode(x, y)


def dots(style: Style, x: alt.X, y: alt.Y) -> Chart:
    """Return a dot at the position of each run, with a casing."""
    return cased(vega.HERE).mark_point(filled=True, size=style.dot, opacity=1, clip=True, strokeWidth=2).encode(x, y)


def cased(chart: Chart) -> Chart:
    """Return a chart whose marks have an edge in the colour of the casing."""
    return chart.transform_calculate(casing="'casing'").encode(alt.Stroke("casing:N", **vega.ROLES))


def reference_points(style: Style, x: alt.X, y: alt.Y, aria: bool = True) -> tuple[Chart, ...]:
    """Return start, truth and optimum with their names: dataset `reference`.

    Without `aria` screen readers leave them out, as they must where there may be none: a symbol needs a name.
    """
    points = vega.data("reference").encode(x, y)
    rings = points.transform_filter("datum.place != 'optimum'")
    scale = (style.dot / 110) ** 0.5
    size = {"expr": f"pow({2 * scale} * datum.radius, 2)"}
    tooltips = [
        alt.Tooltip("place:N", title="Point"),
        vega.tooltip("a", "A (AU)", ".5f"),
        vega.tooltip("b", "B (AU)", ".5f"),
    ]
    # A start at another reference point is a ring around it, and otherwise a disc.
    disc = "datum.place == 'start' && datum.radius < 10 ? 1 : 0"
    silent: dict[str, Any] = {} if aria else {"aria": False}
    ring: dict[str, Any] = {"size": size, "filled": False, "opacity": 1, "clip": True, **silent}
    casing = rings.transform_calculate(role="'casing'").encode(vega.COLOUR, vega.FILL)
    star = points.transform_filter("datum.place == 'optimum'").mark_point(
        shape=_STAR, size=4 * (8.5 * scale) ** 2, fill=STAR, stroke=STAR_EDGE, strokeWidth=1, strokeJoin="round",
        opacity=1, clip=True, **silent,
    )
    return (
        casing.mark_point(**ring, strokeWidth=1.2 * style.line + _CASING, fillOpacity={"expr": disc}),
        vega.of_role(rings, "ink").mark_point(**ring, strokeWidth=1.2 * style.line, fill="transparent").encode(
            tooltip=tooltips
        ),
        star.encode(tooltip=tooltips),
        *names(style, x, y),
    )


def names(style: Style, x: alt.X, y: alt.Y) -> tuple[Chart, Chart]:
    """Return the names of the reference points, with halos."""
    mark: dict[str, Any] = {
        "fontSize": style.text, "fontWeight": 600, "baseline": "middle", "align": {"expr": "datum.align"},
        "dx": {"expr": f"datum.dx * {style.text_size} / 13"}, "dy": {"expr": f"datum.dy * {style.text_size} / 13"},
        "lineBreak": "\n", "lineHeight": {"expr": f"1.15 * {style.text_size}"},
    }
    named = vega.data("reference").transform_filter("datum.text != ''").encode(x, y, text="text:N")
    return haloed(named, "ink", **mark)


def haloed(chart: Chart, role: str, **mark: Any) -> tuple[Chart, Chart]:
    """Return text of a role on its halo, an outline in the colour of the casing."""
    halo = chart.transform_calculate(role="'casing'").mark_text(**mark, strokeWidth=4, strokeJoin="round")
    return halo.encode(vega.STROKE, vega.COLOUR), vega.of_role(chart, role).mark_text(**mark)


def arrows(chart: Chart, role: str, tip: tuple[str, str], width: float, **mark: Any) -> Chart:
    """Return arrows with heads and a casing, from the fields `a` and `b` of a chart to a tip.

    Parameters
    ----------
    chart
    role
    tip
        Fields of A and B at the tips.
    width
        Of the shaft within its casing, pixels; the head is in proportion.
    **mark
        Properties of the mark.
    """
    # The outline points to the right and is turned; a symbol of size 4 is drawn at the scale of its outline.
    frame = "data('here')[0]"
    right = f"(datum.{tip[0]} - datum.a) * width / ({frame}.a_high - {frame}.a_low)"
    up = f"(datum.{tip[1]} - datum.b) * height / ({frame}.b_high - {frame}.b_low)"
    casing = 0.3 * width + 1.0
    whole, head = width + casing, 1.7 * width + 5.0
    drawn = (
        cased(chart)
        .transform_calculate(role=f"'{role}'", right=right, up=up)
        .transform_calculate(length="sqrt(datum.right * datum.right + datum.up * datum.up)")
        .transform_calculate(head=f"min({head}, 0.6 * datum.length)", turn="-atan2(datum.up, datum.right) * 180 / PI")
        .transform_calculate(
            half=f"{0.5 * whole / head} * datum.head", wide=f"{0.5 * (whole + 5.0) / head} * datum.head",
            neck="datum.length - datum.head",
        )
        .transform_calculate(
            outline="'M0,' + -datum.half + 'L' + datum.neck + ',' + -datum.half + 'L' + datum.neck + ',' + -datum.wide"
            " + 'L' + datum.length + ',0L' + datum.neck + ',' + datum.wide + 'L' + datum.neck + ',' + datum.half"
            " + 'L0,' + datum.half + 'Z'"
        )
    )
    # The casing of a short arrow is thin, so that it does not hide the path.
    drawn = drawn.transform_calculate(edge=f"min({casing:.3g}, 0.12 * datum.length)").mark_point(
        size=4, filled=True, strokeJoin="round", clip=True, aria=False, angle={"expr": "datum.turn"}, **mark
    )
    shape, edge = alt.Shape("outline:N", scale=None), alt.StrokeWidth("edge:Q", scale=None)
    return drawn.encode(*vega.plane(), vega.COLOUR, shape, edge)


_ARROWS = {"gradient": ("➤ −α × gradient", 34, 6.5), "step": ("→ step taken", 14, 2.6)}
# Name, distance of the name from the bottom, and width of the shaft, pixels: both stay in sight where they coincide.

ARROW_NAMES_ROOM = (15, 3)
"""Characters and lines of room for the names of the arrows in the lower left corner."""

_CURRENT = "datum.update <= now && (now < datum.next || datum.last)"


def step_arrows(style: Style, which: str = _CURRENT, share: float = 1.0, opacity: float = 1.0) -> list[Chart]:
    """Return arrows of gradient and step: dataset `arrows`, by default those at the player's position."""
    shown = vega.data("arrows").transform_filter(which)
    return [
        arrows(shown, role, (f"{role}_a", f"{role}_b"), share * style.line / 2 * width, opacity=opacity)
        for role, (_, _, width) in _ARROWS.items()
    ]


def arrow_names(style: Style) -> list[Chart]:
    """Return the names of the arrows, in the lower left corner."""
    layers: list[Chart] = []
    for role, (words, up, _) in _ARROWS.items():
        at_y, dy = alt.value(alt.expr("height")), {"expr": f"-{up} * {style.text_size} / 13"}
        text = alt.Chart(alt.Data(values=[{}])).encode(x=alt.value(10), y=at_y, text=alt.value(words))
        layers += haloed(
            text, role, align="left", baseline="middle", dy=dy, fontSize=style.text, fontWeight=700
        )
    return layers


def run_names(style: Style, x: alt.X, y: alt.Y) -> tuple[Chart, Chart]:
    """Return the names of runs, with halos."""
    names = vega.names(style, x, y, "label_at")
    halo = vega.of_role(names, "casing").encode(vega.STROKE)
    halo.mark = halo.mark.copy()
    halo.mark.strokeWidth, halo.mark.strokeJoin = 4, "round"
    return halo, names
