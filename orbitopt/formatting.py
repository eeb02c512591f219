"""Numbers and counts as text for sentences and axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e7, 1e-4
_MAX_TIMES = 1e6


def number(value: float, digits: int = 3, signed: bool = False) -> str:
    """Format a number with commas between thousands and a real minus sign, without trailing zeros.

    Numbers from 10 million upwards and those below 0.0001 are written with a power of ten.

    Parameters
    ----------
    value
    digits
        Number of significant digits.
    signed
        True to give positive numbers a plus sign.

    Examples
    --------
    >>> number(-1234.56), number(0.0300), number(5.05e-32), number(-0.0), number(float("inf"))
    ('−1,230', '0.03', '5.05 × 10⁻³²', '0', '∞')
    """
    value = float(value)
    sign = "−" if value < 0.0 else "+" if signed and value > 0.0 else ""
    size = abs(value)
    if math.isnan(size):
        return "undefined"
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0.0:
        return "0"
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    power = int(exponent)
    rounded = float(f"{mantissa}e{power}")
    if not _SMALLEST_PLAIN <= rounded < _LARGEST_PLAIN:
        return f"{sign}{_stripped(mantissa)} × 10{superscript(power)}"
    return sign + _stripped(f"{rounded:,.{max(digits - 1 - power, 0)}f}")


def superscript(power: int) -> str:
    """Format a whole number in superscript digits.

    Examples
    --------
    >>> "10" + superscript(-4)
    '10⁻⁴'
    """
    return str(power).translate(_SUPERSCRIPTS)


def fixed(value: float, decimals: int) -> str:
    """Format a number with a fixed number of decimals, commas between thousands and a real minus sign.

    A number that rounds to zero has no sign.

    Examples
    --------
    >>> fixed(-93646.4, 0), fixed(1.23, 4), fixed(-0.2, 0)
    ('−93,646', '1.2300', '0')
    """
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0.0 and text.strip("0.,") else text


def count(n: int, noun: str, plural: str | None = None) -> str:
    """Format a count with its noun, in the singular for 1.

    Examples
    --------
    >>> count(1, "update"), count(1200, "update"), count(2, "mini-batch", "mini-batches")
    ('1 update', '1,200 updates', '2 mini-batches')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """Format a share from 0 to 1 as a percentage; only 0 and 1 themselves give 0 % and 100 %.

    Examples
    --------
    >>> percent(0.5), percent(0.003), percent(0.9996), percent(1.0), percent(0)
    ('50 %', 'less than 1 %', 'more than 99 %', '100 %', '0 %')
    """
    if 0.0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1.0:
        return "more than 99 %"
    return f"{100.0 * share:.0f} %"


def above_minimum(loss: float, minimum: float, margin: float) -> str:
    """Format a loss relative to the minimum, to follow "the loss is" in a sentence.

    Parameters
    ----------
    loss, minimum
        AU^2.
    margin
        A loss that exceeds the minimum by no more than this, AU^2, counts as the minimum.

    Examples
    --------
    >>> above_minimum(1.05e-3, 1e-3, 1e-8)
    '5 % above the minimum'
    >>> above_minimum(0.25, 1e-3, 1e-8)
    '250 times the minimum'
    >>> above_minimum(1e-3, 1e-3, 1e-8), above_minimum(0.25, 0.0, 1e-8)
    ('the minimum', '0.25 AU², where the minimum is 0')
    """
    if loss <= minimum + margin:
        return "the minimum"
    if minimum <= margin:
        return f"{number(loss)} AU², where the minimum is {number(minimum) if minimum > 1e-12 else 0}"
    ratio = loss / minimum
    if not ratio < _MAX_TIMES:
        return "more than a million times the minimum"
    if ratio >= 2.0:
        return f"{number(ratio)} times the minimum"
    excess = 100.0 * (ratio - 1.0)
    return f"{number(excess, 2)} % above the minimum" if excess >= 0.001 else "the minimum"


def _stripped(text: str) -> str:
    """Remove trailing zeros after the decimal point."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def listed(names: Sequence[str]) -> str:
    """Join names as in a sentence.

    Examples
    --------
    >>> listed(["SGD", "Adam", "RMSprop"])
    'SGD, Adam and RMSprop'
    >>> listed(["SGD"])
    'SGD'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
