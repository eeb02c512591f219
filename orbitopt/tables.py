"""Reader of tables of numbers as people save them: any common encoding, separator and decimal mark."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from .arrays import Floats

MAX_BYTES = 20_000_000
"""Largest size of a file, bytes."""

MAX_LINES, MAX_CELLS = 500_000, 1000
"""Largest numbers of lines, and of cells in a line."""

NumberedLines: TypeAlias = list[tuple[int, str]]
"""Lines of a file, each with its number, from 1."""

_SIGNATURES = {
    b"PK\x03\x04": "a spreadsheet or another zip file",
    b"\xd0\xcf\x11\xe0": "a spreadsheet",
    b"%PDF": "a PDF file",
    b"\x1f\x8b": "a compressed file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SIMPLE  =": "a FITS file",
    b"\x89HDF": "an HDF5 file",
}
_AS_CSV = "Save the table as CSV and load the CSV file"
_ONE_MEANING = "Write 1234 without a thousands separator, or 1.234 with a decimal point, in the whole file"
_COMMENT = re.compile(r"\s*\"?(?:#(?!(?:N/A|NUM!|DIV/0!|VALUE!|REF!|NAME\?|NULL!))|%|//)")
_WITH_UNIT = re.compile(r"[^\s(\[{<]+\s*[(\[{<][^)\]}>]*[)\]}>]|\S+")
_SPACES = None  # as a separator: runs of spaces, as in str.split
_LOOKED_AT = 100  # lines from which the separator is found
_PLAIN = str.maketrans({"−": "-", "–": "-", "’": "'", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})

_EXPONENT = r"(?:[eEdD][+-]?[0-9]+)?"
_GROUPS = r"[+-]?[1-9][0-9]{{0,2}}(?:{0}[0-9]{{3}})+"
_WITH_POINT, _WITH_COMMA = "[, ']", "[. ']"  # separators of thousands
_POINT = re.compile(rf"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}")
_COMMA = re.compile(rf"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+){_EXPONENT}")
_DECIMAL_COMMA = re.compile(rf"[+-]?[0-9]+(?:,[0-9]+)?{_EXPONENT}")
_GROUPED_POINT = re.compile(rf"{_GROUPS.format(_WITH_POINT)}(?:\.[0-9]*)?|{_POINT.pattern}")
_GROUPED_COMMA = re.compile(rf"{_GROUPS.format(_WITH_COMMA)}(?:,[0-9]*)?|{_COMMA.pattern}")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_POINT_MARKS = str.maketrans("dD", "ee", ", '")
_COMMA_MARKS = str.maketrans("dD,", "ee.", ". '")
_OTHER_FORMS = [(_COMMA, _COMMA_MARKS), (_GROUPED_POINT, _POINT_MARKS), (_GROUPED_COMMA, _COMMA_MARKS)]


class Table(NamedTuple):
    """Cells of a table, as text."""

    heading: list[str]
    """Names of the columns; empty if the table has none."""
    heading_line: int
    """Line of the names, or of the first row."""
    in_comment: bool
    """True if the names are from a comment, which may be about something else."""
    rows: list[list[str]]
    """Cells of every row that is not empty."""
    lines: list[int]
    """Line of every row."""
    comments: list[str]
    """Comment lines, without their marks."""
    above: list[list[str]]
    """Cells of the lines above the names, perhaps a title."""
    separator: str | None
    """Separator of cells; None for runs of spaces."""

    @property
    def width(self) -> int:
        """Largest number of cells in a row, without empty ones at its end."""
        return max((k for row in self.rows for k, cell in enumerate(row, start=1) if cell), default=0)

    def texts(self, column: int) -> list[str]:
        """Return the cells of a column; those of short rows are empty."""
        return [row[column] if column < len(row) else "" for row in self.rows]


def decoded(data: bytes) -> str:
    """Decode the bytes of a text file: UTF-8, UTF-16, or Windows-1252 where it is neither.

    Raises
    ------
    ValueError
        If the file is too large, or is not a table in text.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file must have at most {MAX_BYTES:,} bytes, got {len(data):,}. Delete rows or columns")
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise ValueError(f"this is {kind}, not a plain-text table. {_AS_CSV}")
    text = _text(data)
    if control := re.search(r"[\x00-\x08\x0e-\x1b\x7f]", text):
        line = len(re.findall(r"\r\n?|\n", text[: control.start()])) + 1
        raise ValueError(f"line {line}: the file is not plain text. {_AS_CSV}")
    start = text.lstrip()[:1]
    if start in ("<", "{") or re.match(r"\s*\[\s*[\[{]", text):
        kind = "a web page or XML" if start == "<" else "JSON"
        raise ValueError(f"this is {kind}, not a plain-text table. {_AS_CSV}")
    return text


