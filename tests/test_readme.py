"""README.md keeps its word: its example prints what it says, its two commands run, and what it names is there."""

import doctest
import re
import subprocess
import sys
import urllib.request

import pytest

from tests import browser

README = (browser.ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python3 -m venv \.venv && .*$", README, flags=re.MULTILINE)


def test_the_package_example_prints_what_it_says():
    examples = "\n".join(re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL))
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(examples, {}, "README.md", "README.md", 0))
    assert runner.tries >= 8
    assert runner.failures == 0


def test_there_are_two_commands_one_to_start_the_page_and_one_to_run_the_tests():
    start, test = (command.split(" && ") for command in COMMANDS)
    assert start[-1] == ".venv/bin/streamlit run app.py"
    assert test[-1].startswith(".venv/bin/python -m pytest ")


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_installs_is_what_runs_here(command):
    _, install, _ = command.split(" && ")
    tool, *arguments = install.split()
    assert (tool, arguments[:2]) == (".venv/bin/pip", ["install", "-r"])
    dry_run = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", *arguments[1:]]
    done = subprocess.run(dry_run, cwd=browser.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout


def test_the_command_that_starts_the_page_starts_it():
    port = browser.free_port()
    command = COMMANDS[0].split(" && ")[-1].split()[1:]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", *command, "--server.headless", "true", "--server.port", str(port)],
        cwd=browser.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        browser.until_healthy(port, server)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            assert b"<title>" in page.read()
    finally:
        server.terminate()
        server.wait(30)


def test_the_command_that_runs_the_tests_runs_them():
    _, *command = COMMANDS[1].split(" && ")[-1].split()
    done = subprocess.run(
        [sys.executable, *command, "tests/test_hohmann.py"], cwd=browser.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def test_every_path_that_it_names_is_there():
    folder, suffix = r"(?:\.?[\w-]+/)", r"(?:py|txt|toml|md|png|gif|css|js|json|csv)"
    named = set(re.findall(rf"`({folder}*\.?[\w-]+\.{suffix}|{folder}+|\.ci/run)`", README))
    assert {"app.py", "orbitopt/", "tests/", ".streamlit/config.toml"} <= named
    assert [name for name in sorted(named) if not (browser.ROOT / name).exists()] == []
    for module in re.findall(r"python -m (tests[\w.]*)", README):
        assert (browser.ROOT / f"{module.replace('.', '/')}.py").exists(), module


def test_its_pictures_are_there_and_small():
    pictures = re.findall(r"\]\((assets/[^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (browser.ROOT / picture).stat().st_size < 2_000_000
