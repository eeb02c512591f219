"""Figures, films and CSV files: every artist has the data, the colour and the words of what it shows."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import orbitopt as oo
from orbitopt import exports, figures, films
from orbitopt.jobs import finish
from orbitopt.palette import colour
from tests.test_columns import clamped_losses, domain_losses

MARS = 1.523695
SHORT = {
    "SGD": oo.run(oo.Experiment("sgd", epochs=5, learning_rate=0.05)),
    "Momentum": oo.run(oo.Experiment("momentum", epochs=4, learning_rate=0.002)),
    "RMSprop": oo.run(oo.Experiment("rmsprop", epochs=5)),
    "Adam": oo.run(oo.Experiment("adam", epochs=5)),
}
ADAM = SHORT["Adam"]
SIZES = {
    "hybrid": oo.run(oo.with_batch_size(oo.Experiment(), None, 0.2, 30)),
    "all": oo.run(oo.with_batch_size(oo.Experiment(), 512, 0.2, 30)),
}
SEMI_AXES = ("Semi-major axis A (AU)", "Semi-minor axis B (AU)")


def drawn(line):
    """Return what a line is drawn with: colour, marker, kind of line."""
    return to_hex(line.get_color()).upper(), line.get_marker(), line.get_linestyle()


def labels(axes):
    return axes.get_xlabel(), axes.get_ylabel()


def words(axes):
    """Return the texts of axes with their places."""
    return {text.get_text(): tuple(getattr(text, "xy", text.get_position())) for text in axes.texts}


def assert_that_the_orbits_are_drawn(axes, theme, samples):
    points, earth, mars, sun, truth, earth_dot, mars_dot, key = axes.lines[:8]
    tones = {role: colour(role, theme) for role in ("samples", "truth", "sun", "earth", "mars")}
    assert [drawn(line)[:2] for line in axes.lines[:8]] == [
        (tones["samples"], "o"), (tones["earth"], "None"), (tones["mars"], "None"), (tones["sun"], "o"),
        (tones["truth"], "None"), (tones["earth"], "o"), (tones["mars"], "o"), (tones["samples"], "o"),
    ]
    assert [line.get_linestyle() for line in (points, earth, mars, truth)] == ["None", "-", "-", "--"]
    np.testing.assert_array_equal(points.get_data(), samples)
    dots = [line.get_xydata().tolist() for line in (sun, earth_dot, mars_dot)]
    np.testing.assert_allclose(dots, [[[0.0, 0.0]], [[1.0, 0.0]], [[-MARS, 0.0]]], rtol=1e-6)
    for line, left, right, top in ((earth, -1, 1, 1), (mars, -MARS, MARS, MARS), (truth, -MARS, 1, 1.234378)):
        x, y = line.get_data()
        assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((left, right, -top, top), abs=1e-3)
    assert words(axes).keys() >= {"Sun", "Earth's orbit", "Mars's orbit", "truth", "512 samples"}
    tone = {text.get_text(): to_hex(text.get_color()).upper() for text in axes.texts}
    assert [tone[name] for name in ("Sun", "Earth's orbit", "Mars's orbit", "truth", "512 samples")] == [
        tones[role] for role in ("sun", "earth", "mars", "truth", "samples")
    ]
    assert labels(axes) == ("x (AU)", "y (AU)")
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((-1.72, 1.72))
    assert axes.get_aspect() == 1.0


def assert_that_the_surface_is_drawn(axes, theme, fit, samples):
    places = {"start": (0.1, 1.8), "truth": (1.261845, 1.234378), "optimum": fit.optimum[:2]}
    ink, casing = colour("ink", theme), colour("casing", theme)
    edges = {"start": [casing, ink], "truth": [casing, ink], "optimum": ["#14202E"]}
    for name, place in places.items():
        marks = [line for line in axes.lines if line.get_label() == name]
        assert [to_hex(line.get_markeredgecolor()).upper() for line in marks] == edges[name]
        assert {line.get_marker() for line in marks} == {"*" if name == "optimum" else "o"}
        for line in marks:
            assert line.get_xydata()[0] == pytest.approx(place, rel=1e-6)
    assert to_hex(marks[0].get_markerfacecolor()).upper() == "#FFD23F"
    assert words(axes)["start"] == pytest.approx(places["start"], rel=1e-6)
    assert words(axes)["optimum\n≈ truth"] == pytest.approx(places["optimum"], rel=1e-6)
    assert (axes.get_xlim(), axes.get_ylim(), labels(axes)) == ((0.0, 2.0), (0.0, 2.0), SEMI_AXES)
    assert axes.get_aspect() == 1.0
    assert len(axes.collections) == 11, "nothing is drawn of the contours outside"
    for patch, level in zip(axes.collections, [2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1.1], strict=True):
        band = 12 - [1.1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].index(level)
        assert to_hex(patch.get_facecolor()[0]).upper() == colour(f"level {band}", theme)
        assert patch.get_facecolor()[0][3] == 1.0
        outline = patch.get_paths()[0].vertices
        inner = outline[((outline > 0.01) & (outline < 1.99)).all(axis=1)]
        assert len(inner) or level == 2000
        assert clamped_losses(inner, samples) == pytest.approx([level * fit.optimum.loss] * len(inner), rel=0.02)
    values = {text.get_text(): text for text in axes.texts if "×" in text.get_text()}
    assert {"1,000× the minimum", "500×", "100×", "20×"} <= values.keys() <= {
        "1,000× the minimum", "500×", "200×", "100×", "20×",
    }
    for text, band in (("500×", 4), ("20×", 8)):
        (halo,) = values[text].get_path_effects()
        assert halo._gc["foreground"] == colour(f"level {band}", theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_result_is_drawn_in_three_pictures(theme, samples):
    sky, loss, plane = figures.orbits(ADAM, theme).axes
    assert_that_the_orbits_are_drawn(sky, theme, samples)
    assert_that_the_surface_is_drawn(plane, theme, ADAM, samples)
    tone = colour("adam", theme)

    (fitted,) = sky.lines[8:]
    x, y = fitted.get_data()
    a, b = ADAM.a, ADAM.b
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((-0.26185 - a, -0.26185 + a, -b, b), abs=1e-3)
    assert drawn(fitted) == (tone, "None", "-")
    assert sky.get_title() == f"(x + 0.26185)² / {a:.4f}² + y² / {b:.4f}² = 1"

    batch, full, floor = loss.lines
    assert [line.get_label() for line in (batch, full)] == ["mini-batch", "all samples"]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["mini-batch", "all samples"]
    assert batch.get_xdata().tolist() == full.get_xdata().tolist() == [*range(41)]
    np.testing.assert_allclose(batch.get_ydata()[:-1], ADAM.history.loss, rtol=1e-6)
    np.testing.assert_allclose(full.get_ydata(), clamped_losses(ADAM.path, samples), rtol=1e-6)
    assert batch.get_linewidth() < full.get_linewidth() and batch.get_alpha() < 1.0
    assert [drawn(line) for line in loss.lines] == [(tone, "None", "-")] * 2 + [(colour("truth", theme), "None", "--")]
    assert floor.get_ydata() == pytest.approx([0.01 / 12.0] * 2)
    assert words(loss)["noise floor"] == pytest.approx((1.0, 0.01 / 12.0))
    assert (labels(loss), loss.get_xscale(), loss.get_yscale()) == (("Update", "Loss (AU²)"), "linear", "log")
    assert loss.get_xlim() == (0.0, 40.0)
    low, high = loss.get_ylim()
    assert low < 0.01 / 12.0 and high == pytest.approx(1.5 * full.get_ydata().max(), rel=1e-6)

    casing, path, _, _ = plane.lines[-4:]
    for line, of_line in ((casing, colour("casing", theme)), (path, tone)):
        np.testing.assert_allclose(line.get_xydata(), ADAM.path, rtol=1e-6)
        assert drawn(line) == (of_line, "None", "-")
    assert casing.get_linewidth() == pytest.approx(path.get_linewidth() + 2.5 * 0.75)
    assert casing.get_zorder() < path.get_zorder()


def test_the_path_has_a_dot_for_those_of_its_first_updates_that_are_apart():
    fit = oo.run(oo.Experiment("momentum", learning_rate=0.01, beta=0.5, epochs=20))
    path, dots, _ = figures.surface(fit).axes[0].lines[-3:]
    np.testing.assert_allclose(path.get_xydata(), fit.path, rtol=1e-6)
    step = np.abs(np.diff(fit.path, axis=0)).max(axis=1)
    far = np.append(np.inf, step)[:-1] >= 0.05
    expected = np.flatnonzero(far & (step >= 0.05))[:100]
    assert len(expected) > 2
    np.testing.assert_allclose(dots.get_xydata(), fit.path[expected], rtol=1e-6)


def test_where_a_path_leaves_the_picture_a_triangle_points_along_it():
    fit = oo.run(oo.Experiment("momentum"))
    axes = figures.surface(fit).axes[0]
    _, path, _, left = axes.lines[-4:]
    (a, b), (high, _) = left.get_xydata()[0], (axes.get_xlim()[1], axes.get_ylim()[1])
    assert a == high == 4.0 and 1.5 < b < 1.8
    assert path.get_xydata()[-1] == pytest.approx([a, b]), "the line reaches the frame"
    sides, style, angle = left.get_marker()
    assert (sides, style) == (3, 0) and angle == pytest.approx(-90.0, abs=10.0), "turned from up to the right"
    stage = figures.Stage({"Momentum": fit}, "light")
    stage.move(0.0)
    assert len(stage.exits[0].get_xydata()) == 0
    stage.move(1.0)
    assert stage.exits[0].get_xydata().tolist() == [pytest.approx([a, b])]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_surface_says_what_the_values_on_its_contours_are(theme, samples):
    (axes,) = figures.surface(ADAM, theme).axes
    assert_that_the_surface_is_drawn(axes, theme, ADAM, samples)
    assert axes.get_title() == "Values on the contours are multiples of the minimum loss, 0.000879 AU²"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_transfer_leads_from_the_launch_on_the_right_to_the_arrival_on_the_left(theme, samples):
    (axes,) = figures.transfer(ADAM, theme).axes
    assert_that_the_orbits_are_drawn(axes, theme, samples)
    assert words(axes)["launch"] == pytest.approx((0.92, 0.03))
    assert words(axes)["arrival"] == pytest.approx((0.08 - MARS, 0.03))
    tone = {text.get_text(): to_hex(text.get_color()).upper() for text in axes.texts}
    assert (tone["launch"], tone["arrival"]) == (colour("earth", theme), colour("mars", theme))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figure_3_compares_mini_batch_losses_over_epochs(theme):
    (axes,) = figures.batches(SIZES, theme).axes
    whole, hybrid, floor = axes.lines
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["all", "hybrid"]
    assert axes.get_legend().get_title().get_text() == "Samples per mini-batch"
    assert [line.get_label() for line in (whole, hybrid)] == ["all", "hybrid"]
    tones = [colour(role, theme) for role in ("momentum", "sgd", "truth")]
    assert [drawn(line)[0] for line in axes.lines] == tones
    assert whole.get_xdata().tolist() == [*range(30)]
    np.testing.assert_allclose(whole.get_ydata(), SIZES["all"].history.loss, rtol=1e-6)
    places = np.flatnonzero(np.isin(SIZES["hybrid"].history.loss.astype("f4"), hybrid.get_ydata()))
    assert len(places) == len(hybrid.get_xdata())
    seen = np.append(0, np.cumsum([32] * 128 + [512] * 22))[places]
    np.testing.assert_allclose(hybrid.get_xdata(), seen / 512, rtol=1e-6)
    assert floor.get_ydata() == pytest.approx([0.01 / 12.0] * 2)
    assert (labels(axes), axes.get_yscale()) == (("Epoch", "Loss of a mini-batch (AU²)"), "log")
    assert axes.get_xlim() == (0.0, pytest.approx(30.0))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_race_shows_every_end_in_its_colour_with_a_legend_in_order(theme, samples):
    sky, plane = figures.race(SHORT, theme).axes
    assert_that_the_orbits_are_drawn(sky, theme, samples)
    assert_that_the_surface_is_drawn(plane, theme, ADAM, samples)
    legend = plane.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["SGD", "Momentum", "RMSprop", "Adam"]
    roles = ["sgd", "momentum", "rmsprop", "adam"]
    tones = [to_hex(line.get_color()).upper() for line in legend.legend_handles]
    assert tones == [colour(role, theme) for role in roles]
    assert [line.get_linestyle() for line in legend.legend_handles] == ["--", "--", "--", "-"]
    moving = plane.lines[-16:]
    pairs = zip(moving[::4], moving[1::4], moving[2::4], strict=True)
    for role, fit, ellipse, (casing, path, dot) in zip(roles, SHORT.values(), sky.lines[8:], pairs, strict=True):
        assert drawn(casing)[::2] == (colour("casing", theme), "-"), "solid under dashes too"
        np.testing.assert_array_equal(casing.get_xydata(), path.get_xydata())
        assert {drawn(line)[0] for line in (ellipse, path, dot)} == {colour(role, theme)}
        x, y = ellipse.get_data()
        assert ((x.max() - x.min()) / 2, (x.max() + x.min()) / 2) == pytest.approx((fit.a, -0.26185), abs=1e-3)
        assert (y.min(), y.max()) == pytest.approx((-abs(fit.b), abs(fit.b)), abs=1e-3)
        np.testing.assert_allclose(path.get_xydata(), fit.path, rtol=1e-6)
        np.testing.assert_allclose(dot.get_xydata(), [fit.params], rtol=1e-6)
    assert [text.get_text() for text in sky.texts][-1] == "After 40 updates"


def test_a_stage_moves_every_run_to_the_row_of_its_share():
    stage = figures.Stage(SHORT, "light")
    for progress, share in ((0.0, 0.0), (0.5, 0.25), (0.75, 0.5625), (1.0, 1.0)):  # early updates take more of the film
        stage.move(progress)
        for fit, ellipse, path, dot in zip(SHORT.values(), stage.ellipses, stage.paths, stage.dots, strict=True):
            row = round(len(fit.history.loss) * share)
            np.testing.assert_allclose(dot.get_xydata(), [fit.path[row]], rtol=1e-6)
            np.testing.assert_allclose(path.get_xydata(), fit.path[: row + 1], rtol=1e-6)
            x, y = ellipse.get_data()
            assert (np.ptp(x) / 2, np.ptp(y) / 2) == pytest.approx(np.abs(fit.path[row]), rel=1e-3)
        assert stage.title.get_text() == f"After {round(40 * share)} updates"
    alone = figures.Stage({"Adam": ADAM}, "light")
    alone.move(0.5)
    a, b = ADAM.path[10]
    assert alone.title.get_text() == f"After 10 updates: A = {a:.4f} AU, B = {b:.4f} AU"
    assert [line.get_linestyle() for line in alone.ellipses] == ["-"]


def test_a_film_goes_from_the_start_to_the_end_a_row_at_a_time():
    stage, shown, now = figures.Stage({"Adam": ADAM}, "light"), {}, 0
    with Image.open(BytesIO(finish(films.film({"Adam": ADAM})))) as film:
        for frame in range(film.n_frames):  # equal pictures are one frame that lasts longer
            film.seek(frame)
            then = now + film.info["duration"]
            shown |= {time: film.convert("RGB") for time in (0, 2000, 4000) if now <= time < then}
            now = then
    assert now == 40 * 100 + 1500, "41 pictures, ten a second, and the last for a second and a half"
    for time, progress in ((0, 0.0), (2000, 0.5), (4000, 1.0)):
        picture = np.asarray(shown[time], int)
        off = {other: np.abs(picture - stage.picture(other)[..., :3].astype(int)).mean() for other in (0.0, 0.5, 1.0)}
        assert min(off, key=off.get) == progress
        assert off[progress] < 3.0, "but for its palette it is the same picture"


def test_the_history_is_a_table_with_its_units_in_the_order_of_its_header():
    comment, constant, header, *rows = exports.history_csv(ADAM).splitlines()
    assert comment.startswith('# experiment: {"optimizer": "adam", "learning_rate": 0.03, ')
    assert constant == "# c (AU): 0.26185"
    assert header == "updates,A (AU),B (AU),epoch,learning rate,mini-batch loss (AU^2),samples in domain"
    assert len(rows) == 41
    for k in (0, 15, 16, 39):
        update, (a, b) = oo.update_at(ADAM.experiment, k), map(float, ADAM.path[k])
        rate = 0.03 if k < 16 else 0.015
        assert rows[k] == f"{k},{a!r},{b!r},{k // 8},{rate!r},{update.loss!r},{update.n_in_domain}"
    assert rows[40] == f"40,{float(ADAM.path[40, 0])!r},{float(ADAM.path[40, 1])!r},,,,"


def test_the_samples_are_a_table_of_x_and_then_y(samples):
    _, _, _, header, first, *_, last = exports.samples_csv(ADAM).splitlines()
    assert header == "x (AU),y (AU)"
    assert [first, last] == [f"{float(samples.x[k])!r},{float(samples.y[k])!r}" for k in (0, -1)]
    assert first.startswith("-1.523695,")


def test_the_losses_of_the_figures_are_over_all_samples(samples):
    full = figures.orbits(ADAM).axes[1].lines[1].get_ydata()
    assert full[0] != pytest.approx(domain_losses(ADAM.path[:1], samples)[0], rel=0.1)
