"""matplotlib figures and films of runs, for slides and papers.

They are drawn when they are asked for, from runs that are handed in. Every property is given outright and nothing is
taken from or left in matplotlib's global settings, so that several visitors may be served at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import numpy as np
from matplotlib import rc_context
from matplotlib.animation import FFMpegWriter, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from . import hohmann, shown
from .formatting import count, fixed, number
from .landscape import noise_floor
from .palette import BACKGROUND, DASHES, colour

FORMATS = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
"""What a figure can be saved as, and its media type."""

FILM_FORMATS = {"gif": "image/gif", "mp4": "video/mp4"}
"""What a film can be, and its media type."""

_FAR = 100.0  # axes beyond this are drawn as this, AU: off the picture all the same
_SEMI_AXES = "Semi-major axis A, AU", "Semi-minor axis B, AU"
_FPS, _FRAMES, _HELD = 10, 80, 15  # 9.4 s at most, with the last picture held for 1.5 s
_DPI, _FILM_DPI = 100, 90
_TRUTH = (0, (4, 2.5))  # the dashes of what is known
_FAST_OCTREE, _NO_DITHER = 2, 0  # Pillow's numbers for how colours are chosen and put in place
_LINK = {"png": "Source", "svg": "Source", "pdf": "Subject"}  # the keys that each format has for it
_ALIKE = {"svg.hashsalt": "orbitopt"}  # so that the same figure is the same file
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SAVING = Lock()  # matplotlib's settings are those of the whole process


@dataclass(frozen=True)
class Drawing:
    """A figure that can be had."""

    label: str
    draw: Callable
    """Makes the figure of a Fit, or of a dict of them, in the theme "light" or "dark"."""
    of: str
    """What it is made of: "run" for one Fit, "race" or "batches" for a dict of str to Fit."""


def orbits(fit, theme="light"):
    """The result of a run, Figures 7 to 10 of the post: the fitted ellipse, the loss curve and the search path.

    Parameters
    ----------
    fit : Fit
    theme : str
        "light" or "dark".

    Returns
    -------
    matplotlib.figure.Figure
    """
    run, role = shown.show(fit), fit.experiment.optimizer
    figure = _figure(11.0, 6.2, theme)
    sky = _axes(figure, (0.8, 0.6, 5.2, 5.2), theme, "x, AU", "y, AU")
    _sky(sky, theme, fit.samples)
    sky.plot(*_ellipse(fit.a, fit.b), color=colour(role, theme), linewidth=3)
    sky.set_title(_equation(fit.a, fit.b), color=colour(role, theme), fontsize=12, fontweight="bold")
    loss = _axes(figure, (6.85, 3.6, 3.9, 2.2), theme, "Update", "Loss, AU²")
    _loss(loss, theme, run)
    surface = _axes(figure, (6.85, 0.6, 3.9, 2.3), theme, *_SEMI_AXES)
    _surface(surface, theme, {"": run}, fit.samples)
    _path(surface, theme, run)
    return figure


def surface(fit, theme="light"):
    """The loss surface as contours with the search path on it, Figure 2 of the post.

    Parameters
    ----------
    fit : Fit
    theme : str
        "light" or "dark".

    Returns
    -------
    matplotlib.figure.Figure
    """
    run = shown.show(fit)
    figure = _figure(7.0, 6.2, theme)
    axes = _axes(figure, (0.75, 0.6, 6.0, 5.1), theme, *_SEMI_AXES)
    levels = _surface(axes, theme, {"": run}, fit.samples)
    _path(axes, theme, run)
    least = run.optimum.loss
    unit = f"the least loss, {number(least)} AU²" if least >= shown.LEAST_LEVEL else f"{shown.LEAST_LEVEL:g} AU²"
    axes.set_title(
        f"Contours from the inside: {', '.join(f'{level:g}' for level in levels)}\ntimes {unit}",
        color=colour("text", theme),
        fontsize=9,
    )
    return figure


def batches(fits, theme="light"):
    """The mini-batch losses of runs over their epochs, thinned as in Figure 3 of the post.

    Parameters
    ----------
    fits : dict of str to Fit
        By what each is called.
    theme : str
        "light" or "dark".

    Returns
    -------
    matplotlib.figure.Figure
    """
    runs = {}
    for name, fit in fits.items():
        runs[name] = shown.show(fit, shown.rows_of_batches(fit.experiment))
    figure = _figure(9.0, 5.0, theme)
    axes = _axes(figure, (0.85, 0.6, 7.9, 4.0), theme, "Epoch", "Loss of a mini-batch, AU²")
    for (name, run), role in reversed([*zip(runs.items(), [*DASHES, "pinned"], strict=False)]):
        axes.plot(run.rows["epoch"], run.rows["batch_loss"], color=colour(role, theme), linewidth=1.4, label=name)
    _log_axis(axes, shown.frame_columns(runs, "epoch"))
    _floor(axes, theme, next(iter(runs.values())))
    _legend(axes, theme, title="Samples in a mini-batch", loc="best")
    return figure


def transfer(fit, theme="light"):
    """The flight from Earth to Mars and the noisy samples of it, Figure 6 of the post.

    Parameters
    ----------
    fit : Fit
        Its samples are shown.
    theme : str
        "light" or "dark".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = _figure(6.4, 6.2, theme)
    axes = _axes(figure, (0.8, 0.6, 5.3, 5.3), theme, "x, AU", "y, AU")
    _sky(axes, theme, fit.samples)
    for role, word, x in (("earth", "launch", hohmann.EARTH_ORBIT), ("mars", "arrival", -hohmann.MARS_ORBIT)):
        axes.text(x + 0.08, -0.08, word, color=colour(role, theme), fontsize=11, va="top")
    return figure


