"""Make the README's pictures anew: `python -m tests.pictures` (it wants Chromium)."""

from pathlib import Path

import orbitopt as oo
from orbitopt import figures, words
from tests import browser

ASSETS = Path(__file__).parent.parent / "assets"


def race():
    """The film of the published four."""
    runs = {words.NAMES[key]: oo.run(experiment) for key, experiment in oo.PUBLISHED.items()}
    return oo.finish(figures.film(runs))


def page():
    """The page as it opens, on a laptop's screen."""
    port = browser.free_port()
    with browser.serving(port), browser.chromium() as tab:
        return browser.Visit(tab, f"http://127.0.0.1:{port}/").open().tab.screenshot()


if __name__ == "__main__":
    for name, picture in {"race.gif": race, "page.png": page}.items():
        data = picture()
        (ASSETS / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")
