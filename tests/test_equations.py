"""The equations are checked as a student would: the worked line, put into a pocket calculator, gives its own result."""

import dataclasses
import math
import re

import pytest

import orbitopt as oo
from orbitopt import equations, optimizers
from orbitopt.optimizers import Adam, Momentum

RULES = [kind() for kind in oo.OPTIMIZERS.values()] + [
    Momentum(dampening=0.9, bias_correction=True),
    Momentum(nesterov=True),
    Momentum(nesterov=True, bias_correction=True, dampening=0.5),
    Adam(bias_correction=False),
]


IN_BRACES = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"  # up to two deep


def experiment_with(rule):
    key = next(key for key, kind in oo.OPTIMIZERS.items() if isinstance(rule, kind))
    return oo.Experiment(key, learning_rate=0.01, schedule="constant", **dataclasses.asdict(rule))


def calculated(latex):
    """What a pocket calculator makes of the middle of symbol, numbers, result, and the result that stands there."""
    _, middle, result = latex
    middle, result = (text.removeprefix(r"\mathord{=}\; ") for text in (middle, result))
    while r"\frac" in middle:
        middle = re.sub(rf"\\frac{IN_BRACES}{IN_BRACES}", r"((\1)/(\2))", middle)

    def python(text):
        text = re.sub(rf"\\sqrt{IN_BRACES}", r"math.sqrt(\1)", text)
        text = text.replace(r"\cdot", "*").replace("^", "**").replace("{", "(").replace("}", ")")
        return eval(text, {"math": math})

    return python(middle), python(result)


@pytest.mark.parametrize("rule", RULES, ids=repr)
@pytest.mark.parametrize("step", [0, 1, 30])
def test_the_worked_lines_are_right_by_pocket_calculator(rule, step):
    experiment = experiment_with(rule)
    update = oo.update_at(experiment, step)
    for k, parameter in enumerate("AB"):
        values = equations.quantities(experiment.rule, update, k)
        for equation in experiment.rule.equations():
            worked = equation, values, parameter
            middle, result = calculated(equations.worked(*worked))
            size = max(abs(float(number)) for number in re.findall(r"\d+\.?\d*", equations.worked(*worked)[1]))
            assert middle == pytest.approx(result, rel=2e-3, abs=1e-3 * min(size, 1.0)), equation
        assert result == pytest.approx(update.next_params[k], rel=6e-4)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_symbols_stand_for_every_quantity_and_hyper_parameters_can_be_put_in(rule):
    for equation in rule.equations():
        assert "<" not in equations.in_symbols(equation)
    lines = " ".join(equations.in_symbols(equation, dataclasses.asdict(rule)) for equation in rule.equations())
    assert not re.search(r"\\beta|\\epsilon|dampening", lines)


def test_equations_carry_the_posts_numbers():
    assert {key: [line.number for line in kind().equations()] for key, kind in oo.OPTIMIZERS.items()} == {
        "sgd": ["4"],
        "momentum": ["5", "6"],
        "rmsprop": ["9", "10"],
        "adam": ["11", "12", "13", "14", "15"],
        "adagrad": ["", ""],
    }
    assert [line.number for line in Momentum(bias_correction=True).equations()] == ["5", "8", "6"]


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_the_code_beside_the_equations_is_that_which_runs(key):
    rule = oo.OPTIMIZERS[key]()
    names = {}
    exec(equations.source(rule), vars(optimizers) | {"__builtins__": __builtins__}, names)
    taken = names["step"](rule, 1.5, 0.25, rule.init(1.5), 0.1)
    assert taken == rule.step(1.5, 0.25, rule.init(1.5), 0.1)


def test_hyper_parameters_can_stand_in_the_equations():
    rule = oo.OPTIMIZERS["momentum"](beta=0.75)
    first, last = rule.equations()
    assert equations.in_symbols(first, vars(rule)) == r"v^{(t)} = 0.75 \cdot v^{(t-1)} + g^{(t)}"
    assert equations.in_symbols(last, {"learning_rate": 0.01}) == r"w^{(t+1)} = w^{(t)} - 0.01 \cdot v^{(t)}"


def test_the_worked_line_breaks_before_equals_and_has_four_digits():
    (equation,) = optimizers.GradientDescent().equations()
    values = {"w": 1.23456789, "next_w": -1.23456789e-5, "g": -0.000123456, "learning_rate": 0.0123456}
    assert equations.worked(equation, values, "A") == (
        "w_A",
        r"\mathord{=}\; 1.235 - 0.01235 \cdot (-0.0001235)",
        r"\mathord{=}\; {-1.235 \cdot 10^{-5}}",
    )
    eq_12 = optimizers.Adam(beta1=0.98765).equations()[1]
    numbers = {"first_moment": 0.5, "beta1": 0.98765, "t": 12345, "mean": 0.5}
    assert equations.worked(eq_12, numbers, "B")[1] == r"\mathord{=}\; \frac{0.5}{1 - 0.98765^{12345}}"
    assert equations.in_symbols(optimizers.RMSprop().equations()[1], {"eps": 1e-8}).count("(10^{-8})") == 1


def test_the_equation_of_momentum_is_the_one_in_use_and_says_where_it_is_not_the_posts():
    printed = r"v^{(t)} = \beta \cdot v^{(t-1)} + (1 - \beta) \cdot g^{(t)}"
    first = {dampening: Momentum(beta=0.9, dampening=dampening).equations()[0] for dampening in (0.9, 0.0, 0.5)}
    assert equations.in_symbols(first[0.9]) == printed and not first[0.9].note
    assert equations.in_symbols(first[0.0]) == r"v^{(t)} = \beta \cdot v^{(t-1)} + g^{(t)}"
    assert first[0.0].note == (
        "In the post, Eq. 5 multiplies the gradient by 1 − β. The published run does not, and neither does PyTorch by "
        "default."
    )
    assert r"(1 - \mathrm{dampening}) \cdot g" in equations.in_symbols(first[0.5])
    assert first[0.5].note.endswith("by 1 − β; here the factor is 1 − dampening.")
    assert oo.PUBLISHED["momentum"].rule == Momentum() and Momentum().dampening == 0.0
    assert not any(line.note for kind in ("sgd", "rmsprop", "adam") for line in oo.OPTIMIZERS[kind]().equations())
    assert [line.note != "" for line in Adam(bias_correction=False).equations()] == [False, False, True]
    assert Momentum(dampening=0.9, nesterov=True).equations()[1].note.startswith("Not in the post")
    assert oo.OPTIMIZERS["adagrad"]().equations()[0].note == "The post does not cover AdaGrad."


def test_an_equation_is_labelled_by_its_number_in_the_post():
    assert [line.label for line in oo.OPTIMIZERS["momentum"]().equations()] == ["Eq. 5", "Eq. 6"]
    assert [line.label for line in oo.OPTIMIZERS["adagrad"]().equations()] == ["", ""]
