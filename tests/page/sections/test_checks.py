"""Check: a right gradient is told from a wrong one, and PyTorch's run from another."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.checks import check_gradient
from orbitopt.page.sections import checks as section
from tests.page.apptest import captions, page


def checks_of(fit):
    start = fit.experiment.start_a, fit.experiment.start_b
    return {name: check_gradient(params, fit.samples) for name, params in (("start", start), ("end", fit.params))}


def test_a_gradient_that_is_right_is_told_from_one_that_is_not(samples):
    right = check_gradient((1.0, 1.0), samples)
    assert section.gradient_message({"start": right}).startswith("The gradient agrees to")
    table = section.gradient_table({"start": right})
    assert table["Derivative with respect to"] == ["A, at the start", "B, at the start"]
    assert table["The post's formula"] == table["Complex-step derivative"]
    wrong = right._replace(formula=right.formula * 1.01)
    assert "The gradient differs by 0.0" in section.gradient_message({"start": wrong})
    assert section.gradient_table({"start": wrong})["The post's formula"] != table["Complex-step derivative"]


def test_a_diverged_runs_gradient_is_checked_as_well_as_rounding_lets_it_be():
    told = section.gradient_message(checks_of(oo.run(oo.EXAMPLES["diverges"].experiment)))
    assert told.startswith("The gradient agrees to")


def test_where_no_sample_lies_inside_nothing_is_checked():
    fit = oo.run(oo.Experiment(n_samples=16, batch_size=16, start_a=0.05))
    assert "nothing is checked" in section.gradient_message(checks_of(fit))


def test_how_far_two_paths_are_apart_is_told():
    path = np.ones((10, 2))
    assert section.torch_message(path, path[:7]) == (
        "Over 7 updates the two paths are never more than 0 AU apart: the two runs agree."
    )
    other = path.copy()
    other[6:] += 0.1
    assert "to a millionth of an AU for the first 6 updates;" in section.torch_message(path, other)


def test_the_gradient_is_checked_on_the_page():
    visit = page(section="check")
    assert "The gradient agrees to" in captions(visit)
    table = visit.table[0].value
    assert table["The post's formula"].tolist() == table["Complex-step derivative"].tolist()
    rows = ["A, at the start", "B, at the start", "A, at the end", "B, at the end"]
    assert table["Derivative with respect to"].tolist() == rows


@pytest.mark.parity
def test_pytorchs_run_is_compared_on_the_page_where_it_is_installed():
    pytest.importorskip("torch")
    assert "the two runs agree" in captions(page(section="check"))


def test_without_pytorch_the_page_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(section, "has_torch", lambda: False)
    assert "pip install torch" in page(section="check").info[0].value
    assert "PyTorch has no Adam without" in page(section="check", bias_correction="false").info[0].value
