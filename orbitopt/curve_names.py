"""Places for the names of curves: beside the own curve, inside the frame, and clear of curves and other names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import Floats

LETTER_WIDTH, GAP = 0.035, 0.02
"""Width of a letter, and of the gap between a curve and its name, as shares of the frame's width."""

_POINTS, _ANCHORS = 96, 24  # of each curve, evenly spaced along it
_ANYWHERE = np.linspace(0.01, 0.99, 12)
_SIDES = [(side, shift) for side in (1.0, -1.0) for shift in (0.0, -1.0, 1.0)]


def place_labels(
    curves: Sequence[Floats], names: Sequence[str], height: float, obstacles: Floats | None = None
) -> Floats:
    """Return the places of the names of curves, as the middle of the left edge of each text, shape (n, 2).

    Each name stands to the right or to the left of a point of its own curve, where the other curves are far away.

    Parameters
    ----------
    curves
        Points of each curve as shares of the frame, (0, 0) at its lower left and (1, 1) at its upper right corner,
        shape (points, 2). Points outside the frame, and those that are not finite, do not count.
    names
    height
        Height of a text, as a share of the frame's height.
    obstacles
        Points that no name should cover, shape (points, 2).
    """
    drawn = [_resampled(curve) for curve in curves]
    taken: list[Floats] = []
    for k, name in enumerate(names):
        width = LETTER_WIDTH * len(name)
        others = [curve for other, curve in enumerate(drawn) if other != k and len(curve)]
        fixed = np.empty((0, 2)) if obstacles is None else obstacles
        taken.append(_place(drawn[k], others, fixed, taken, np.array([width, height])))
    return np.array([[left, 0.5 * (low + high)] for left, low, _, high in taken]).reshape(-1, 2)


def _resampled(curve: Floats) -> Floats:
    """Return points of the drawn part of a curve, evenly spaced along it, shape (points, 2)."""
    inside = (np.isfinite(curve) & (curve >= 0.0) & (curve <= 1.0)).all(axis=1)
    points = np.asarray(curve, float)[inside]
    if len(points) < 2:
        return points
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    even = np.linspace(0.0, along[-1], _POINTS)
    return np.stack([np.interp(even, along, column) for column in points.T], axis=1)


def _place(own: Floats, others: Sequence[Floats], obstacles: Floats, taken: Sequence[Floats], size: Floats) -> Floats:
    """Return the box of a name that costs least: left, low, right and high.

    A box costs most if it overlaps another name or leaves the frame, less for points that it covers, and least if it
    is close to another curve.
    """
    anchors = own[:: _POINTS // _ANCHORS] if len(own) else np.array([[0.5, 0.5]])
    corners = np.stack(np.meshgrid(_ANYWHERE, _ANYWHERE), axis=-1).reshape(-1, 2) * (1.0 - size)
    beside = [_beside(anchors, size, side, shift) for side, shift in _SIDES]
    boxes = np.concatenate([*beside, np.hstack([corners, corners + size])])  # the corners if no place beside is free
    own_distance = _distance(boxes, own) if len(own) else np.zeros(len(boxes))
    cost = np.repeat([abs(shift) for _, shift in _SIDES], len(anchors))
    cost = np.concatenate([cost, 300.0 + 300.0 * own_distance[len(cost) :]])
    cost = cost + 1e4 * ((boxes[:, :2] < 0.005) | (boxes[:, 2:] > 0.995)).any(axis=1)
    for box in taken:
        apart = (boxes[:, :2] >= box[2:]) | (boxes[:, 2:] <= box[:2])
        cost = cost + 1e5 * ~apart.any(axis=1)
    cost = cost + 30.0 * _covered(boxes, obstacles, 0.015) + 4.0 * _covered(boxes, own, 0.0)
    for other in others:
        distance = _distance(boxes, other)
        cost = cost + 6.0 * _covered(boxes, other, 0.0) + 40.0 * np.maximum(0.15 - distance, 0.0)
        cost = cost + 60.0 * np.maximum(own_distance + 0.01 - distance, 0.0)
    best: Floats = boxes[int(np.argmin(np.round(cost, 6)))]
    return best


def _beside(anchors: Floats, size: Floats, side: float, shift: float) -> Floats:
    """Return boxes to the right (side = 1) or to the left of points, shifted up by shares of their height."""
    width, height = size
    left = anchors[:, 0] + (GAP if side > 0.0 else -GAP - width)
    low = anchors[:, 1] + (shift - 0.5) * height
    return np.stack([left, low, left + width, low + height], axis=1)


def _distance(boxes: Floats, points: Floats) -> Floats:
    """Return the distance of each box from the nearest of some points."""
    left, low, right, high = boxes.T[:, :, None]
    x, y = points.T
    across, up = np.maximum(np.maximum(left - x, x - right), 0.0), np.maximum(np.maximum(low - y, y - high), 0.0)
    nearest: Floats = np.sqrt((across**2 + up**2).min(axis=1))
    return nearest


def _covered(boxes: Floats, points: Floats, margin: float) -> Floats:
    """Return the number of points in each box, enlarged by a margin."""
    left, low, right, high = boxes.T[:, :, None]
    x, y = points.T
    inside = (x >= left - margin) & (x <= right + margin) & (y >= low - margin) & (y <= high + margin)
    counts: Floats = np.count_nonzero(inside, axis=1).astype(float)
    return counts
