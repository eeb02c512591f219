"""Download: figures, films and data of any run, and samples of one's own, from a file that is read with care."""

import json

import pytest

import orbitopt as oo
from orbitopt import exports
from orbitopt.figures import FIGURES
from orbitopt.orbit_data import read_samples
from orbitopt.page import sections
from orbitopt.page.sections import export as section
from tests.page.apptest import PUBLISHED_ADAM, captions, notices, page, press, readouts

OWN = exports.samples_csv(oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.2, seed=3))).encode()


def hand_in(visit, data, name="mine.csv"):
    """Return the page after a file was handed in."""
    visit.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not visit.exception
    return visit


def saves(visit):
    """Return the labels of the buttons that save a file."""
    return [button.label for button in visit.get("download_button")]


def open_section(visit, key):
    visit.segmented_control("section").set_value(key).run()
    assert not visit.exception
    return visit


@pytest.mark.parametrize("subject", ["run", "race", "batches"])
def test_every_kind_of_figure_can_be_had(subject):
    visit = page(section="data", of=subject)
    assert saves(visit) == ["Save figure", "Samples (CSV)", "Every update (CSV)", "Experiment (JSON)"]
    assert not notices(visit)
    figures = next(box for box in visit.selectbox if box.label == "Figure")
    assert figures.options == [drawing.label for drawing in FIGURES.values() if drawing.subject == subject]


def test_an_older_link_to_the_section_still_opens_it():
    visit = page(section="Take away")
    assert "Download figures, animations and data" in [header.value for header in visit.header]
    assert visit.query_params == {"section": "data"}


@pytest.mark.parametrize(("label", "key"), [("A race", "race"), ("Batch sizes", "batches")])
def test_an_older_link_to_what_is_exported_still_works(label, key):
    visit = page(section="Take away", of=label)
    assert visit.segmented_control("of").value == key
    assert visit.query_params == {"section": "data", "of": key}
    assert not notices(visit)


def test_a_film_is_made_when_it_is_asked_for():
    visit = page(section="data", epochs="1")
    assert "Save animation" not in saves(visit)
    press(visit, "Make animation")
    assert "Save animation" in saves(visit)
    visit.slider("a").set_value(2.0).run()
    assert "Save animation" not in saves(visit), "it would be of another run"


def test_the_lines_of_python_are_those_of_the_run():
    visit = page(section="data", optimizer="sgd", epochs="3")
    assert visit.get("code")[0].value == exports.python_lines(oo.Experiment("sgd", epochs=3))


def test_samples_of_ones_own_are_fitted_until_they_are_given_back():
    visit = hand_in(page(section="data"), OWN)
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0), oo.FitProblem.of(read_samples(OWN)))
    assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert readouts(visit)[2] == f"{fit.loss:.3g}"
    assert "100 samples of your own" in captions(visit)
    assert "read_samples(pathlib.Path" in visit.get("code")[0].value
    for key in sections.SECTIONS:
        open_section(visit, key)
        assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    press(visit, "Use generated samples")
    assert readouts(visit) == PUBLISHED_ADAM


def test_another_file_of_as_many_samples_is_another_sweep():
    noisy = oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.5, seed=8))
    visit, told = hand_in(page(section="data", epochs="5"), OWN), []
    told.append(captions(open_section(visit, "rates")))
    hand_in(open_section(visit, "data"), exports.samples_csv(noisy).encode())
    told.append(captions(open_section(visit, "rates")))
    assert told[0] != told[1]


def test_ones_own_samples_reach_nobody_else():
    hand_in(page(section="data"), OWN)
    other = page(section="data", samples="100", noise="0")
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0))
    assert readouts(other)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert "They stay in this window" not in captions(other)


