"""Equations of an optimizer as LaTeX: in symbols, with hyperparameters as numbers, or with the numbers of one update.

The class of the optimizer holds the equations, with a `<name>` for every quantity.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

from .optimizers import Equation, Optimizer
from .training import Update

SYMBOLS: dict[str, str] = {
    "w": r"w^{(t)}",
    "next_w": r"w^{(t+1)}",
    "g": r"g^{(t)}",
    "t": "t",
    "learning_rate": r"\alpha",
    "velocity": r"v^{(t)}",
    "last_velocity": r"v^{(t-1)}",
    "direction": r"d^{(t)}",
    "mean": r"\hat v^{(t)}",
    "first_moment": r"v^{(t)}",
    "last_first_moment": r"v^{(t-1)}",
    "second_moment": r"s^{(t)}",
    "last_second_moment": r"s^{(t-1)}",
    "mean_square": r"\hat s^{(t)}",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\epsilon",
    "dampening": r"\mathrm{dampening}",
}
"""The post's symbols by quantity."""

_MEASURED = SYMBOLS.keys() - {"t", "beta", "beta1", "beta2", "eps", "dampening"}


def in_symbols(equation: Equation, values: Mapping[str, float | None] | None = None) -> str:
    """Return an equation in the post's symbols, as LaTeX.

    Parameters
    ----------
    equation
    values
        Numbers that replace the symbols of quantities, by name.
    """
    known = {name: _number(value) for name, value in (values or {}).items() if value is not None}
    return _filled(equation.template, SYMBOLS | known)


def source(rule: Optimizer) -> str:
    """Return the source code of an optimizer's step."""
    methods = [getattr(type(rule), name, None) for name in ("step", "effective_rate")]
    return "\n".join(dedent(inspect.getsource(method)) for method in methods if method)


def worked(equation: Equation, values: Mapping[str, Any], parameter: str) -> tuple[str, str, str]:
    """Return an equation with the numbers of one update, as LaTeX in three parts: symbol, numbers and result.

    The second and the third part begin with "=". Numbers have four significant digits, hyperparameters all of theirs.

    Parameters
    ----------
    equation
    values
        Result of `quantities`.
    parameter
        "A" or "B".
    """
    left, right = equation.template.split(" = ")
    result = left.strip("<>")
    symbol = re.sub(r"\^\{.*?\}", "", SYMBOLS[result]) + f"_{parameter}"
    texts = {quantity: _number(value, 4 if quantity in _MEASURED else 6) for quantity, value in values.items()}
    # A line may break before "=", and after an operator, but not after "=": it is no relation to KaTeX.
    return symbol, rf"\mathord{{=}}\; {_filled(right, texts)}", rf"\mathord{{=}}\; {{{texts[result].strip('()')}}}"


def quantities(rule: Optimizer, update: Update, k: int) -> dict[str, Any]:
    """Return every quantity of one update for A (k = 0) or B (k = 1), by the names in SYMBOLS."""
    before, after = update.states[k], update.next_states[k]
    values = vars(rule) | {
        "w": update.params[k],
        "next_w": update.next_params[k],
        "g": update.gradient[k],
        "learning_rate": update.learning_rate,
        **{f"last_{name}": value for name, value in before._asdict().items()},
        **after._asdict(),
        "t": getattr(after, "step_count", 0),
    }
    return values | (rule.intermediate(update.gradient[k], after) if update.n_in_domain else {})


def _filled(template: str, names: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: names[match[1]], template)


def _number(value: Any, digits: int = 6) -> str:
    """Format a number in LaTeX with some significant digits, in brackets if it is negative."""
    if isinstance(value, bool):
        return str(value)
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, power = text.split("e")
        text = rf"10^{{{int(power)}}}" if mantissa == "1" else rf"{mantissa} \cdot 10^{{{int(power)}}}"
    return f"({text})" if value < 0 or "^" in text else text
