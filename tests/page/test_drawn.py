"""The pictures in Chromium: every mark is drawn where its data say, in the colour of its role."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.hohmann import EARTH_ORBIT, MARS_ORBIT, circle, ellipse
from orbitopt.palette import colour
from tests.examples import fit_of
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
            _READ[query, scheme] = [Drawing(visitor, "pictures", place) for place in (0, 2, 1)]
        return _READ[query, scheme]

    return read


def test_the_orbits_are_drawn_to_scale_with_mars_on_the_left(drawn):
    fit, drawing = oo.run(oo.Experiment()), drawn()[0]
    samples, (earth, mars), (truth,), sun, (fitted,), dots, labels, equation = (drawing.layer(k) for k in range(8))
    at = [drawing.at(one) for one in (*sun, *dots)]
    np.testing.assert_allclose(at, [(0.0, 0.0), (1.0, 0.0), (-MARS, 0.0)], atol=1e-4)
    for orbit, (left, right, high) in (
        (earth, (-1.0, 1.0, 1.0)),
        (mars, (-MARS, MARS, MARS)),
        (truth, (-MARS, 1.0, 1.234378)),
        (fitted, (-0.26185 - fit.a, -0.26185 + fit.a, fit.b)),
    ):
        assert drawing.extent(orbit) == pytest.approx((left, right, -high, high), abs=2e-4)
    np.testing.assert_allclose([drawing.at(one) for one in samples], np.transpose(fit.samples), atol=1e-4)
    assert [one["text"] for one in labels + equation] == [
        "Sun", "Earth's orbit", "Mars's orbit", "launch", "arrival", "truth", "samples",
        "(x + 0.26185)² / 1.2612² + y² / 1.2315² = 1",
    ]
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["x (AU)", "y (AU)"]


@pytest.mark.parametrize(("theme", "query"), [("light", ""), ("dark", ""), ("light", "?projector=true")])
def test_every_role_has_its_colour_in_both_themes_and_in_front_of_a_class(drawn, theme, query):
    orbits, loss, surface = drawn(query, "dark" if query else theme)  # the projector is light wherever it stands
    strokes = [(0, ["samples"]), (1, ["earth", "mars"]), (2, ["truth"]), (4, ["adam"])]
    words = ["sun", "earth", "mars", "earth", "mars", "truth", "samples"]
    fills = [(3, ["sun"]), (5, ["earth", "mars"]), (6, words), (7, ["adam"])]
    for channel, layers in (("stroke", strokes), ("fill", fills)):
        for number, roles in layers:
            drawn = [hex_colour(one[channel]) for one in orbits.layer(number)]
            assert dict.fromkeys(drawn) == dict.fromkeys(colour(role, theme) for role in roles), (number, roles)
    for drawing, channel, layers in (
        (loss, "stroke", [(0, "adam"), (1, "truth"), (5, "adam"), (6, "adam")]),
        (loss, "fill", [(2, "truth"), (3, "text"), (4, "text"), (7, "adam")]),
        (surface, "stroke", [(1, "lit edge"), (2, "shaded edge"), (5, "casing"), (6, "adam"), (8, "casing")]),
        (surface, "stroke", [(9, "casing"), (10, "ink"), (12, "casing")]),
        (surface, "fill", [(7, "adam"), (8, "adam"), (13, "ink")]),
    ):
        for number, role in layers:
            drawn = {hex_colour(one[channel]) for one in drawing.layer(number)}
            assert drawn == {colour(role, theme)}, (number, role)
    bands = [hex_colour(one["fill"]) for one in surface.layer(0)]
    assert bands == [colour(f"level {band}", theme) for band in range(2, 13)]
    assert [(hex_colour(star["fill"]), hex_colour(star["stroke"])) for star in surface.layer(11)] == [
        ("#FFD23F", "#14202E")
    ]
    values = {one["text"]: hex_colour(one["fill"]) for one in surface.layer(4)}
    halos = {one["text"]: hex_colour(one["stroke"]) for one in surface.layer(3)}
    assert halos["500×"] == colour("level 4", theme) and values["500×"] == colour("ink", theme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_flight_is_drawn_in_its_own_ellipse_without_a_truth(drawn, scheme):
    fit, (orbits, loss, surface) = fit_of("curiosity"), drawn("?example=curiosity", scheme)
    samples, circles, truth, _, (fitted,), dots, labels, (equation,) = (orbits.layer(k) for k in range(8))
    assert not truth and not dots
    c = fit.problem.focus_offset
    assert orbits.extent(fitted) == pytest.approx((-c - fit.a, -c + fit.a, -fit.b, fit.b), abs=2e-4)
    np.testing.assert_allclose([orbits.at(one) for one in samples], np.transpose(fit.samples), atol=1e-4)
    assert [one["text"] for one in labels] == ["Sun", "Earth's orbit", "Mars's orbit", "samples"]
    assert equation["text"] == f"(x + {c:.5f})² / {fit.a:.4f}² + y² / {fit.b:.4f}² = 1"
    assert [one["text"] for one in surface.layer(13)] == ["start", "best forthese samples"]
    assert not loss.layer(1) and not loss.layer(2), "nobody knows the noise"


def test_the_surface_has_its_contours_where_the_loss_is_their_level(drawn, samples):
    drawing = drawn()[2]
    least = oo.run(oo.Experiment()).optimum
    outlines = drawing.layer(0)
    assert len(outlines) == 11
    assert drawing.extent(outlines[0]) == pytest.approx((0.0, 2.0, 0.0, 2.0), abs=1e-3), "they fill the picture"
    for outline, level in zip(outlines[1:], [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1.1], strict=True):
        points = drawing.points(outline)
        inner = ((points > 0.01) & (points < 1.99)).all(axis=1)
        near = drawing.points(outline)[inner][:: max(1, inner.sum() // 40)]
        assert len(near) > 10
        assert clamped_losses(near, samples) == pytest.approx([level * least.loss] * len(near), rel=0.05), level
    edges = [drawing.points(edge) for number in (1, 2) for edge in drawing.layer(number)]
    assert all(((edge[:, 1] > -1e-3) & (edge[:, 1] < 2.001)).all() for edge in edges)
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["A (AU)", "B (AU)"]
    truth = (1.261845, 1.234378)
    (start, ring), (star,) = drawing.layer(10), drawing.layer(11)
    for one, place, at in ((start, "start", (0.1, 1.8)), (ring, "truth", truth), (star, "optimum", least[:2])):
        assert f"Point: {place};" in one["label"]
        assert drawing.at(one) == pytest.approx(at, abs=1e-4)
    names = {one["text"]: drawing.at(one) for one in drawing.layer(13)}
    assert names.keys() == {"start", "optimum≈ truth"}
    assert names["start"][0] < 0.2 and names["start"][1] > 1.8


def test_every_label_on_the_surface_is_inside_the_frame_and_covers_no_other_and_no_mark(visit):
    for query in ("", "&optimizer=momentum", "&start_a=2.0&start_b=0.6", "&noise=0.0"):
        drawing = Drawing(visit(f"?section=losses&surface=clamped{query}"), "losses-view")
        texts = [one["box"] for one in drawing.layer(4) + drawing.layer(13)]
        marks = [one["box"] for one in drawing.layer(10) + drawing.layer(11)]
        assert len(texts) >= 3, query
        for k, (left, top, right, bottom) in enumerate(texts):
            assert left >= -1 and top >= -1 and right <= drawing.width + 1 and bottom <= drawing.height + 1, query
            for other_left, other_top, other_right, other_bottom in texts[:k] + marks:
                assert left >= other_right - 3 or other_left >= right - 3 or (
                    top >= other_bottom - 5 or other_top >= bottom - 5
                ), query


def test_the_losses_are_drawn_at_their_updates_on_a_logarithmic_axis(drawn):
    fit, drawing = oo.run(SHORT), drawn("?epochs=5")[1]
    updates = np.arange(41)
    (batch,), (floor,), (full,) = (drawing.layer(number) for number in (0, 1, 5))
    for curve, losses in ((batch, fit.history.loss), (full, clamped_losses(fit.path, fit.samples))):
        points = drawing.points(curve)
        np.testing.assert_allclose(points[:, 0], updates[: len(losses)], atol=0.01)
        np.testing.assert_allclose(points[:, 1], losses, rtol=1e-3)
    assert drawing.at(floor)[1] == pytest.approx(0.01 / 12.0, rel=1e-3)
    assert abs(floor["line"][0]) == drawing.width and floor["line"][1] == 0
    assert [drawing.axes[axis]["title"] for axis in "xy"] == ["Update", "Loss (AU²)"]


def assert_that_they_stand_at(visitor, row):
    """Assert that every dot, ellipse and playhead is where its run is after a number of updates, within a pixel."""
    orbits, loss, surface = (Drawing(visitor, "pictures", place) for place in (0, 2, 1))
    fits = [oo.run(PINNED), oo.run(SHORT)]  # the run that the page is about is drawn last
    updates = [min(row, len(fit.history.loss)) for fit in fits]
    for fit, update, on_orbits, on_curve, on_surface in zip(
        fits, updates, orbits.layer(4)[::-1], loss.layer(7), surface.layer(8), strict=True
    ):
        a, b = fit.path[update]
        left, right, bottom, top = orbits.extent(on_orbits)
        assert ((left + right) / 2, (right - left) / 2) == pytest.approx((-0.26185, a), abs=2e-4)
        assert (bottom, top) == pytest.approx((-b, b), abs=2e-4)
        assert surface.at(on_surface) == pytest.approx((a, b), abs=1e-4)
        full_loss = clamped_losses([fit.path[update]], fit.samples)[0]
        assert loss.at(on_curve) == pytest.approx((update, full_loss), rel=1e-3, abs=1e-6)
    (rule,) = loss.layer(6)
    assert float(loss.data("x", rule["x"])) == pytest.approx(row)
    a, b = fits[1].path[row]
    assert orbits.layer(7)[0]["text"] == f"(x + 0.26185)² / {abs(a):.4f}² + y² / {abs(b):.4f}² = 1"


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
        assert visitor.here() == f"update {row} · epoch {epoch}"
        assert visitor.readouts()[:3] == [f"{a:.4f} AU", f"{b:.4f} AU", f"{loss:.3g}"]
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
    (gradient,), (step,) = drawing.layer(11), drawing.layer(12)
    (dot,) = drawing.layer(10)
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
    surface = Drawing(visitor, "pictures", 1)
    (a, b), loss = fit.path[7], clamped_losses(fit.path[7:8], fit.samples)[0]
    assert tooltip_at(visitor, surface.layer(7)[7]) == [
        ("After update", "7"), ("A (AU)", f"{a:.4f}"), ("B (AU)", f"{b:.4f}"),
        ("Loss of the next mini-batch (AU²)", f"{fit.history.loss[7]:.3g}"),
        ("Loss over all samples (AU²)", f"{loss:.3g}"),
    ]
    start = [("Point", "start"), ("A (AU)", "0.10000"), ("B (AU)", "1.80000")]
    assert tooltip_at(visitor, surface.layer(10)[0]) == start


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
