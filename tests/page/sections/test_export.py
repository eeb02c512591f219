"""Download: figures, films and data of any run, and samples of one's own, from a file that is read with care."""

import json
import urllib.parse

import pytest

import orbitopt as oo
from orbitopt import exports
from orbitopt.figures import FIGURES
from orbitopt.page.sections import export as section
from tests import browser
from tests.page.apptest import OWN, hand_in, notices, page, press


def saves(visit):
    """Return the labels of the buttons that save a file."""
    return [button.label for button in visit.get("download_button")]


@pytest.mark.parametrize("subject", ["run", "race", "batches"])
def test_every_kind_of_figure_can_be_had(subject):
    visit = page(section="data", of=subject)
    assert saves(visit) == ["Save figure", "Save web page", "Samples (CSV)", "Every update (CSV)", "Experiment (JSON)"]
    assert not notices(visit)
    figures = next(box for box in visit.selectbox if box.label == "Figure")
    assert figures.options == [drawing.label for drawing in FIGURES.values() if drawing.subject == subject]


def test_an_older_link_to_the_section_still_opens_it():
    visit = page(section="Take away")
    question = "Download figures, animations, web pages and data, or load your own"
    assert question in [header.value for header in visit.header]
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


def pages(monkeypatch):
    """Note what the web pages are made from, as soon as their buttons are shown."""
    noted = []
    monkeypatch.setattr(section.web_page, "html", lambda fits, **more: noted.append((fits, more)) or "")
    save = section._save
    monkeypatch.setattr(section, "_save", lambda label, data, *rest: (
        label == "Save web page" and data(), save(label, data, *rest)
    ))  # fmt: skip
    return noted


def test_a_web_page_has_the_runs_that_are_exported_and_leads_to_them(monkeypatch):
    noted = pages(monkeypatch)
    visit = page(section="data", epochs="3", of="race")
    fits, more = noted[-1]
    assert list(fits) == [oo.OPTIMIZERS[key].label for key in oo.PUBLISHED]
    assert {fit.experiment.epochs for fit in fits.values()} == {3}
    assert more == {"link": "http://localhost:8501/?epochs=3&section=race", "over": "update"}
    visit.segmented_control("of").set_value("batches").run()
    assert noted[-1][1] == {"link": "http://localhost:8501/?epochs=3&section=batch", "over": "epoch"}
    contents = next(box for box in visit.selectbox if box.label == "Contents")
    assert contents.options[:2] == ["Batch sizes", "Lesson 1: Downhill"] and len(contents.options) == 9
    contents.set_value("lesson-race").run()
    fits, more = noted[-1]
    assert more == {"link": "http://localhost:8501/?lesson=race", "lesson": oo.LESSONS["race"]}
    assert list(fits) == list(oo.LESSONS["race"].experiments)


def test_a_web_page_of_samples_of_ones_own_has_no_link_and_lessons_have_their_own_samples(monkeypatch):
    noted = pages(monkeypatch)
    visit = hand_in(page(section="data", epochs="3"), OWN, "mine.csv")
    (fit,), more = noted[-1][0].values(), noted[-1][1]
    assert fit.problem.name == "mine.csv" and more["link"] == ""
    next(box for box in visit.selectbox if box.label == "Contents").set_value("lesson-noise").run()
    fits, more = noted[-1]
    assert not next(iter(fits.values())).problem.own
    assert more["link"] == "http://localhost:8501/?lesson=noise"


def saved(visitor, name, tmp_path):
    """Return the bytes of the file that a button saves."""

    def download():
        with visitor.tab.expect_download(timeout=browser.PATIENCE / 4) as saving:
            visitor.tab.get_by_role("button", name=name).click()
        return saving

    file = browser.insist(download).value
    path = tmp_path / file.suggested_filename
    file.save_as(path)
    return path.read_bytes()


def sources(monkeypatch):
    """Note where figures and animations are said to come from."""
    noted = []
    monkeypatch.setattr(section, "_figure", lambda *args: noted.append(args[-1]) or "light")
    monkeypatch.setattr(section, "_film", lambda *args: noted.append(args[-1]))
    return noted


def test_figures_and_animations_carry_the_link_of_what_is_shown_now(monkeypatch):
    noted = sources(monkeypatch)
    visit = page(section="data", pin="optimizer:sgd")
    visit.slider("a").set_value(2.0).run()
    visit.segmented_control("of").set_value("race").run()
    visit.text_input("race_sgd").set_value("0.5").run()
    assert noted[-1] == noted[-2]
    link = urllib.parse.parse_qs(noted[-1].partition("?")[2])
    assert link == {key: values if isinstance(values, list) else [values] for key, values in visit.query_params.items()}
    assert link == {"section": ["data"], "of": ["race"], "race_sgd": ["0.5"], "a": ["2.0"], "pin": ["optimizer:sgd"]}


def test_figures_and_animations_of_samples_of_ones_own_carry_no_link_but_where_they_come_from(monkeypatch):
    noted = sources(monkeypatch)
    visit = hand_in(page(section="data"), OWN, "mine.csv")
    problem = oo.read_orbit(OWN).problem()
    assert noted[-2:] == [f"samples from mine.csv, SHA-256 {problem.key[1]}…"] * 2
    press(visit, "Use generated samples")
    assert noted[-1] == "/?section=data"


@pytest.mark.browser
def test_what_is_saved_opens_again(visit, tmp_path):
    visitor = visit("?section=data&epochs=2")
    experiment = oo.Experiment(epochs=2)
    assert saved(visitor, "Save figure", tmp_path).startswith(b"\x89PNG")
    visitor.tab.get_by_role("radio", name="PDF").click()
    visitor.settled()
    figure = saved(visitor, "Save figure", tmp_path)
    assert figure.startswith(b"%PDF")
    assert exports.run_from_json(saved(visitor, "Experiment (JSON)", tmp_path).decode())[0] == experiment
    samples = oo.read_orbit(saved(visitor, "Samples (CSV)", tmp_path)).samples
    assert samples.y.tolist() == oo.noisy_samples(512, 0.1, 9999).y.tolist()
    history = saved(visitor, "Every update (CSV)", tmp_path).decode().splitlines()
    assert json.loads(history[0].removeprefix("# experiment: "))["epochs"] == 2
    assert len(history) == 2 + 1 + 16 + 1
    made = saved(visitor, "Save web page", tmp_path).decode()
    assert f'<a href="{visitor.address}?epochs=2" target="_blank">Open this run live</a>' in made
    experiment_text = made.partition('id="experiment">')[2].partition("</script>")[0]
    assert exports.run_from_json(experiment_text)[0] == experiment
    visitor.choose("Contents", "Lesson 4: Momentum")
    visitor.settled()
    made = saved(visitor, "Save web page", tmp_path).decode()
    assert f'<a href="{visitor.address}?lesson=momentum" target="_blank">Open this lesson live</a>' in made
    visitor.tab.get_by_role("button", name="Make animation").click()
    visitor.tab.get_by_role("button", name="Save animation").wait_for()
    film = saved(visitor, "Save animation", tmp_path)
    assert film.startswith(b"GIF89a")
    assert f"{visitor.address}?epochs=2&section=data".encode() in film
