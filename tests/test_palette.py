import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.palette import BACKGROUND, COLOURS, DASHES, FIRST_DEEP_BAND, RAMP, STAR, STAR_EDGE, colour
from orbitopt.surfaces import surface_columns

CONFIG = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text())
# What the three kinds of colour-blindness make of linear red, green and blue: Machado, Oliveira and Fernandes, IEEE
# Transactions on Visualization and Computer Graphics 15 (2009) 1291, at full severity.
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(code):
    """Linear red, green and blue of #RRGGBB."""
    values = np.array([int(code[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of two colours: WCAG 2.2."""
    low, high = sorted(linear(code) @ [0.2126, 0.7152, 0.0722] for code in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    """CIELAB of linear red, green and blue, under D65."""
    xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] @ np.clip(rgb, 0, 1)
    x, y, z = (np.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


GROUNDS = {"casing", "pale", "lit edge", "shaded edge", *(f"level {k}" for k in range(13))}
"""Roles of what lies beneath lines and text, and of text on it."""


def lightness(code, sight):
    """Return L* of #RRGGBB in a kind of sight, or in greyscale."""
    rgb = linear(code)
    grey = np.repeat(rgb @ [0.2126, 0.7152, 0.0722], 3)
    return lab(grey if sight == "greyscale" else SIGHT[sight] @ rgb)[0]


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("role", [role for role in COLOURS if role not in GROUNDS])
def test_every_colour_stands_out_from_its_background(role, theme):
    assert contrast(colour(role, theme), BACKGROUND[theme]) >= 4.0


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("sight", SIGHT)
def test_the_optimizers_can_be_told_apart_by_everyone(sight, theme):
    seen = [lab(SIGHT[sight] @ linear(colour(key, theme))) for key in oo.OPTIMIZERS]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 12


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("sight", [*SIGHT, "greyscale"])
def test_the_surface_gets_darker_with_every_band_and_neighbours_can_be_told_apart_by_everyone(sight, theme):
    assert len(RAMP) == 13
    steps = -np.diff([lightness(colour(f"level {k}", theme), sight) for k in range(13)])
    assert steps.min() > 1.5
    occurring = surface_columns(oo.run(oo.Experiment(epochs=1)).problem, ((0.0, 2.0), (0.0, 2.0)))["band"]
    assert occurring.min() <= 2 and occurring.max() == 12
    assert steps[int(occurring.min()) :].min() >= 3.0


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("role", [*oo.OPTIMIZERS, "pinned", "gradient", "step", "ink"])
def test_every_path_and_arrow_stands_out_from_its_casing(role, theme):
    assert contrast(colour(role, theme), colour("casing", theme)) >= 4.5


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("band", range(13))
def test_a_value_on_a_contour_stands_out_from_its_halo(band, theme):
    tone = "pale" if band >= FIRST_DEEP_BAND else "ink"
    assert contrast(colour(tone, theme), colour(f"level {band}", theme)) >= (4.0 if band > 2 else 3.0)


@pytest.mark.parametrize("theme", BACKGROUND)
def test_the_star_stands_out_from_the_deepest_bands_and_from_its_edge(theme):
    assert contrast(STAR, STAR_EDGE) > 7.0
    assert all(contrast(STAR, colour(f"level {band}", theme)) > 5.0 for band in (10, 11, 12))


def test_every_optimizer_has_a_dash_of_its_own():
    assert set(DASHES) == set(oo.OPTIMIZERS)
    assert len({tuple(dash) for dash in DASHES.values()}) == len(DASHES)


@pytest.mark.parametrize("theme", BACKGROUND)
def test_the_pages_theme_has_these_colours_in_this_order(theme):
    assert CONFIG["theme"][theme]["backgroundColor"] == BACKGROUND[theme]
    assert CONFIG["theme"][theme]["chartCategoricalColors"] == [colour(role, theme) for role in COLOURS]
    assert "base" not in CONFIG["theme"]
