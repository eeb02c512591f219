"""The loss surface in figures: a path ends on the frame, and names and values keep to the axes."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import figures, surface_art
from orbitopt.traces import MAIN, RunGroup, trace

WINDOW = (0.0, 4.0), (0.0, 4.0)
MOMENTUM = trace(oo.run(oo.Experiment("momentum")))
ADAM = trace(oo.run(oo.Experiment(epochs=5)))


def test_a_path_is_drawn_up_to_the_frame_and_no_further():
    whole = surface_art.path_to(MOMENTUM, 800, WINDOW)
    assert len(whole) == len(MOMENTUM.path) + 1
    assert whole[-1][0] == 4.0
    np.testing.assert_array_equal(surface_art.path_to(MOMENTUM, 1, WINDOW), MOMENTUM.path[:2])
    np.testing.assert_array_equal(surface_art.path_to(ADAM, 40, WINDOW), ADAM.path)


def test_a_triangle_appears_when_the_run_leaves():
    row = len(MOMENTUM.path)
    assert surface_art.exit_style(MOMENTUM, row - 1, WINDOW)[:2] == ([], [])
    a, b, (sides, _, angle) = surface_art.exit_style(MOMENTUM, row, WINDOW)
    assert (a, sides) == ([4.0], 3)
    assert 1.0 < b[0] < 2.0 and angle == pytest.approx(-90.0, abs=10.0)
    assert surface_art.exit_style(ADAM, 40, WINDOW)[:2] == ([], [])


def test_the_casing_is_wider_than_the_line_in_the_colour_of_the_background():
    for theme, background in (("light", "#FFFFFF"), ("dark", "#0E1420")):
        casing, line, dot = surface_art.path_style("adam", theme)
        assert casing["color"] == dot["markeredgecolor"] == background
        assert casing["linewidth"] == pytest.approx(line["linewidth"] + 2.5 * 0.75)
        assert casing["zorder"] < line["zorder"] < dot["zorder"]


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_no_text_of_the_surface_is_cut_off_or_covers_another(key):
    figure = figures.surface(oo.run(oo.EXAMPLES[key].experiment))
    figure.canvas.draw()
    axes, renderer = figure.axes[0], figure.canvas.get_renderer()
    frame = axes.get_window_extent(renderer)
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    for k, box in enumerate(boxes):
        assert frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1 and frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[:k]), [text.get_text() for text in axes.texts]


def test_bands_without_noise_are_multiples_of_a_unit():
    fit = oo.run(oo.Experiment(noise_scale=0.0, epochs=1))
    group = RunGroup("", {MAIN: trace(fit)}, {MAIN: "adam"})
    axes = figures.surface(fit).axes[0]
    assert axes.get_xlim() == group.axis_limits[0]
    assert any("10⁻⁴ AU²" in text.get_text() for text in axes.texts)
