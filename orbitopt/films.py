"""Animations of runs, with orbits and loss surface side by side: Figure 11 of the post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.animation import FFMpegWriter, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .figures import Stage
from .fit import Fit
from .jobs import JobSteps
from .settings import check_choice

FILM_FORMATS = {"gif": "image/gif", "mp4": "video/mp4"}
"""Formats of an animation, with their media types."""

_FPS, _MAX_FRAMES, _LAST_FRAMES = 10, 80, 15  # at most 9.4 s, with the last picture shown for 1.5 s
_FAST_OCTREE, _NO_DITHER = 2, 0  # Pillow's codes for a quantization method and for no dithering


def has_ffmpeg() -> bool:
    """Return True if ffmpeg is installed, which an MP4 needs."""
    return bool(FFMpegWriter.isAvailable())


def film(fits: Mapping[str, Fit], format: str = "gif", theme: str = "light", source: str = "") -> JobSteps[bytes]:
    """Return a job that animates named runs on the same samples and returns the bytes of a file.

    Parameters
    ----------
    fits
    format
        "gif", or "mp4" where `has_ffmpeg()`.
    theme
        "light" or "dark".
    source
        Link that reproduces the animation, or the source of its samples, stored as the file's comment.

    Yields
    ------
    float
        Progress, 0 to 1.

    Raises
    ------
    TypeError
        If `fits` are not Fits by name.
    ValueError
        If there is no such format or theme, or the format needs ffmpeg and it is not installed.
    """
    check_choice("format", format, FILM_FORMATS)
    if format == "mp4" and not has_ffmpeg():
        raise ValueError("format 'mp4' needs ffmpeg, which this machine does not have; use 'gif'")
    stage = Stage(fits, theme)
    n_frames = min(_MAX_FRAMES, max(len(run.rows["update"]) for run in stage.traces.values()))
    screen = _Screen(stage.picture(1.0))
    frames = (stage.picture(progress) for progress in np.linspace(0.0, 1.0, n_frames))
    return (yield from (_gif if format == "gif" else _mp4)(screen, frames, n_frames, source))


class _Screen:
    """Figure that shows one finished picture at a time, from which matplotlib's writers grab their frames."""

    def __init__(self, first: npt.NDArray[np.uint8]) -> None:
        height, width, _ = first.shape
        self.figure = Figure((width / 100, height / 100), dpi=100)
        FigureCanvasAgg(self.figure)
        self.image = self.figure.figimage(first)


def _gif(screen: _Screen, frames: Iterator[npt.NDArray[np.uint8]], n_frames: int, source: str) -> JobSteps[bytes]:
    writer = _GifWriter(screen.figure, source)
    writer.choose_palette()
    for k, frame in enumerate(frames, start=1):
        screen.image.set_data(frame)
        writer.grab_frame()
        yield 0.9 * k / n_frames
    return writer.finished()


class _GifWriter(PillowWriter):
    """matplotlib's writer with one palette for all frames, so that unchanged pixels add little to the file's size."""

    def __init__(self, figure: Figure, source: str) -> None:
        super().__init__(_FPS, metadata={"comment": source})
        self.fig, self.dpi = figure, figure.dpi  # as `setup` does, but without a file
        self._frames: list[Any] = []
        self._palette: Any = None

    def choose_palette(self) -> None:
        """Choose the palette from the picture on the screen."""
        super().grab_frame()
        self._palette = self._frames.pop().quantize(method=_FAST_OCTREE)

    def grab_frame(self, **options: Any) -> None:
        """Append the picture on the screen, reduced to the palette."""
        super().grab_frame(**options)
        self._frames.append(self._frames.pop().quantize(palette=self._palette, dither=_NO_DITHER))

    def finished(self) -> bytes:
        """Return the bytes of the file."""
        first, *others = self._frames
        durations = [1000 // _FPS] * len(others) + [1000 * _LAST_FRAMES // _FPS]
        file, comment = BytesIO(), self.metadata["comment"].encode()
        first.save(file, "gif", save_all=True, append_images=others, duration=durations, loop=0, comment=comment)
        return file.getvalue()


def _mp4(screen: _Screen, frames: Iterator[npt.NDArray[np.uint8]], n_frames: int, source: str) -> JobSteps[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        writer = FFMpegWriter(_FPS, "h264", metadata={"comment": source})
        writer.setup(screen.figure, path, screen.figure.dpi)
        try:
            for k, frame in enumerate(frames, start=1):
                screen.image.set_data(frame)
                writer.grab_frame()
                yield 0.9 * k / n_frames
            for _ in range(_LAST_FRAMES - 1):
                writer.grab_frame()
        finally:
            writer.finish()
        return path.read_bytes()
