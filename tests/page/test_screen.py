"""The first screen in Chromium: squares, timeline and player fit the window, and answer to mouse, keys and touch."""

import itertools
import re

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.model import clamped_loss
from tests import browser
from tests.page.drawing import Drawing

pytestmark = pytest.mark.browser

BOX = "element => { const b = element.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"
TEXTS = """
svg => [...svg.querySelectorAll('text')]
  .filter(text => text.textContent && text.getAttribute('opacity') !== '0')
  .map(text => { const b = text.getBoundingClientRect(); return [text.textContent, b.left, b.top, b.right, b.bottom]; })
"""
PLOT = "svg.marks .background >> nth=0"


def box(visitor, selector):
    """Return left, top, right and bottom of an element, pixels."""
    return visitor.tab.locator(selector).first.evaluate(BOX)


STILL = """() => new Promise(done => {
  let before = '', since = performance.now();
  const look = () => {
    const now = [...document.querySelectorAll('svg.marks .background')]
      .map(plot => JSON.stringify(plot.getBoundingClientRect())).join();
    if (now !== before) [before, since] = [now, performance.now()];
    if (performance.now() - since > 400) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def opened(visit, query, width, height):
    """Open the page and wait until the sidebar has folded and the charts have their size."""
    visitor = visit(query, width=width, height=height)
    if width < 1100:
        visitor.tab.locator("[data-testid=stExpandSidebarButton]").wait_for()
    visitor.tab.evaluate(STILL)
    return visitor


def squares(visitor):
    """Return the boxes of the plots of orbits and loss surface."""
    return [box(visitor, f".st-key-stage-0 > :nth-child({k}) {PLOT}") for k in (1, 2)]


WINDOWS = [
    (1280, 720, "", 380),
    (1280, 720, "?projector=true", 300),
    (1024, 768, "", 400),
    (1024, 768, "?projector=true", 400),
    (1920, 1080, "", 600),
    (1920, 1080, "?projector=true", 500),
    (820, 1180, "", 340),
    (820, 560, "?embed=true", 240),
]


@pytest.mark.parametrize(
    ("width", "height", "query", "least"), WINDOWS if browser.ALL else [WINDOWS[k] for k in (0, 3, 4, 7)]
)
def test_two_equal_squares_the_timeline_and_the_player_fit_the_window(visit, width, height, query, least):
    visitor = opened(visit, query, width, height)
    for left, top, right, bottom in squares(visitor):
        assert right - left == pytest.approx(bottom - top, abs=0.5)
        assert right - left >= least
    one, other = squares(visitor)
    assert one[2] - one[0] == pytest.approx(other[2] - other[0], abs=0.5)
    for chart in range(2):
        drawing = Drawing(visitor, "pictures", chart)
        across, up = (np.ptp(drawing.pixels(axis, [0.0, 1.0])) for axis in "xy")
        assert across / up == pytest.approx(1.0, abs=0.005), "equal scales"
    head, stage, timeline, player = (
        box(visitor, f".st-key-{key}") for key in ("head", "stage-0", "timeline-pictures", "player")
    )
    assert head[3] <= stage[1] + 0.5 and stage[3] <= timeline[1] + 0.5 and timeline[3] <= player[1] + 0.5
    assert player[3] <= height + 0.5
    plot, scrubber = box(visitor, f".st-key-timeline-pictures {PLOT}"), box(visitor, ".player .scrub")
    thumb = visitor.tab.evaluate(
        "() => { const scrub = document.querySelector('.player .scrub'); const probe = document.createElement('div');"
        "probe.style.width = 'var(--thumb)'; scrub.parentElement.append(probe);"
        "const size = probe.getBoundingClientRect().width; probe.remove(); return size; }"
    )
    assert scrubber[0] + thumb / 2 == pytest.approx(plot[0], abs=1.0)
    assert scrubber[2] - thumb / 2 == pytest.approx(plot[2], abs=1.0)
    assert visitor.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


    assert_that_no_words_overlap_or_are_cut_off(visitor)


def assert_that_no_words_overlap_or_are_cut_off(visitor):
    for chart in visitor.tab.locator(".st-key-pictures .stVegaLiteChart svg.marks").all():
        left, top, right, bottom = chart.evaluate(BOX)
        texts = {tuple(text) for text in chart.evaluate(TEXTS)}
        assert texts
        for text, x, y, x2, y2 in texts:
            assert left - 1 <= x and x2 <= right + 1 and top - 3 <= y and y2 <= bottom + 3, text
        for one, other in itertools.combinations(texts, 2):
            across = min(one[3], other[3]) - max(one[1], other[1])
            up = min(one[4], other[4]) - max(one[2], other[2])
            if one[0] != other[0] and across > 1.0:  # a box of text is higher than its letters
                assert up < 0.4 * min(one[4] - one[2], other[4] - other[2]), (one[0], other[0])
    for text in visitor.tab.locator(".st-key-head p, .st-key-head h1").all():
        if text.is_visible() and text.evaluate("e => e.clientWidth > 30"):  # else it is for screen readers
            assert text.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 4")


def test_on_a_phone_the_squares_are_stacked_at_full_width_and_the_player_is_low(visit):
    visitor = opened(visit, "", 390, 844)
    one, other = squares(visitor)
    assert one[3] < other[1]
    assert min(one[2] - one[0], other[2] - other[0]) >= 300
    _, top, _, bottom = box(visitor, ".st-key-player")
    assert bottom - top <= 0.15 * 844 and bottom <= 845
    assert visitor.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_at_twice_the_size_one_square_and_the_player_are_in_sight(visit):
    visitor = opened(visit, "", 640, 360)
    visitor.tab.locator(".st-key-stage-0 > :nth-child(2)").evaluate("e => e.scrollIntoView({block: 'start'})")
    _, square = squares(visitor)
    player = box(visitor, ".st-key-player")
    assert square[1] >= 0 and square[3] <= player[1] + 0.5 and player[3] <= 360.5


@pytest.mark.parametrize(
    ("width", "query", "folded"), [(1280, "", False), (1080, "", True), (1280, "?embed=true", True)]
)
def test_the_sidebar_is_folded_where_there_is_little_room(visit, width, query, folded):
    visitor = visit(query, width=width)
    visitor.until("folded => !!document.querySelector('[data-testid=stExpandSidebarButton]') === folded", folded)


FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def test_before_the_end_nothing_tells_it_and_at_the_end_everything_does(visit):
    visitor = visit("?section=race")
    fit = oo.run(oo.PUBLISHED["adam"])
    endings = ["Settled", f"{fit.a:.4f}", f"{fit.b:.4f}", "93,646", "0.065 %", "settled"]
    told = visitor.tab.locator(".stMainBlockContainer").inner_text()
    assert all(ending in told for ending in endings)
    visitor.press("Home")
    visitor.tab.evaluate(FRAMES)
    told = visitor.tab.locator(".stMainBlockContainer").inner_text()
    labels = visitor.tab.locator(".st-key-pictures [aria-label]").evaluate_all("all => all.map(e => e.ariaLabel)")
    drawn = visitor.tab.locator(".st-key-pictures svg text").all_text_contents()
    assert [ending for ending in endings if ending in told + " ".join([*labels, *drawn])] == []
    for chart, layer in (("surface", 6), ("loss", 0), ("loss", 5)):
        drawing = Drawing(visitor, "pictures", ["orbits", "surface", "loss"].index(chart))
        assert all(len(drawing.points(line)) == 1 for line in drawing.layer(layer)), "lines have not left their start"
    names = visitor.tab.locator(".st-key-race svg text").all_text_contents()
    assert not {"Momentum", "RMSprop"} & set(names)
    visitor.press("End")
    told = visitor.tab.locator(".stMainBlockContainer").inner_text()
    assert all(ending in told for ending in endings)


def start_in_link(visitor):
    """Return A and B of the start in the link."""
    visitor.tab.wait_for_url("**a=**b=**")
    link = dict(part.split("=") for part in visitor.tab.url.partition("?")[2].split("&"))
    return float(link["a"]), float(link["b"])


@pytest.mark.parametrize("to", [(0.9, 0.6), (1.73, 1.21)])
def test_a_click_on_the_surface_starts_there_and_under_the_mouse_stand_place_and_loss(visit, samples, to):
    visitor = visit()
    before, (left, top, right, bottom) = visitor.readouts(), squares(visitor)[1]
    place = left + to[0] / 2.0 * (right - left), bottom - to[1] / 2.0 * (bottom - top)
    visitor.tab.mouse.move(*place)
    visitor.until("!document.querySelector('.surface-note').hidden")
    said = visitor.tab.locator(".surface-note").inner_text()
    a, b, loss = map(float, re.fullmatch(r"A ([\d.]+) · B ([\d.]+) · loss ([\d.]+)", said).groups())
    assert (a, b) == pytest.approx(to, abs=0.0101)
    assert loss == pytest.approx(float(clamped_loss(to, *samples)), rel=0.05)
    visitor.tab.mouse.click(*place)
    visitor.until_readouts_differ(before)
    assert start_in_link(visitor) == pytest.approx(to, abs=0.01)


def test_a_drag_on_the_surface_moves_the_start_and_the_run_follows_on_release(visit):
    visitor = visit()
    before, (left, top, right, _) = visitor.readouts(), squares(visitor)[1]
    side = right - left
    visitor.tab.mouse.move(left + 0.3 * side, top + 0.5 * side)
    visitor.tab.mouse.down()
    visitor.tab.mouse.move(left + 0.5 * side, top + 0.7 * side, steps=4)
    assert visitor.tab.locator(".surface-dot").is_visible() and visitor.readouts() == before
    visitor.tab.mouse.up()
    visitor.until_readouts_differ(before)
    assert start_in_link(visitor) == pytest.approx((1.0, 0.6), abs=0.01)
    visitor.until("document.querySelector('.surface-dot').hidden")


def test_a_drag_in_the_timeline_moves_the_player(visit):
    visitor = visit()
    left, top, right, _ = box(visitor, f".st-key-timeline-pictures {PLOT}")
    visitor.tab.mouse.move(left + 0.25 * (right - left), top + 20)
    visitor.tab.mouse.down()
    assert visitor.here().startswith("update 200 ")
    visitor.tab.mouse.move(left + 0.5 * (right - left), top + 30, steps=3)
    visitor.tab.mouse.up()
    assert visitor.here().startswith("update 400 ")
    thumb = float(visitor.tab.locator(".player .scrub").input_value())
    rule = Drawing(visitor, "pictures", 2).layer(6)[0]
    assert thumb == 400 and rule["x"] == pytest.approx((right - left) / 2, abs=1.0), "thumb and playhead agree"
    visitor.tab.mouse.move(left, top + 30)
    assert visitor.here().startswith("update 400 "), "the button is up"


def test_keys_move_the_player_after_a_click_but_not_while_one_types_or_came_by_keyboard(visit):
    visitor = visit()
    before = visitor.readouts()
    slider = visitor.more().tab.get_by_role("slider", name="Start B")

    def click():
        slider.click(force=True)
        visitor.until_readouts_differ(before, browser.PATIENCE / 4)

    browser.insist(click)
    visitor.tab.keyboard.press("Home")
    assert visitor.here().startswith("update 0 ")
    visitor.tab.keyboard.press("ArrowRight")
    assert visitor.here().startswith("update 1 ")
    visitor.tab.get_by_role("textbox", name="Learning rate α").click()
    visitor.tab.keyboard.press("ArrowLeft")
    assert visitor.here().startswith("update 1 "), "the arrow moved the cursor in the field"
    visitor.tab.keyboard.press("Escape")
    visitor.tab.keyboard.press("ArrowRight")
    assert visitor.here().startswith("update 2 "), "Esc leaves the field"


def test_twelve_tab_stops_lead_to_the_player(visit):
    visitor = visit()
    visitor.tab.keyboard.press("Tab")
    assert visitor.tab.evaluate("document.activeElement.textContent") == "Skip to the player"
    visitor.tab.keyboard.press("Enter")
    assert visitor.tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Play"


def test_arrows_at_the_players_position_show_gradient_and_step(visit):
    visitor = visit("?arrows=true&epochs=5")
    visitor.press("Home", *["ArrowRight"] * 12)
    surface = Drawing(visitor, "pictures", 1)
    update = oo.update_at(oo.Experiment(epochs=5), 12)
    names = {mark["text"] for number in range(16, 20) for mark in surface.layer(number)}
    assert names == {"➤ −α × gradient", "→ step taken"}
    for number, direction in ((9, -np.array(update.gradient)), (10, np.subtract(update.next_params, update.params))):
        (arrow,) = surface.layer(number)
        assert surface.at(arrow) == pytest.approx(update.params, abs=1e-3)
        angle = float(re.search(r"rotate\((-?[\d.]+)", arrow["transform"])[1])
        assert angle == pytest.approx(-np.degrees(np.arctan2(direction[1], direction[0])), abs=1.0)


def test_with_forced_colours_scrubber_and_sliders_keep_their_tracks(visit):
    visitor = visit().more()
    visitor.tab.emulate_media(forced_colors="active")
    kept = visitor.tab.locator(".player .scrub, [data-testid=stSlider] div").evaluate_all(
        "all => all.map(e => getComputedStyle(e).forcedColorAdjust)"
    )
    visitor.tab.emulate_media(forced_colors="none")
    assert len(kept) > 20
    assert kept.count("none") > 0.5 * len(kept) and kept[-1] == "none"


def test_a_finger_that_scrolls_over_a_slider_does_not_move_it(visit):
    visitor = visit()
    slider = visitor.tab.locator("[data-testid=stSlider]").first
    assert slider.evaluate("e => getComputedStyle(e).touchAction") == "pan-y"
