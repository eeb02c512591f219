"""Learning rate: how runs end at 61 learning rates, for every optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import altair as alt
import numpy as np
import streamlit as st

from ...arrays import Bools, Columns, Floats
from ...formatting import listed, number
from ...landscape import REACHED_MARGIN
from ...optimizers import OPTIMIZERS
from ...outcomes import OUTCOME_MARKS, SETTLED, Outcome
from ...settings import Setting
from ...sweeps import RATES, SweepResult, settled_ranges, with_run
from ...traces import RunTrace
from .. import vega
from ..cache import to_arrow
from ..clicks import clickable, last_click
from ..comparisons import swept_rates
from ..context import Page
from ..pictures import show_chart
from ..sidebar import take_optimizer_defaults
from ..text import OUTCOMES_KEY
from ..vega import Specification, Style

NAME = "Learning rate"
QUESTION = "Which learning rates work?"
SETTINGS: dict[str, Setting] = {}

_DRAWN_RATES = (1e-4, 10.0)
_WORST_LOSS = 10.0  # AU^2; larger ones are drawn here
_ROOM_FOR_BANDS = 200.0  # by this factor the loss axis extends below the minimum


def show(page: Page) -> None:
    """Show the section."""
    swept = swept_rates(page)
    if swept is None:
        return
    show_chart(
        page,
        learning_rates_chart(page.style),
        {
            "swept": to_arrow(swept_columns(swept)),
            "bands": to_arrow(band_columns(page.run, swept)),
            "now": to_arrow({"rate": np.array([page.experiment.learning_rate])}),
        },
        "Loss at the end of runs against their learning rate, one curve for each optimizer.",
        rates_message(page.run, swept),
        **clickable("swept", lambda: _take_rate(page)),
    )
    st.caption(f"{' · '.join(OUTCOMES_KEY)}. Click a point to use its learning rate.")


def _take_rate(page: Page) -> None:
    """Use the learning rate, and the optimizer, of the point that was clicked."""
    for point in last_click("swept"):
        if point["optimizer"] != page.experiment.optimizer:
            page.controls.set("optimizer", point["optimizer"])
            take_optimizer_defaults(page.controls)
        page.controls.set("learning_rate", point["rate"])


def swept_columns(swept: Mapping[str, SweepResult]) -> Columns:
    """Return the runs of a sweep, point by point.

    The columns are `rate`, `loss` as drawn and `true_loss`, `optimizer`, `end` (the role of the outcome), `ending`,
    names, and in every row the ends of the loss axis, with room for the bands below.
    """
    keys = np.repeat(list(swept), len(RATES))
    outcomes = np.concatenate([result.outcome for result in swept.values()])
    with np.errstate(over="ignore"):
        loss = np.concatenate([result.loss for result in swept.values()]).astype(np.float32)
    return {
        "rate": np.tile(RATES, len(swept)).astype(np.float32),
        "loss": np.clip(np.nan_to_num(loss, nan=np.inf), REACHED_MARGIN, _WORST_LOSS).astype(np.float32),
        "true_loss": loss,
        "optimizer": keys,
        "role": keys,
        "dash": keys,
        "name": np.array([OPTIMIZERS[key].label for key in keys]),
        "end": np.array([OUTCOME_MARKS[outcome].role for outcome in outcomes]),
        "ending": np.array([outcome.value for outcome in outcomes]),
        "loss_low": np.full(len(keys), _min_loss(swept) / _ROOM_FOR_BANDS, np.float32),
        "loss_high": np.full(len(keys), 1.5 * _WORST_LOSS, np.float32),
    }


def band_columns(run: RunTrace, swept: Mapping[str, SweepResult]) -> Columns:
    """Return the ranges in which each optimizer settles: from `low` to `high`, at a `loss` of its own."""
    least = _min_loss(swept)
    levels = least * _ROOM_FOR_BANDS ** ((np.arange(len(swept)) + 0.6) / (len(swept) + 1.0) - 1.0)
    rows = []
    for key, level in zip(swept, levels, strict=True):
        rates, settled = _rates(run, key, swept[key])
        edges = np.sqrt(np.append(rates[0] ** 2 / rates[1], rates) * np.append(rates, rates[-1] ** 2 / rates[-2]))
        for k, (low, high) in enumerate(settled_ranges(rates, settled)):
            first, last = np.searchsorted(rates, [low, high])
            ends = np.clip([edges[first], edges[last + 1]], *_DRAWN_RATES)
            rows.append((*ends, level, key, OPTIMIZERS[key].label, k == 0))
    columns = list(zip(*rows)) or [()] * 6
    kinds = {"low": np.float32, "high": np.float32, "loss": np.float32, "role": str, "name": str, "labelled": bool}
    return {name: np.array(column, kind) for (name, kind), column in zip(kinds.items(), columns, strict=True)}


def _rates(run: RunTrace, key: str, result: SweepResult) -> tuple[Floats, Bools]:
    """Return the learning rates of an optimizer, and True for those that settled; the page's run is one of them."""
    if key != run.experiment.optimizer:
        return RATES, result.settled
    return with_run(result, run.experiment.learning_rate, run.outcome in SETTLED)


