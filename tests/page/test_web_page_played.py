"""A web page of its own in Chromium, opened as a file: it plays, steps and scrubs with nothing but itself.

Its policy forbids `wait_for_function`, which evaluates text, so the tests wait for elements.
"""

import dataclasses

import pytest
from playwright.sync_api import expect

import orbitopt as oo
from orbitopt import web_page
from orbitopt.fit import problem_of
from orbitopt.palette import colour
from tests import browser
from tests.page.apptest import PUBLISHED_ADAM
from tests.page.drawing import Drawing, hex_colour

pytestmark = pytest.mark.browser

LESSON = oo.LESSONS["momentum"]
RACE = {oo.OPTIMIZERS[key].label: dataclasses.replace(one, epochs=20) for key, one in oo.PUBLISHED.items()}
VISIBLE = "element => getComputedStyle(element).visibility === 'visible'"
PLOTS = """() => [...document.querySelectorAll('.stVegaLiteChart svg.marks > g > g > g > .background')].map(plot => {
  const {left, width, height} = plot.getBoundingClientRect();
  return [left, width, height];
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run, a race and a lesson."""
    place = tmp_path_factory.mktemp("stick")
    link = "https://class.example.com/"
    made = {
        "run": web_page.html({"Adam": oo.run(oo.PUBLISHED["adam"])}, link=link),
        "race": web_page.html({name: oo.run(experiment) for name, experiment in RACE.items()}),
        "lesson": web_page.html(LESSON.fits(problem_of(LESSON.main)), lesson=LESSON, link=link),
    }
    for name, text in made.items():
        (place / f"{name}.html").write_text(text, "utf-8")
    return place


@pytest.fixture
def open_file(tab, folder):
    """A function that opens a file; at the end it may have said nothing and asked for nothing but itself."""
    visitor = browser.Visit(tab, folder.as_uri())
    said = []

    def note(message):
        said.append(message.text)

    tab.on("console", note)

    def opened(name, width=1280, height=720, scheme="light", motion="no-preference"):
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme=scheme, reduced_motion=motion)
        tab.goto(f"{folder.as_uri()}/{name}.html")
        tab.wait_for_selector("html[data-drawn]")
        return visitor

    yield opened
    tab.remove_listener("console", note)
    assert (*visitor.leave(), said) == ([], [], [])


def plays_to_the_end(visitor):
    visitor.tab.locator(".player .speed").select_option("8")
    visitor.tab.get_by_role("button", name="Play", exact=True).click()
    visitor.tab.wait_for_selector(".stApp.midway")
    visitor.tab.wait_for_selector(".stApp:not(.midway)")


def violations(visitor):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(visitor.tab).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]


def test_a_run_plays_steps_and_jumps(open_file):
    visitor = open_file("run")
    assert visitor.readouts() == PUBLISHED_ADAM
    assert visitor.here() == "update 800 · epoch 100.0"
    verdict = visitor.tab.locator(".st-key-verdict p")
    visitor.press("Home")
    assert visitor.readouts() == ["0.1000 AU", "1.8000 AU", "0.907", "−1.16 AU"]
    assert not verdict.evaluate(VISIBLE)
    visitor.press("ArrowRight", "ArrowRight", "ArrowLeft")
    fit = oo.run(oo.PUBLISHED["adam"])
    assert visitor.here().startswith("update 1 ")
    assert visitor.readouts()[:2] == [f"{abs(value):.4f} AU" for value in fit.path[1]]
    visitor.press("Space")
    visitor.tab.wait_for_selector(".player.playing")
    visitor.press("Space")
    plays_to_the_end(visitor)
    assert visitor.readouts() == PUBLISHED_ADAM
    assert verdict.evaluate(VISIBLE) and verdict.inner_text() == fit.message
    visitor.press("Home", "End")
    assert visitor.readouts() == PUBLISHED_ADAM
    visitor.tab.get_by_role("button", name="Copy link").click()
    visitor.tab.get_by_text("Copied").first.wait_for()
    assert visitor.tab.evaluate("navigator.clipboard.readText()") == "https://class.example.com/"
    assert not visitor.tab.get_by_role("button", name="This update").is_visible()


