"""The pictures in Chromium: every mark is drawn where its data say, in the colour of its role."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.hohmann import EARTH_ORBIT, MARS_ORBIT, circle, ellipse
from orbitopt.palette import colour
from tests.page.drawing import Drawing, hex_colour
from tests.test_columns import clamped_losses

pytestmark = pytest.mark.browser

SHORT = oo.Experiment(epochs=5)  # 40 updates, so that one update is several pixels
PINNED = oo.Experiment("sgd", learning_rate=0.05, epochs=3, batch_size=128)  # 12 updates
MARS = 1.523695
_READ = {}
FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@pytest.fixture
def drawn(visit):
    """A function that returns the three pictures of the page that a link opens, read once."""

    def read(query="", scheme="light"):
        if (query, scheme) not in _READ:
            visitor = visit(query, scheme=scheme)
            _READ[query, scheme] = [Drawing(visitor, "pictures", place) for place in range(3)]
        return _READ[query, scheme]

    return read


def test_the_orbits_are_drawn_to_scale_with_mars_on_the_left(drawn):
    fit, drawing = oo.run(oo.Experiment()), drawn()[0]
    samples, earth, mars, truth, sun, fitted, earth_dot, mars_dot, *labels = (drawing.layer(k) for k in range(12))
    at = [drawing.at(one) for (one,) in (sun, earth_dot, mars_dot)]
    np.testing.assert_allclose(at, [(0.0, 0.0), (1.0, 0.0), (-MARS, 0.0)], atol=1e-4)
    for (orbit,), (left, right, high) in (
        (earth, (-1.0, 1.0, 1.0)),
        (mars, (-MARS, MARS, MARS)),
        (truth, (-MARS, 1.0, 1.234378)),
        (fitted, (-0.26185 - fit.a, -0.26185 + fit.a, fit.b)),
    ):
        assert drawing.extent(orbit) == pytest.approx((left, right, -high, high), abs=2e-4)
    np.testing.assert_allclose([drawing.at(one) for one in samples], np.transpose(fit.samples), atol=1e-4)
    assert [one["text"] for (one,) in labels] == [
        "Sun", "Earth's orbit", "Mars's orbit", "(x + 0.26185)² / 1.2612² + y² / 1.2315² = 1",
    ]
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["x (AU)", "y (AU)"]


@pytest.mark.parametrize(("theme", "query"), [("light", ""), ("dark", ""), ("light", "?projector=true")])
def test_every_role_has_its_colour_in_both_themes_and_in_front_of_a_class(drawn, theme, query):
    orbits, loss, surface = drawn(query, "dark" if query else theme)  # the projector is light wherever it stands
    strokes = [*enumerate(["samples", "earth", "mars", "truth"]), (5, "adam")]
    fills = [(4, "sun"), (6, "earth"), (7, "mars"), (8, "sun"), (9, "earth"), (10, "mars"), (11, "adam")]
    for drawing, channel, layers in (
        (orbits, "stroke", strokes),
        (orbits, "fill", fills),
        (loss, "stroke", [(0, "adam"), (1, "truth"), (3, "adam"), (4, "adam")]),
        (loss, "fill", [(2, "truth"), (5, "adam")]),
        (surface, "stroke", [(0, "contour"), (1, "adam"), (4, "text")]),
        (surface, "fill", [(0, "contour"), (2, "adam"), (3, "adam"), (5, "text"), (6, "text")]),
    ):
        for number, role in layers:
            drawn = {hex_colour(one[channel]) for one in drawing.layer(number)}
            assert drawn == {colour(role, theme)}, (number, role)


def test_the_surface_has_its_contours_where_the_loss_is_their_level(drawn, samples):
    drawing = drawn()[2]
    least = oo.run(oo.Experiment()).optimum
    outlines = drawing.layer(0)
    assert len(outlines) == 12
    assert drawing.extent(outlines[0]) == pytest.approx((0.0, 2.0, 0.0, 2.0), abs=1e-3), "they fill the picture"
    for outline, level in zip(outlines, [5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1.1], strict=True):
        points = drawing.points(outline)
        inner = ((points > 0.01) & (points < 1.99)).all(axis=1)
        if not inner.any():
            assert level >= 2000, "beyond the whole picture"
            continue
        near = drawing.points(outline)[inner][:: max(1, inner.sum() // 40)]
        assert clamped_losses(near, samples) == pytest.approx([level * least.loss] * len(near), rel=0.05), level
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["A (AU)", "B (AU)"]
    truth = (1.261845, 1.234378)
    for one, place, at in zip(
        drawing.layer(4), ["start", "truth", "optimum"], [(0.1, 1.8), truth, least[:2]], strict=True
    ):
        assert f"place: {place};" in one["label"]
        assert drawing.at(one) == pytest.approx(at, abs=1e-4)
    names = {one["text"]: drawing.at(one) for one in drawing.layer(5) + drawing.layer(6)}
    assert names.keys() == {"start", "truth", "optimum"}
    assert names["start"][0] < 0.2 and names["start"][1] > 1.8


def test_the_losses_are_drawn_at_their_updates_on_a_logarithmic_axis(drawn):
    fit, drawing = oo.run(SHORT), drawn("?epochs=5")[1]
    updates = np.arange(41)
    (batch,), (floor,), (full,) = (drawing.layer(number) for number in (0, 1, 3))
    for curve, losses in ((batch, fit.history.loss), (full, clamped_losses(fit.path, fit.samples))):
        points = drawing.points(curve)
        np.testing.assert_allclose(points[:, 0], updates[: len(losses)], atol=0.01)
        np.testing.assert_allclose(points[:, 1], losses, rtol=1e-3)
    assert drawing.at(floor)[1] == pytest.approx(0.01 / 12.0, rel=1e-3)
    assert abs(floor["line"][0]) == drawing.width and floor["line"][1] == 0
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["Update", "Loss (AU²)"]


def assert_that_they_stand_at(visitor, row):
    """Assert that every dot, ellipse and playhead is where its run is after a number of updates, within a pixel."""
    orbits, loss, surface = (Drawing(visitor, "pictures", place) for place in range(3))
    fits = [oo.run(PINNED), oo.run(SHORT)]  # the run that the page is about is drawn last
    updates = [min(row, len(fit.history.loss)) for fit in fits]
    for fit, update, on_orbits, on_curve, on_surface in zip(
        fits, updates, orbits.layer(5), loss.layer(5), surface.layer(3), strict=True
    ):
        a, b = fit.path[update]
        left, right, bottom, top = orbits.extent(on_orbits)
        assert ((left + right) / 2, (right - left) / 2) == pytest.approx((-0.26185, a), abs=2e-4)
        assert (bottom, top) == pytest.approx((-b, b), abs=2e-4)
        assert surface.at(on_surface) == pytest.approx((a, b), abs=1e-4)
        full_loss = clamped_losses([fit.path[update]], fit.samples)[0]
        assert loss.at(on_curve) == pytest.approx((update, full_loss), rel=1e-3, abs=1e-6)
    (rule,) = loss.layer(4)
    assert float(loss.data("x", rule["x"])) == pytest.approx(row)
    a, b = fits[1].path[row]
    assert orbits.layer(11)[0]["text"] == f"(x + 0.26185)² / {abs(a):.4f}² + y² / {abs(b):.4f}² = 1"


def test_every_run_stands_in_all_pictures_where_it_was_after_that_update(visit):
    fit, visitor = oo.run(SHORT), visit(f"?epochs=5&pin={PINNED.to_text()}")
    assert_that_they_stand_at(visitor, 40)
    visitor.press("Home")
    visitor.tab.evaluate(FRAMES)
    assert_that_they_stand_at(visitor, 0)
    for row, epoch in ((1, "0.1"), (2, "0.3"), (3, "0.4")):
        visitor.press("ArrowRight")
        visitor.tab.evaluate(FRAMES)
        (a, b), (loss,) = fit.path[row], clamped_losses(fit.path[row : row + 1], fit.samples)
        assert visitor.here() == f"update {row} · epoch {epoch} · A {a:.4f} · B {b:.4f} · loss {loss:.3g}"
        assert_that_they_stand_at(visitor, row)
    visitor.tab.locator(".player .scrub").fill("25")  # the pinned run is over by then
    visitor.tab.evaluate(FRAMES)
    assert_that_they_stand_at(visitor, 25)


def test_the_strongest_arrows_are_those_of_the_update_at_which_the_run_stands(visit):
    visitor = visit("?section=steps&epochs=5")
    fit = oo.run(SHORT)
    visitor.press("Home", *["ArrowRight"] * 5)
    visitor.tab.evaluate(FRAMES)
    drawing = Drawing(visitor, "steps-view")
    (gradient,), (step,) = drawing.layer(8), drawing.layer(9)
    (dot,) = drawing.layer(12)
    assert drawing.at(dot) == pytest.approx(tuple(fit.path[5]), abs=1e-4)
    moved = fit.path[6] - fit.path[5]
    update = oo.update_at(SHORT, 5)
    for arrow, direction in ((gradient, -np.array(update.gradient)), (step, moved)):
        points = drawing.points(arrow) - fit.path[5]
        tip = points[np.argmax(np.hypot(*points.T))]
        assert np.hypot(*tip) > 0.02
        assert tip / np.hypot(*tip) == pytest.approx(direction / np.hypot(*direction), abs=0.05)
    assert {hex_colour(gradient["fill"]), hex_colour(step["fill"])} == {colour("gradient"), colour("step")}


def tooltip_at(visitor, mark):
    """Return what appears under the mouse on a mark, as pairs of title and value."""
    visitor.tab.mouse.move(0, 0)
    visitor.tab.mouse.move(*mark["screen"], steps=3)
    table = visitor.tab.locator("#vg-tooltip-element.visible")
    table.wait_for(timeout=5000)
    rows = table.locator("tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    return [tuple(row) for row in rows]


def test_under_the_mouse_stand_the_numbers_of_the_mark(visit):
    fit, visitor = oo.run(SHORT), visit("?epochs=5")
    surface = Drawing(visitor, "pictures", 2)
    (a, b), loss = fit.path[7], clamped_losses(fit.path[7:8], fit.samples)[0]
    assert tooltip_at(visitor, surface.layer(2)[7]) == [
        ("After update", "7"), ("A (AU)", f"{a:.4f}"), ("B (AU)", f"{b:.4f}"),
        ("Loss of the next mini-batch (AU²)", f"{fit.history.loss[7]:.3g}"),
        ("Loss over all samples (AU²)", f"{loss:.3g}"),
    ]
    start = [("Point", "start"), ("A (AU)", "0.10000"), ("B (AU)", "1.80000")]
    assert tooltip_at(visitor, surface.layer(4)[0]) == start


def test_under_the_mouse_on_a_sample_stand_its_coordinates(visit):
    fit, visitor = oo.run(oo.Experiment(n_samples=64, noise_scale=0.3)), visit("?samples=64&noise=0.3")
    samples = np.transpose(fit.samples)
    lines = [ellipse(fit.a, fit.b), ellipse(), circle(EARTH_ORBIT), circle(MARS_ORBIT)]
    others = np.vstack([np.hstack(lines).T, samples])
    away = np.sort(np.linalg.norm(samples[:, None] - others, axis=2), axis=1)[:, 1]  # the nearest is the sample itself
    alone = int(np.argmax(away))
    assert tooltip_at(visitor, Drawing(visitor, "pictures").layer(0)[alone]) == [
        (f"{axis} (AU)", f"{value:.3f}".replace("-", "−")) for axis, value in zip("xy", samples[alone], strict=True)
    ]