def race(fits, theme="light"):
    """Where runs from one start have come to, orbits and surface side by side: Figure 11 of the post at its end.

    Parameters
    ----------
    fits : dict of str to Fit
        By what each is called; they share their samples.
    theme : str
        "light" or "dark".

    Returns
    -------
    matplotlib.figure.Figure
    """
    stage = _Stage(fits, theme)
    stage.move(1.0)
    return stage.figure


FIGURES = {
    "orbits": Drawing("Result of the run (Figures 7 to 10)", orbits, "run"),
    "surface": Drawing("Loss surface and search path (Figure 2)", surface, "run"),
    "transfer": Drawing("Transfer and samples (Figure 6)", transfer, "run"),
    "race": Drawing("Race (Figure 11)", race, "race"),
    "batches": Drawing("Batch sizes (Figure 3)", batches, "batches"),
}
"""The figures that can be had."""


def save(figure, format, link=""):
    """The bytes of a file that holds a figure; the same figure gives the same file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    format : str
        Key of FORMATS: "png" is at twice a screen's resolution, "svg" and "pdf" are of lines and outlines.
    link : str
        What reproduces it; kept in the file's metadata.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If there is no such format.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {format!r}")
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[format]
    file = BytesIO()
    with _SAVING, rc_context(_ALIKE):
        figure.savefig(file, format=format, dpi=2 * _DPI, metadata=metadata | ({_LINK[format]: link} if link else {}))
    return file.getvalue()


def has_ffmpeg():
    """Whether this machine can make an MP4."""
    return FFMpegWriter.isAvailable()


def film(fits, format="gif", theme="light", link=""):
    """A film of runs, orbits and surface side by side: Figure 11 of the post. A generator, so that it can be stopped.

    Parameters
    ----------
    fits : dict of str to Fit
        By what each is called; they share their samples.
    format : str
        "gif", or "mp4" where `has_ffmpeg()`.
    theme : str
        "light" or "dark".
    link : str
        What reproduces it; kept in the file as its comment.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    ValueError
        If there is no such format, or not on this machine.
    """
    if format not in FILM_FORMATS:
        raise ValueError(f"format must be one of {', '.join(FILM_FORMATS)}, got {format!r}")
    if format == "mp4" and not has_ffmpeg():
        raise ValueError("an mp4 wants ffmpeg on this machine, which is not found; a gif can be had")
    stage = _Stage(fits, theme)
    # What matplotlib's writers ask for is the picture as it is drawn, not drawn anew.
    stage.figure.savefig = lambda file, **_: file.write(stage.figure.canvas.buffer_rgba())
    shares = np.linspace(0.0, 1.0, min(_FRAMES, max(len(run.rows["update"]) for run in stage.runs.values())))
    return (yield from (_gif if format == "gif" else _mp4)(stage, shares, link))


def _gif(stage, shares, link):
    writer = _GifWriter(stage.figure, link)
    stage.picture(1.0)
    writer.choose_palette()
    for k, share in enumerate(shares, start=1):
        stage.picture(share)
        writer.grab_frame()
        yield 0.9 * k / len(shares)
    return writer.finish()


class _GifWriter(PillowWriter):
    """matplotlib's writer, with one palette for all pictures, so that what stays as it is takes no room."""

    def __init__(self, figure, link):
        super().__init__(_FPS, metadata={"comment": link})
        # What `setup` would do, for a file in memory and not at a path.
        self.fig, self.dpi, self.outfile, self._frames, self.palette = figure, figure.dpi, BytesIO(), [], None

    def choose_palette(self):
        """Take the colours of the picture that is drawn now."""
        super().grab_frame()
        self.palette = self._frames.pop().quantize(method=_FAST_OCTREE)

    def grab_frame(self, **more):
        super().grab_frame(**more)
        self._frames.append(self._frames.pop().quantize(palette=self.palette, dither=_NO_DITHER))

    def finish(self):
        first, *others = self._frames
        held = [1000 // _FPS] * len(others) + [1000 * _HELD // _FPS]
        comment = self.metadata["comment"].encode()
        first.save(self.outfile, "gif", save_all=True, append_images=others, duration=held, loop=0, comment=comment)
        return self.outfile.getvalue()


def _mp4(stage, shares, link):
    with TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        writer = FFMpegWriter(_FPS, "h264", metadata={"comment": link})
        writer.setup(stage.figure, path, stage.figure.dpi)
        try:
            for k, share in enumerate(shares, start=1):
                stage.picture(share)
                writer.grab_frame()
                yield 0.9 * k / len(shares)
            for _ in range(_HELD - 1):
                writer.grab_frame()
        finally:
            writer.finish()
        return path.read_bytes()


class _Stage:
    """Orbits and surface with runs that can be moved from their start, 0, to their end, 1."""

    def __init__(self, fits, theme):
        self.runs = {name: shown.show(fit) for name, fit in fits.items()}
        samples = next(iter(fits.values())).samples
        self.figure, self.still = _figure(9.6, 5.2, theme), None
        self.figure.set_dpi(_FILM_DPI)
        sky = _axes(self.figure, (0.75, 0.55, 4.2, 4.2), theme, "x, AU", "y, AU")
        surface = _axes(self.figure, (5.65, 0.55, 3.75, 4.2), theme, *_SEMI_AXES)
        _sky(sky, theme, samples)
        _surface(surface, theme, self.runs, samples)
        self.ellipses, self.paths, self.dots, names = [], [], [], []
        for run in self.runs.values():
            role = run.experiment.optimizer
            look = {"color": colour(role, theme), "linestyle": _dashes(role) if len(fits) > 1 else "-"}
            names.append(Line2D([], [], linewidth=2.5, **look))
            self.ellipses += sky.plot([], [], linewidth=2.5, **look)
            self.paths += surface.plot([], [], linewidth=2, **look)
            self.dots += surface.plot([], [], "o", markersize=7, color=look["color"])
        self.title = sky.text(0.0, 1.03, "", transform=sky.transAxes, color=colour("text", theme), fontsize=11)
        self.moving = [*self.ellipses, *self.paths, *self.dots, *sky.texts]  # the words stay on top of the lines
        for artist in self.moving:
            artist.set(animated=True, zorder=max(artist.zorder, 4))
        if len(fits) > 1:
            _legend(surface, theme, names, self.runs, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(names))

    def move(self, share):
        """Take every run to a share of its rows: squared, since most happens at first."""
        updates = []
        for run, ellipse, path, dot in zip(self.runs.values(), self.ellipses, self.paths, self.dots, strict=True):
            row = round((len(run.rows["update"]) - 1) * share**2)
            updates.append(int(run.rows["update"][row]))
            ellipse.set_data(*_ellipse(run.rows["a"][row], run.rows["b"][row]))
            path.set_data(*run.path[: row + 1].T)
            dot.set_data(*run.path[: row + 1][-1:].T)
        text = f"After {count(max(updates), 'update')}"
        if len(self.runs) == 1:
            a, b = abs(run.rows["a"][row]), run.rows["b"][row]
            text += f": A = {fixed(a, 4)} AU, B = {fixed(b, 4)} AU"
        self.title.set_text(text)

    def picture(self, share):
        """The picture at a share, shape (height, width, 3): what moves, put onto what is drawn once."""
        self.move(share)
        canvas = self.figure.canvas
        if self.still is None:
            canvas.draw()  # leaves out what is animated
            self.still = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self.still)
        for artist in self.moving:
            artist.axes.draw_artist(artist)
        return np.array(canvas.buffer_rgba())[..., :3]


