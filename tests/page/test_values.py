"""What the page says in numbers, and what its link carries: each value is that of its own quantity."""

import re
from dataclasses import replace

import numpy as np
import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

import orbitopt as oo
from orbitopt.page import overview
from orbitopt.page.sections import noise, update
from orbitopt.surfaces import surface_columns
from orbitopt.traces import MAIN, RunGroup, trace
from tests.browser import ROOT

ADAM = trace(oo.run(oo.Experiment()))


def page(**link):
    """Return the page that a link opens."""
    visit = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    visit.query_params.update(link)
    visit.run()
    assert not visit.exception
    return visit


def ended_at(a, b, loss=0.01):
    return replace(ADAM, params=np.array([a, b]), loss=loss)


def test_each_read_out_is_that_of_its_label():
    run = ended_at(-1.2, 0.9, 0.0123)
    said = [(label, value) for label, value, _ in overview.readouts(run)]
    assert said == [
        ("A · truth 1.2618", "1.2000 AU"),
        ("B · truth 1.2344", "0.9000 AU"),
        ("Loss · min 0.000879", "0.0123"),
        ("Miss at Mars", "−9,251,880 km"),  # 1.2 + 0.26185 - 1.523695 AU
    ]
    assert [(label, value) for label, value, _ in overview.readouts(ADAM)][-1] == ("Miss at Mars", "−93,646 km")


@pytest.mark.parametrize(
    ("a", "way"),
    [(1.261845 + 0.01, "beyond"), (1.261845 - 0.01, "short of"), (-1.261845 - 0.01, "beyond"), (-1.251845, "short of")],
)
def test_an_ellipse_that_reaches_farther_than_mars_ends_beyond_its_orbit(a, way):
    run = ended_at(a, 1.2)  # 0.01 AU are 1,495,979 km, and 0.66 % of 1.523695 AU
    told = f"After 800 updates the fitted ellipse ends 1,495,979 km (0.66 % of its radius) {way} Mars's orbit."
    assert overview.orbits_message(run) == told
    assert overview.readouts(run)[3][1] == ("1,495,979 km" if way == "beyond" else "−1,495,979 km")


def test_a_loss_that_is_smaller_at_the_end_fell():
    first = float(ADAM.rows["full_loss"][0])
    assert overview.loss_message(ADAM).startswith("The loss fell from 0.907 to 0.000879: ")
    assert overview.loss_message(ended_at(1.0, 1.0, 2.0 * first)).startswith("The loss rose from 0.907 to 1.81: ")


def test_the_path_is_told_from_its_start_to_its_distance_from_the_optimum():
    run = ended_at(ADAM.optimum.a + 0.3, ADAM.optimum.b - 0.4)
    assert overview.search_message(run) == "From A = 0.1, B = 1.8 the path ends 0.5 AU from the exact optimum."
    mirrored = ended_at(-ADAM.optimum.a, ADAM.optimum.b + 0.2)
    assert overview.search_message(mirrored).endswith("ends 0.2 AU from the mirror image of the exact optimum.")


def test_one_update_moves_a_and_b_each_by_its_own_step():
    one = oo.update_at(oo.Experiment("momentum"), 3)
    pattern = r"The derivative with respect to \*\*A\*\* is (\S+), and A changes by (\S+) AU\."
    for k in (0, 1):
        said = re.fullmatch(pattern.replace("A", "AB"[k], 2), update.move_message(one, k))
        gradient, step = (float(number.replace("−", "-")) for number in said.groups())
        assert gradient == pytest.approx(one.gradient[k], rel=6e-4)
        assert step == pytest.approx(one.next_params[k] - one.params[k], rel=6e-4)


LINK = {
    "optimizer": ("momentum", "optimizer", "momentum"),
    "learning_rate": (0.01, "log10_rate", "-2.0"),
    "schedule": ("exponential", "schedule", "exponential"),
    "gamma": (0.9, "gamma", "0.9"),
    "beta": (0.8, "beta", "0.8"),
    "dampening": (0.25, "dampening", "0.25"),
    "bias_correction": (True, "bias_correction", "true"),
    "nesterov": (True, "nesterov", "true"),
    "batch_size": (32, "batch", "32"),
    "switch_after": (3, "switch_after", "3"),
    "switch_size": (128, "switch_batch", "128"),
    "batch_scaling": ("root", "scaling", "root"),
    "epochs": (6, "epochs", "6"),
    "start_a": (0.5, "a", "0.5"),
    "start_b": (0.7, "b", "0.7"),
    "n_samples": (256, "samples", "256"),
    "noise_scale": (0.2, "noise", "0.2"),
    "seed": (7, "seed", "7"),
}


