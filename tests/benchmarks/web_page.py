"""How large a web page of its own is, how soon it is drawn from a file, and how many pictures a second it plays."""

import argparse
import gzip
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import orbitopt as oo
from orbitopt import web_page
from orbitopt.fit import problem_of
from tests import browser

PICTURES = """seconds => new Promise(resolve => {
  let pictures = 0;
  document.querySelector('.vega-bindings input').addEventListener('input', () => (pictures += 1));
  setTimeout(() => resolve(pictures / seconds), 1000 * seconds);
})"""


def pages():
    """Return functions that make a run, the published race, and a lesson, by name."""
    lesson = oo.LESSONS["momentum"]
    race = {oo.OPTIMIZERS[key].label: oo.run(experiment) for key, experiment in oo.PUBLISHED.items()}
    run = {"Adam": oo.run(oo.PUBLISHED["adam"])}
    fits = lesson.fits(problem_of(lesson.main))
    return {
        "run": lambda: web_page.html(run),
        "race of four": lambda: web_page.html(race),
        "lesson": lambda: web_page.html(fits, lesson=lesson),
    }


def opened(tab, path, times):
    """Return the median time to the first picture, ms, and the pictures a second while it plays, if it does."""
    drawn = []
    for _ in range(times):
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-drawn]")
        drawn.append(float(tab.locator("html").get_attribute("data-drawn")))
    if not tab.locator(".player .scrub").is_enabled():
        return statistics.median(drawn), float("nan")
    tab.locator(".player .speed").select_option("2")
    tab.get_by_role("button", name="Play", exact=True).click()
    return statistics.median(drawn), tab.evaluate(PICTURES, 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9, help="how often each file is opened")
    times = parser.parse_args().times
    with browser.chromium() as tab, TemporaryDirectory() as folder:
        for name, make in pages().items():
            make()  # once, for what is loaded and cached
            begun = time.perf_counter()
            text = make()
            made = time.perf_counter() - begun
            path = Path(folder, f"{name}.html")
            path.write_text(text, "utf-8")
            sizes = len(text.encode()) / 1e6, len(gzip.compress(text.encode())) / 1e3
            drawn, pictures = opened(tab, path, times)
            print(f"{name:12}: {sizes[0]:.2f} MB, {sizes[1]:.0f} KB gzipped, made in {made:.2f} s, "
                  f"first picture after {drawn / 1e3:.1f} s, {pictures:.0f} pictures a second")  # fmt: skip


if __name__ == "__main__":
    main()
