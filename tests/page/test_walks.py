"""After every step of random walks over all controls, the link opens what the page shows.

There are 300 walks in AppTest and 10 in a browser. They take some four minutes, so ten of the former and one of the
latter run, unless the environment has WALKS=all.
"""

import random

import pytest

from orbitopt.page import sections
from tests.browser import ALL
from tests.page import browser_walks
from tests.page.apptest import page
from tests.page.walks import BY_BUTTON, BY_KEY, steps, walk

WALKS, BROWSER_WALKS = (300, 10) if ALL else (10, 1)
STEPS, AT_ONCE = 10, 5


@pytest.mark.parametrize("first", range(0, WALKS, AT_ONCE))
def test_after_every_step_the_link_opens_what_the_page_shows(first):
    taken = [name for seed in range(first, first + AT_ONCE) for name in walk(seed, STEPS)]
    assert len(taken) == AT_ONCE * STEPS


def test_no_control_is_left_out_of_the_walks():
    draws, found = random.Random(0), set()
    links = [{"section": section} for section in sections.SECTIONS]
    links += [{"optimizer": key, "switch_after": "2"} for key in BY_KEY["optimizer"].choices]
    links += [{"schedule": key} for key in BY_KEY["schedule"].choices]
    links += [{"section": "race", "racers": list(BY_KEY["optimizer"].choices)}, {"lesson": "downhill"}]
    links += [{"lesson": "adam", "guess": "alpha"}]
    for link in links:
        found |= {name.partition(" = ")[0] for name in steps(page(epochs="1", **link), draws)}
    assert found >= set(BY_KEY) - BY_BUTTON | {"go-on", "choice-alpha", "watch"}


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(BROWSER_WALKS))
def test_in_a_browser_the_link_opens_what_the_page_shows(visit, tab, seed):
    draws, taken, runs = random.Random(seed), [], browser_walks.Runs(tab)
    visitor = visit(f"?epochs=3&section={draws.choice(list(sections.SECTIONS))}", height=1400, motion="reduce").more()
    while len(taken) < STEPS:
        step, before = draws.choice(browser_walks.STEPS), runs.finished
        if step(visitor, draws):
            runs.wait(before)
            taken.append(step.__name__)
            assert browser_walks.differences(visitor) == {}, (taken, tab.url)