# What the figures are made of.


def _figure(width, height, theme):
    """A figure of that size, inches, on the theme's background."""
    figure = Figure((width, height), dpi=_DPI, facecolor=BACKGROUND[theme])
    FigureCanvasAgg(figure)
    return figure


def _axes(figure, place, theme, x, y):
    """Axes at a place: left, bottom, width and height, inches."""
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


def _sky(axes, theme, samples):
    """The Sun, the orbits of Earth and Mars, the true transfer and its samples, at one scale."""
    reach = max(shown.SKY, 1.1 * float(np.abs(samples).max()))
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.plot(*samples, "o", markersize=2.2, color=colour("samples", theme), alpha=0.6, markeredgewidth=0)
    axes.plot(*hohmann.ellipse(), color=colour("truth", theme), linewidth=1.6, linestyle=_TRUTH, zorder=3)
    axes.plot(0.0, 0.0, "o", markersize=15, color=colour("sun", theme))
    bodies = ("earth", hohmann.EARTH_ORBIT, hohmann.EARTH_ORBIT), ("mars", hohmann.MARS_ORBIT, -hohmann.MARS_ORBIT)
    for role, radius, x in bodies:
        axes.plot(*hohmann.circle(radius), color=colour(role, theme), linewidth=1.6)
        axes.plot(x, 0.0, "o", markersize=9, color=colour(role, theme), zorder=5)
    for role, word, x, y in (
        ("sun", "Sun", 0.0, -0.2),
        ("earth", "Earth's orbit", 0.0, 0.13 - hohmann.EARTH_ORBIT),
        ("mars", "Mars's orbit", 0.0, 0.13 - hohmann.MARS_ORBIT),
        ("truth", "truth", 0.87, -0.93),
    ):
        ground = {"facecolor": BACKGROUND[theme], "alpha": 0.75, "linewidth": 0, "pad": 0.5}
        axes.text(x, y, word, color=colour(role, theme), fontsize=11, ha="center", va="center", bbox=ground, zorder=6)
    key = {"color": colour("samples", theme), "transform": axes.transAxes}
    axes.plot(0.03, 0.97, "o", markersize=5, **key)
    axes.text(0.05, 0.97, count(len(samples.x), "sample"), fontsize=11, va="center_baseline", **key)


