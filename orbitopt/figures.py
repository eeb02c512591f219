"""matplotlib figures of runs, for slides and papers.

Every property is set explicitly. The functions neither use nor change matplotlib's global settings, so several threads
can draw at the same time.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import hohmann, surface_art
from .arrays import Columns, Floats
from .fit import Fit, check_fit
from .formatting import count, fixed, number, superscript
from .landscape import noise_floor
from .orbits import sky_columns
from .palette import BACKGROUND, DASHES, colour
from .problem import FitProblem
from .settings import check_choice
from .surfaces import level_unit
from .traces import RunGroup, RunTrace, rows_of_batches, trace

FORMATS: dict[str, str] = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""Formats of a figure, with their media types."""

_FAR = 100.0  # AU; larger axes are drawn with this length, which is outside the picture too
_SEMI_AXES = "Semi-major axis A (AU)", "Semi-minor axis B (AU)"
_DPI, _STAGE_DPI = 100, 80
_TRUTH = (0, (4, 2.5))  # dash pattern
_SOURCE_FIELD = {"png": "Source", "svg": "Source", "pdf": "Subject"}  # metadata field of the source
_SAVING = Lock()  # matplotlib's settings are global to the process


@dataclass(frozen=True)
class Drawing:
    """A figure that the page offers."""

    label: str
    draw: Callable[..., Figure]
    """Function of the subject and the theme."""
    subject: str
    """First argument of `draw`: "run" for one Fit, "race" or "batches" for Fits by name."""


def orbits(fit: Fit, theme: str = "light") -> Figure:
    """Draw the result of a run: fitted ellipse, loss curve and search path, Figures 7 to 10 of the post."""
    check_fit(fit)
    group = _group({"": fit})
    run, role = group.main, fit.experiment.optimizer
    figure = _figure(11.0, 7.0, theme)
    sky = _axes(figure, (0.8, 0.9, 5.2, 5.2), theme, "x (AU)", "y (AU)")
    _draw_orbits(sky, theme, fit.problem)
    sky.plot(*_ellipse(fit.a, fit.b, fit.problem.focus_offset), color=colour(role, theme), linewidth=3)
    equation = _equation(fit.a, fit.b, fit.problem.focus_offset)
    sky.set_title(equation, color=colour(role, theme), fontsize=12, fontweight="bold")
    loss = _axes(figure, (6.95, 5.1, 3.8, 1.6), theme, "Update", "Loss (AU²)")
    _draw_loss(loss, theme, group)
    plane = _axes(figure, (6.95, 0.6, 3.8, 3.8), theme, *_SEMI_AXES)
    _draw_surface(plane, theme, group, fit.problem)
    surface_art.draw_path(plane, theme, run, group.axis_limits)
    return figure


def surface(fit: Fit, theme: str = "light") -> Figure:
    """Draw the loss surface as contours, with the search path on it: Figure 2 of the post."""
    check_fit(fit)
    group = _group({"": fit})
    figure = _figure(7.0, 7.0, theme)
    axes = _axes(figure, (0.75, 0.6, 6.0, 6.0), theme, *_SEMI_AXES)
    _draw_surface(axes, theme, group, fit.problem)
    surface_art.draw_path(axes, theme, group.main, group.axis_limits)
    minimum = fit.optimum.loss
    unit = level_unit(fit.problem)
    unit = f"the minimum loss, {number(minimum)} AU²" if unit == "the minimum" else unit
    axes.set_title(f"Values on the contours are multiples of {unit}", color=colour("text", theme), fontsize=10)
    return figure


def batches(fits: Mapping[str, Fit], theme: str = "light") -> Figure:
    """Draw the mini-batch losses of named runs over their epochs, thinned as in Figure 3 of the post."""
    _check_fits(fits)
    traces = {name: trace(fit, rows_of_batches(fit.experiment)) for name, fit in fits.items()}
    figure = _figure(9.0, 5.0, theme)
    axes = _axes(figure, (0.85, 0.6, 7.9, 4.0), theme, "Epoch", "Loss of a mini-batch (AU²)")
    for (name, run), role in reversed([*zip(traces.items(), [*DASHES, "pinned"], strict=False)]):
        epochs, losses = run.rows["epoch"][:-1], run.rows["batch_loss"][:-1]  # at the end there is no mini-batch
        axes.plot(epochs, losses, color=colour(role, theme), linewidth=1.4, label=name)
    group = RunGroup("", traces, {}, "epoch", "batch_loss")
    _set_log_axis(axes, group.frame)
    _draw_noise_floor(axes, theme, group.main)
    _legend(axes, theme, title="Samples per mini-batch", loc="best")
    return figure


