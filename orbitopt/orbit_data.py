"""Reader of user-supplied samples from a CSV file."""

from __future__ import annotations

import csv
import re
import reprlib
from collections.abc import Iterator
from math import isfinite

import numpy as np

from .experiment import SETTINGS
from .hohmann import FOCUS_OFFSET
from .landscape import LARGEST_AXIS, optimum
from .samples import Samples

MAX_BYTES = 1_000_000
"""Largest size of a file, bytes."""

REACH = SETTINGS["start_a"].high
"""Upper bound on |x + c| and |y| of a sample, AU: that of A and B at the start of a run."""

_MIN_SAMPLES, _MAX_SAMPLES = int(SETTINGS["n_samples"].low), int(SETTINGS["n_samples"].high)


def read_samples(data: bytes) -> Samples:
    """Read samples from a CSV file, to be fitted with c fixed at FOCUS_OFFSET.

    The file is UTF-8 text. Its header names the columns x and y, in either order, with or without a unit in brackets.
    Cells are separated by commas, semicolons or tabs, and numbers have a decimal point. Other columns, empty lines and
    lines that begin with # are ignored.

    Parameters
    ----------
    data
        At most MAX_BYTES bytes.

    Returns
    -------
    Samples
        x and y, AU, in the order of the file.

    Raises
    ------
    TypeError
        If `data` is not bytes.
    ValueError
        If the file is too large or not such a table, a cell is not a finite number, there are not 16 to 4,096 samples,
        |x + c| or |y| of a sample is not below REACH, or no ellipse fits best, because all samples have the same
        |x + c|, do not curve like an ellipse, or do not lie mostly above the x axis. The message names the first line
        at fault.

    Examples
    --------
    >>> read_samples(b"x (AU),y (AU)\\n0.1,1.2\\n0.2,far\\n")
    Traceback (most recent call last):
        ...
    ValueError: line 3: y must be a number, got 'far'
    """
    if not isinstance(data, bytes):
        raise TypeError(f"data must be bytes, such as Path('samples.csv').read_bytes(), got {reprlib.repr(data)}")
    rows = _rows(_text(data))
    first, header = next(rows, (1, []))
    names = [re.split(r"[(\[]", name)[0].strip().lower() for name in header]
    for name in "xy":
        if names.count(name) != 1:
            raise ValueError(f"line {first}: the header must name one column {name}, got {names.count(name)} of them")
    x, y = names.index("x"), names.index("y")
    cells = []
    for line, row in rows:
        if len(row) != len(names):
            raise ValueError(f"line {line}: there must be {len(names)} cells, as in the header, got {len(row)}")
        cells.append((_number(line, "x", row[x], FOCUS_OFFSET), _number(line, "y", row[y])))
        if len(cells) > _MAX_SAMPLES:
            limit = f"{_MAX_SAMPLES:,} samples"
            raise ValueError(f"line {line}: there must be at most {limit}, and this line exceeds the limit")
    if len(cells) < _MIN_SAMPLES:
        raise ValueError(f"there must be at least {_MIN_SAMPLES} samples, got {len(cells)}")
    samples = Samples(*np.array(cells).T.copy())
    if np.ptp(np.abs(samples.x + FOCUS_OFFSET)) == 0.0:
        raise ValueError(
            "all samples are equally far from the ellipse's centre in x, so A and B cannot be determined separately"
        )
    best = optimum(samples)
    if not best.a < 0.999 * LARGEST_AXIS:
        raise ValueError("the samples do not curve like an ellipse with this centre, so no A fits best")
    if not best.b > 0.0:
        raise ValueError("the samples must lie mostly above the x axis, as the upper half of an ellipse does")
    return samples


def _text(data: bytes) -> str:
    """Decode the bytes of a file."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file must have at most {MAX_BYTES:,} bytes, got {len(data):,}")
    if b"\0" in data:
        raise ValueError(f"line {data[: data.index(0)].count(10) + 1}: the file is not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError(f"line {data[: fault.start].count(10) + 1}: the file is not text in UTF-8") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of every line that is not empty or a comment."""
    separator: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            separator = separator or max(",;\t", key=line.count)
            try:
                (cells,) = csv.reader([line], delimiter=separator, strict=True)
            except csv.Error as fault:
                raise ValueError(f"line {number}: {fault}") from None
            yield number, [cell.strip() for cell in cells]


def _number(line: int, name: str, cell: str, offset: float = 0.0) -> float:
    """Return the coordinate of a sample in a cell."""
    try:
        number = float(cell if cell.isascii() and "_" not in cell else "")  # float() accepts other digits and "1_000"
    except ValueError:
        fault = f"must be a number, got {cell[:24]!r}" if cell else "is missing"
        raise ValueError(f"line {line}: {name} {fault}") from None
    if not isfinite(number):
        raise ValueError(f"line {line}: {name} must be finite, got {cell[:24]!r}")
    if not abs(number + offset) < REACH:
        bounds = f"({-REACH - offset:g}, {REACH - offset:g})"
        raise ValueError(f"line {line}: {name} must lie in {bounds}, got {number:g}")
    return number
