"""What all tests share: seeded property tests, the published samples, and a run in which nothing may be skipped."""

import os

import hypothesis
import pytest

import orbitopt as oo
from tests import browser

collect_ignore = ["benchmarks"]  # scripts, some of which want PyTorch

hypothesis.settings.register_profile("seeded", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("seeded")


@pytest.fixture(scope="session")
def samples():
    """The 512 samples of the published runs."""
    return oo.noisy_samples(512, 0.1, 9999)


def pytest_sessionfinish(session, exitstatus):
    """With NOTHING_SKIPPED set, a run that skipped a test has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")  # which the process that counts has alone
    if os.environ.get("NOTHING_SKIPPED") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("NOTHING_SKIPPED is set, and tests were skipped", red=True)


@pytest.fixture(scope="session")
def address():
    """Where the page is served for the browser tests."""
    port = browser.free_port()
    with browser.serving(port):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def tab():
    """A browser's tab, for all tests."""
    with browser.chromium() as found:
        if found is None:
            pytest.skip("there is no Chromium on this machine")
        yield found


@pytest.fixture
def visit(tab, address):
    """A function that opens the page; at the end it may not have complained or asked another host for anything."""
    visitor = browser.Visit(tab, address)
    yield visitor.open
    assert visitor.leave() == ([], [])