def transfer(fit: Fit, theme: str = "light") -> Figure:
    """Draw the transfer from Earth to Mars with the samples of a run: Figure 6 of the post."""
    check_fit(fit)
    figure = _figure(6.4, 6.2, theme)
    axes = _axes(figure, (0.8, 0.6, 5.3, 5.3), theme, "x (AU)", "y (AU)")
    _draw_orbits(axes, theme, fit.problem)
    return figure


def race(fits: Mapping[str, Fit], theme: str = "light") -> Figure:
    """Draw the results of named runs on the same samples, with orbits and surface: the last frame of Figure 11."""
    stage = Stage(fits, theme)
    stage.move(1.0)
    return stage.figure


FIGURES: dict[str, Drawing] = {
    "orbits": Drawing("Result of the run (Figures 7 to 10)", orbits, "run"),
    "surface": Drawing("Loss surface and search path (Figure 2)", surface, "run"),
    "transfer": Drawing("Transfer and samples (Figure 6)", transfer, "run"),
    "race": Drawing("Race (Figure 11)", race, "race"),
    "batches": Drawing("Batch sizes (Figure 3)", batches, "batches"),
}
"""Figures by key."""


def save(figure: Figure, format: str, source: str = "") -> bytes:
    """Return a figure as the bytes of a file; the same figure gives the same bytes.

    Parameters
    ----------
    figure
    format
        Key of FORMATS: "png" has twice the resolution of a screen, "svg" and "pdf" are vector graphics.
    source
        Link that reproduces the figure, or the source of its samples, stored in the file's metadata.

    Raises
    ------
    ValueError
        If there is no such format.
    """
    check_choice("format", format, FORMATS)
    metadata: dict[str, Any] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[format]
    if source:
        metadata = metadata | {_SOURCE_FIELD[format]: source}
    file = BytesIO()
    with _SAVING, rc_context({"svg.hashsalt": "orbitopt"}):  # otherwise the identifiers in an SVG are random
        figure.savefig(file, format=format, dpi=2 * _DPI, metadata=metadata)
    return file.getvalue()


class Stage:
    """Figure of orbits and loss surface, in which named runs move from their starts to their ends."""

    def __init__(self, fits: Mapping[str, Fit], theme: str) -> None:
        group = _group(fits)
        self.traces, self._limits = group.traces, group.axis_limits
        first = next(iter(fits.values()))
        self.figure, self._background = _figure(10.0, 5.2, theme), None
        self.figure.set_dpi(_STAGE_DPI)
        sky = _axes(self.figure, (0.75, 0.55, 4.2, 4.2), theme, "x (AU)", "y (AU)")
        plane = _axes(self.figure, (5.6, 0.55, 4.2, 4.2), theme, *_SEMI_AXES)
        _draw_orbits(sky, theme, first.problem)
        points = _draw_surface(plane, theme, group, first.problem)
        self.ellipses, self.casings, self.paths, self.dots, self.exits, handles = [], [], [], [], [], []
        for run in self.traces.values():
            role = run.experiment.optimizer
            style: dict[str, Any] = {"color": colour(role, theme), "linestyle": _dashes(role) if len(fits) > 1 else "-"}
            handles.append(Line2D([], [], linewidth=2.5, **style))
            self.ellipses += sky.plot([], [], linewidth=2.5, **style)
            casing, line, dot = surface_art.path_style(role, theme)
            self.casings += plane.plot([], [], **casing)
            self.paths += plane.plot([], [], **line | style)
            self.dots += plane.plot([], [], **dot)
            self.exits += plane.plot([], [], **dot | {"markersize": 12, "clip_on": False})
        self.title = sky.text(0.0, 1.03, "", transform=sky.transAxes, color=colour("text", theme), fontsize=11)
        # What moves is drawn in this order, and the names of the orbits and the reference points over it.
        moving = [*self.ellipses, *self.casings, *self.paths, *self.dots, *self.exits]
        self._moving = [*moving, *sky.texts, *points]
        for artist in self._moving:
            artist.set(animated=True)
        for ellipse in self.ellipses:
            ellipse.set(zorder=4)
        if len(fits) > 1:
            _legend(
                plane, theme, handles, self.traces, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles)
            )

    def move(self, progress: float) -> None:
        """Move every run to a share of its rows, the square of the progress: the first updates move it the furthest."""
        places = [(run, round((len(run.rows["update"]) - 1) * progress**2)) for run in self.traces.values()]
        moving = zip(places, self.ellipses, self.casings, self.paths, self.dots, self.exits, strict=True)
        for (run, row), ellipse, casing, path, dot, left in moving:
            ellipse.set_data(*_ellipse(run.rows["a"][row], run.rows["b"][row], run.problem.focus_offset))
            points = surface_art.path_to(run, row, self._limits)
            casing.set_data(*points.T)
            path.set_data(*points.T)
            dot.set_data(*run.path[: row + 1][-1:].T)
            a, b, marker = surface_art.exit_style(run, row, self._limits)
            left.set_data(a, b)
            left.set_marker(marker)
        text = f"After {count(max(int(run.rows['update'][row]) for run, row in places), 'update')}"
        if len(places) == 1:
            run, row = places[0]
            text += f": A = {fixed(abs(run.rows['a'][row]), 4)} AU, B = {fixed(run.rows['b'][row], 4)} AU"
        self.title.set_text(text)

    def picture(self, progress: float) -> npt.NDArray[np.uint8]:
        """Return the picture at a progress from 0 to 1, shape (height, width, 4); the background is drawn only once."""
        self.move(progress)
        canvas: Any = self.figure.canvas
        if self._background is None:
            canvas.draw()  # without the animated artists
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._background)
        for artist in self._moving:
            artist.draw(canvas.get_renderer())
        return np.array(canvas.buffer_rgba())