def test_the_mouse_scrubs_and_reads_the_surface(open_file):
    visitor = open_file("run")
    timeline = visitor.tab.locator(".st-key-timeline-pictures svg.marks .background").first.bounding_box()
    across, down = timeline["x"] + timeline["width"] / 4, timeline["y"] + timeline["height"] / 2
    visitor.tab.mouse.move(timeline["x"] + 20, down)
    visitor.tab.mouse.down()
    visitor.tab.mouse.move(across, down)
    visitor.tab.mouse.up()
    assert visitor.here().startswith("update 200 ")
    surface = Drawing(visitor, "stage-0", 1)
    dot = surface.at(surface.layer(8)[0])
    fit = oo.run(oo.PUBLISHED["adam"])
    assert dot == pytest.approx(fit.path[200], abs=0.01)
    plot = visitor.tab.locator(".st-key-stage-0 svg.marks").nth(1).locator(".background").first.bounding_box()
    visitor.tab.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + 0.9 * plot["height"])
    note = visitor.tab.locator(".surface-note")
    note.wait_for()
    assert note.inner_text().startswith("A 1.00 · B 0.20 · loss ")
    visitor.tab.mouse.down()
    visitor.tab.mouse.up()
    assert visitor.here().startswith("update 200 "), "a click changes nothing"


def test_both_themes_are_accessible_also_when_the_system_changes_while_it_is_open(open_file):
    visitor = open_file("run")
    assert violations(visitor) == []
    visitor.press("Home", "ArrowRight")
    (state,) = set(visitor.states())
    visitor.tab.emulate_media(color_scheme="dark")
    for chart in range(3):
        drawn = visitor.tab.locator(".stVegaLiteChart").nth(chart).locator(f"path[stroke='{colour('adam', 'dark')}']")
        expect(drawn.first).to_be_attached()
        expect(visitor.tab.locator(".vega-bindings input").nth(chart)).to_have_value(state)
    background = visitor.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert hex_colour(background) == "#0E1420"
    assert violations(visitor) == []


def test_a_race_fits_on_a_phone_and_stands_still_where_motion_is_unwelcome(open_file):
    visitor = open_file("race", width=390, height=844, motion="reduce")
    assert visitor.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    squares = visitor.tab.evaluate(PLOTS)
    assert squares[0][1] == squares[0][2] > 280
    track = visitor.tab.locator(".player .scrub").bounding_box()
    assert (track["x"] + 9, track["width"] - 18) == pytest.approx(squares[2][:2], abs=1), "it is below the plot"
    visitor.press("Home")
    visitor.tab.evaluate(
        """() => {
          window.seen = new Set();
          const field = document.querySelector('.vega-bindings input');
          field.addEventListener('input', () => window.seen.add(field.value));
        }"""
    )
    plays_to_the_end(visitor)
    assert 5 <= visitor.tab.evaluate("window.seen.size") <= 11
    table = visitor.tab.locator("table")
    assert table.locator("tr").count() == 5
    assert set(RACE) == set(table.locator("td:nth-child(2)").all_inner_texts())
    assert not visitor.tab.get_by_role("button", name="Copy link").is_visible(), "there is no link"
    assert violations(visitor) == []


def test_a_lesson_answers_once_its_runs_have_been_watched(open_file):
    visitor = open_file("lesson")
    watch, outcome = visitor.tab.get_by_role("button", name="Watch"), visitor.tab.locator(".st-key-outcome")
    assert watch.is_disabled()
    assert not outcome.is_visible()
    assert not visitor.tab.locator(".st-key-readouts").is_visible()
    assert visitor.here() == "update 0 · epoch 0.0"
    fits = LESSON.fits(problem_of(LESSON.main))
    right = LESSON.right_choice(fits)
    key, wrong = next((key, choice) for key, choice in LESSON.choices.items() if key != right)
    visitor.tab.get_by_role("button", name=LESSON.choices[right].label).click()
    visitor.tab.get_by_role("button", name=wrong.label).click()
    watch.click()
    visitor.tab.wait_for_selector(".player.playing")
    happened = outcome.get_by_text(LESSON.happened(fits))
    assert not happened.evaluate(VISIBLE)
    visitor.press("End")
    assert happened.evaluate(VISIBLE)
    text = visitor.tab.locator(".st-key-panel").inner_text()
    for words in (f"Your guess: {wrong.label}.", wrong.reply, LESSON.choices[right].label, LESSON.why):
        assert words in text
    assert "Correct answer: " in text
    assert "Your guess is right" not in text and LESSON.story not in text
    first = next(iter(fits.values()))
    assert visitor.readouts()[:2] == [f"{first.a:.4f} AU", f"{first.b:.4f} AU"]
    assert violations(visitor) == []