def _text(data: bytes) -> str:
    zeros = [data[k:1000:2].count(0) for k in (0, 1)]
    encodings = ["utf-8-sig", "cp1252", "latin-1"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16", *encodings]
    elif max(zeros) > len(data[:1000]) // 4:
        encodings = ["utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", *encodings]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("Latin-1 decodes every byte")


def numbered_lines(text: str) -> NumberedLines:
    """Return the lines of a text with their numbers.

    Raises
    ------
    ValueError
        If there are too many.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (n := text.count("\n")) > MAX_LINES:
        raise ValueError(f"the file must have at most {MAX_LINES:,} lines, got {n:,}. Delete every second line")
    return list(enumerate(text.split("\n"), start=1))


def parse_table(lines: NumberedLines) -> Table:
    """Split lines into cells.

    Cells are separated by commas, semicolons, tabs or runs of spaces, or by what a first line `sep=;` names. Lines that
    begin with #, % or // are comments. The names of the columns are in the last line before the first number, or in the
    last comment before it, as numpy.savetxt writes them.

    Raises
    ------
    ValueError
        If a quoted cell is not closed, or a line has too many cells.

    Examples
    --------
    >>> table = parse_table(numbered_lines("# x y\\n0,5 1,5\\n"))
    >>> table.heading, table.rows
    (['x', 'y'], [['0,5', '1,5']])
    """
    named = re.fullmatch(r"\s*\"?sep=([,;|:\t]|\\t)\"?\s*", lines[0][1], re.IGNORECASE) if lines else None
    if named:
        lines = lines[1:]
    body: NumberedLines = []
    comments: NumberedLines = []
    for number, line in lines:
        if mark := _COMMENT.match(line):
            comments.append((number, line[mark.end() :].lstrip("#%/ ").strip()))
        elif line.strip(" \t,;\""):
            body.append((number, line.translate(_PLAIN)))
    looked_at = [line for _, line in body[:_LOOKED_AT]]
    separator = named[1].replace("\\t", "\t") if named else _separator(looked_at)
    rows, line_numbers = _cells(body, separator)
    for row, line_number in zip(rows, line_numbers):
        if len(row) > MAX_CELLS:
            bound = f"the line has {len(row):,} cells, and at most {MAX_CELLS:,} are accepted"
            raise ValueError(f"line {line_number}: {bound}. Keep only the columns x and y")
    above = next((k for k, row in enumerate(rows) if any(map(_is_number, row))), len(rows))
    first = line_numbers[max(above - 1, 0)] if line_numbers else 1
    before = [line for number, line in comments if number < first]
    in_comment = not above and bool(before)
    *titles, heading = rows[:above] or [[]]
    if in_comment:
        heading = _comment_cells(before[-1], separator)
    said = [line for _, line in comments]
    return Table(heading, first, in_comment, rows[above:], line_numbers[above:], said, titles, separator)


def _separator(lines: Sequence[str]) -> str | None:
    """Find what separates the cells of most lines; None stands for runs of spaces."""
    for mark in ";\t":
        if 2 * sum(mark in line for line in lines) > len(lines):
            return mark
    commas = [line for line in lines if "," in line]
    decimal = [line for line in commas if len(line.split()) > 1 and all(map(_DECIMAL_COMMA.fullmatch, line.split()))]
    return "," if commas and 2 * len(commas) >= len(lines) and 2 * len(decimal) <= len(commas) else _SPACES


def _cells(body: NumberedLines, separator: str | None) -> tuple[list[list[str]], list[int]]:
    """Return the cells of every line, and the line's number."""
    if separator is _SPACES:
        return [_split_spaces(line) for _, line in body], [number for number, _ in body]
    reader = csv.reader((line for _, line in body), delimiter=separator, skipinitialspace=True, strict=True)
    rows, line_numbers = [], []
    try:
        for row in reader:
            rows.append([cell.strip() for cell in row])
            line_numbers.append(body[reader.line_num - 1][0])
    except csv.Error:
        line = body[max(reader.line_num - 1, 0)][0]
        fault = "a quotation mark is not closed or is inside a cell. Delete the quotation marks in this line"
        raise ValueError(f"line {line}: {fault}") from None
    return rows, line_numbers


def _split_spaces(line: str) -> list[str]:
    """Split a line at runs of spaces, but not before a unit in brackets."""
    cells = _WITH_UNIT.findall(line) if re.search(r"[(\[{<]", line) else line.split()
    return [cell.strip('"') for cell in cells]


def _comment_cells(line: str, separator: str | None) -> list[str]:
    """Split a comment line into names of columns."""
    marks = separator if separator and separator in line else ",;\t"
    cells = re.split(f"[{marks}]", line) if any(mark in line for mark in marks) else _split_spaces(line)
    return [cell.strip().strip('"') for cell in cells]


def _is_number(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_GROUPED_POINT, _GROUPED_COMMA, _NOT_FINITE))