def _surface(axes, theme, runs, samples):
    """The contours of the loss over all samples, and the places marked on it; their levels, in least losses."""
    ends = shown.window(runs)
    run = next(iter(runs.values()))
    columns = shown.contour_columns(samples, run.optimum.loss, *ends)
    line = colour("contour", theme)
    for patch in np.unique(columns["patch"]):
        a, low, high = (columns[name][columns["patch"] == patch] for name in ("a", "low", "high"))
        axes.fill_between(a, low, high, facecolor=(line, 0.09), edgecolor=(line, 0.5), linewidth=0.8)
    axes.set(xlim=ends[0], ylim=ends[1])
    marks = shown.mark_columns(run.start, run.optimum)
    text = colour("text", theme)
    for a, b, place in zip(*marks.values(), strict=True):
        look = {"start": "o", "truth": "+", "optimum": "D"}[place]
        axes.plot(a, b, look, markersize=8, markerfacecolor="none", color=text, markeredgewidth=1.6, zorder=5)
        aside, align = (-8, "right") if a > 0.25 * ends[0][0] + 0.75 * ends[0][1] else (8, "left")
        aloft, valign = (-7, "top") if place == "optimum" else (1, "bottom")
        axes.annotate(
            place, (a, b), (aside, aloft), textcoords="offset points", color=text, fontsize=10, ha=align, va=valign,
            zorder=5,
        )
    return np.unique(columns["level"])