# Parts of the figures.


def equation_outline(latex: str, size: float) -> tuple[str, str]:
    """Return an equation, given as LaTeX, as the `d` of an SVG path and the `viewBox` around it.

    `size` is the height of its text, pixels.
    """
    path = TextPath((0.0, 0.0), f"${latex}$", size=size).cleaned(curves=True)
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
    parts = []
    for points, code in path.iter_segments(curves=True):
        if code in letters:
            numbers = [f"{-value if k % 2 else value:.1f}" for k, value in enumerate(points)]
            parts.append(letters[code] + ("" if code == Path.CLOSEPOLY else " ".join(numbers)))
    (left, low), (right, high) = path.get_extents().get_points()
    return "".join(parts), f"{left - 1:.0f} {-high - 1:.0f} {right - left + 2:.0f} {high - low + 2:.0f}"


def _check_fits(fits: Any) -> None:
    if not isinstance(fits, Mapping) or not fits:
        got = reprlib.repr(fits)
        raise TypeError(f"fits must be Fits by name, such as {{'Adam': run(PUBLISHED['adam'])}}, got {got}")
    for fit in fits.values():
        check_fit(fit)


def _group(fits: Mapping[str, Fit]) -> RunGroup:
    """Return the group of named fits."""
    _check_fits(fits)
    traces = {name: trace(fit) for name, fit in fits.items()}
    return RunGroup("", traces, {name: run.experiment.optimizer for name, run in traces.items()})


def _figure(width: float, height: float, theme: str) -> Figure:
    """Return an empty figure of a size in inches, with the theme's background."""
    check_choice("theme", theme, BACKGROUND)
    figure = Figure((width, height), dpi=_DPI, facecolor=BACKGROUND[theme])
    FigureCanvasAgg(figure)
    return figure