def test_the_links_that_are_out_in_the_world_open_the_same_run_and_stay_as_they_are():
    fit = oo.run(oo.Experiment(**{name: value for name, (value, _, _) in LINK.items()}))
    link = {key: text for _, key, text in LINK.values()}
    visit = page(**link)
    assert [metric.value for metric in visit.metric][:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert visit.query_params == link
    (pin,) = (button for button in visit.button if button.label == "Pin this run")
    pin.click().run()
    assert visit.query_params.pop("pin") == fit.experiment.to_text()
    assert visit.query_params == link


def test_a_link_says_nothing_that_is_the_default():
    assert page(epochs="100", a="0.1", batch="64", optimizer="adam", example="adam").query_params == {}
    assert page(example="sgd", log10_rate="-2.0", epochs="100", a="0.2").query_params == {"example": "sgd", "a": "0.2"}


@pytest.mark.parametrize(("samples", "batch", "last"), [(256, 256, "256"), (256, 300, "256 (all; 300 chosen)")])
def test_a_batch_is_at_most_all_samples(samples, batch, last):
    visit = page(samples=f"{samples}", batch=f"{batch}")
    assert visit.selectbox("batch").value == batch
    assert visit.selectbox("batch").options[:4] == ["1", "2", "4", "8"]
    assert visit.selectbox("batch").options[-1] == last


def test_a_batch_size_that_is_no_power_of_2_is_offered_in_its_place():
    visit = page(samples="48", batch="40")
    assert visit.selectbox("batch").options == ["1", "2", "4", "8", "16", "32", "40", "48"]


def datasets(visit, place):
    """Return the datasets of a picture of the page, counted from the end of the page if it is negative."""
    sent = visit.get("vega_lite_chart")[place].proto.datasets
    return {one.name: pyarrow.ipc.open_stream(one.data.data).read_all().to_pydict() for one in sent}


def assert_same(sent, columns):
    for name, column in columns.items():
        np.testing.assert_array_equal(sent[name], column, err_msg=name)


def test_the_pictures_of_the_first_screen_are_of_this_run_and_of_the_pinned_one():
    pinned = oo.Experiment("sgd", start_a=0.5, epochs=90)
    visit = page(pin=pinned.to_text())
    group = RunGroup("", {MAIN: ADAM, "pinned": trace(oo.run(pinned))}, {MAIN: "adam", "pinned": "pinned"})
    orbits, surface, loss = (datasets(visit, place) for place in range(3))
    samples = oo.run(pinned).samples
    assert_same(orbits["samples"], {"x": samples.x.astype("f4"), "y": samples.y.astype("f4")})
    for sent in (orbits["here"], loss["here"], surface["here"]):
        assert_same(sent, group.here_columns)
    for sent in (loss["run"], surface["run"]):
        assert_same(sent, group.run_columns)
    assert loss["floor"] == {"loss": [np.float32(0.01 / 12.0)]}
    assert_same(surface["contours"], surface_columns(oo.run(pinned).problem, group.axis_limits))
    assert surface["reference"]["place"] == ["start", "truth", "optimum"]
    assert surface["reference"]["a"][0] == np.float32(0.1), "the start is that of this run"
    assert " ".join(overview.run_messages(ADAM)) in [caption.value for caption in visit.caption]


@pytest.mark.parametrize(("link", "domain_only"), [({}, True), ({"surface": "clamped"}, False)])
def test_the_surface_of_two_losses_is_that_over_the_samples_inside_unless_all_are_chosen(link, domain_only):
    sent = datasets(page(section="losses", **link), -1)
    columns = surface_columns(oo.run(oo.Experiment(epochs=1)).problem, ((0.0, 2.0), (0.0, 2.0)), domain_only)
    assert_same(sent["contours"], columns)


def test_the_picture_of_the_noise_is_framed_around_the_confidence_region():
    sent, region = datasets(page(section="noise"), -1), noise.confidence_region(oo.run(oo.Experiment()).problem)
    assert_same(sent["here"], region.frame)
    assert_same(sent["region"], region.region)
    assert_same(sent["contours"], region.contours)


def test_the_rate_of_this_run_is_marked_in_the_sweep():
    assert datasets(page(section="rates", epochs="1", log10_rate="-2.0"), -1)["now"] == {"rate": [0.01]}
