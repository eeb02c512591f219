"""The player in Chromium: it moves all pictures together, by button, key and scrubber."""

import pytest

from orbitopt.page.sections import SECTIONS
from tests.browser import ALL

pytestmark = pytest.mark.browser

AT_THE_END = "update 800 · epoch 100.0"
FRAMES = """
seconds => new Promise(resolve => {
  let frames = 0;
  const start = performance.now();
  const count = now => {
    frames += 1;
    if (now - start < 1000 * seconds) requestAnimationFrame(count);
    else resolve(frames / ((now - start) / 1000));
  };
  requestAnimationFrame(count);
})
"""


def button(visitor, name):
    return visitor.tab.locator(".player").get_by_role("button", name=name, exact=True)


def outlines(visitor, where="pictures"):
    """What each picture of a container is drawn with."""
    charts = visitor.tab.locator(f".st-key-{where} .stVegaLiteChart").all()
    return [chart.locator("svg path[d]").evaluate_all(
        "all => all.map(p => p.getAttribute('d') + p.getAttribute('transform')).join()"
    ) for chart in charts]


def test_play_moves_all_three_pictures_and_pause_holds_them(visit):
    visitor = visit()
    assert visitor.here() == AT_THE_END
    before = outlines(visitor)
    button(visitor, "Play").click()
    visitor.until("document.querySelector('.player .here').innerText.startsWith('update 1')")
    button(visitor, "Pause").click()
    held, states = visitor.here(), visitor.states()
    assert held != AT_THE_END
    assert len(states) == 3
    assert len(set(states)) == 1
    for one, other in zip(before, outlines(visitor), strict=True):
        assert one != other
    visitor.tab.evaluate(FRAMES, 0.5)
    assert (visitor.here(), visitor.states()) == (held, states)
    assert visitor.tab.locator(".player .spoken").inner_text() == held


def test_keys_step_and_jump_when_no_field_has_the_focus(visit):
    visitor = visit()
    visitor.press("Home")
    assert visitor.here() == "update 0 · epoch 0.0"
    assert visitor.readouts() == ["0.1000 AU", "1.8000 AU", "0.907", "−1.16 AU"]
    visitor.press("ArrowRight")
    assert visitor.here() == "update 1 · epoch 0.1"
    assert visitor.readouts()[:2] == ["0.1300 AU", "1.7700 AU"]
    assert visitor.tab.get_by_text("(x + 0.26185)² / 0.1300² + y² / 1.7700² = 1").is_visible()
    visitor.press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert visitor.here().startswith("update 2 ")
    visitor.press("End")
    assert visitor.here() == AT_THE_END
    visitor.press("Home", "Space")
    visitor.until("document.querySelector('.player').classList.contains('playing')")
    visitor.press("Space")
    visitor.until("!document.querySelector('.player').classList.contains('playing')")
    button(visitor, "To the start").click()
    visitor.tab.keyboard.press("ArrowRight")
    assert visitor.here().startswith("update 1 "), "its own buttons take no keys from the player"
    visitor.more().tab.get_by_role("slider", name="Start B").focus()
    visitor.tab.keyboard.press("ArrowRight")
    visitor.tab.wait_for_url("**b=1.81*")
    visitor.until("document.querySelector('.player .here').innerText.startsWith('update 800')")


def test_the_scrubber_goes_to_any_update(visit):
    visitor = visit()
    visitor.tab.locator(".player .scrub").fill("100")
    assert visitor.here().startswith("update 100 ")
    assert visitor.tab.locator(".player .scrub").get_attribute("aria-valuetext") == visitor.here()


def test_speed_and_loop(visit):
    visitor = visit("?example=diverges")
    visitor.tab.evaluate(
        """() => {
          const here = document.querySelector('.player .here');
          window.seen = [];
          new MutationObserver(() => window.seen.push(here.innerText)).observe(here, {childList: true});
        }"""
    )
    visitor.tab.locator(".player .speed").select_option("8")
    button(visitor, "Play").click()
    visitor.until("!document.querySelector('.player').classList.contains('playing') && window.seen.length")
    assert visitor.here().startswith("update 9 ")
    button(visitor, "Loop").click()
    visitor.tab.evaluate("window.seen = []")
    button(visitor, "Play").click()
    visitor.until("window.seen.filter((text, k) => text < (window.seen[k - 1] ?? '')).length >= 2")
    button(visitor, "Pause").click()


