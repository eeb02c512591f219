"""README.md keeps its word: its example prints what it says, and its two commands are whole."""

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_package_example_prints_what_it_says():
    examples = "\n".join(re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL))
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(examples, {}, "README.md", "README.md", 0))
    assert runner.tries >= 11
    assert runner.failures == 0


def test_both_commands_are_one_line_each_from_a_fresh_machine():
    start, test = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert start.endswith(".venv/bin/streamlit run app.py")
    assert ".venv/bin/python -m pytest" in test


def test_every_file_it_names_is_there_and_every_module_is_named():
    named = set(re.findall(r"`((?:\.\w+/|\w+/)?[\w.]+\.(?:py|txt|toml|png))`", README))
    assert {"app.py", ".streamlit/config.toml"} <= named
    for name in named:
        assert (ROOT / name).exists(), name
    for module in (ROOT / "orbitopt").glob("[!_]*.py"):
        assert f"orbitopt/{module.name}" in named
    pictures = re.findall(r"\]\((assets/[^)]+)\)", README)
    assert pictures == ["assets/race.gif", "assets/page.png"]
    for picture, most in zip(pictures, (2_000_000, 250_000), strict=True):
        assert (ROOT / picture).stat().st_size < most