def _min_loss(swept: Mapping[str, SweepResult]) -> float:
    return max(min(float(np.nanmin(result.loss)) for result in swept.values()), REACHED_MARGIN)


@cache
def learning_rates_chart(style: Style = vega.DESK) -> Specification:
    """Draw how runs end over their learning rate: datasets `swept`, `bands` and `now`; the selection is `taken`."""
    rates = alt.Scale(domain=list(_DRAWN_RATES), type="log", nice=False)
    x = alt.X("rate:Q", scale=rates, axis=vega.power_axis("Learning rate α", grid=True))
    y = vega.log_loss_y("loss", "swept")
    swept = vega.data("swept").encode(x, y, vega.COLOUR, detail="name:N")
    bands = vega.data("bands").encode(y, vega.COLOUR)
    tooltips = [
        alt.Tooltip("name:N", title="Optimizer"),
        vega.tooltip("rate", "α", ".3~g"),
        alt.Tooltip("ending:N", title="Outcome"),
        vega.tooltip("true_loss", "Loss (AU²)", ".3~g"),
    ]
    taken = alt.selection_point(
        name="taken", fields=["optimizer", "rate"], on="click", nearest=True, toggle=False, clear=False
    )
    low = alt.X("low:Q", scale=rates)
    return vega.specification(
        "wide",
        style,
        vega.data("now", "text").encode(x).mark_rule(strokeWidth=style.line),
        swept.mark_line(strokeWidth=style.line - 0.5, opacity=0.7, clip=True).encode(vega.DASH),
        swept.mark_point(size=style.dot / 3, strokeWidth=1.5, opacity=1)
        .encode(vega.outcome_shape(), tooltip=tooltips)
        .add_params(taken),
        bands.mark_rule(strokeWidth=3 * style.line, strokeCap="round").encode(low, x2="high:Q"),
        bands.transform_filter("datum.labelled")
        .mark_text(fontSize=style.text, fontWeight=700, align="right", baseline="middle", dx=-8)
        .encode(low, text="name:N"),
    )


def rates_message(run: RunTrace, swept: Mapping[str, SweepResult]) -> str:
    """Return a sentence on the learning rates at which the optimizers settle, and on the run itself."""
    if all((result.outcome == Outcome.NO_SAMPLE).all() for result in swept.values()):
        return (
            "From this start no sample lies within the ellipse's x range, so the gradient is zero and no learning rate "
            "changes A or B. Start from a larger A."
        )
    ranges = {OPTIMIZERS[key].label: settled_ranges(*_rates(run, key, result)) for key, result in swept.items()}
    name, rate = OPTIMIZERS[run.experiment.optimizer].label, number(run.experiment.learning_rate, 4)
    own = f"Your run, {name} at {rate}, {run.outcome.value}."
    never = [label for label, found in ranges.items() if not found]
    if len(never) == len(ranges):
        return f"No optimizer settles at any of these learning rates within the given epochs. {own}"
    some = "; ".join(f"{label} {_range_text(found)}" for label, found in ranges.items() if found)
    others = f"; {listed(never)} at none" if never else ""
    return f"The optimizers settle at these learning rates: {some}{others}. {own}"


def _range_text(ranges: list[tuple[float, float]]) -> str:
    gaps = " with gaps" if len(ranges) > 1 else ""
    low, high = ranges[0][0], ranges[-1][1]
    return f"only at {number(low, 4)}" if low == high else f"from {number(low, 4)} to {number(high, 4)}{gaps}"