def test_a_new_run_puts_the_playhead_at_its_end_without_a_jump_of_the_page(visit):
    visitor = visit()
    visitor.press("Home")
    top = visitor.tab.locator(".stVegaLiteChart").first.bounding_box()["y"]
    slider = visitor.tab.get_by_role("slider", name="log₁₀ α")
    slider.focus()
    slider.press("ArrowRight")
    visitor.until("document.querySelector('.player .here').innerText.startsWith('update 800')").settled()
    assert visitor.tab.locator(".stVegaLiteChart").first.bounding_box()["y"] == top
    assert set(visitor.states()) == {""}, "at their ends the pictures stand by themselves"


def test_race_and_batch_sizes_move_with_the_same_player(visit, capsys):
    visitor = visit("?section=race")
    visitor.tab.locator(".st-key-race .stVegaLiteChart svg").nth(2).wait_for()
    visitor.press("Home")
    assert {state.count("|") for state in visitor.states("race")} == {5}
    assert all(part.startswith("0 0.1") for state in visitor.states("race") for part in state.split("|")[2:])
    visitor.tab.locator(".st-key-race").scroll_into_view_if_needed()
    visitor.tab.locator(".player .speed").select_option("0.25")
    before = outlines(visitor, "race")
    button(visitor, "Play").click()
    rate = visitor.tab.evaluate(FRAMES, 4)
    button(visitor, "Pause").click()
    with capsys.disabled():
        print(f"\n{rate:.0f} pictures a second with four runs in three views")
    for one, other in zip(before, outlines(visitor, "race"), strict=True):
        assert one != other

    visitor.tab.get_by_role("radio", name="Batch size", exact=True).click()
    visitor.tab.locator(".st-key-batch-sizes .stVegaLiteChart svg").wait_for()
    visitor.settled().press("End")
    end = visitor.states("batch-sizes")
    visitor.press("Home")
    assert visitor.states("batch-sizes") != end
    assert visitor.states("batch-sizes")[0].count("|") == 5


def test_the_lens_shows_the_update_at_the_playhead_and_the_link_keeps_it(visit):
    visitor = visit()
    visitor.press("Home", *["ArrowRight"] * 7)
    button(visitor, "This update").click()
    visitor.tab.get_by_text("After 7 updates, the next mini-batch has the loss").wait_for()
    visitor.tab.wait_for_url("**section=step*")
    assert "step=7" in visitor.tab.url
    assert visitor.settled().here().startswith("update 7 "), "looking closer does not move the playhead"
    again = visit(visitor.tab.url.rpartition("/")[2])
    again.tab.get_by_text("After 7 updates, the next mini-batch has the loss").wait_for()


def test_the_link_copied_is_that_of_what_is_seen(visit):
    visitor = visit("?section=race&noise=0.2&pin=optimizer:sgd")
    button(visitor, "Copy link").click()
    visitor.tab.get_by_text("Copied").first.wait_for()
    link = visitor.tab.evaluate("navigator.clipboard.readText()")
    assert link == visitor.tab.url
    shown = visitor.readouts()
    again = visit(link.rpartition("/")[2])
    assert again.readouts() == shown
    again.tab.get_by_text("Pinned, in grey: SGD").wait_for()
    again.tab.get_by_text("Which optimizer is fastest from here?").wait_for()


def test_pinning_and_unpinning_go_into_the_link(visit):
    visitor = visit()
    visitor.tab.get_by_role("button", name="Pin this run").click()
    visitor.tab.wait_for_url("**pin=optimizer*adam*")
    visitor.choose("Example", "Momentum (Figure 8)")
    visitor.until("document.querySelector('.st-key-readouts').innerText.includes('1.2325 AU')").settled()
    assert "pin=optimizer" in visitor.tab.url
    visitor.press("Home")
    assert visitor.states()[0].count("|") == 3
    visitor.tab.get_by_role("button", name="Unpin").click()
    visitor.tab.get_by_role("button", name="Pin this run").wait_for()
    visitor.until("!location.search.includes('pin')")
    assert "example=momentum" in visitor.tab.url