def numbers(columns: Mapping[str, Sequence[str]], lines: Sequence[int]) -> Floats:
    """Convert the cells of columns to numbers.

    A comma is a decimal comma, or separates thousands, if that is the only way to read all cells.

    Parameters
    ----------
    columns
        Cells by the name of the column, n of each.
    lines
        Line of each row in the file.

    Returns
    -------
    ndarray
        Shape (n, number of columns).

    Raises
    ------
    ValueError
        If a cell is empty or not a finite number, or the cells can be read in two ways. The message names the line.

    Examples
    --------
    >>> numbers({"x": ["0,25", "-1,5"]}, [1, 2]).tolist()
    [[0.25], [-1.5]]
    >>> numbers({"x": ["1,234,567"], "y": ["8,900"]}, [1]).tolist()
    [[1234567.0, 8900.0]]
    """
    names = list(columns)
    cells = [cell for row in zip(*columns.values()) for cell in row]

    def fault(k: int, what: str) -> ValueError:
        return ValueError(f"line {lines[k // len(names)]}: {names[k % len(names)]} {what}")

    if "" in cells:
        raise fault(cells.index(""), "is missing. Complete or delete this line")
    if all(map(_POINT.fullmatch, cells)):
        values = _converted(cells, _POINT_MARKS)
    else:
        fits = [[form.fullmatch(cell) is not None for cell in cells] for form, _ in _OTHER_FORMS]
        ways = [_converted(cells, marks) for (_, marks), fit in zip(_OTHER_FORMS, fits) if all(fit)]
        if not ways:
            fits.append([_POINT.fullmatch(cell) is not None for cell in cells])
            k = max(fits, key=sum).index(False)
            kind = "finite" if _NOT_FINITE.fullmatch(cells[k]) else "a number"
            raise fault(k, f"must be {kind}, got {cells[k][:24]!r}. Correct or delete this line")
        values = ways[0]
        for other in ways[1:]:
            if (differs := other != values).any():
                k = int(np.argmax(differs))
                meanings = f"{values[k]:.12g} or {other[k]:.12g}"
                raise fault(k, f"= {cells[k][:24]!r} can mean {meanings}. {_ONE_MEANING}")
    if not np.isfinite(values).all():
        k = int(np.argmin(np.isfinite(values)))
        raise fault(k, f"must be finite, got {cells[k][:24]!r}. Correct or delete this line")
    return values.reshape(-1, len(names))


def _converted(cells: Iterable[str], marks: Mapping[int, int | None]) -> Floats:
    """Convert cells after translating their decimal marks and separators."""
    return np.array([float(cell.translate(marks)) for cell in cells])
