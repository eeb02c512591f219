"""Figures for slides and papers: of the run itself, at one scale, the same file each time, with the link in it."""

import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from PIL import Image

import orbitopt as oo
from orbitopt import figures
from orbitopt.palette import BACKGROUND

LINK = "http://localhost:8501/?optimizer=sgd&falls=100%2C+200"


RACE = {key: oo.run(experiment) for key, experiment in oo.RACE_DEFAULTS.items()}


FITS = {
    "run": RACE["adam"],
    "race": RACE,
    "batches": {
        key: oo.run(oo.with_batch_size(oo.Experiment(), oo.BATCH_SIZES[key], 0.2, 30))
        for key in ("hybrid", "all", "32", "1")
    },
}


def drawn(key, theme="light"):
    return figures.FIGURES[key].draw(FITS[figures.FIGURES[key].subject], theme)


def words(figure):
    """Everything that is written in a figure."""
    axes = figure.axes
    found = [text.get_text() for one in axes for text in one.texts] + [one.get_title() for one in axes]
    return found + [axis.get_label().get_text() for one in axes for axis in (one.xaxis, one.yaxis)]


def pixel(code):
    return tuple(bytes.fromhex(code[1:]))


@pytest.mark.parametrize("theme", BACKGROUND)
@pytest.mark.parametrize("key", figures.FIGURES)
def test_a_png_is_at_twice_the_size_on_its_background_with_the_link_in_it(key, theme):
    figure = drawn(key, theme)
    with Image.open(BytesIO(figures.save(figure, "png", LINK))) as picture:
        picture.load()
        assert picture.size == tuple(round(200 * inches) for inches in figure.get_size_inches())
        assert picture.text["Source"] == LINK
        assert picture.convert("RGB").getpixel((1, 1)) == pixel(BACKGROUND[theme])


@pytest.mark.parametrize("key", figures.FIGURES)
def test_an_svg_is_of_lines_with_the_link_in_it(key):
    root = ElementTree.fromstring(figures.save(drawn(key), "svg", LINK))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert [source.text for source in root.iter("{http://purl.org/dc/elements/1.1/}source")] == [LINK]
    assert len([*root.iter("{http://www.w3.org/2000/svg}path")]) > 20
    assert not [*root.iter("{http://www.w3.org/2000/svg}image")]


@pytest.mark.parametrize("key", figures.FIGURES)
def test_a_pdf_is_whole_with_the_link_in_it(key):
    data = figures.save(drawn(key), "pdf", LINK)
    assert data.startswith(b"%PDF-1.")
    assert data.rstrip().endswith(b"%%EOF")
    assert f"/Subject ({LINK})".encode() in data
    assert b"/Subtype /Image" not in data
    assert b"CreationDate" not in data


@pytest.mark.parametrize("format", figures.FORMATS)
def test_the_same_figure_is_the_same_file_from_any_number_of_threads_and_no_setting_is_left_behind(format):
    before = dict(matplotlib.rcParams)
    keys = ["surface", "transfer", "batches"] * 2
    with ThreadPoolExecutor(4) as pool:
        many = [*pool.map(lambda key: figures.save(drawn(key), format, LINK), keys)]
    assert many == [figures.save(drawn(key), format, LINK) for key in keys[:3]] * 2
    assert dict(matplotlib.rcParams) == before


def test_without_a_link_there_is_none_in_the_file():
    with Image.open(BytesIO(figures.save(drawn("transfer"), "png"))) as picture:
        assert "Source" not in picture.text
    assert b"Subject" not in figures.save(drawn("transfer"), "pdf")
    assert b"dc:source" not in figures.save(drawn("transfer"), "svg")


def test_every_axis_has_a_name_and_every_length_its_unit():
    for key in figures.FIGURES:
        for axes in drawn(key).axes:
            for axis in (axes.xaxis, axes.yaxis):
                assert re.search(r"\(AU²?\)$|^Update$|^Epoch$", axis.get_label().get_text()), key