def test_where_motion_is_unwelcome_the_film_is_a_few_still_pictures(visit):
    visitor = visit(motion="reduce")
    visitor.press("Home")
    button(visitor, "Play").click()
    visitor.tab.evaluate(
        """() => {
          window.seen = new Set();
          const field = document.querySelector('.st-key-pictures .vega-bindings input');
          field.addEventListener('input', () => window.seen.add(field.value));
        }"""
    )
    visitor.tab.locator(".player .speed").select_option("8")
    visitor.until("document.querySelector('.player .here').innerText.startsWith('update 800')")
    assert 5 <= visitor.tab.evaluate("window.seen.size") <= 11


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1920, 1080)])
def test_the_projector_is_legible_from_the_back_row(visit, width, height):
    visitor = visit("?projector=true", width=width, height=height, scheme="dark")
    charts = [chart.bounding_box() for chart in visitor.tab.locator(".stVegaLiteChart svg").all()[:2]]
    bar = visitor.tab.locator(".st-key-player").bounding_box()
    for box in charts:
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= bar["y"] <= height - bar["height"] + 1
    sizes = visitor.tab.evaluate(
        """() => [...document.querySelectorAll('.stMainBlockContainer *')]
          .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length)
          .filter(e => !e.closest('style, script, option, .katex, .vega-bindings, .spoken'))
          .map(e => [parseFloat(getComputedStyle(e).fontSize), e.tagName, e.textContent.slice(0, 30)])"""
    )
    assert len(sizes) > 20
    assert [size for size in sizes if 0 < size[0] < 0.03 * height] == []  # titles of lessons are left out
    background = visitor.tab.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    fitted = visitor.tab.locator(".stVegaLiteChart").first.locator("svg path[stroke-width]").evaluate_all(
        "all => all.map(path => parseFloat(path.getAttribute('stroke-width')))"
    )
    assert max(fitted) >= 4


def test_switching_the_projector_on_folds_the_sidebar(visit):
    visitor = visit()
    visitor.tab.get_by_text("Projector mode").click()
    visitor.until("getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(255, 255, 255)'")
    visitor.until("document.querySelector('.stSidebar')?.getAttribute('aria-expanded') !== 'true'")
    visitor.tab.wait_for_url("**projector=true*")


@pytest.mark.parametrize("scheme", ["light", "dark"] if ALL else ["dark"])
def test_the_page_prints_on_one_sheet(visit, scheme):
    pdf = visit("?section=race", scheme=scheme).tab.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page/") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_check_finds_nothing_serious(visit, scheme):
    from axe_playwright_python.sync_playwright import Axe

    def check(within=None):
        found = Axe().run(visitor.tab, context=within).response["violations"]
        assert [(look, rule["id"]) for rule in found if rule["impact"] in ("serious", "critical")] == []

    visitor = visit("?pin=optimizer:sgd", scheme=scheme)
    look = "the first screen"
    check()
    for section in list(SECTIONS.values())[["light", "dark"].index(scheme) :: 2]:
        look = section.NAME
        visitor.tab.get_by_role("radio", name=look, exact=True).click()
        visitor.tab.get_by_role("heading", name=section.QUESTION).wait_for()
        visitor.settled()
        check(".st-key-closer-look")
    look = "a lesson"
    visitor.tab.goto(visitor.address + {"light": "?lesson=downhill", "dark": "?lesson=race&guess=sgd"}[scheme])
    visitor.tab.locator(":is(.st-key-go-on, .st-key-watch) button:enabled").wait_for()
    visitor.until("document.querySelectorAll('.st-key-stage-0 .stVegaLiteChart > svg').length === 2")
    check()
    look = "the projector, which is always light"
    if scheme == "light":
        visitor.open("?projector=true")
    else:
        visitor.tab.goto(visitor.address + "?lesson=race&guess=sgd&projector=true")
        visitor.tab.locator(".st-key-watch button:enabled").wait_for()
        visitor.until("document.querySelectorAll('.st-key-stage-0 .stVegaLiteChart > svg').length >= 1")
    check()


FOCUS = """() => {
  const e = document.activeElement;
  const marked = part => {
    const style = getComputedStyle(part);
    return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
  };
  const name = e.getAttribute('aria-label') || e.innerText || e.tagName;
  return [name.slice(0, 30), [e, e.parentElement, e.parentElement?.parentElement].some(part => part && marked(part))];
}"""


PAGE = ("Skip to the player\nSkip", "Skip to main content", "What does an optimizer do?")
"""What has the focus when no control has it."""


def test_every_control_can_be_reached_by_keyboard_and_shows_that_it_has_the_focus(visit):
    visitor = visit()
    reached = {}
    for _ in range(75):
        visitor.tab.keyboard.press("Tab")
        name, marked = visitor.tab.evaluate(FOCUS)
        reached[name] = marked
    assert {"Play", "Speed", "This update", "Pin this run", "Example", "Learning rate α", "log₁₀ α"} <= set(reached)
    assert [name for name, marked in reached.items() if not marked and not name.startswith(PAGE)] == []
