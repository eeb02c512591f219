"""Numbers and counts as they stand in sentences."""

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGEST_PLAIN, _SMALLEST_PLAIN = 1e7, 1e-4
_MOST_TIMES = 1e6


def number(value, digits=3, signed=False):
    """Format a number with so many significant digits, commas between thousands and a real minus sign.

    Numbers from 10 million on, and those below 0.0001, are written with a power of ten.

    Parameters
    ----------
    value : float
    digits : int
    signed : bool
        Whether a positive number gets a plus sign.

    Returns
    -------
    str

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
        return f"{sign}{_stripped(mantissa)} × 10{str(power).translate(_SUPERSCRIPTS)}"
    return sign + _stripped(f"{rounded:,.{max(digits - 1 - power, 0)}f}")


def fixed(value, decimals):
    """Format a number with so many decimals, commas between thousands and a real minus sign; never a negative zero.

    Examples
    --------
    >>> fixed(-93646.4, 0), fixed(1.23, 4), fixed(-0.2, 0)
    ('−93,646', '1.2300', '0')
    """
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0.0 and text.strip("0.,") else text


def count(n, noun, plural=None):
    """Format a count with its noun.

    Examples
    --------
    >>> count(1, "update"), count(1200, "update"), count(2, "mini-batch", "mini-batches")
    ('1 update', '1,200 updates', '2 mini-batches')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def percent(share):
    """Format a share of a whole in per cent; what is neither none nor all never reads 0 % or 100 %.

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


def above_least(loss, least, margin):
    """Format a loss by how far it lies above the least possible: the one yardstick of all sentences.

    Parameters
    ----------
    loss, least : float
        AU^2.
    margin : float
        A loss within this of the least, AU^2, counts as the least.

    Returns
    -------
    str
        What stands after "the loss is".

    Examples
    --------
    >>> above_least(1.05e-3, 1e-3, 1e-8)
    '5 % above the least possible'
    >>> above_least(0.25, 1e-3, 1e-8)
    '250 times the least possible'
    >>> above_least(1e-3, 1e-3, 1e-8), above_least(0.25, 0.0, 1e-8)
    ('the least possible', '0.25 AU², where the least possible is 0')
    """
    if loss <= least + margin:
        return "the least possible"
    if least <= margin:
        return f"{number(loss)} AU², where the least possible is {number(least) if least > 1e-12 else 0}"
    ratio = loss / least
    if not ratio < _MOST_TIMES:
        return "more than a million times the least possible"
    if ratio >= 2.0:
        return f"{number(ratio)} times the least possible"
    excess = 100.0 * (ratio - 1.0)
    return f"{number(excess, 2)} % above the least possible" if excess >= 0.001 else "the least possible"


def _stripped(text):
    return text.rstrip("0").rstrip(".") if "." in text else text
