"""Numbers as people write them: decimal point or comma, separators of thousands, a true minus sign, fractions."""

from __future__ import annotations

import re
from math import isfinite

_PLAIN = str.maketrans({"−": "-", "–": "-", "’": "'", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})
_POINT = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_COMMA = re.compile(r"([+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_THOUSANDS = re.compile(r"([+-]?[1-9][0-9]{0,2}([,.' ])[0-9]{3}(?:\2[0-9]{3})*)")
_FRACTION = re.compile(r"([^/]+)/([^/]+)")
_FRACTION_DIGITS = 4


def readings(text: str, whole: bool = False) -> set[float]:
    """Return every finite number that a text can stand for; none if it is not a number.

    A fraction is rounded to four digits, unless a whole number is expected.

    Parameters
    ----------
    text
    whole
        True if a whole number is expected, in which a comma can only separate thousands.

    Examples
    --------
    >>> readings("0,01"), readings("1/3"), readings("−2e-3"), readings("soon")
    ({0.01}, {0.3333}, {-0.002}, set())
    >>> sorted(readings("1.250")), readings("1,250", whole=True)
    ([1.25, 1250.0], {1250.0})
    """
    text = text.translate(_PLAIN).strip()
    if halves := _FRACTION.fullmatch(text):
        tops, bottoms = (readings(half, whole) for half in halves.groups())
        quotients = {top / bottom for top in tops for bottom in bottoms if bottom}
        found = quotients if whole else {float(f"{quotient:.{_FRACTION_DIGITS}g}") for quotient in quotients}
    else:
        found = {float(match[1]) for match in [_POINT.fullmatch(text)] if match}
        found |= {float(match[1].replace(",", ".")) for match in [_COMMA.fullmatch(text)] if match and not whole}
        found |= {float(match[1].replace(match[2], "")) for match in [_THOUSANDS.fullmatch(text)] if match}
    return {number for number in found if isfinite(number)}
