"""Positions relative to the Sun from a table: finds the columns x, y and z, and converts their units to AU."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .arrays import Floats
from .formatting import count, fixed, listed
from .hohmann import ASTRONOMICAL_UNIT
from .tables import NumberedLines, Table, decoded, numbered_lines, numbers, parse_table

UNITS = "AU, km, m, Mkm, Gm, 10^6 km or 10^8 km"
"""Units that a column can have, for messages."""

_KM = 1.0 / ASTRONOMICAL_UNIT
_BASES = {
    1.0: r"au|ua|ae|a\.\s?u\.|astronomical[ _-]?units?",
    _KM: r"km|kms|kilomet(?:er|re)s?",
    1e-3 * _KM: r"m|met(?:er|re)s?",
    1e6 * _KM: r"mkm|mio\.? ?km|gigamet(?:er|re)s?",
}
_PREFIXED = {"Mm": 1e3 * _KM, "Gm": 1e6 * _KM, "Tm": 1e9 * _KM}
_WORDS = {"thousand": 3, "million": 6, "millions of": 6, "mio": 6, "billion": 9}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_TEN_TO = r"10\s*(?:\^|\*\*)\s*\{?\+?([0-9]{1,2})\}?|1(?:\.0*)?e\+?([0-9]{1,2})|1((?:[, ']?000)+)"
_POWER = re.compile(rf"[x×*·]?\s*(?:{_TEN_TO})\s*[*·×]?\s*([^0-9].*)")
_BRACKETS = re.compile(r"(.*?)\s*[(\[{<]\s*([^()\[\]{}<>]*?)\s*[)\]}>]?\s*")
_SLASH = re.compile(r"(.*?\S)\s*(?:/|,|:|\bin\b)\s*(\S.*)")
_LAST_WORD = re.compile(r"(.*?[^\s_-])[\s_-]+([^\s_-]+)")
_AXIS = re.compile(r"(?:pos(?:ition)?|r|helio)?([xyz])(?:pos(?:ition)?|coord(?:inate)?s?|helio)?")
_NOT_POSITIONS = {"v", "vel", "velocity", "speed", "a", "acc", "acceleration", "sigma", "err", "error", "unc"}

_SAID_UNIT = re.compile(r"(?:\bunits?\b(?:\s+of\s+\w+)?\s*(?:[:=]|are|is|in)?|\bin)\s+([^.,;()]+)", re.IGNORECASE)
_POLAR = re.compile(r"r|radius|theta|θ|phi|φ|lon|lat|longitude|latitude|angle|azimuth", re.IGNORECASE)
_USUAL = ["time", "x (AU)", "y (AU)", "z (AU)", "vx", "vy", "vz"]
_LONGEST_NAME = 60
_LARGEST = 100.0  # AU
_SIZES = [
    (0.05, _LARGEST, "AU", 1.0),
    (0.05 / _KM, _LARGEST / 10.0 / _KM, "km", _KM),
    (50.0 / _KM, 1e4 * _LARGEST / _KM, "m", 1e-3 * _KM),
]
"""Distances from the Sun that tell a unit: the largest of a file lies between these."""

_CENTRE = re.compile(r"Center body name\s*:\s*([^({\n]*)")
_OUTPUT_UNITS = re.compile(r"Output units\s*:\s*(AU|KM)", re.IGNORECASE)
_VECTOR = re.compile(r"\bX\s*=\s*([^\s=]+)\s+Y\s*=\s*([^\s=]+)\s+Z\s*=\s*([^\s=]+)")


class UnclearColumns(ValueError):
    """The columns of x and y cannot be determined; `names` has a name for each column of the table."""

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


class Positions(NamedTuple):
    """Points of a file."""

    points: Floats
    """AU, shape (n, 2) or (n, 3)."""
    lines: list[int]
    """Line of each point in the file."""
    comments: list[str]
    """Comment lines of the file, without their marks."""
    notes: list[str]
    """Sentences on what was done."""
    warning: str
    """Sentence on positions that are not exactly relative to the Sun."""


def read_positions(data: bytes, chosen: Mapping[str, int] | None = None) -> Positions:
    """Read positions from a table, or from a vector table of JPL Horizons.

    Parameters
    ----------
    data
    chosen
        Numbers of the columns of x, y and perhaps z, from 0, if their names do not tell them.

    Raises
    ------
    UnclearColumns
        If the columns x and y cannot be determined.
    ValueError
        If the file is not such a table, or has no such columns, or their units cannot be determined.
    """
    lines = numbered_lines(decoded(data))
    unit, warning = None, ""
    if any(line.startswith("$$SOE") for _, line in lines):
        lines, unit, warning = _horizons(lines)
    table = parse_table(lines)
    if not table.rows:
        raise ValueError("the file has no rows of numbers. It must be a table with one row for each point")
    table = table._replace(heading=_heading(table))
    columns, units = _columns(table, chosen)
    for row, line in zip(table.rows, table.lines):
        if table.heading and len(row) > len(table.heading) and any(row[len(table.heading) :]):
            decimal = ". If your numbers have decimal commas, separate the columns with semicolons"
            raise ValueError(
                f"line {line}: the line has {count(len(row), 'cell')}, and the header {len(table.heading)}. Name every "
                f"column, or delete the extra cells{decimal if table.separator == ',' else ''}"
            )
    values = numbers({axis: table.texts(column) for axis, column in columns.items()}, table.lines)
    if not any(units) and (said := unit or _unit_above(table)):
        units = [said] * len(columns)
    factors, note = _factors(units, values, table.heading_line)
    with np.errstate(over="ignore"):
        points = values * factors
        far = np.abs(points).max(axis=1) > _LARGEST
    if far.any():
        k = int(np.argmax(far))
        raise ValueError(
            f"line {table.lines[k]}: the point is more than {_LARGEST:g} AU from the Sun. Check the unit in the "
            f"header, as in x (km),y (km). Possible units: {UNITS}"
        )
    return Positions(points, table.lines, table.comments, [note], warning)


def unit_in_au(text: str) -> float | None:
    """Return a unit of length in AU, or None if it is not known.

    Examples
    --------
    >>> unit_in_au("AU"), unit_in_au("10^8 km") == unit_in_au("1e8 km") == 1e8 / 149597870.7, unit_in_au("furlong")
    (1.0, True, None)
    """
    text = _RAISED.sub(lambda raised: "^" + raised[0].translate(_SUPERSCRIPTS), text).strip().removeprefix("in ")
    if text in _PREFIXED:
        return _PREFIXED[text]
    for word, power in _WORDS.items():
        if text.lower().startswith(f"{word} "):
            text = f"1e{power} {text[len(word) + 1 :]}"
    factor = 1.0
    if power_of_ten := _POWER.fullmatch(text.lower()):
        power = int(power_of_ten[1] or power_of_ten[2] or power_of_ten[3].count("0"))
        factor, text = 10.0**power, power_of_ten[4]
    for size, names in _BASES.items():
        if re.fullmatch(names, text.strip().lower()):
            return factor * size
    return None


def _name_and_unit(heading: str) -> tuple[str, str]:
    """Split the heading of a column into the axis, "" if it has none, and the unit, "" if it has none."""
    name, unit = _split_unit(heading)
    words = set(re.split(r"[^a-z]+", name.lower()))
    axes = {found[1] for word in words if (found := _AXIS.fullmatch(word))}
    return (axes.pop() if len(axes) == 1 and not words & _NOT_POSITIONS else ""), unit


def _split_unit(heading: str) -> tuple[str, str]:
    """Split the heading of a column into its name and its unit, "" if it has none."""
    heading = heading[:_LONGEST_NAME]
    for form in (_BRACKETS, _SLASH, _LAST_WORD):
        found = form.fullmatch(heading)
        if found and (form is not _LAST_WORD or unit_in_au(found[2])):
            return found[1], found[2]
    return heading, ""


def _heading(table: Table) -> list[str]:
    """Return the names of the columns, with the units of a line of their own; none if a comment has other words."""

    def has_axes(names: Sequence[str]) -> bool:
        return any(_name_and_unit(name)[0] for name in names)

    names = table.above[-1] if table.above else []
    if not has_axes(table.heading) and has_axes(names) and len(names) == len(table.heading):
        units = (unit.strip("()[]{} ") for unit in table.heading)
        return [f"{name} ({unit})" if unit else name for name, unit in zip(names, units)]
    return [] if table.in_comment and not has_axes(table.heading) else table.heading


def _unit_above(table: Table) -> str:
    """Return the unit that comments or lines above the names tell, "" if they tell none or several."""
    lines = [*table.comments, *(" ".join(row) for row in table.above)]
    told = {found.strip() for line in lines for found in _SAID_UNIT.findall(line) if unit_in_au(found.strip())}
    return told.pop() if len(told) == 1 else ""


def _columns(table: Table, chosen: Mapping[str, int] | None) -> tuple[dict[str, int], list[str]]:
    """Return the columns of x, y and perhaps z, and their units."""
    parts = [_name_and_unit(name) for name in table.heading]
    if chosen is not None:
        most = max(table.width, len(parts))
        numbered = all(0 <= k < most for k in chosen.values()) and len(set(chosen.values())) == len(chosen)
        if not {"x", "y"} <= set(chosen) <= set("xyz") or not numbered:
            bounds = f"different numbers from 0 to {most - 1}"
            raise ValueError(f"the columns of x, y and perhaps z must be {bounds}, got {dict(chosen)}")
        return dict(chosen), [parts[k][1] if k < len(parts) else "" for k in chosen.values()]
    found = {axis: [k for k, (name, _) in enumerate(parts) if name == axis] for axis in "xyz"}
    if not table.heading:
        return _columns_without_names(table), ["", ""]
    columns = {}
    for axis, places in found.items():
        exact = [k for k in places if re.split(r"[\s(\[{<_/]", table.heading[k].lower())[0] == axis]
        places = exact if len(exact) == 1 else places
        if len(places) == 1:
            columns[axis] = places[0]
        elif places or axis != "z":
            names = listed([repr(table.heading[k][:20]) for k in (places or range(len(table.heading)))[:4]])
            fault = f"the header has no column {axis}, only {names}. Name the columns as in x (AU),y (AU)"
            if places:
                fault = f"the header has {len(places)} columns for {axis}: {names}. Rename or delete all but one"
            elif len([name for name, _ in map(_split_unit, table.heading) if _POLAR.fullmatch(name)]) > 1:
                polar = f"the columns {names} are polar coordinates. Convert them first: x = r cos θ, y = r sin θ"
                raise ValueError(f"line {table.heading_line}: {polar}")
            raise UnclearColumns(f"line {table.heading_line}: {fault}", table.heading)
    return columns, [parts[k][1] for k in columns.values()]


def _columns_without_names(table: Table) -> dict[str, int]:
    """Return the columns of x and y in a table without a header: both, or those after one of times."""
    width = table.width
    if width == 2:
        return {"x": 0, "y": 1}
    if width == 3 and _are_times(table.texts(0)):
        return {"x": 1, "y": 2}
    without = f"{count(width, 'column')} without {'a name' if width == 1 else 'names'}"
    example = ",".join((_USUAL[1:] if width == 3 else _USUAL)[:width])
    message = f"line {table.heading_line}: the table has {without}. Add a first line that names them in their order"
    if width == 1:
        raise ValueError(message)
    first = [table.rows[0][k] if k < len(table.rows[0]) else "" for k in range(width)]
    names = [f"Column {k}, which begins with {cell[:20]}" for k, cell in enumerate(first, start=1)]
    raise UnclearColumns(f"{message}, such as {example}", names)


def _are_times(cells: Sequence[str]) -> bool:
    """Return True if cells are dates, or numbers at equal intervals."""
    try:
        with np.errstate(all="ignore"):
            steps = np.diff([float(cell) for cell in cells])
    except ValueError:
        return True
    return len(steps) > 0 and bool((steps > 0.0).all()) and float(np.ptp(steps)) <= 1e-3 * float(steps.max())


def _factors(units: Sequence[str], values: Floats, line: int) -> tuple[Floats, str]:
    """Return the units of the columns in AU, and a sentence on them; without a unit, the size of the numbers tells."""
    if not any(units):
        largest = float(np.abs(values).max())
        for low, high, unit, factor in _SIZES:
            if low <= largest < high:
                return np.full(len(units), factor), f"{_read_as(unit, factor)[:-1]}, judged by the size of the numbers."
        raise ValueError(
            f"line {line}: the header has no unit, and numbers up to {largest:,.4g} do not show which it is. Write the "
            f"unit in the header, as in x (km),y (km). Possible units: {UNITS}"
        )
    known = []
    for axis, unit in zip("xyz", units):
        size = unit_in_au(unit)
        if size is None:
            fault = f"unit {unit[:24]!r} of {axis} is not known" if unit else f"column {axis} has no unit"
            raise ValueError(f"line {line}: the {fault}. Possible units: {UNITS}, as in {axis} (km)")
        known.append(size)
    if len(set(known)) == 1:
        return np.array(known), _read_as(units[0], known[0])
    return np.array(known), "Read as " + listed([f"{axis} in {unit}" for axis, unit in zip("xyz", units)]) + "."


def _read_as(unit: str, factor: float) -> str:
    if factor == 1.0:
        return "Read as AU."
    divisor = 1.0 / factor
    digits = f"{divisor:,.10g}" if divisor < 1e9 else fixed(divisor, 0)
    return f"Read as {unit}, divided by {digits}."


def _horizons(lines: NumberedLines) -> tuple[NumberedLines, str | None, str]:
    """Return the table in the result of JPL Horizons, the unit, and a warning about the centre."""
    marks = [line.startswith("$$SOE") for _, line in lines]
    start = marks.index(True)
    end = next((k for k in range(start, len(lines)) if lines[k][1].startswith("$$EOE")), len(lines))
    above = "\n".join(line for _, line in lines[:start])
    warning = ""
    if centre := _CENTRE.search(above):
        name = centre[1].strip()
        if "barycenter" in name.lower() and "solar" in name.lower():
            warning = (
                "The positions are relative to the barycenter of the Solar System, which is up to 0.01 AU from the "
                "Sun. Choose the Sun (body center) as the coordinate center in Horizons."
            )
        elif name.lower() != "sun":
            raise ValueError(
                f"the positions are relative to {name[:24]}, not to the Sun. Choose the Sun (body center) as the "
                "coordinate center in Horizons"
            )
    output = _OUTPUT_UNITS.search(above)
    unit = output[1].replace("KM", "km") if output else None
    body = lines[start + 1 : end]
    vectors = [(number, ",".join(found.groups())) for number, line in body if (found := _VECTOR.search(line))]
    if vectors:
        return [(start + 1, "x,y,z"), *vectors], unit, warning
    headings = [(number, line) for number, line in lines[:start] if line.count(",") > 2 and " X," in line]
    if not headings:
        raise ValueError(
            "this table of Horizons has no columns X, Y and Z. Choose the ephemeris type Vector Table, with CSV format"
        )
    return [headings[-1], *body], unit, warning
