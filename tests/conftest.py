"""What all tests share: seeded property tests, the published samples, and a run in which nothing may be skipped."""

import os

import hypothesis
import pytest

import orbitopt as oo

hypothesis.settings.register_profile("seeded", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("seeded")


@pytest.fixture(scope="session")
def samples():
    """The 512 samples of the published runs."""
    return oo.noisy_samples(512, 0.1, 9999)


def pytest_sessionfinish(session, exitstatus):
    """With NOTHING_SKIPPED set, a run that skipped a test has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NOTHING_SKIPPED") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("NOTHING_SKIPPED is set, and tests were skipped", red=True)
