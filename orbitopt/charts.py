"""Altair views for the page: constant specifications and, apart from them, the columns that they draw.

A view is built and checked once. What changes from run to run travels as columns under the names that the view's
layers ask for, so nothing flickers and the playhead keeps its place. Colours are roles: `palette.COLOURS` has the order
of the theme's categorical colours, so the same specification suits the light theme and the dark one.
"""

from functools import cache
from math import ceil, floor, pi

import altair as alt
import numpy as np

from . import hohmann
from .experiment import FIELDS
from .landscape import contours, noise_floor
from .palette import COLOURS

LAST_ROW = 1000
"""Where the playhead rests at the end of any run: beyond the last of its rows."""

PATH_LIMIT = 4.5
"""A path is drawn as long as |A| and |B| stay below this, AU."""

_WHOLE = 100
_MOST_ROWS = 600
_REACH = 1.72  # how far the orbits' view reaches from the Sun, AU
_LEVELS = [1.1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]  # of the contours, times the least loss
_LEAST_LEVEL = 1e-4  # what stands in for the least loss where there is hardly any noise, AU^2


# Columns.


def rows_shown(updates):
    """After which updates a run is shown: the first 100 whole, then evenly, at most 600 in all.

    Parameters
    ----------
    updates : int
        Number of updates of the run.

    Returns
    -------
    ndarray of int
        From 0 for the start to `updates` for the end.

    Examples
    --------
    >>> rows_shown(800)[[0, 99, 100, 101, -1]]
    array([  0,  99, 100, 101, 800])
    >>> len(rows_shown(60_000))
    600
    """
    if updates < _MOST_ROWS:
        return np.arange(updates + 1)
    later = np.linspace(_WHOLE, updates, _MOST_ROWS - _WHOLE).round().astype(int)
    return np.concatenate([np.arange(_WHOLE), later])


def run_columns(fit):
    """The columns of a run, a row for every update shown.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    dict of ndarray
        `row` counts the rows, `last` is the last of them and `last_seen` the last before the path leaves the picture;
        `update` is how many updates lie behind, `a` and `b` are the parameters then, `batch_loss` the next
        mini-batch's loss there, `full_loss` the clamped loss over all samples; `role` is the optimizer. A loss that no
        logarithmic axis can show is NaN.
    """
    shown = rows_shown(len(fit.history.loss))
    params = fit.at(shown)
    columns = {
        "row": np.arange(len(shown)),
        "last": np.full(len(shown), len(shown) - 1),
        "last_seen": np.full(len(shown), _rows_seen(params) - 1),
        "update": shown,
        "a": params[:, 0],
        "b": params[:, 1],
        "batch_loss": _for_log_axis(np.append(fit.history.loss, np.nan)[shown]),
        "full_loss": _for_log_axis(fit.loss_at(shown)),
    }
    return {name: np.asarray(column, np.float32) for name, column in columns.items()} | {
        "role": np.full(len(shown), fit.experiment.optimizer)
    }


def sample_columns(samples):
    """The columns x and y of the samples, AU."""
    return {name: np.asarray(column, np.float32) for name, column in samples._asdict().items()}


def floor_columns(noise_scale):
    """The column `loss` of the noise floor, AU^2: one row, or none without noise."""
    level = noise_floor(noise_scale)
    return {"loss": np.array([level] if level else [], np.float32)}


def window(fit):
    """The stretch of A and of B that holds the start, the path as far as it is drawn, and the optimum.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    (float, float), (float, float)
        AU, in halves.
    """
    path = fit.at(rows_shown(len(fit.history.loss)))
    path = path[: _rows_seen(path)]
    return tuple(
        (min(0.0, floor(2.0 * column.min() - 0.1) / 2.0), max(2.0, ceil(2.0 * column.max() + 0.1) / 2.0))
        for column in np.vstack([path, fit.optimum[:2]]).T
    )


