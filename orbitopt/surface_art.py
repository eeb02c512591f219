"""The loss surface in figures: bands, contour values, paths on casings, and reference points.

These functions draw on axes of matplotlib that are handed to them. Sizes are those of the page's charts, at 0.75 points
to the pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from .arrays import Floats
from .labels import level_columns, reference_columns
from .palette import STAR, STAR_EDGE, colour
from .problem import FitProblem
from .surfaces import AxisLimits, exit_of, level_unit, surface_columns
from .traces import RunGroup, RunTrace

Axes: TypeAlias = Any
"""Axes of matplotlib, which only `figures` and `films` import."""

Halo: TypeAlias = Callable[[float, str], list[Any]]
"""Function that returns path effects from the width and the colour of a halo."""

POINT = 0.75
"""Points to the pixel."""

_TEXT = 9.75  # points
_WIDER = 1.2  # by which matplotlib's bold letters are wider than those of the page
_LINE, _CASING = 2.4 * POINT, 4.9 * POINT


def draw_surface(
    axes: Axes, theme: str, group: RunGroup, problem: FitProblem, halo: Halo, side: float
) -> list[Any]:
    """Draw the bands of the clamped loss with values on the contours, and the reference points with their names.

    Parameters
    ----------
    axes
    theme
    group
        Its axis limits become those of the axes.
    problem
    halo
    side
        Of the axes, points.

    Returns
    -------
    list
        Marks and names of the reference points, which belong on top of the paths.
    """
    limits, text = group.axis_limits, _WIDER * _TEXT / side
    (_, _), (b_low, b_high) = limits
    columns = surface_columns(problem, limits)
    for patch in np.unique(columns["patch"]):
        rows = columns["patch"] == patch
        a, low, high = (columns[name][rows] for name in ("a", "low", "high"))
        axes.fill_between(a, low, high, facecolor=_band(columns["band"][rows][0], theme), linewidth=0, zorder=1)
        for edge, end, role, alpha in ((low, b_low, "lit edge", 0.75), (high, b_high, "shaded edge", 0.6)):
            inner = np.where((np.abs(edge - end) > 1e-6) & (patch > 0), edge, np.nan)  # at the frame is no contour
            if np.isfinite(inner).any():
                axes.plot(a, inner, color=colour(role, theme), linewidth=POINT, alpha=alpha, zorder=1.5)
    axes.set(xlim=limits[0], ylim=limits[1], aspect="equal")
    reference = reference_columns(group.main.start, problem.optimum, limits, text, truth=problem.truth)
    levels = level_columns(columns, limits, reference, group.paths, level_unit(problem), text)
    for a, b, words, align, band, tone, least in zip(*levels.values(), strict=True):
        if side / POINT >= least:
            axes.text(
                a, b, words, color=colour(tone, theme), fontsize=_TEXT, fontweight="bold", ha=align,
                va="center", zorder=2, path_effects=halo(4 * POINT, _band(band, theme)),
            )
    return [*_draw_marks(axes, theme, reference), *_draw_names(axes, theme, reference, halo)]


def _band(band: float, theme: str) -> str:
    return colour(f"level {int(band)}", theme)


def _draw_marks(axes: Axes, theme: str, reference: dict[str, Any]) -> list[Any]:
    """Draw start and truth as cased rings, and the optimum as a star."""
    ink, casing = colour("ink", theme), colour("casing", theme)
    marks = []
    for place, radius, a, b in zip(*(reference[name] for name in ("place", "radius", "a", "b")), strict=True):
        size = 2.0 * POINT * float(radius)
        if place == "optimum":
            styles = [{"marker": "*", "markersize": 1.3 * size, "markerfacecolor": STAR, "markeredgecolor": STAR_EDGE,
                       "markeredgewidth": 0.8}]  # fmt: skip
        else:
            ring = {"marker": "o", "markersize": size, "markerfacecolor": "none"}
            inside = casing if place == "start" and radius < 10 else "none"
            styles = [ring | {"markeredgecolor": casing, "markeredgewidth": _CASING, "markerfacecolor": inside},
                      ring | {"markeredgecolor": ink, "markeredgewidth": _LINE}]  # fmt: skip
        for style in styles:
            marks += axes.plot([a], [b], linestyle="none", label=str(place), zorder=6, **style)
    return marks


def _draw_names(axes: Axes, theme: str, reference: dict[str, Any], halo: Halo) -> list[Any]:
    """Draw the names of the reference points beside their marks."""
    names = []
    for k in np.flatnonzero(reference["text"] != ""):
        words, dy = str(reference["text"][k]), float(reference["dy"][k])
        middle = dy + words.count("\n") * 1.15 * 13.0 / 2.0  # of all lines, in pixels below the mark
        names.append(
            axes.annotate(
                words, (reference["a"][k], reference["b"][k]), (POINT * float(reference["dx"][k]), -POINT * middle),
                textcoords="offset points", color=colour("ink", theme), fontsize=_TEXT, fontweight="bold",
                ha=str(reference["align"][k]), va="center", linespacing=1.0, zorder=7,
                path_effects=halo(4 * POINT, colour("casing", theme)),
            )
        )  # fmt: skip
    return names


def path_style(role: str, theme: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the styles of the casing of a path, of its line, and of the dot at its end."""
    tone, casing = colour(role, theme), colour("casing", theme)
    dot = {"marker": "o", "markersize": 9, "markeredgecolor": casing, "markeredgewidth": 1.5, "linestyle": "none"}
    return (
        {"color": casing, "linewidth": _CASING, "alpha": 0.95, "zorder": 3},
        {"color": tone, "linewidth": _LINE, "zorder": 4},
        dot | {"color": tone, "zorder": 5},
    )


def path_to(run: RunTrace, row: int, limits: AxisLimits) -> Floats:
    """Return the points of a path up to a row, AU, shape (n, 2), ending on the frame if it jumps far beyond it."""
    points = run.path[: row + 1].astype(float)
    left = exit_of(run.rows["a"], run.rows["b"], limits)
    if left and left.row == len(run.path) <= row:
        points = np.vstack([points, [left.a, left.b]])
    return points


def exit_style(run: RunTrace, row: int, limits: AxisLimits) -> tuple[list[float], list[float], Any]:
    """Return a triangle where a path leaves the axis limits: coordinates, empty before it does, and the marker."""
    left = exit_of(run.rows["a"], run.rows["b"], limits)
    if left is None or row < left.row:
        return [], [], "o"
    return [left.a], [left.b], (3, 0, -90.0 - left.angle)


def draw_path(axes: Axes, theme: str, run: RunTrace, limits: AxisLimits) -> None:
    """Draw the path of a run, with dots for those of its first hundred updates that are apart."""
    last = len(run.rows["update"]) - 1
    casing, line, dot = path_style(run.experiment.optimizer, theme)
    points = path_to(run, last, limits)
    axes.plot(*points.T, **casing)
    axes.plot(*points.T, **line)
    spaced = run.spaced(limits)[: len(run.path)] & (run.rows["update"][: len(run.path)] < 100)
    axes.plot(*run.path[spaced].T, **dot | {"markersize": 3.4, "markeredgewidth": 0})
    a, b, marker = exit_style(run, last, limits)
    axes.plot(a, b, **dot | {"marker": marker, "markersize": 12, "clip_on": False})
