"""Types: mypy accepts the package and the page, and the annotations expose wrong calls."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def mypy(*paths):
    return subprocess.run([sys.executable, "-m", "mypy", *paths], cwd=ROOT, capture_output=True, text=True)


def test_mypy_finds_no_error():
    done = mypy()
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_wrong_calls(tmp_path):
    wrong = tmp_path / "wrong.py"
    calls = ["oo.run('adam')", "oo.optimum(())", "oo.run(oo.Experiment()).a + 'AU'", "oo.update_at(oo.Experiment())"]
    wrong.write_text("\n".join(["import orbitopt as oo", *calls]))
    errors = [line for line in mypy(str(wrong)).stdout.splitlines() if " error: " in line]
    assert [line.removeprefix(str(wrong)).split(":")[1] for line in errors] == ["2", "3", "4", "5"]