def _path(axes, theme, run):
    """The path of a run, with a dot for each of its first hundred updates."""
    look = {"color": colour(run.experiment.optimizer, theme), "zorder": 4}
    axes.plot(*run.path.T, linewidth=1.6, **look)
    axes.plot(*run.path[run.rows["update"][: len(run.path)] < 100].T, "o", markersize=3, markeredgewidth=0, **look)


def _loss(axes, theme, run):
    """The losses of a run over its updates, on a logarithmic axis."""
    line = colour(run.experiment.optimizer, theme)
    axes.plot(run.rows["update"], run.rows["batch_loss"], color=line, linewidth=0.8, alpha=0.45, label="mini-batch")
    axes.plot(run.rows["update"], run.rows["full_loss"], color=line, linewidth=2, label="all samples")
    _log_axis(axes, shown.frame_columns({"": run}))
    _floor(axes, theme, run)
    _legend(axes, theme, loc="best")


def _log_axis(axes, frame):
    """Put the losses on a logarithmic axis that has its ticks where there are any to see."""
    low, high = float(frame["loss_low"][0]), float(frame["loss_high"][0])
    low *= (low / high) ** 0.1  # room for a word below the noise floor
    axes.set(yscale="log", xlim=(frame["x_low"][0], frame["x_high"][0]), ylim=(low, high))
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 30.0 * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_power))


def _power(value, _):
    """A number as a power of ten, written without mathtext, whose parser is not made for threads."""
    digit, power = f"{value:.0e}".split("e")
    return ("" if digit == "1" else f"{digit}·") + "10" + str(int(power)).translate(_RAISED)


def _floor(axes, theme, run):
    level = noise_floor(run.experiment.noise_scale)
    if level:
        axes.axhline(level, color=colour("truth", theme), linewidth=1.6, linestyle=_TRUTH, zorder=5)
        axes.annotate(
            "noise floor", (1.0, level), (0, -3), axes.get_yaxis_transform(), "offset points", ha="right", va="top",
            color=colour("truth", theme), fontsize=10, zorder=2.4,  # above the curves and below the frame
            bbox={"facecolor": BACKGROUND[theme], "alpha": 0.8, "linewidth": 0, "pad": 1},
        )


def _legend(axes, theme, *entries, **more):
    text = colour("text", theme)
    look = {"frameon": False, "labelcolor": text, "fontsize": 10, "borderaxespad": 0.2, "handlelength": 2.4}
    axes.legend(*entries, **look, **more).get_title().set(color=text, fontsize=10)


def _ellipse(a, b):
    """Points of a fitted ellipse, as far as it can be drawn."""
    return hohmann.ellipse(min(abs(a), _FAR), min(abs(b), _FAR))


def _equation(a, b):
    a, b = (f"{axis:.4f}" if axis < _FAR else number(axis) for axis in (abs(a), abs(b)))
    return f"(x + {hohmann.FOCUS_OFFSET})² / {a}² + y² / {b}² = 1"


def _dashes(role):
    """An optimizer's dashes in matplotlib's way."""
    line, gap, *_ = DASHES[role]
    return (0, [length / 2 for length in DASHES[role]]) if gap else "-"