def contour_columns(samples, least_loss, a_range, b_range, domain_only=False):
    """The columns of the loss surface's contours: `patch`, `level` (times the least loss), `a`, `low` and `high`.

    Parameters
    ----------
    samples : Samples
    least_loss : float
        The loss at the optimum, AU^2.
    a_range, b_range : (float, float)
        The window, AU.
    domain_only : bool
        Which loss, as in `landscape.contours`.

    Returns
    -------
    dict of ndarray
    """
    least = max(least_loss, _LEAST_LEVEL)
    patches = contours(samples, [least * level for level in reversed(_LEVELS)], a_range, b_range, domain_only)
    columns = {
        "patch": [np.full(len(a), k) for k, (_, a, _, _) in enumerate(patches)],
        "level": [np.full(len(a), level / least) for level, a, _, _ in patches],
        **{name: [patch[k] for patch in patches] for k, name in enumerate(["a", "low", "high"], start=1)},
    }
    return {name: np.concatenate(column).astype(np.float32) for name, column in columns.items()}


def mark_columns(fit):
    """The columns of the places marked on the surface: `a`, `b` and `place`."""
    places = {
        "start": fit.at([0])[0],
        "truth": (hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS),
        "optimum": fit.optimum[:2],
    }
    a, b = np.array(list(places.values()), np.float32).T
    return {"a": a, "b": b, "place": np.array(list(places))}


def _rows_seen(path):
    """How many rows a path has before it leaves the picture."""
    gone = (np.abs(path) >= PATH_LIMIT).any(axis=1)
    return int(np.argmax(gone)) if gone.any() else len(path)


def _for_log_axis(loss):
    return np.where(np.isfinite(loss) & (loss > 0.0), loss, np.nan)


# Messages: what each picture shows, in one sentence from the run itself. They are the pictures' alternative text too.


def orbits_message(fit):
    """Where the fitted ellipse goes, in one sentence."""
    miss, updates = fit.miss_at_mars, len(fit.history.loss)
    share = abs(miss) / (hohmann.MARS_ORBIT * hohmann.ASTRONOMICAL_UNIT)
    if share > 1.0:
        return f"The fitted ellipse goes nowhere near Mars's orbit; updates: {updates:,}."
    way = "beyond" if miss > 0.0 else "short of"
    return f"The fit ends {abs(miss):,.0f} km ({share:.2%}) {way} Mars's orbit; updates: {updates:,}."


def loss_message(fit):
    """What became of the loss, in one sentence."""
    start, end = float(fit.loss_at([0])[0]), fit.loss
    level = noise_floor(fit.experiment.noise_scale)
    against = f", {end / level:,.3g} times the noise floor" if level else ""
    return f"The loss {'fell' if end < start else 'rose'} from {start:.3g} to {end:.3g}{against}."


def search_message(fit):
    """Where the path went, in one sentence."""
    away = float(np.linalg.norm(np.abs(fit.params) - fit.optimum[:2]))
    start = f"A = {fit.experiment.start_a:g}, B = {fit.experiment.start_b:g}"
    mirrored = "the mirror image of " if fit.params[0] < 0.0 else ""
    return f"From {start} the path ends {away:.2g} AU from {mirrored}the exact optimum."


# Views.


def orbits():
    """The specification of the orbits, the samples and the fitted ellipse: datasets `run` and `samples`."""
    return _specification(_orbits)


def loss():
    """The specification of the loss over the updates: datasets `run` and `floor`."""
    return _specification(_loss)


def search():
    """The specification of the path over the loss surface: datasets `run`, `contours` and `marks`."""
    return _specification(_search)


@cache
def _specification(view):
    """A view as the page hands it on, without what the page's theme decides."""
    chart = view().add_params(_PLAYHEAD)
    return {key: value for key, value in chart.to_dict().items() if key not in ("config", "$schema")}


_PLAYHEAD = alt.param("playhead", value=LAST_ROW, bind=alt.binding_range(min=0, max=LAST_ROW, step=1))
_HERE = "datum.row == min(playhead, datum.last)"
_SEEN = "datum.row <= datum.last_seen"
_SEEN_SO_FAR = "datum.row <= min(playhead, datum.last_seen)"
_SEEN_HERE = "datum.row == min(playhead, datum.last_seen)"
_ROLES = {"scale": alt.Scale(domain=list(COLOURS)), "legend": None}  # the range is the theme's
_COLOUR = alt.Color("role:N", **_ROLES)
_PADDING = {"left": 2, "top": 6, "right": 6, "bottom": 2}
_DECADE = "round(log(datum.value) / LN10)"
_IS_DECADE = f"abs(log(datum.value) / LN10 - {_DECADE}) < 1e-6"
_RUN = alt.Chart(alt.NamedData("run"))
_RUN_TIPS = [
    alt.Tooltip("update:Q", title="After update", format=","),
    alt.Tooltip("a:Q", title="A, AU", format=".4f"),
    alt.Tooltip("b:Q", title="B, AU", format=".4f"),
    alt.Tooltip("batch_loss:Q", title="Next mini-batch's loss", format=".3e"),
    alt.Tooltip("full_loss:Q", title="Loss over all samples", format=".3e"),
]