def test_the_result_says_the_equation_of_the_fit_and_the_samples():
    said = words(drawn("orbits"))
    assert "(x + 0.26185)² / 1.2612² + y² / 1.2315² = 1" in said
    assert {"512 samples", "Sun", "Earth's orbit", "Mars's orbit", "truth", "noise floor"} <= {*said}
    assert {"start", "optimum\n≈ truth"} <= {*said}


def test_the_surface_says_what_its_contours_are():
    assert "multiples of the minimum loss, 0.000879 AU²" in drawn("surface").axes[0].get_title()
    silent = figures.surface(oo.run(oo.Experiment(noise_scale=0.0)))
    assert silent.axes[0].get_title().endswith("multiples of 10⁻⁴ AU²")
    assert "1,000× 10⁻⁴ AU²" in words(silent)


def test_orbits_are_at_one_scale():
    for key in ("orbits", "transfer", "race"):
        figure = drawn(key)
        figure.canvas.draw()
        sky = figure.axes[0]
        for axes in [sky] + [axes for axes in figure.axes if axes.get_xlabel().startswith("Semi-major")]:
            (left, bottom), (right, top) = axes.transData.transform([(-1.0, -1.0), (1.0, 1.0)])
            assert right - left == pytest.approx(top - bottom)


def test_samples_of_ones_own_are_in_the_picture():
    samples = oo.Samples(np.linspace(-3.0, 3.5, 16), np.full(16, 0.5))
    far = oo.run(oo.Experiment(n_samples=16, batch_size=16, epochs=1), oo.FitProblem.of(samples))
    left, right = figures.transfer(far).axes[0].get_xlim()
    assert left < -3.0
    assert right > 3.5


def test_lines_are_the_run():
    fit = FITS["run"]
    sky, loss, surface = drawn("orbits").axes
    x, y = sky.lines[-1].get_data()
    assert (x.max() - x.min(), y.max()) == pytest.approx((2.0 * fit.a, fit.b), rel=1e-3)
    assert loss.lines[1].get_ydata()[-1] == pytest.approx(fit.loss)
    ends = [line.get_xydata()[[0, -1]] for line in surface.lines if len(line.get_xydata()) > 200]
    np.testing.assert_allclose(ends, [fit.at([0, 800])] * 2, rtol=1e-6)


@pytest.mark.parametrize("key", ["mirror", "creeps", "empty", "diverges"])
def test_a_run_can_be_drawn_whatever_became_of_it(key):
    fit = oo.run(oo.EXAMPLES[key].experiment)
    for drawing in figures.FIGURES.values():
        drawing.draw(fit if drawing.subject == "run" else {"this": fit}).canvas.draw()


def test_no_other_format_is_made():
    with pytest.raises(ValueError, match="format must be one of png, svg, pdf, got 'eps'"):
        figures.save(drawn("transfer"), "eps")


def test_every_drawing_has_a_label_of_its_own_and_a_known_subject():
    assert {drawing.subject for drawing in figures.FIGURES.values()} == {"run", "race", "batches"}
    assert len({drawing.label for drawing in figures.FIGURES.values()}) == len(figures.FIGURES)


def test_an_equation_becomes_outlines_within_their_box():
    outline, box = figures.equation_outline(r"\frac{\hat v^{(t)}}{\sqrt{s} + \epsilon} \quad (15)", 17.0)
    left, top, width, height = map(float, box.split())
    points = np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", outline), float)
    assert (points >= [left, top]).all() and (points <= [left + width, top + height]).all()
    assert np.ptp(points, axis=0) == pytest.approx([width, height], abs=3.5)
    assert set(re.sub(r"[-\d. ]", "", outline)) <= set("MLQCZ")
    _, small = figures.equation_outline(r"x", 17.0)
    assert float(small.split()[2]) < width / 5
