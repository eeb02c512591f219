"""The page where a host puts it: with no home and no place to write, on a server that dies, twice behind nginx."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import websockets

from tests import browser
from tests.orbits import conic_points, file_of
from tests.page.apptest import OWN, PUBLISHED_ADAM
from tests.visitors import Visitor, meet

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
README = (browser.ROOT / "README.md").read_text("utf-8")
LARGE = file_of(*conic_points(1.3, 0.2, np.linspace(0.0, 180.0, 40_000)))
"""A file larger than nginx accepts by itself."""


async def tour(address):
    """Open the page and its sections, and change something in each."""
    for section in ("", "step", "race", "batch", "rates", "data"):
        visitor = Visitor(address, {"section": section} if section else None, more=True)
        await visitor.open()
        assert visitor.readouts == PUBLISHED_ADAM
        await visitor.change("noise", 0.2)
        await visitor.close()
        assert visitor.errors == []


def written(*places):
    """What stands in places, and when it was last written to; Python's own bytecode aside."""
    found = (path for place in places for path in [place, *place.rglob("*")] if path.exists())
    return {path: path.stat().st_mtime_ns for path in found if "__pycache__" not in [path.name, path.parent.name]}


@pytest.mark.parametrize("home", ["missing", None] if browser.ALL else ["missing"])
def test_the_page_wants_no_home_no_locale_and_no_place_to_write(tmp_path, home):
    world, scratch = tmp_path / "world", tmp_path / "tmp"
    copy = world / "copy"
    shutil.copytree(browser.ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "tests", "__pycache__"))
    scratch.mkdir()
    for path in (world, *world.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    places = [world, *(Path.home() / name for name in (".streamlit", ".cache/streamlit", ".config/matplotlib"))]
    before = written(*places)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TMPDIR": str(scratch)}
    if home:
        environment["HOME"] = str(world / home)
    port = browser.free_port()
    with browser.serving(port, cwd=copy, env=environment):
        meet(tour(f"http://127.0.0.1:{port}/"))
    after = written(*places)
    changed = {path for path in after.keys() | before.keys() if before.get(path) != after.get(path)}
    bytecode = {path for path in [copy / "orbitopt", *(copy / "orbitopt").rglob("*")] if path.is_dir()}
    assert changed <= bytecode
    assert {path.name for path in scratch.iterdir()} <= {"orbitopt-matplotlib"}


async def answer(port, name, **options):
    """Connect to a page under a name, and return the status of the answer."""
    address = f"ws://{name}:{port}/_stcore/stream"
    try:
        async with websockets.connect(address, host="127.0.0.1", port=port, subprotocols=["streamlit"], **options):
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


def test_only_the_hosts_and_origins_that_the_readme_names_may_connect():
    command = next(line for line in README.splitlines() if "--server.allowedHosts" in line)
    options = command.partition("app.py ")[2].split()
    port, ours = browser.free_port(), "class.example.com"
    with browser.serving(port, *options, "--server.port", str(port)):
        assert meet(answer(port, ours, origin=f"http://{ours}:{port}")) == 101
        assert meet(answer(port, ours, origin="https://elsewhere.example")) == 403
        assert meet(answer(port, "elsewhere.example", origin=f"http://elsewhere.example:{port}")) == 403
        assert meet(answer(port, ours, origin=f"https://{ours}")) == 403, "the proxy changed the host"
    (extra,) = re.findall(r"`(--server.corsAllowedOrigins \S+)`", README)
    port = browser.free_port()
    with browser.serving(port, *options, *extra.split(), "--server.port", str(port)):
        assert meet(answer(port, ours, origin=f"https://{ours}")) == 101


def in_a_sweep(visitor):
    """Have 5,120 updates of 305 runs made."""
    visitor.tab.get_by_role("radio", name="Learning rate", exact=True).click()
    visitor.tab.locator(".st-key-closer-look").get_by_role("button", name="Stop", exact=True).wait_for()


WATCH_STATES = """() => {
  const app = document.querySelector('.stApp');
  window.states = [];
  new MutationObserver(() => window.states.push([app.dataset.testConnectionState, app.dataset.testScriptState]))
    .observe(app, {attributes: true});
}"""


@pytest.mark.browser
def test_pages_whose_server_died_go_on_with_the_next_and_ask_for_samples_of_ones_own_again(tab):
    port = browser.free_port()
    swept, own = (browser.Visit(one, f"http://127.0.0.1:{port}/") for one in (tab, tab.context.new_page()))
    upload, in_use = "[data-testid=stFileUploaderDropzoneInput]", "In use: 100 samples of your own"
    mine = {"name": "own.csv", "mimeType": "text/csv", "buffer": OWN}
    with browser.serving(port) as server:
        without = own.open("?section=data").readouts()
        own.tab.locator(upload).set_input_files(mine)
        own.until_readouts_differ(without)
        assert own.tab.get_by_text(in_use).count() == 1 and "own=100-" in own.tab.url
        before = swept.open("?log10_rate=-2&a=2.5&batch=1&epochs=10").readouts()
        in_a_sweep(swept)
        for visitor in (own, swept):
            visitor.tab.evaluate(WATCH_STATES)
        server.kill()
        for visitor in (own, swept):
            visitor.until("window.states.some(([connection]) => connection !== 'CONNECTED')")
        link = tab.url.rpartition("/")[2]
    with browser.serving(port):
        # What was shown before stands until the next server has run the script.
        swept.until(
            "window.states.map(([connection, script]) => connection === 'CONNECTED' && script === 'running')"
            ".lastIndexOf(true) > window.states.findIndex(([connection]) => connection !== 'CONNECTED')"
        )
        assert swept.settled().readouts() == before
        slider = swept.more().tab.get_by_role("slider", name="Start B")
        slider.focus()
        slider.press("ArrowRight")
        assert swept.until_readouts_differ(before) != before
        assert "log10_rate=-2" in tab.url and "b=1.81" in tab.url
        assert swept.open(link).readouts() == before
        swept.leave()

        own.tab.bring_to_front()
        own.tab.get_by_text("This link uses 100 samples from a file").wait_for()
        assert own.settled().readouts() == without
        assert own.tab.get_by_text(in_use).count() == 0
        own.tab.locator(upload).set_input_files(mine)
        own.until_readouts_differ(without)
        assert own.tab.get_by_text("This link uses").count() == 0
        own.leave()
        own.tab.close()


@contextlib.contextmanager
def nginx(place, port, replicas):
    """nginx with the README's configuration, on other ports and with all that it writes in one place."""
    (site,) = re.findall(r"^```nginx\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    for stands, wanted in zip(["listen 80", "127.0.0.1:8501", "127.0.0.1:8502"], [f"listen {port}", *replicas]):
        assert site.count(stands) == 1
        site = site.replace(stands, wanted)
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    paths = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in kinds)
    (place / "nginx.conf").write_text(
        f"pid {place}/pid;\nerror_log {place}/errors;\nevents {{}}\nhttp {{\n{paths}"
        f"log_format served '$uri $status $upstream_addr';\naccess_log {place}/log served;\n{site}}}\n"
    )
    options = ["-p", place, "-c", place / "nginx.conf", "-e", place / "errors", "-g", "daemon off; master_process off;"]
    server = subprocess.Popen([NGINX, *options])
    try:
        browser.until_healthy(port, server)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(30)


class Pupil(Visitor):
    """A visitor who has the cookie that the page's host gives."""

    async def take_seat(self):
        page = await asyncio.to_thread(urllib.request.urlopen, self.address)
        self.cookie = page.headers["Set-Cookie"].partition(";")[0]
        page.close()

    async def open(self):
        return await super().open(additional_headers={"Cookie": self.cookie})


@pytest.mark.browser
@pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")
def test_behind_nginx_two_replicas_share_a_class_and_one_can_die(tmp_path, tab):
    ports = [browser.free_port() for _ in range(3)]
    replicas = {f"127.0.0.1:{port}" for port in ports[:2]}

    def served(uri, status):
        """The replicas that were the first to be asked for something that came about."""
        rows = (row.replace(",", "").split() for row in (tmp_path / "log").read_text().splitlines())
        return {row[2] for row in rows if row[:2] == [uri, status]}

    async def lesson(address, dying):
        pupils = [Pupil(address, {"a": f"{1 + k / 10:g}"}) for k in range(10)]
        for pupil in pupils:
            await pupil.take_seat()
        while served("/", "200") != replicas:  # cookies are random, and may all have led to one
            await pupils[0].take_seat()
        await asyncio.gather(*(pupil.open() for pupil in pupils))
        seen = [pupil.readouts for pupil in pupils]
        assert len(set(map(tuple, seen))) == len(pupils)
        dying.kill()
        dying.wait()
        parted = 0
        for pupil in pupils:
            try:
                await pupil.run()
            except websockets.ConnectionClosed:
                parted += 1
                await pupil.open()
        assert 0 < parted < len(pupils)
        assert [pupil.readouts for pupil in pupils] == seen
        for pupil in pupils:
            await pupil.close()
            assert pupil.errors == []

    with (
        browser.serving(ports[0]) as dying,
        browser.serving(ports[1]),
        nginx(tmp_path, ports[2], sorted(replicas)) as address,
    ):
        meet(lesson(address, dying))
        visitor = browser.Visit(tab, address)
        assert visitor.open("?section=race").readouts() == PUBLISHED_ADAM
        visitor.open("?section=data").tab.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
            {"name": "large.csv", "mimeType": "text/csv", "buffer": LARGE}
        )
        visitor.tab.get_by_text("In use: 4,096 samples of your own, from large.csv.").wait_for()
        assert visitor.leave() == ([], []), "the Content-Security-Policy lets the page have all it needs"
    assert served("/_stcore/stream", "101") == replicas