def _axes(figure: Figure, place: tuple[float, float, float, float], theme: str, x: str, y: str) -> Axes:
    """Add axes with a place: left, bottom, width and height, in inches."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = place
    text = colour("text", theme)
    axes = figure.add_axes((left / width, bottom / height, wide / width, high / height), facecolor=BACKGROUND[theme])
    axes.tick_params(colors=text, labelsize=10, length=3)
    axes.set_xlabel(x, color=text, fontsize=11)
    axes.set_ylabel(y, color=text, fontsize=11)
    axes.spines[:].set(color=text, linewidth=0.8, alpha=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _draw_orbits(axes: Axes, theme: str, problem: FitProblem) -> None:
    """Draw the Sun, the orbits of planets, the true transfer and the samples, at equal scales."""
    sky, samples = sky_columns(problem), problem.samples
    reach = float(sky["limit"][0])
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    larger = min(max(512.0 / len(samples.x), 1.0), 2.5) ** 0.5  # few samples: the fitted ellipse would hide them
    axes.plot(*samples, "o", markersize=2.2 * larger, color=colour("samples", theme), alpha=0.6, markeredgewidth=0)
    looks: dict[str, dict[str, Any]] = {
        "orbit": {"linewidth": 1.6},
        "truth": {"linewidth": 1.6, "linestyle": _TRUTH, "zorder": 3},
        "sun": {"marker": "o", "markersize": 15},
        "planet": {"marker": "o", "markersize": 9, "zorder": 5},
    }
    box = {"facecolor": BACKGROUND[theme], "alpha": 0.75, "linewidth": 0, "pad": 0.5}
    for k, kind in enumerate(sky["kind"]):
        row = {name: column[k].item() for name, column in sky.items()}
        tone = colour(row["role"], theme)
        if kind in ("orbit", "truth"):
            axes.plot(*hohmann.ellipse(row["a"], row["b"], -row["centre"]), color=tone, **looks[kind])
        elif kind != "name":
            axes.plot(row["x"], row["y"], color=tone, **looks[kind])
        elif row["role"] != "samples":  # their number is in the corner
            align = {"ha": row["align"], "va": row["baseline"].replace("middle", "center")}
            axes.text(row["x"], row["y"], row["text"], color=tone, fontsize=11, bbox=box, zorder=6, **align)
    key: dict[str, Any] = {"color": colour("samples", theme), "transform": axes.transAxes}
    axes.plot(0.03, 0.97, "o", markersize=5, **key)
    axes.text(0.05, 0.97, count(len(samples.x), "sample"), fontsize=11, va="center_baseline", **key)


def _halo(width: float, colour_: str) -> list[Any]:
    """Return a halo around text, of a width in points on each side together."""
    return [withStroke(linewidth=width, foreground=colour_)]


def _draw_surface(axes: Axes, theme: str, group: RunGroup, problem: FitProblem) -> list[Any]:
    """Draw the loss surface of a group; return its reference points."""
    assert axes.figure is not None
    side = axes.get_position().width * axes.figure.get_figure(root=True).get_size_inches()[0] * 72.0
    return surface_art.draw_surface(axes, theme, group, problem, _halo, side)


def _draw_loss(axes: Axes, theme: str, group: RunGroup) -> None:
    """Draw the losses of a run over its updates, on a logarithmic axis."""
    run = group.main
    line = colour(run.experiment.optimizer, theme)
    axes.plot(run.rows["update"], run.rows["batch_loss"], color=line, linewidth=0.8, alpha=0.45, label="mini-batch")
    axes.plot(run.rows["update"], run.rows["full_loss"], color=line, linewidth=2, label="all samples")
    _set_log_axis(axes, group.frame)
    _draw_noise_floor(axes, theme, run)
    _legend(axes, theme, loc="best")


def _set_log_axis(axes: Axes, frame: Columns) -> None:
    """Set a logarithmic axis of losses, with more ticks if it is short."""
    low, high = float(frame["loss_low"][0]), float(frame["loss_high"][0])
    low *= (low / high) ** 0.1  # room for the label below the noise floor
    axes.set(yscale="log", xlim=(frame["x_low"][0], frame["x_high"][0]), ylim=(low, high))
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 30.0 * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_power_of_ten))


def _power_of_ten(value: float, _: Any) -> str:
    """Format a number as a power of ten without mathtext, whose parser is not thread-safe."""
    digit, power = f"{value:.0e}".split("e")
    return ("" if digit == "1" else f"{digit}·") + "10" + superscript(int(power))


def _draw_noise_floor(axes: Axes, theme: str, run: RunTrace) -> None:
    """Draw the noise floor with its label, if the samples have noise."""
    level = noise_floor(run.experiment.noise_scale)
    if level:
        axes.axhline(level, color=colour("truth", theme), linewidth=1.6, linestyle=_TRUTH, zorder=5)
        axes.annotate(
            "noise floor", (1.0, level), (0, -3), axes.get_yaxis_transform(), "offset points", ha="right", va="top",
            color=colour("truth", theme), fontsize=10, zorder=2.4,  # above the curves and below the frame
            bbox={"facecolor": BACKGROUND[theme], "alpha": 0.8, "linewidth": 0, "pad": 1},
        )


def _legend(axes: Axes, theme: str, *entries: Any, **more: Any) -> None:
    """Draw a legend in the theme's text colour."""
    text = colour("text", theme)
    legend = axes.legend(
        *entries, frameon=False, labelcolor=text, fontsize=10, borderaxespad=0.2, handlelength=2.4, **more
    )
    legend.get_title().set(color=text, fontsize=10)


def _ellipse(a: float, b: float, focus_offset: float) -> tuple[Floats, Floats]:
    """Return points on a fitted ellipse, limited to a size that can be drawn."""
    return hohmann.ellipse(min(abs(a), _FAR), min(abs(b), _FAR), focus_offset)


def _equation(a: float, b: float, focus_offset: float) -> str:
    """Return the equation of a fitted ellipse as text."""
    a_text, b_text = (f"{axis:.4f}" if axis < _FAR else number(axis) for axis in (abs(a), abs(b)))
    return f"(x + {number(focus_offset, 5)})² / {a_text}² + y² / {b_text}² = 1"


def _dashes(role: str) -> Any:
    """Return the dash pattern of an optimizer as matplotlib's line style."""
    _, gap, *_ = DASHES[role]
    return (0, [length / 2 for length in DASHES[role]]) if gap else "-"
