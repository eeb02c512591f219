"""Hostile links in Chromium: the page opens whole, says what it cannot use, and reads it as text only."""

from urllib.parse import quote

import pytest

from tests.browser import ALL
from tests.hostile import KEYS, TEXTS

pytestmark = pytest.mark.browser

LINKS = [
    *("&".join(f"{key}={quote(TEXTS[(k + turn) % len(TEXTS)])}" for k, key in enumerate(KEYS)) for turn in range(3)),
    *(f"section={quote(text)}&seed={quote(text)}" for text in TEXTS[1::20]),
    "seed=%&a=%zz&b=%c3%28",
    "seed=%00&pin=%00",
    "seed=%u0031",
    "&&&==&seed&a&=5&pin=",
    "seed=" + "9" * 8000,
    "pin=" + "a:1;" * 2000,
    "example=" + quote("<b>" * 800),
    "&".join(f"seed={k}" for k in range(500)),
    "__proto__=1&constructor=1&toString=1&seed=__proto__",
]
"""Every text stands in some of them, in that of some setting."""


MARKUP = "a, b, strong, em, i, code, img, h1, ul, ol, table, script, iframe, .katex, [data-testid=stIconMaterial]"


@pytest.fixture
def dialogs(tab):
    """What the page would have had the visitor confirm."""
    said = []

    def note(dialog):
        said.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", note)
    yield said
    tab.remove_listener("dialog", note)


@pytest.mark.parametrize("some", range(3 if ALL else 1))
def test_the_page_opens_whole_on_every_link(visit, dialogs, some):
    visitor = visit()
    tab = visitor.tab
    for link in LINKS[some::3]:
        tab.goto("about:blank")  # so that what is found below is not the last link's
        tab.goto(f"{visitor.address}?{link}")
        tab.get_by_text("These parts of the link").first.wait_for()
        visitor.until("document.querySelectorAll('[data-testid=stMetricValue]').length === 4")
        tab.wait_for_selector(".stApp[data-test-script-state=notRunning]")
        assert tab.locator("[data-testid=stAlert]").locator(f":is({MARKUP})").count() == 0, link
        assert tab.locator("[onerror], script:not([src]):has-text('alert')").count() == 0, link
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), link
        assert dialogs == [], link
