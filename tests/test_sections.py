"""The closer looks in Chromium: what is clicked is taken, what is long can be stopped, what is saved is a file."""

import json

import pytest

import orbitopt as oo
from orbitopt import files

pytestmark = pytest.mark.browser

PUBLISHED_ADAM = ["1.2612 AU", "1.2315 AU", "0.000879", "−93,646 km"]


def picture(visitor, key):
    """The drawing of a picture that can be clicked, in sight."""
    drawing = visitor.tab.locator(f"[class*=st-key-{key}-] .stVegaLiteChart").locator("svg, canvas").first
    drawing.scroll_into_view_if_needed()
    return drawing


def click_at(visitor, key, across, down):
    """Click into a picture, at shares of its width and height."""
    box = picture(visitor, key).bounding_box()
    visitor.tab.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_a_click_on_the_sweep_takes_that_rate(visit):
    visitor = visit("?section=Learning+rate&schedule=Constant&height=1000", height=1000)
    visitor.tab.get_by_text("They settle at these learning rates:").wait_for()
    before = visitor.readouts()
    click_at(visitor, "swept", 0.75, 0.5)
    visitor.until_readouts_differ(before)
    visitor.until("location.search.includes('log10_rate')")
    taken = visitor.readouts()
    visitor.choose("Example", "SGD (Figure 7)")
    other = visitor.until_readouts_differ(taken)
    visitor.tab.get_by_text("They settle at these learning rates:").wait_for()
    click_at(visitor, "swept", 0.75, 0.5)
    visitor.until_readouts_differ(other)


def test_advice_comes_after_the_pictures_and_can_be_tried(visit):
    creeps = oo.EXAMPLES["creeps"]
    advice = oo.advise(oo.run(creeps.experiment))
    visitor = visit(f"?example={creeps.label.replace(' ', '+')}")
    visitor.tab.get_by_text(advice.sentence).wait_for()
    before = visitor.readouts()
    visitor.tab.get_by_role("button", name="Try it").click()
    fit = oo.run(advice.experiment)
    assert visitor.until_readouts_differ(before)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    visitor.tab.get_by_text("Settled at the optimum").wait_for()
    visitor.until("/[?&]a=1(\\.0)?(&|$)/.test(location.search) && /[?&]b=1(\\.0)?(&|$)/.test(location.search)")


def test_a_click_on_the_map_takes_that_start(visit):
    visitor = visit("?section=Starting+point", height=1000)
    visitor.tab.get_by_text("of the 441 starts").wait_for()
    before = visitor.readouts()
    click_at(visitor, "cells", 0.7, 0.4)
    visitor.until_readouts_differ(before)
    visitor.until("/[?&]a=1\\.\\d+/.test(location.search) && /[?&]b=\\d/.test(location.search)")


def test_the_arrows_move_with_the_player(visit):
    visitor = visit("?section=Steps")
    visitor.tab.locator(".st-key-steps-view .stVegaLiteChart svg").wait_for()
    visitor.settled().press("Home")
    outline = "document.querySelector('.st-key-steps-view svg.marks').innerHTML"
    first = visitor.tab.evaluate(outline)
    visitor.press("ArrowRight", "ArrowRight")
    visitor.until(f"first => {outline} !== first", first)


def test_long_work_can_be_stopped_and_gone_on_with(visit):
    visitor = visit()
    visitor.tab.goto(f"{visitor.address}?section=Learning+rate&batch=1&epochs=100")  # 51,200 updates of 305 runs
    visitor.tab.locator(".st-key-closer-look").get_by_role("button", name="Stop", exact=True).click()
    visitor.tab.get_by_role("button", name="Stopped. Go on").wait_for()
    visitor.settled()
    assert visitor.tab.locator("[class*=st-key-swept-]").count() == 0
    visitor.tab.get_by_role("radio", name="Noise").click()
    visitor.tab.get_by_text("How exact can any optimizer be?").wait_for()
    visitor.settled()


def saved(visitor, name, tmp_path):
    """The bytes of the file that a button saves."""
    with visitor.tab.expect_download() as download:
        visitor.tab.get_by_role("button", name=name).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_bytes()


def test_what_is_saved_opens_again(visit, tmp_path):
    visitor = visit("?section=Take+away&epochs=2")
    experiment = oo.Experiment(epochs=2)
    assert saved(visitor, "Save the figure", tmp_path).startswith(b"\x89PNG")
    visitor.tab.get_by_role("radio", name="PDF").click()
    visitor.settled()
    figure = saved(visitor, "Save the figure", tmp_path)
    assert figure.startswith(b"%PDF")
    assert files.experiment_from_json(saved(visitor, "Experiment, JSON", tmp_path).decode()) == experiment
    samples = files.read_samples(saved(visitor, "Samples, CSV", tmp_path))
    assert samples.y.tolist() == oo.noisy_samples(512, 0.1, 9999).y.tolist()
    history = saved(visitor, "Every update, CSV", tmp_path).decode().splitlines()
    assert json.loads(history[0].removeprefix("# experiment: "))["epochs"] == 2
    assert len(history) == 2 + 1 + 16 + 1
    visitor.tab.get_by_role("button", name="Make the film").click()
    visitor.tab.get_by_role("button", name="Save the film").wait_for()
    film = saved(visitor, "Save the film", tmp_path)
    assert film.startswith(b"GIF89a")
    assert f"{visitor.address}?section=Take+away&epochs=2".encode() in film


def test_a_file_of_ones_own_is_fitted_and_a_bad_one_refused(visit):
    visitor = visit("?section=Take+away")
    upload = visitor.tab.locator("[data-testid=stFileUploaderDropzoneInput]")
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"x,y\n1,2\n"})
    visitor.tab.get_by_text("bad.csv: there must be at least 16 samples, got 1. The fit stays as it is.").wait_for()
    assert visitor.readouts() == PUBLISHED_ADAM
    own = files.samples_csv(oo.run(oo.Experiment(n_samples=64, seed=1))).encode()
    upload.set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": own})
    visitor.until_readouts_differ(PUBLISHED_ADAM)
    visitor.tab.get_by_text("64 samples of your own").wait_for()
    visitor.tab.get_by_role("button", name="Back to drawn samples").click()
    visitor.tab.get_by_text("64 samples of your own").wait_for(state="detached")
    assert visitor.settled().readouts() == PUBLISHED_ADAM
