"""Labels on the loss surface: the values on the contours, and the names of the reference points.

They are placed here and not in the browser, so that they keep clear of the marks, of each other and of the frame in
every chart and figure. Places and sizes on the square of the surface are in shares of its side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from . import hohmann
from .arrays import Bools, Columns, Floats
from .landscape import Optimum
from .palette import FIRST_DEEP_BAND
from .surfaces import LEVELS, AxisLimits

LABELLED: dict[float, int] = {1000: 0, 500: 0, 100: 0, 20: 0, 200: 560, 5000: 560, 2000: 640}
"""Levels with a label, and the side of the square from which the label is shown, pixels."""

DESK_TEXT, PROJECTOR_TEXT = 13 / 330, 0.062
"""Largest heights of text on a screen on a desk and on a projector."""

_NEAR = 0.03  # closer points have one label
_TEXT_WIDTH, _TEXT_HEIGHT = 0.58, 1.15  # of a character and of a line, in heights of the text
_SHIFT = 0.035  # by which a name moves to be inside the frame
_MARGIN = 0.012  # between labels, marks and the frame
_TEXT = 13.0  # pixels; the height of text for which the radii of marks are given
_RADIUS = {"start": 5.5, "truth": 11.0, "optimum": 8.0}
_RADIUS_OF_MARKS = 7.0
_RADIUS_AROUND = 16.0  # of the ring of a start that is at another reference point
_TRACK = 1 / 64  # distance of points of a path that labels avoid
_PLACES = 41  # tried along each edge of a contour

_Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top


def level_columns(
    surface: Columns,
    limits: AxisLimits,
    reference: Columns,
    path: Floats,
    unit: str = "the minimum",
    text: float = DESK_TEXT,
    labelled: Mapping[float, int] | None = None,
    key: tuple[int, int] = (0, 0),
    names: Mapping[str, tuple[float, float]] | None = None,
) -> Columns:
    """Return the values that stand on contours, clear of the marks, of each other and of the frame.

    Parameters
    ----------
    surface
        Columns of `surface_columns`.
    limits
        Limits of A and of B, AU.
    reference
        Columns of `reference_columns`.
    path
        Points that labels do not cover, AU, shape (n, 2).
    unit
        Text that follows the first value that is placed, as a rule the largest.
    text
        Height of the text.
    labelled
        Levels with a label, as LABELLED, which is the default where its levels occur.
    key
        Number of characters and of lines in the lower left corner, which the labels avoid.
    names
        A and B, AU, of the left ends of other names, which the labels avoid.

    Returns
    -------
    dict
        The place `a`, `b`, AU, of the middle of the label or of its right end, as `align` says; `text`; `band`, the
        index in `palette.RAMP` of the contour's lower side; `tone`, the role of the text; and `side`, the side of the
        square from which the label is shown, pixels.
    """
    square = _Square.of(limits)
    obstacles = [*_mark_boxes(reference, square, text), *_reference_boxes(reference, square, text)]
    characters, lines = key
    if lines:
        obstacles.append((0.0, 0.0, _TEXT_WIDTH * text * characters, _TEXT_HEIGHT * text * lines))
    obstacles += _name_boxes(names or {}, square, text)
    track = np.unique((square.shares(path) / _TRACK).round(), axis=0) * _TRACK  # most points are at the optimum
    kept: list[tuple[float, str, tuple[float, float], tuple[float, float], float]] = []
    if labelled is None:
        # With much noise the minimum is so high that only few contours are in sight.
        labelled = LABELLED if (surface["level"] == 500).any() else dict.fromkeys(LEVELS, 0)
    drawn = {float(np.float32(level)): level for level in labelled if np.isin(np.float32(level), surface["level"])}
    # The label with the unit needs the most room, so it comes first; the others follow in order of importance.
    for level in sorted(drawn.values(), key=lambda level: (labelled[level], -level)):
        words = f"{level:,g}×" + ("" if kept else f" {unit}")
        size = _size(words, text if labelled[level] == 0 else 0.65 * text)
        place = _label_place(surface, level, square, size, track, np.array(obstacles).reshape(-1, 4))
        if place is not None:
            obstacles.append(_around(place, size))
            band = float(surface["band"][surface["level"] == np.float32(level)][0])
            kept.append((level, words, place, size, band))
    right = [place[0] >= 1.0 - _MARGIN - size[0] / 2.0 - 1e-6 for _, _, place, size, _ in kept]
    at = [(1.0 - _MARGIN if flush else place[0], place[1]) for flush, (_, _, place, _, _) in zip(right, kept)]
    a, b = square.data(np.array(at).reshape(-1, 2)).T
    return {
        "a": a.astype(np.float32),
        "b": b.astype(np.float32),
        "text": np.array([words for _, words, *_ in kept], str),
        "align": np.array(["right" if flush else "center" for flush in right], str),
        "band": np.array([band for *_, band in kept], np.float32),
        "tone": np.array(["pale" if band >= FIRST_DEEP_BAND else "ink" for *_, band in kept], str),
        "side": np.array([labelled[level] for level, *_ in kept], np.float32),
    }


class _Square(NamedTuple):
    """The square between axis limits, for the change between data and shares of its side."""

    low: Floats
    span: Floats

    @classmethod
    def of(cls, limits: AxisLimits) -> _Square:
        low, high = np.array(limits, float).T
        return cls(low, high - low)

    def shares(self, points: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(points, float) - self.low) / self.span)

    def data(self, shares: Floats) -> Floats:
        return self.low + shares * self.span


def _label_place(
    surface: Columns, level: float, square: _Square, size: tuple[float, float], track: Floats, obstacles: Floats
) -> tuple[float, float] | None:
    """Return the place on a contour for the middle of its label, or None if there is no room.

    Of the places clear of obstacles and paths, it is the one furthest to the right, unless the contour is steep there.
    """
    wide, high = size
    first, last = _MARGIN + wide / 2.0, 1.0 - _MARGIN - wide / 2.0
    found: list[tuple[float, float, float]] = []
    for patch in np.unique(surface["patch"][surface["level"] == np.float32(level)]):
        rows = surface["patch"] == patch
        for penalty, edge in ((0.0, "low"), (0.12, "high")):
            u, v = square.shares(np.stack([surface["a"][rows], surface[edge][rows]], axis=1)).T
            middle = np.linspace(min(u[-1], last), max(u[0], first), _PLACES)
            height, before, after = (np.interp(middle + shift, u, v) for shift in (0.0, -wide / 2.0, wide / 2.0))
            rise = np.abs(after - before)
            reach = np.stack([np.full(_PLACES, wide / 2.0), np.full(_PLACES, high / 2.0)], axis=1)
            at = np.stack([middle, height], axis=1)
            free = (np.abs(height - 0.5) < 0.5 - _MARGIN - high / 2.0) & (middle >= first) & (middle <= last)
            free &= ~_meet(at - reach - _MARGIN, at + reach + _MARGIN, obstacles[:, :2], obstacles[:, 2:])
            free &= ~_meet(at - reach - _MARGIN, at + reach + _MARGIN, track, track)
            cost = last - middle + penalty + np.maximum(0.0, rise - high)
            if free.any():
                best = int(np.argmin(np.where(free, cost, np.inf)))
                found.append((float(cost[best]), float(middle[best]), float(height[best])))
    return min(found)[1:] if found else None


def _meet(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> Bools:
    """Return which boxes, shape (n, 2) for each of two corners, meet one of other boxes."""
    apart = (low[:, None] >= other_high) | (other_low >= high[:, None])
    met: Bools = ~(apart[..., 0] | apart[..., 1])
    return np.asarray(met.any(axis=1))


def _size(words: str, text: float) -> tuple[float, float]:
    """Return width and height of lines of text."""
    lines = words.split("\n")
    return _TEXT_WIDTH * text * max(map(len, lines)), _TEXT_HEIGHT * text * len(lines)


def _around(middle: tuple[float, float], size: tuple[float, float]) -> _Box:
    (u, v), (wide, high) = middle, size
    return u - wide / 2.0, v - high / 2.0, u + wide / 2.0, v + high / 2.0


def _is_free(box: _Box, others: Sequence[_Box]) -> bool:
    """Return True if a box is clear of others."""
    left, bottom, right, top = box
    return not any(
        left - _MARGIN < right_ and left_ < right + _MARGIN and bottom - _MARGIN < top_ and bottom_ < top + _MARGIN
        for left_, bottom_, right_, top_ in others
    )


def _is_inside(box: _Box) -> bool:
    return min(box[:2]) >= _MARGIN and max(box[2:]) <= 1.0 - _MARGIN


# Reference points and their labels.


def reference_columns(
    start: tuple[float, float],
    optimum: Optimum,
    limits: AxisLimits,
    text: float = DESK_TEXT,
    marks: Mapping[str, tuple[float, float]] | None = None,
    names: Mapping[str, tuple[float, float]] | None = None,
    truth: tuple[float, float] | None = (hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS),
) -> Columns:
    """Return the reference points of a surface, start, truth, optimum and perhaps others, with labels beside them.

    Points that are too close to be told apart have one label.

    Parameters
    ----------
    start
        A and B, AU.
    optimum
    limits
        Limits of A and of B, AU. A point outside has no label.
    text
        Height of the text.
    marks
        A and B, AU, of further points by name.
    names
        As for `level_columns`.
    truth
        A and B, AU; None for user-supplied samples.

    Returns
    -------
    dict
        `a`, `b`, AU; `place`, the name of the point; `radius` of its mark, in pixels where text is 13 pixels high;
        `text`, empty if there is no label; its `align`, and its distance from the point, to the right `dx` and
        downwards to the middle of its first line `dy`, in pixels like the radius.
    """
    square = _Square.of(limits)
    true = {"truth": truth} if truth else {}
    points = {"start": start, **true, "optimum": optimum[:2], **(marks or {})}
    at = dict(zip(points, square.shares(list(points.values()))))
    labels = {} if truth else {"optimum": "best for\nthese samples"}
    owners = ["optimum"]
    for name in (*true, "start", *(marks or ())):
        near = [owner for owner in owners if np.hypot(*(at[name] - at[owner])) < _NEAR]
        owners.append(name) if not near else labels.update({near[0]: f"{labels.get(near[0], near[0])}\n≈ {name}"})
    radius = {name: _RADIUS.get(name, _RADIUS_OF_MARKS) for name in points}
    radius |= {} if "start" in owners else {"start": _RADIUS_AROUND}
    columns: dict[str, Any] = {"place": np.array(list(points)), "radius": np.array([*radius.values()], np.float32)}
    columns["a"], columns["b"] = np.array(list(points.values()), np.float32).T
    boxes = [*_mark_boxes(columns, square, text), *_name_boxes(names or {}, square, text)]
    chosen = {name: ("", "left", 0.0, 0.0) for name in points}
    for owner in owners:
        words = labels.get(owner, owner)
        largest = max(radius[name] for name in points if name == owner or f"≈ {name}" in words)
        if _is_inside((*at[owner], *at[owner])):
            box, align, dx, dy = _beside(at[owner], largest, words, text, boxes)
            chosen[owner] = words, align, dx, dy
            boxes.append(box)
    columns["text"], columns["align"] = (np.array([chosen[name][k] for name in points]) for k in (0, 1))
    columns["dx"], columns["dy"] = (np.array([chosen[name][k] for name in points], np.float32) for k in (2, 3))
    return columns


def _beside(
    at: Floats, radius: float, words: str, text: float, boxes: Sequence[_Box]
) -> tuple[_Box, str, float, float]:
    """Return the box of a label beside a mark, its alignment, and its distance to the right and downwards, pixels."""
    pixel = text / _TEXT
    wide, high = _size(words, text)
    lines = words.count("\n") + 1
    options = []
    for side, up in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
        reach = radius + 4.0 if 0 in (side, up) else 0.75 * radius + 2.0
        v = at[1] + up * (reach * pixel + high / 2.0)
        within = min(max(v, _MARGIN + high / 2.0), 1.0 - _MARGIN - high / 2.0)
        if side and 0.0 < abs(v - within) < _SHIFT:  # nearly inside: beside the mark there is room
            v, reach = within, radius + 3.0
        u = at[0] + side * (reach * pixel + wide / 2.0)
        down = (at[1] - v) / pixel - (lines - 1) * _TEXT_HEIGHT * _TEXT / 2.0
        align = {1: "left", -1: "right", 0: "center"}[side]
        options.append((_around((u, v), (wide, high)), align, float(side * reach), float(down)))
    inside = [option for option in options if _is_inside(option[0])] or options
    # A label with corners beside its own mark touches the box around the mark, but not the mark.
    others = [box for box in boxes if not (box[0] < at[0] < box[2] and box[1] < at[1] < box[3])]
    return next((option for option in inside if _is_free(option[0], others)), inside[0])


def _name_boxes(names: Mapping[str, tuple[float, float]], square: _Square, text: float) -> Iterator[_Box]:
    """Yield boxes around names that begin at points."""
    for name, left in names.items():
        wide, high = _size(name, text)
        u, v = square.shares(left).tolist()
        yield u, v - high / 2.0, u + wide, v + high / 2.0


def _mark_boxes(reference: Columns, square: _Square, text: float) -> list[_Box]:
    """Return boxes around the marks of reference points."""
    radii = (reference["radius"].astype(float) + 2.0) * text / _TEXT
    shares = square.shares(np.stack([reference["a"], reference["b"]], axis=1))
    return [(u - radius, v - radius, u + radius, v + radius) for (u, v), radius in zip(shares.tolist(), radii.tolist())]


def _reference_boxes(reference: Columns, square: _Square, text: float) -> Iterator[_Box]:
    """Yield the boxes of the labels of reference points."""
    pixel = text / _TEXT
    for k in np.flatnonzero(reference["text"] != ""):
        u, v = square.shares([reference["a"][k], reference["b"][k]]).tolist()
        wide, high = _size(str(reference["text"][k]), text)
        middle = u + float(reference["dx"][k]) * pixel
        middle += {"left": 0.5, "right": -0.5, "center": 0.0}[str(reference["align"][k])] * wide
        top = v - float(reference["dy"][k]) * pixel + _TEXT_HEIGHT * text / 2.0
        yield middle - wide / 2.0, top - high, middle + wide / 2.0, top
