"""The page in Chromium: drawn, quiet on its console, kept in its link."""

import pytest

from tests.browser import ALL
from tests.page.apptest import PUBLISHED_ADAM

pytestmark = pytest.mark.browser

SIZES = [(1280, 720), (1024, 768), (390, 844)]


def paths(tab, picture):
    """What the lines of a picture look like: the outlines that it is drawn with."""
    chart = tab.locator(".stVegaLiteChart").nth(picture)
    return chart.locator("svg path[d]").evaluate_all("all => all.map(path => path.getAttribute('d')).join()")


def test_the_first_picture_is_the_published_run(visit):
    visitor = visit()
    assert visitor.readouts() == PUBLISHED_ADAM
    for picture in range(3):
        assert len(paths(visitor.tab, picture)) > 2000
    assert visitor.tab.get_by_text("(x + 0.26185)² / 1.2612² + y² / 1.2315² = 1").is_visible()


def test_changing_the_learning_rate_changes_every_picture_and_the_link(visit):
    visitor = visit()
    before = [paths(visitor.tab, picture) for picture in range(3)]
    slider = visitor.tab.get_by_role("slider", name="log₁₀ α")
    slider.focus()
    slider.press("ArrowRight")
    changed = visitor.until_readouts_differ(PUBLISHED_ADAM)
    visitor.tab.wait_for_url("**/?log10_rate=-1.51")
    for picture in range(3):
        visitor.tab.wait_for_function(
            "([picture, before]) => [...document.querySelectorAll('.stVegaLiteChart')[picture]"
            ".querySelectorAll('svg path[d]')].map(path => path.getAttribute('d')).join() !== before",
            arg=[picture, before[picture]],
        )
    assert visit(visitor.tab.url.rpartition("/")[2]).readouts() == changed


def test_an_example_is_a_short_link_that_restores_it(visit):
    visitor = visit()
    visitor.choose("Example", "Momentum (Figure 8)")
    chosen = visitor.until_readouts_differ(PUBLISHED_ADAM)
    visitor.tab.wait_for_url("**/?example=momentum")
    visitor.tab.get_by_role("textbox", name="Learning rate α").fill("0.005")
    visitor.tab.get_by_role("textbox", name="Learning rate α").press("Enter")
    changed = visitor.until_readouts_differ(chosen)
    visitor.tab.wait_for_url("**log10_rate=-2.30*")
    again = visit(visitor.tab.url.rpartition("/")[2])
    assert again.readouts() == changed
    again.choose("Example", "Adam (Figure 10)")
    assert again.until_readouts_differ(changed) == PUBLISHED_ADAM


def test_going_back_and_forward_shows_the_runs_of_those_links(visit):
    visitor, seen = visit(), []
    slider = visitor.tab.get_by_role("slider", name="log₁₀ α")
    before = visitor.readouts()
    for _ in range(2):
        slider.focus()
        slider.press("PageUp")
        before = visitor.until_readouts_differ(before)
        visitor.until("location.search.includes('log10_rate')")
        seen.append((visitor.tab.url, before))
    first, last = seen
    assert first[0] != last[0]
    visitor.tab.evaluate("history.go(-2)")
    assert visitor.until_readouts_differ(last[1]) == PUBLISHED_ADAM
    assert "?" not in visitor.tab.url
    visitor.tab.evaluate("history.go(1)")
    assert visitor.until_readouts_differ(PUBLISHED_ADAM) == first[1]
    assert visitor.tab.url == first[0]


def test_an_older_link_opens_its_run_and_is_written_with_keys(visit):
    visitor = visit("?example=Momentum+%28Figure+8%29&section=Race&optimizer=SGD")
    visitor.tab.get_by_text("Which optimizer is fastest from here?").wait_for()
    visitor.until("location.search.includes('example=momentum') && location.search.includes('section=race')")
    assert "optimizer=sgd" in visitor.tab.url


@pytest.mark.parametrize(
    "query", ["?log10_rate=abc", "?a=9&b=1e400&optimizer=SGD&optimizer=Adam", "?seed=inf&epochs=nan&example=zzz"]
)
def test_a_bad_link_gives_the_default_and_a_notice(visit, query):
    visitor = visit(query)
    visitor.tab.get_by_text("These parts of the link cannot be used").wait_for()
    assert visitor.settled().readouts() == PUBLISHED_ADAM


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_any_screen_nothing_is_cut_off_and_orbits_keep_one_scale(visit, scheme):
    visitor = visit(scheme=scheme)
    bottoms = [box["y"] + box["height"] for box in boxes(visitor, ".stVegaLiteChart svg")]
    assert max(bottoms) <= 720, "the first screen holds all three pictures"
    for width, height in SIZES:
        visitor.tab.set_viewport_size({"width": width, "height": height})
        visitor.tab.wait_for_function(
            "width => [...document.querySelectorAll('.stVegaLiteChart svg')].every("
            "chart => chart.getBoundingClientRect().left >= 0 && chart.getBoundingClientRect().right <= width + 1)",
            arg=width,
        )
        assert visitor.tab.evaluate("document.documentElement.scrollWidth") <= width
        for circle in boxes(visitor, ".stVegaLiteChart >> nth=0 >> svg .mark-line path")[:2]:
            assert circle["width"] == pytest.approx(circle["height"], rel=0.02)


@pytest.mark.parametrize("section", ["step&step=7", "race", "batch"] if ALL else ["race"])
def test_on_a_phone_nothing_needs_sideways_scrolling(visit, section):
    visitor = visit(f"?section={section}", width=390, height=844)
    wide = visitor.tab.evaluate(
        """() => [...document.querySelectorAll('.stMainBlockContainer *')]
          .filter(e => e.scrollWidth > e.clientWidth + 2 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    parts = boxes(visitor, ".stMainBlockContainer :is(svg, table, p, button)")
    assert max(box["x"] + box["width"] for box in parts if box) <= 390


def boxes(visitor, selector):
    return [element.bounding_box() for element in visitor.tab.locator(selector).all()]
