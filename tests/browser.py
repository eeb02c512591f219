"""The page in a real browser: a running server, Chromium, and a tab that keeps what its console said."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
ALL = os.environ.get("WALKS") == "all"
"""True to run the tests that take several windows or links in all of them, and all random walks."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 60_000
"""How long a tab waits for what must come, ms: long, since nothing is measured by it."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until_healthy(port, server):
    """Wait until a server's port answers for the page."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                return
        except OSError:
            assert server.poll() is None, "the server has stopped"
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


@contextmanager
def serving(port, *options, cwd=ROOT, env=None, output=subprocess.DEVNULL):
    """A server of the page of a directory, up and answering."""
    command = [sys.executable, "-m", "streamlit", "run", str(cwd / "app.py"), "--server.headless", "true"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port), *options],
        cwd=cwd,
        env=env or os.environ,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        until_healthy(port, server)
        yield server
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def chromium():
    """A tab of Playwright's own browser, or of the one that the machine has; None where there is neither.

    One tab serves all visits, since a browser that has opened the page before opens it in a third of the time.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = own if Path(own).exists() else CHROMIUM
        if path is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser.new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
        browser.close()


def insist(act, tries=4):
    """Return what an act returns, tried again if it times out: a click while the page is drawn anew may be lost."""
    from playwright.sync_api import TimeoutError as TooLate

    for _ in range(tries - 1):
        with suppress(TooLate):
            return act()
    return act()


class Visit:
    """A visit to the page, and what its console and its network did. The next visit ends it."""

    def __init__(self, tab, address):
        self.tab, self.address = tab, address
        self.complaints, self.elsewhere = [], []
        self.listeners = {"console": self._console, "pageerror": self._error, "request": self._request}
        tab.set_default_timeout(PATIENCE)
        tab.goto("about:blank")  # the visit before may have a server that is gone
        for event, listener in self.listeners.items():
            tab.on(event, listener)

    def open(self, query="", width=1280, height=720, scheme="light", motion="no-preference"):
        self.tab.set_viewport_size({"width": width, "height": height})
        self.tab.emulate_media(color_scheme=scheme, reduced_motion=motion)
        self.tab.goto(self.address + query)
        return self.settled()

    def settled(self):
        """Wait until the script has run, its pictures are drawn, and the search for advice is over."""
        self.tab.wait_for_selector(".stApp[data-test-script-state=notRunning]")
        self.tab.wait_for_function(
            "!document.querySelector('[data-stale=true]') &&"
            "document.querySelectorAll('.stVegaLiteChart').length >= 3 &&"
            "[...document.querySelectorAll('.stVegaLiteChart')].every(chart => chart.querySelector('svg, canvas')) &&"
            "document.querySelectorAll('[data-testid=stMetricValue]').length === 4 &&"
            "document.querySelector('.player .here')?.innerText &&"
            "document.querySelector('.st-key-advice')?.textContent"
        )
        return self

    def readouts(self):
        return self.tab.locator("[data-testid=stMetricValue]").all_inner_texts()

    def until_readouts_differ(self, before, patience=PATIENCE):
        """The read-outs once they are not what they were."""
        self.tab.wait_for_function(
            "before => [...document.querySelectorAll('[data-testid=stMetricValue]')]"
            ".map(value => value.innerText).join() !== before.join()",
            arg=before,
            timeout=patience,
        )
        return self.settled().readouts()

    def until(self, condition, arg=None):
        """Wait until a condition of the page, written in JavaScript, is met."""
        self.tab.wait_for_function(condition, arg=arg)
        return self

    def states(self, where="pictures"):
        """What the player has written into the pictures of a container."""
        return self.tab.locator(f".st-key-{where} .vega-bindings input").evaluate_all("all => all.map(f => f.value)")

    def here(self):
        """What the player says about where it stands."""
        return self.tab.locator(".player .here").inner_text()

    def press(self, *keys):
        """Press keys while no field has the focus."""
        self.tab.evaluate("document.activeElement.blur()")
        for key in keys:
            self.tab.keyboard.press(key)

    def more(self):
        """Open More in the sidebar."""
        self.tab.locator(".st-key-more summary").click()
        last = self.tab.locator(".st-key-more [data-testid=stSlider]").last
        last.wait_for()
        last.element_handle().wait_for_element_state("stable")  # once the expander has opened
        return self.settled()

    def choose(self, label, option):
        self.tab.get_by_role("combobox", name=label).click()
        self.tab.get_by_role("option", name=option, exact=True).click()

    def leave(self):
        """End the visit; what its console complained of, and which other hosts it asked for anything."""
        for event, listener in self.listeners.items():
            self.tab.remove_listener(event, listener)
        return self.complaints, self.elsewhere

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _error(self, error):
        self.complaints.append(str(error))

    def _request(self, request):
        home = self.address.rstrip("/")
        if not request.url.startswith((home, home.replace("http", "ws", 1), "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)
