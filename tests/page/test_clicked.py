"""Clicks in Chromium: each sends exactly what was clicked, to the control and to the link."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import orbitopt as oo
from tests.page.drawing import Drawing

pytestmark = pytest.mark.browser


def link(visitor):
    """Return the link of the page: the texts by their keys."""
    return {key: texts[0] for key, texts in parse_qs(urlsplit(visitor.tab.url).query).items()}


def link_after(visitor, action):
    """Do what changes the link; return it once the page has followed."""
    before = visitor.tab.evaluate("location.search")
    action()
    visitor.until("before => location.search !== before", before).settled()
    return link(visitor)


def click(visitor, mark):
    visitor.tab.mouse.click(*mark["screen"])


def nearest(drawing, marks, x, y):
    """Return the one of the marks that is drawn nearest to data."""
    return min(marks, key=lambda one: np.hypot(drawing.pixels("x", x) - one["x"], drawing.pixels("y", y) - one["y"]))


def button(visitor, name):
    return visitor.tab.get_by_role("button", name=name, exact=True)


def shown_number(visitor, label):
    return visitor.tab.get_by_role("textbox", name=label, exact=True).input_value()


def test_a_click_on_a_point_of_the_sweep_takes_its_optimizer_and_its_rate(visit):
    visitor = visit("?section=rates&schedule=constant&epochs=20", height=1400)
    drawing = Drawing(visitor, "swept")
    rate = 10.0 ** (-3 + 5 / 12)  # the 17th of the sweep
    constant = {"schedule": "constant", "epochs": 20, "learning_rate": float(f"{rate:.4g}")}
    fit = oo.run(oo.Experiment("momentum", **constant))
    assert fit.loss < 0.5 * min(oo.run(oo.Experiment(key, **constant)).loss for key in ("sgd", "adam")), "it is apart"
    point = nearest(drawing, drawing.named("view_1_marks"), rate, fit.loss)
    assert "Optimizer: Momentum" in point["label"]
    assert link_after(visitor, lambda: click(visitor, point)) == {
        "section": "rates", "schedule": "constant", "epochs": "20", "optimizer": "momentum", "log10_rate": "-2.5834",
    }
    assert oo.SETTINGS["learning_rate"].from_link("-2.5834") == 0.00261
    assert shown_number(visitor, "Learning rate α") == "0.00261"
    assert visitor.readouts()[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    (now,) = Drawing(visitor, "swept").layer(0)
    assert Drawing(visitor, "swept").data("x", now["x"]) == pytest.approx(0.00261, rel=1e-3)


def test_a_click_on_a_cell_of_the_map_starts_in_its_middle(visit):
    visitor = visit("?section=starts&epochs=20", height=1400)
    drawing = Drawing(visitor, "cells")
    cells = drawing.named("view_1_marks")
    assert len(cells) == 441
    cell = cells[4 * 21 + 14]  # the fifth A and the fifteenth B of 2 AU in 21 parts
    left, right, low, high = drawing.extent(cell)
    assert (left, right, low, high) == pytest.approx((9 / 21, 11 / 21, 29 / 21, 31 / 21), abs=1e-3)
    assert link_after(visitor, lambda: click(visitor, cell)) == {
        "section": "starts", "epochs": "20", "a": "0.4762", "b": "1.4286",
    }
    fit = oo.run(oo.Experiment(epochs=20, start_a=0.4762, start_b=1.4286))
    assert visitor.readouts()[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    (start,) = Drawing(visitor, "cells").layer(5)
    assert Drawing(visitor, "cells").at(start) == pytest.approx((0.4762, 1.4286), abs=1e-3)


def test_the_advice_changes_exactly_what_it_says(visit):
    creeps = oo.EXAMPLES["creeps"]
    advice = oo.advise(oo.run(creeps.experiment))
    assert advice.changes
    visitor = visit("?example=creeps")
    visitor.tab.get_by_text(advice.sentence).wait_for()
    tried = link_after(visitor, button(visitor, "Try it").click)
    assert tried.pop("example") == "creeps"
    settings = {setting.key: (name, setting) for name, setting in oo.SETTINGS.items()}
    assert {settings[key][0]: settings[key][1].from_link(text) for key, text in tried.items()} == advice.changes
    fit = oo.run(advice.experiment)
    assert visitor.readouts()[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]


def test_this_step_is_the_update_at_which_the_run_stands_and_the_copied_link_opens_it_again(visit):
    visitor = visit("?epochs=240")  # 1,920 updates, of which 1,001 are shown
    visitor.tab.locator(".player .scrub").fill("300")
    row = oo.Experiment(epochs=240)
    update = max(int(one) for one in np.linspace(100, 1920, 901).round() if one <= 300)
    assert visitor.here().startswith(f"update {update} ")
    assert link_after(visitor, button(visitor, "This update").click) == {
        "epochs": "240", "section": "step", "step": str(update),
    }
    loss = oo.update_at(row, update).loss
    told = f"After {update} updates, the next mini-batch has the loss {loss:.3g} AU²"
    visitor.tab.get_by_text(told).wait_for()
    assert shown_number(visitor, "After update") == str(update)
    button(visitor, "Copy link").click()
    visitor.tab.get_by_text("Copied").first.wait_for()
    copied = visitor.tab.evaluate("navigator.clipboard.readText()")
    assert copied == visitor.tab.url
    again = visit(copied.rpartition("/")[2])
    again.tab.get_by_text(told).wait_for()
