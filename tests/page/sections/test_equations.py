"""Equations: those of the optimizer with its hyper-parameters, beside the code that computes them."""

import re

import pytest

import orbitopt as oo
from orbitopt.page.sections import equations as section
from tests.page.apptest import captions, markdown, page


def test_the_equations_hold_the_hyper_parameters_and_the_code_is_the_codes():
    visit = page(section="equations", beta1="0.5", log10_rate="-1")
    assert r"0.5 \cdot v^{(t-1)}" in markdown(visit)
    assert r"\frac{0.1}{" in markdown(visit)
    assert re.search(r"def effective_rate\(self, state\b[^)]*, learning_rate\b", visit.get("code")[0].value)


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_every_optimizer_has_its_equations_and_its_code(key):
    visit = page(section="equations", optimizer=key)
    assert visit.get("code")[0].value.startswith("def step(")
    for equation in oo.OPTIMIZERS[key]().equations():
        assert f"{equation.label} $\\displaystyle" in markdown(visit)
    assert section.equations_message(oo.Experiment(key)) in captions(visit)
    assert captions(visit).count(f"{oo.OPTIMIZERS[key].label} with the current hyperparameters") == 1
