"""All eight lessons in Chromium, with right and wrong guesses: nothing is told before Watch, and everything after."""

import re

import pytest

import orbitopt as oo
from orbitopt.fit import problem_of
from orbitopt.model import clamped_loss
from tests.page.test_screen import BOX, PLOT, box

pytestmark = pytest.mark.browser

KEYS = list(oo.LESSONS)


def secrets(key):
    """What only the runs of a lesson tell: sentences, and the numbers in them."""
    lesson = oo.LESSONS[key]
    fits = lesson.fits(problem_of(oo.Experiment()))
    happened = lesson.happened(fits)
    told = {lesson.why, *re.split(r"(?<=[.;]) ", happened)}
    told |= {choice.reply for choice in lesson.choices.values()}
    told |= {"Correct answer", "Your guess", "Settled at", "Has not settled", "Your turn"}
    return told | {fit.message for fit in fits.values()}


def is_drawn(visitor):
    visitor.tab.wait_for_selector(".stApp[data-test-script-state=notRunning]")
    return visitor.until(
        "!document.querySelector('[data-stale=true]') &&"
        "[...document.querySelectorAll('.stVegaLiteChart')].filter(one => one.offsetParent).length >= 1 &&"
        "[...document.querySelectorAll('.stVegaLiteChart')].filter(one => one.offsetParent)"
        ".every(chart => chart.querySelector('svg, canvas')) && document.querySelector('.player .here')?.textContent"
    )


@pytest.fixture
def teach(visit, tab):
    """A function that opens a lesson."""
    visitor = visit.__self__

    def opened(query, width=1280, height=720, motion="no-preference", scheme="light"):
        tab.set_viewport_size({"width": width, "height": height})
        tab.emulate_media(color_scheme=scheme, reduced_motion=motion)
        tab.goto(visitor.address + query)
        tab.locator(".st-key-panel").wait_for()
        return is_drawn(visitor)

    return opened


@pytest.fixture
def received(tab):
    """All that comes through the websocket, as text."""
    parts = []

    def keep(data):
        parts.append(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)

    def listen(socket):
        socket.on("framereceived", keep)

    tab.on("websocket", listen)
    yield parts
    tab.remove_listener("websocket", listen)


def choose(visitor, key):
    visitor.tab.locator(f".st-key-choice-{key} button").click()
    visitor.tab.locator(".st-key-watch button:enabled").wait_for()
    return visitor


def at_the_end(visitor):
    seen = "!document.querySelector('.stApp').matches('.unseen, .midway')"
    return visitor.until(f"{seen} && document.querySelector('.st-key-outcome')")


@pytest.mark.parametrize("key", KEYS)
def test_a_lesson_tells_nothing_before_watch_and_everything_after(teach, received, key):
    lesson = oo.LESSONS[key]
    fits = lesson.fits(problem_of(oo.Experiment()))
    right = lesson.right_choice(fits)
    wrong = next(name for name in lesson.choices if name != right)
    visitor = teach(f"?lesson={key}&question=true", motion="reduce")
    choose(visitor, wrong)
    page = visitor.tab.content()
    sent = " ".join(received)
    assert lesson.question in sent, "the messages are read"
    assert [secret for secret in secrets(key) if secret in page or secret in sent] == []
    assert visitor.here().startswith("update 0 ")
    assert visitor.tab.locator("[data-testid=stMetric], .st-key-verdict, [data-testid=stAlert]").count() == 0
    assert visitor.tab.locator(".player button:enabled").all_inner_texts() == ["Copy link"]
    visitor.tab.locator(".st-key-watch button").click()
    at_the_end(is_drawn(visitor))
    told = visitor.tab.locator(".st-key-panel-text").inner_text()
    assert f"Your guess: {lesson.choices[wrong].label}." in told and lesson.choices[wrong].reply in told
    assert f"Correct answer: {lesson.choices[right].label}." in told
    assert lesson.happened(fits) in told and lesson.task.text in told
    visitor.tab.locator(".st-key-outcome .katex").wait_for()
    visitor.until("document.querySelectorAll('[data-testid=stMetricValue]').length === 4")


WATCH_THE_WORDS = """() => {
  window.toldTooEarly = false;
  const look = () => {
    const [words, scrub] = ['.st-key-outcome p', '.player .scrub'].map((where) => document.querySelector(where));
    const shown = words && getComputedStyle(words).visibility === 'visible';
    if (shown && (scrub.max === '0' || scrub.value !== scrub.max)) window.toldTooEarly = true;
    requestAnimationFrame(look);
  };
  look();
}"""


def test_watch_plays_and_what_happened_waits_for_the_end(teach):
    visitor = choose(teach("?lesson=momentum"), "less")
    visitor.tab.evaluate(WATCH_THE_WORDS)
    visitor.tab.locator(".st-key-watch button").click()
    visitor.tab.locator(".player.playing").wait_for()
    visitor.until("document.querySelector('.stApp.unseen .st-key-outcome')")
    assert not visitor.tab.locator(".st-key-outcome p").first.is_visible()
    visitor.until("Number(document.querySelector('.player .scrub').value) > 20")
    states = visitor.states()
    assert len(set(states)) == 1 and states[0].count("|") == 3, "both runs are moved, in all three charts"
    assert not visitor.tab.evaluate("window.toldTooEarly")
    visitor.press("End")
    at_the_end(visitor)
    assert visitor.tab.locator(".st-key-outcome p").first.is_visible()
    visitor.press("Home")
    assert visitor.tab.locator(".st-key-outcome p").first.is_visible(), "once seen, it stays while one looks again"


