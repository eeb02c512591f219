"""The post's equations of every optimizer, in LaTeX: in symbols, with numbers for some, or worked for one update.

Each equation stands once, with a `<name>` for every quantity; what is put in its place decides which of these it is.
"""

import inspect
import re
from textwrap import dedent
from typing import NamedTuple

from .optimizers import AdaGrad, Adam, GradientDescent, Momentum, RMSprop


class Equation(NamedTuple):
    """One equation of a rule."""

    number: str
    """Its number in the post, or none."""
    template: str
    """LaTeX, with <names>."""

    @property
    def name(self):
        """What it is called."""
        return f"Eq. {self.number}" if self.number else ""


SYMBOLS = {
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
"""The post's symbol for every quantity."""


def equations(rule):
    """The equations of one step of a rule, in the order in which they are worked.

    Parameters
    ----------
    rule
        An instance of a class in OPTIMIZERS.

    Returns
    -------
    list of Equation
    """
    match rule:
        case GradientDescent():
            return [Equation("4", r"<next_w> = <w> - <learning_rate> \cdot <g>")]
        case Momentum():
            steps = [
                Equation("5", r"<velocity> = <beta> \cdot <last_velocity> + (1 - <dampening>) \cdot <g>")
            ]
            used = "velocity"
            if rule.nesterov:
                steps.append(Equation("", r"<direction> = <beta> \cdot <velocity> + (1 - <dampening>) \cdot <g>"))
                used = "direction"
            if rule.bias_correction:
                power = "<t> + 1" if rule.nesterov else "<t>"  # a velocity one update ahead has one weight more
                steps.append(Equation("8", rf"<mean> = \frac{{<{used}>}}{{1 - <beta>^{{{power}}}}}"))
                used = "mean"
            return [*steps, Equation("6", rf"<next_w> = <w> - <learning_rate> \cdot <{used}>")]
        case RMSprop():
            return [
                Equation("9", r"<second_moment> = <beta> \cdot <last_second_moment> + (1 - <beta>) \cdot {<g>}^2"),
                Equation("10", r"<next_w> = <w> - \frac{<learning_rate>}{\sqrt{<second_moment>} + <eps>} \cdot <g>"),
            ]
        case Adam():
            v, s = ("mean", "mean_square") if rule.bias_correction else ("first_moment", "second_moment")
            steps = [
                Equation("11", r"<first_moment> = <beta1> \cdot <last_first_moment> + (1 - <beta1>) \cdot <g>"),
                Equation("12", r"<mean> = \frac{<first_moment>}{1 - <beta1>^{<t>}}"),
                Equation("13", r"<second_moment> = <beta2> \cdot <last_second_moment> + (1 - <beta2>) \cdot {<g>}^2"),
                Equation("14", r"<mean_square> = \frac{<second_moment>}{1 - <beta2>^{<t>}}"),
                Equation("15", rf"<next_w> = <w> - \frac{{<learning_rate>}}{{\sqrt{{<{s}>}} + <eps>}} \cdot <{v}>"),
            ]
            return [step for step in steps if rule.bias_correction or step.number not in ("12", "14")]
        case AdaGrad():
            return [
                Equation("", r"<second_moment> = <last_second_moment> + {<g>}^2"),
                Equation("", r"<next_w> = <w> - \frac{<learning_rate>}{\sqrt{<second_moment>} + <eps>} \cdot <g>"),
            ]
    raise TypeError(f"rule must be an optimizer, got {rule!r}")


def in_symbols(equation, values=()):
    """The equation in the post's symbols, with numbers for the quantities that `values` names.

    Parameters
    ----------
    equation : Equation
    values : dict of str to float, optional

    Returns
    -------
    str
        LaTeX.
    """
    names = SYMBOLS | {name: _number(value) for name, value in dict(values).items() if value is not None}
    return _filled(equation.template, names)


def source(rule):
    """The code of a rule's step as it runs."""
    methods = [getattr(type(rule), name, None) for name in ("step", "effective_rate")]
    return "\n".join(dedent(inspect.getsource(method)) for method in methods if method)


def worked(equation, values, parameter):
    """The equation with the numbers of one update, and what comes of them.

    Parameters
    ----------
    equation : Equation
    values : dict of str to float
        What `quantities` returns.
    parameter : str
        "A" or "B".

    Returns
    -------
    str
        LaTeX: symbol = numbers = result.
    """
    result, right = equation.template.split(" = ")
    name = result.strip("<>")
    symbol = re.sub(r"\^\{.*?\}", "", SYMBOLS[name]) + f"_{parameter}"
    numbers = _filled(right, {name: _number(value) for name, value in values.items()})
    return f"{symbol} = {numbers} = {_number(values[name]).strip('()')}"


def quantities(rule, update, k):
    """Every quantity of one update for one parameter.

    Parameters
    ----------
    rule
        An instance of a class in OPTIMIZERS.
    update : training.Update
        Of a single run.
    k : int
        0 for A, 1 for B.

    Returns
    -------
    dict of str to float
        By the names in SYMBOLS.
    """
    before, after = update.states[k], update.next_states[k]
    values = vars(rule) | {
        "w": update.params[k],
        "next_w": update.next_params[k],
        "g": update.gradient[k],
        "learning_rate": update.learning_rate,
        **{f"last_{name}": value for name, value in before._asdict().items()},
        **after._asdict(),
    }
    t = values["t"] = values.get("step_count", 0)
    match rule:
        case Momentum() if t:
            direction, power = values["velocity"], values["beta_power"]
            if rule.nesterov:
                direction = rule.beta * direction + (1.0 - rule.dampening) * values["g"]
                power = rule.beta * power
            values |= {"direction": direction, "mean": direction / (1.0 - power)}
        case Adam() if t:
            values["mean"] = values["first_moment"] / (1.0 - values["beta1_power"])
            values["mean_square"] = values["second_moment"] / (1.0 - values["beta2_power"])
    return values


def _filled(template, names):
    return re.sub(r"<(\w+)>", lambda match: names[match[1]], template)


def _number(value):
    """A number in LaTeX, to six digits, in brackets if it is negative."""
    if isinstance(value, bool):
        return str(value)
    text = f"{value:.6g}"
    if "e" in text:
        digits, power = text.split("e")
        text = rf"{digits} \cdot 10^{{{int(power)}}}"
    return f"({text})" if value < 0 or r"\cdot" in text else text
