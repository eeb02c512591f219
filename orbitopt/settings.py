"""Setting: label, help, bounds and text in the URL of one choice that a visitor can make."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import index
from typing import Any

from . import links
from .numerals import readings

_MAX_NUMBERS = 20


class AmbiguousNumber(ValueError):
    """A text that could mean several allowed numbers."""


@dataclass(frozen=True)
class Setting:
    """One choice: its label, its allowed values, and their text in a link.

    A link carries `key` and, for a setting with choices, the values: labels may change without breaking a link.
    """

    label: str
    help: str
    key: str
    """Name in a link."""
    kind: type[Any]
    """Type of its values: float, int, bool, str or tuple (of whole numbers)."""
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    """True if `low` itself is not allowed."""
    open_high: bool = False
    """True if `high` itself is not allowed."""
    step: float | None = None
    """Step of its slider, if it has one."""
    typed: bool = False
    """True if its control is a text field."""
    control_low: float | None = None
    """Minimum of its control, if not the lower bound."""
    log: bool = False
    """True if controls and links hold the decimal logarithm, to four digits of the value."""
    choices: Mapping[Any, str] | None = None
    """The allowed values with their labels."""
    former_labels: Mapping[str, Any] = field(default_factory=dict)
    """Values by their labels in older links."""
    many: bool = False
    """True if several choices may be selected at once."""
    optional: bool = False
    """True if None is allowed, for the optimizer's default."""

    @property
    def expectation(self) -> str:
        """Constraint as text."""
        if self.choices:
            return f"be one of {', '.join(map(str, self.choices))}"
        if self.kind is bool:
            return "be True or False"
        if self.kind is tuple:
            return f"be at most {_MAX_NUMBERS} whole numbers in {self._bounds}"
        return f"{'be a whole number' if self.kind is int else 'lie'} in {self._bounds}"

    @property
    def plain_expectation(self) -> str:
        """Constraint on a number, or on several, as plain text, within the range of the control."""
        if self.kind is tuple:
            return f"be at most {_MAX_NUMBERS} whole numbers from {self.low:,} to {self.high:,}, separated by commas"
        low, high = (f"{end:,.6f}".rstrip("0").rstrip(".") for end in self.control_range)
        return f"be a {'whole ' if self.kind is int else ''}number from {low} to {high}"

    @property
    def link_expectation(self) -> str:
        """Constraint on the text in a link."""
        if self.choices:
            return f"be one of {', '.join(map(str, self.choices))}"
        if self.kind is bool:
            return "be true or false"
        return f"be the decimal logarithm of a number in {self._bounds}" if self.log else self.expectation

    @property
    def _bounds(self) -> str:
        return f"{'(' if self.open_low else '['}{self.low:.12g}, {self.high:.12g}{')' if self.open_high else ']'}"

    def check(self, value: Any) -> Any:
        """Validate a value and return it as the setting's type.

        Raises
        ------
        ValueError
            If the setting does not allow it; the message quotes the constraint and the value.
        """
        try:
            return self._checked(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"must {self.expectation}, got {value!r}") from None

    def _checked(self, value: Any) -> Any:
        if self.optional and value is None:
            return None
        if self.choices or self.kind is bool:
            if value not in (self.choices or (False, True)):
                raise ValueError
            return self.kind(value)
        if self.kind is tuple:
            if len(value) > _MAX_NUMBERS:
                raise ValueError
            return tuple(sorted(self._within(index(item)) for item in value))
        if isinstance(value, (bool, str)):
            raise TypeError
        return self._within(index(value) if self.kind is int else float(value))

    def _within(self, value: Any) -> Any:
        above = value > self.low or (value == self.low and not self.open_low)
        below = value < self.high or (value == self.high and not self.open_high)
        if not (above and below):
            raise ValueError
        return value

    @property
    def control_range(self) -> tuple[Any, Any]:
        """Minimum and maximum of its control, both allowed values."""
        step = self.step or 1e-6
        low = self.control_low or self.low + (step if self.open_low else 0)
        return self.kind(low), self.kind(self.high - (step if self.open_high else 0))

    def to_control(self, value: Any) -> Any:
        """Return the content of a control for a value: the value, its logarithm, or its text."""
        if self.log:
            logarithms = (round(math.log10(value), digits) for digits in range(1, 7))
            return next((held for held in logarithms if self.from_control(held) == value), round(math.log10(value), 6))
        if self.kind is tuple:
            return ", ".join(map(str, value))
        return str(value) if self.typed else value

    def from_control(self, held: Any) -> Any:
        """Return the value for the content of a control.

        Raises
        ------
        ValueError
            If the setting does not allow it.
        """
        if self.typed:
            return self.from_text(held)
        return self.check(float(f"{10.0**held:.4g}") if self.log else held)

    def from_text(self, text: str) -> Any:
        """Return the number, or the numbers, that somebody has typed.

        Numbers may have a decimal comma, separators of thousands and the like; see `numerals.readings`. Several numbers
        are separated by commas, spaces or semicolons.

        Raises
        ------
        AmbiguousNumber
            If the text could mean several allowed numbers.
        ValueError
            If the setting does not allow it.
        """
        if self.kind is not tuple:
            return self._read(text, self.check, self.expectation)
        items = [item for item in re.split(r";" if ";" in text else r"[,\s]+", text.strip()) if item.strip()]
        one = Setting("", "", "", int, self.low, self.high)
        alone = [number for number in readings(text, whole=True) if self.low <= number <= self.high]
        if len(items) > 1 and (alone or any(re.fullmatch("0[0-9]+", item) for item in items)):  # such as "1,000"
            raise AmbiguousNumber(f"could mean {''.join(items)} or {' and '.join(items)}, so use semicolons")
        try:
            return self.check([one.from_text(item) for item in items])
        except AmbiguousNumber:
            raise
        except ValueError:
            raise ValueError(f"must {self.expectation}") from None

    def to_link(self, value: Any) -> str:
        """Return the text of a value in a link."""
        return self.content_to_link(self.to_control(value))

    def content_to_link(self, held: Any) -> str:
        """Return the text in a link for the content of a control."""
        return str(held).lower() if self.kind is bool else str(held)

    def from_link(self, text: str) -> Any:
        """Return the value of a text in a link; labels of choices, and capital letters, are accepted too.

        Raises
        ------
        ValueError
            If the text is not that of an allowed value.
        """
        named: dict[str, Any] = {}
        if self.choices:
            named = dict(self.former_labels) | {label: value for value, label in self.choices.items()}
            named |= {str(value): value for value in self.choices}
        elif self.kind is bool:
            named = {"true": True, "false": False}
        elif self.kind is tuple:
            return self.from_text(text)
        else:
            return self._read(text, self.from_control if self.log else self.check, self.link_expectation)
        values = {name.casefold(): value for name, value in named.items()}
        try:
            return values[text.casefold()]
        except KeyError:
            raise ValueError(f"must {self.link_expectation}") from None

    def _read(self, text: str, convert: Callable[[Any], Any], expectation: str) -> Any:
        """Return the one allowed value that a text can mean."""
        found = set()
        for number in readings(text, self.kind is int):
            try:
                found.add(convert(int(number) if self.kind is int and number.is_integer() else number))
            except (ValueError, OverflowError):
                continue
        if len(found) > 1:
            raise AmbiguousNumber(f"could mean {' or '.join(f'{value:.12g}' for value in sorted(found))}")
        if not found:
            raise ValueError(f"must {expectation}")
        return found.pop()

    def from_links(self, texts: Sequence[str]) -> Any:
        """Return the value of all texts that a link has under the setting's key.

        Raises
        ------
        ValueError
            If they are not those of an allowed value.
        """
        if self.many:
            return [links.parse_text(self.from_link, text) for text in texts]
        return links.parse_texts(self.from_link, texts)


def check_number(name: str, value: Any, kind: type[Any], low: float = -math.inf, high: float = math.inf) -> Any:
    """Return the value of a named argument as a finite number of a kind, float or int, within closed bounds.

    Raises
    ------
    ValueError
        If it is not such a number; the message quotes the name, the bounds and the value.

    Examples
    --------
    >>> check_number("n", 3.5, int, low=1)
    Traceback (most recent call last):
        ...
    ValueError: n must be a whole number in [1, inf), got 3.5
    """
    setting = Setting("", "", "", kind, low, high, open_low=low == -math.inf, open_high=high == math.inf)
    try:
        return setting.check(value)
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise a ValueError if the value of a named argument is not one of the choices."""
    allowed = list(choices)
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