def test_a_pinned_run_of_drawn_samples_is_not_shown_behind_ones_own():
    visit = hand_in(page(section="data", pin="optimizer:sgd"), OWN)
    assert any("it uses generated samples, but you loaded your own" in notice for notice in notices(visit))
    assert "Pinned, in grey" not in captions(visit)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "line 1: the header must name one column x"),
        (b"\x89PNG\0\0", "line 1: the file is not text"),
        (b"x,y\n\xff\xfe,1\n", "line 2: the file is not text in UTF-8"),
        (b"x,y\n" + b"0.1,1.2\n" * 3, "there must be at least 16 samples, got 3"),
        (b"x,y\n" + b"0.1,1.2\n" * 5000, "line 4098: there must be at most 4,096 samples"),
        (b"x,y\n0.1,nan\n", "line 2: y must be finite, got 'nan'"),
        (b"x,y\n0.1,<script>alert(1)</script>\n", "line 2: y must be a number, got '·script·alert"),
        (b"x,y\n0.1,[a](http://b.c)\n", "line 2: y must be a number, got '[a]·http···b.c)'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_fit_stays(data, fault):
    visit = page(section="data")
    hand_in(visit, data, name="<b>mine</b>.csv")
    assert readouts(visit) == PUBLISHED_ADAM
    (error,) = visit.error
    assert fault in error.value
    assert error.value.endswith("The fit is unchanged.")
    assert not set("<>`*_$") & set(error.value)
    assert readouts(hand_in(visit, OWN)) != PUBLISHED_ADAM
    assert not visit.error


def test_a_refusal_quotes_name_and_fault_as_plain_text():
    told = section.refusal("<b>mine</b>.csv", ValueError("line 2: *no*"))
    assert told == "·b·mine··b·.csv: line 2: ·no·. The fit is unchanged."


def saved(visitor, name, tmp_path):
    """Return the bytes of the file that a button saves."""
    with visitor.tab.expect_download() as download:
        visitor.tab.get_by_role("button", name=name).click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_bytes()


@pytest.mark.browser
def test_what_is_saved_opens_again(visit, tmp_path):
    visitor = visit("?section=data&epochs=2")
    experiment = oo.Experiment(epochs=2)
    assert saved(visitor, "Save figure", tmp_path).startswith(b"\x89PNG")
    visitor.tab.get_by_role("radio", name="PDF").click()
    visitor.settled()
    figure = saved(visitor, "Save figure", tmp_path)
    assert figure.startswith(b"%PDF")
    assert exports.experiment_from_json(saved(visitor, "Experiment (JSON)", tmp_path).decode()) == experiment
    samples = read_samples(saved(visitor, "Samples (CSV)", tmp_path))
    assert samples.y.tolist() == oo.noisy_samples(512, 0.1, 9999).y.tolist()
    history = saved(visitor, "Every update (CSV)", tmp_path).decode().splitlines()
    assert json.loads(history[0].removeprefix("# experiment: "))["epochs"] == 2
    assert len(history) == 2 + 1 + 16 + 1
    visitor.tab.get_by_role("button", name="Make animation").click()
    visitor.tab.get_by_role("button", name="Save animation").wait_for()
    film = saved(visitor, "Save animation", tmp_path)
    assert film.startswith(b"GIF89a")
    assert f"{visitor.address}?section=data&epochs=2".encode() in film


@pytest.mark.browser
def test_a_file_of_ones_own_is_fitted_and_a_bad_one_refused(visit):
    visitor = visit("?section=data")
    upload = visitor.tab.locator("[data-testid=stFileUploaderDropzoneInput]")
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"x,y\n1,2\n"})
    visitor.tab.get_by_text("bad.csv: there must be at least 16 samples, got 1. The fit is unchanged.").wait_for()
    assert visitor.readouts() == PUBLISHED_ADAM
    own = exports.samples_csv(oo.run(oo.Experiment(n_samples=64, seed=1))).encode()
    upload.set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": own})
    visitor.until_readouts_differ(PUBLISHED_ADAM)
    visitor.tab.get_by_text("64 samples of your own. They stay").wait_for()
    visitor.tab.get_by_role("button", name="Use generated samples").click()
    visitor.tab.get_by_text("64 samples of your own. They stay").wait_for(state="detached")
    assert visitor.settled().readouts() == PUBLISHED_ADAM