def test_where_motion_is_unwelcome_the_end_stands_at_once(teach):
    visitor = teach("?lesson=learning-rate", motion="reduce")
    choose(visitor, "sooner").tab.locator(".st-key-watch button").click()
    at_the_end(visitor).until("document.querySelector('.player .here').innerText.startsWith('update 100 ')")
    assert visitor.tab.locator(".player.playing").count() == 0


def test_a_revealed_lesson_does_not_play(teach):
    visitor = at_the_end(teach("?lesson=adam&reveal=true"))
    visitor.until("document.querySelector('.player .here').innerText.startsWith('update 60 ')")
    assert visitor.tab.locator(".player.playing").count() == 0


def loss_said(visitor):
    return visitor.tab.locator(".st-key-panel").get_by_text("Loss:").inner_text()


def test_the_dot_is_dragged_ellipse_and_residuals_follow_and_the_loss_is_said(teach, samples):
    visitor = teach("?lesson=downhill")
    surface = ".st-key-stage-0 > :nth-child(2)"
    left, top, right, bottom = box(visitor, f"{surface} {PLOT}")
    orbits = ".st-key-stage-0 > :nth-child(1) svg.marks"
    before = visitor.tab.locator(orbits).inner_html()

    def at(a, b):
        return left + a / 2.0 * (right - left), bottom - b / 2.0 * (bottom - top)

    visitor.tab.mouse.move(*at(0.8, 0.4))
    visitor.tab.mouse.down()
    visitor.tab.mouse.move(*at(1.2, 1.2), steps=3)
    visitor.until(f"before => document.querySelector('{orbits}').innerHTML !== before", before)
    state = visitor.states()[0].split("|")[2].split()
    assert [float(state[1]), float(state[2])] == pytest.approx([1.2, 1.2], abs=0.02)
    assert "0.614" in loss_said(visitor), "the server has not been asked yet"
    visitor.tab.mouse.up()
    visitor.tab.wait_for_url("**hand_a=1.2*")
    is_drawn(visitor)
    link = dict(part.split("=") for part in visitor.tab.url.partition("?")[2].split("&"))
    a, b = float(link["hand_a"]), float(link["hand_b"])
    visitor.tab.get_by_text("Best so far").wait_for()
    assert f"{float(clamped_loss((a, b), *samples)):.3g}" in loss_said(visitor)
    visitor.tab.get_by_role("button", name="Continue to the question").click()
    visitor.tab.get_by_text(oo.LESSONS["downhill"].question).wait_for()
    is_drawn(visitor)
    texts = visitor.tab.locator(f"{surface} svg text").all_text_contents()
    assert "your best" in texts and "start" in texts


def test_a_click_starts_the_walker_elsewhere_and_the_task_is_seen_to_be_done(teach):
    visitor = at_the_end(teach("?lesson=downhill&reveal=true"))
    left, top, right, bottom = box(visitor, f".st-key-stage-0 > :nth-child(2) {PLOT}")
    visitor.tab.mouse.click(left + 0.93 * (right - left), bottom - 0.3 * (bottom - top))
    visitor.tab.get_by_text("Done.").wait_for()
    link = visitor.tab.locator(".st-key-task code").inner_text()
    assert link == visitor.tab.url


def test_free_play_and_back_lead_between_page_and_lesson(visit):
    visitor = visit()
    visitor.tab.get_by_role("radio", name="4 Momentum").click()
    visitor.tab.get_by_text(oo.LESSONS["momentum"].question).wait_for()
    visitor.tab.wait_for_url("**?lesson=momentum")
    visitor.tab.go_back()
    visitor.settled()
    assert visitor.tab.locator(".st-key-panel").count() == 0


PROJECTOR = "&projector=true"
WINDOWS = [
    ("race", 1280, 720, ""), ("batches", 1024, 768, PROJECTOR), ("downhill", 1024, 768, PROJECTOR),
    ("downhill", 390, 844, ""),
]  # fmt: skip


@pytest.mark.parametrize(("key", "width", "height", "query"), WINDOWS)
def test_question_and_answer_fit_the_window(teach, key, width, height, query):
    for part in ("", "&reveal=true"):
        visitor = teach(f"?lesson={key}{part}{query}", width, height, motion="reduce")
        assert visitor.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for text in visitor.tab.locator(".st-key-panel :is(p, button, h2)").all():
            left, _, right, _ = text.evaluate(BOX)
            assert left >= 0 and right <= width + 0.5
            assert text.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), text.inner_text()
        if "reveal" not in part and width > 390:
            _, _, _, bottom = box(visitor, ":is(.st-key-go-on, .st-key-watch)")
            assert bottom <= height, "all of the question is in sight"
        if "projector" in query:
            sizes = visitor.tab.locator(".st-key-panel :is(p, button p)").evaluate_all(
                "all => all.filter(e => e.innerText.trim()).map(e => parseFloat(getComputedStyle(e).fontSize))"
            )
            assert min(sizes) >= 0.03 * height
        if "reveal" in part:
            visitor.tab.locator(".st-key-next button").click(trial=True)  # all of the panel can be scrolled to
        charts = [f".st-key-stage-0 > :nth-child({k})" for k in (1, 2)]
        shown = [chart for chart in charts if visitor.tab.locator(chart).is_visible()]
        assert len(shown) == (1 if query or width == 390 else 2)
        for chart in shown:
            left, top, right, bottom = box(visitor, f"{chart} {PLOT}")
            assert right - left == pytest.approx(bottom - top, abs=0.5)
            assert right - left >= (330 if width > 390 else 280)