def _dataset(name, role):
    """A chart of a dataset all of whose rows have one role."""
    return alt.Chart(alt.NamedData(name)).transform_calculate(role=f"'{role}'").encode(_COLOUR)


def _fixed(role, **datum):
    """A chart of one datum that never changes."""
    return alt.Chart(alt.Data(values=[{"role": role, **datum}])).encode(_COLOUR)


def _orbits():
    samples = (
        _dataset("samples", "samples")
        .mark_point(size=14, strokeWidth=1.2, opacity=0.7, clip=True)
        .encode(
            _sky_x(),
            _sky_y(),
            tooltip=[alt.Tooltip("x:Q", title="x, AU", format=".3f"), alt.Tooltip("y:Q", title="y, AU", format=".3f")],
        )
    )
    fitted = (
        _ellipse_of(_RUN.transform_filter(_HERE), "datum.a", "datum.b", hohmann.FOCUS_OFFSET)
        .mark_line(strokeWidth=4, clip=True)
        .encode(_sky_x(), _sky_y(), _COLOUR, order="angle:Q")
    )
    equation = (
        _RUN.transform_filter(_HERE)
        .transform_calculate(
            text=f"'(x + {hohmann.FOCUS_OFFSET})² / ' + format(abs(datum.a), '.4f') + '² + y² / ' "
            "+ format(abs(datum.b), '.4f') + '² = 1'"
        )
        .mark_text(baseline="top", fontSize=15, fontWeight=600)
        .encode(_COLOUR, text="text:N", x=alt.value(alt.expr("width / 2")), y=alt.value(2))
    )
    return alt.layer(
        samples,
        _known_orbit(hohmann.EARTH_ORBIT, hohmann.EARTH_ORBIT, 0.0, "earth"),
        _known_orbit(hohmann.MARS_ORBIT, hohmann.MARS_ORBIT, 0.0, "mars"),
        _known_orbit(
            hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS, hohmann.FOCUS_OFFSET, "truth", strokeDash=[6, 4]
        ),
        _body(0.0, "sun", 300),
        fitted,
        _body(hohmann.EARTH_ORBIT, "earth", 140),
        _body(-hohmann.MARS_ORBIT, "mars", 140),
        _name(0.0, -0.12, "Sun", "sun"),
        _name(0.0, -hohmann.EARTH_ORBIT + 0.08, "Earth's orbit", "earth"),
        _name(0.0, -hohmann.MARS_ORBIT + 0.08, "Mars's orbit", "mars"),
        equation,
    ).properties(height=428, padding=_PADDING)


def _loss():
    x = alt.X("update:Q", scale=alt.Scale(nice=False), axis=_axis("Update", tickCount=6))
    log_axis = {
        "scale": alt.Scale(type="log"),
        "axis": _axis(
            "Loss, AU²",
            tickCount=5,
            grid=True,
            gridOpacity={"condition": {"test": _IS_DECADE, "value": 1}, "value": 0},
            labelExpr=f"{_IS_DECADE} ? '10' + ({_DECADE} < 0 ? '⁻' : '') + {list('⁰¹²³⁴⁵⁶⁷⁸⁹')}[abs({_DECADE})] : ''",
        ),
    }
    batch_loss, full_loss = alt.Y("batch_loss:Q", **log_axis), alt.Y("full_loss:Q", **log_axis)
    level = _dataset("floor", "truth").encode(alt.Y("loss:Q", **log_axis))
    here = _RUN.transform_filter(_HERE)
    return alt.layer(
        _RUN.mark_line(strokeWidth=1, opacity=0.5).encode(x, batch_loss, _COLOUR),
        level.mark_rule(strokeWidth=2, strokeDash=[6, 4]),
        level.mark_text(align="right", baseline="top", dy=4, fontSize=13).encode(
            x=alt.value(alt.expr("width - 6")), text=alt.value("noise floor")
        ),
        _RUN.mark_line(strokeWidth=3).encode(x, full_loss, _COLOUR, tooltip=_RUN_TIPS),
        here.mark_rule(strokeWidth=1, opacity=0.6).encode(x, _COLOUR),
        here.mark_point(filled=True, size=110, opacity=1).encode(x, full_loss, _COLOUR, tooltip=_RUN_TIPS),
    ).properties(height=184, padding=_PADDING)


