"""Field: what a choice is called, what it means, what it may be, and how it stands in a control and in a link."""

import math
from dataclasses import dataclass
from operator import index

_MOST_NUMBERS = 20


@dataclass(frozen=True)
class Field:
    """One row of the table: what a field is called, what it means, and what it may be."""

    label: str
    help: str
    key: str
    """Its name in a link."""
    kind: type
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    step: float | None = None
    """By how much its control moves it."""
    control_low: float | None = None
    """Where its control begins, if not at the lower bound."""
    log: bool = False
    """Whether controls and links hold its decimal logarithm instead, to four digits of the value."""
    choices: dict | None = None
    """The values allowed, with the name of each."""
    many: bool = False
    """Whether several of the choices may be taken at once, but not none."""
    optional: bool = False
    """Whether None is allowed; it stands for the optimizer's own default."""

    @property
    def expectation(self):
        """What a value must do, in words."""
        if self.choices:
            return f"be one of {', '.join(self.choices)}"
        if self.kind is bool:
            return "be True or False"
        kinds = {float: "lie in", int: "be a whole number in", tuple: f"be at most {_MOST_NUMBERS} whole numbers in"}
        return f"{kinds[self.kind]} {self._bounds}"

    @property
    def expectation_of_text(self):
        """What a text in a link must do, in words."""
        if self.choices:
            return f"be one of {', '.join(self.choices.values())}"
        if self.kind is bool:
            return "be true or false"
        return f"be the decimal logarithm of a number in {self._bounds}" if self.log else self.expectation

    @property
    def _bounds(self):
        return f"{'(' if self.open_low else '['}{self.low:.12g}, {self.high:.12g}{')' if self.open_high else ']'}"

    def check(self, value):
        """The value in the field's own type.

        Raises
        ------
        ValueError
            If it is not what the field expects.
        """
        try:
            if self.optional and value is None:
                return None
            if self.choices or self.kind is bool:
                allowed = self.choices or (False, True)
                if value in allowed:
                    return self.kind(value)
            elif self.kind is tuple:
                if len(value) <= _MOST_NUMBERS:
                    return tuple(sorted(self._within(index(item)) for item in value))
            elif not isinstance(value, (bool, str)):
                return self._within(index(value) if self.kind is int else float(value))
        except (TypeError, ValueError, OverflowError):
            pass
        raise ValueError(f"must {self.expectation}, got {value!r}")

    def parse(self, text):
        """The value that a text in a link stands for.

        Raises
        ------
        ValueError
            If the text is not what the field expects.
        """
        try:
            if self.choices:
                return {name: value for value, name in self.choices.items()}[text]
            if self.kind is bool:
                return {"true": True, "false": False}[text.lower()]
            if self.kind is tuple:
                return self.check([int(item) for item in text.replace(",", " ").split()])
            number = float(text)
            return self.from_control(int(number) if number.is_integer() and not self.log else number)
        except (KeyError, ValueError, OverflowError):
            raise ValueError(f"must {self.expectation_of_text}") from None

    def parse_exact(self, text):
        """Return the number that a text stands for as it is, not as its logarithm.

        Raises
        ------
        ValueError
            If it is not what the field expects.
        """
        try:
            number = float(text)
        except ValueError:
            raise ValueError(f"must {self.expectation}") from None
        return self.check(number)

    def parse_all(self, texts):
        """The value that all texts of a key in a link stand for.

        Raises
        ------
        ValueError
            If they are not what the field expects.
        """
        if self.many:
            return [self.parse(text) for text in texts]
        if len(texts) > 1:
            raise ValueError("must stand there once")
        return self.parse(texts[0])

    @property
    def control_range(self):
        """The least and the greatest value of its control."""
        low = self.control_low or self.low + (self.step if self.open_low else 0)
        return self.kind(low), self.kind(self.high - (self.step if self.open_high else 0))

    def to_control(self, value):
        """What a control or a link holds for a value: itself, its logarithm, or a list written out."""
        if self.log:
            return round(math.log10(value), 6)
        return ", ".join(map(str, value)) if self.kind is tuple else value

    def from_control(self, held):
        """The value for what a control holds.

        Raises
        ------
        ValueError
            If it is not what the field expects.
        """
        if self.kind is tuple:
            return self.parse(held)
        return self.check(float(f"{10.0**held:.4g}") if self.log else held)

    def _within(self, value):
        above = value > self.low or (value == self.low and not self.open_low)
        below = value < self.high or (value == self.high and not self.open_high)
        if not (above and below):
            raise ValueError
        return value