def _search():
    plain = alt.Scale(zero=False, nice=False)
    upright = {"scale": plain, "axis": _axis("B, AU", tickCount=5)}
    x, y = alt.X("a:Q", scale=plain, axis=_axis("A, AU", tickCount=6)), alt.Y("b:Q", **upright)
    surface = (
        _dataset("contours", "contour")
        .mark_area(fillOpacity=0.09, strokeWidth=0.8, strokeOpacity=0.5, clip=True)
        .encode(
            x,
            alt.Y("low:Q", **upright),
            y2="high:Q",
            stroke=alt.Stroke("role:N", **_ROLES),
            detail="patch:O",
            order="patch:O",
        )
    )
    marks = _dataset("marks", "text").encode(x, y)
    places = {"start": "circle", "truth": "cross", "optimum": "diamond"}
    named = marks.encode(text="place:N")
    return alt.layer(
        surface,
        _RUN.transform_filter(_SEEN)
        .mark_line(strokeWidth=1, opacity=0.35).encode(x, y, _COLOUR, order="row:Q"),
        _RUN.transform_filter(_SEEN_SO_FAR)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=16, filled=True))
        .encode(x, y, _COLOUR, order="row:Q", tooltip=_RUN_TIPS),
        _RUN.transform_filter(_SEEN_HERE)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x, y, _COLOUR, tooltip=_RUN_TIPS),
        marks.mark_point(size=90, strokeWidth=2, opacity=1).encode(
            shape=alt.Shape(
                "place:N", scale=alt.Scale(domain=list(places), range=list(places.values())), legend=None
            ),
            tooltip=[
                alt.Tooltip("place:N", title="Place"),
                alt.Tooltip("a:Q", title="A, AU", format=".5f"),
                alt.Tooltip("b:Q", title="B, AU", format=".5f"),
            ],
        ),
        named.transform_filter("datum.place != 'optimum'").mark_text(fontSize=13, align="left", dx=8, dy=-8),
        named.transform_filter("datum.place == 'optimum'").mark_text(fontSize=13, align="left", dx=8, dy=12),
    ).properties(height=204, padding=_PADDING)


def _axis(title, **more):
    """An axis that leaves the room to the picture."""
    return alt.Axis(title=title, **{"grid": False, "labelPadding": 5, "titlePadding": 6, **more})


def _sky_x():
    """x in the orbits' view. Together with y it keeps one scale for both axes, whatever the view's width and height."""
    return _sky(alt.X, "x", "max(1, width / height)")


def _sky_y():
    return _sky(alt.Y, "y", "max(1, height / width)")


def _sky(channel, name, share):
    reach = f"{_REACH} * {share}"
    scale = alt.Scale(domainMin=alt.expr(f"-{reach}"), domainMax=alt.expr(reach), nice=False, zero=False)
    return channel(f"{name}:Q", scale=scale, axis=_axis(f"{name}, AU", tickCount=5))


def _ellipse_of(chart, a, b, focus_offset):
    """A chart whose every datum becomes the points of an ellipse, in the fields x and y by `angle`."""
    return (
        chart.transform_calculate(angle=f"sequence(0, {2.0 * pi + 0.04:.2f}, 0.04)")
        .transform_flatten(["angle"])
        .transform_calculate(x=f"{a} * cos(datum.angle) - {focus_offset}", y=f"{b} * sin(datum.angle)")
    )


def _known_orbit(a, b, focus_offset, role, **mark):
    return (
        _ellipse_of(_fixed(role), a, b, focus_offset)
        .mark_line(strokeWidth=2, clip=True, **mark)
        .encode(_sky_x(), _sky_y(), order="angle:Q")
    )


def _body(x, role, size):
    return _fixed(role, x=x, y=0.0).mark_point(filled=True, size=size, opacity=1).encode(_sky_x(), _sky_y())


def _name(x, y, text, role):
    return _fixed(role, x=x, y=y).mark_text(fontSize=13).encode(_sky_x(), _sky_y(), text=alt.value(text))
