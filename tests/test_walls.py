"""The house: which file may import which. Arrows run downward only, in the order of ORDER."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "orbitopt"
ORDER = [
    "charts",
    "figures",
    "words",
    "closer",
    "shown",
    "__init__",
    "studies",
    "checks",
    "sweeps",
    "advice",
    "files",
    "experiment",
    "fields",
    "outcomes",
    "training",
    "contours",
    "landscape",
    "bounds",
    "samples",
    "model",
    "equations",
    "optimizers",
    "schedules",
    "hohmann",
    "formatting",
    "palette",
    "work",
]
NOTHING_OF_OURS = ["fields", "formatting", "optimizers", "schedules", "hohmann", "palette", "work"]
PLOTTING = {"charts": {"altair"}, "figures": {"matplotlib"}}


def imports(path):
    """Modules that a file imports: those of ours by their name with a dot before it, others by their top name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                found |= {"." + node.module} if node.module else {"." + name.name for name in node.names}
            else:
                found.add(node.module.split(".")[0])
    return found


def test_every_file_of_the_package_has_its_place_in_the_order():
    assert sorted(path.stem for path in PACKAGE.glob("*.py")) == sorted(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_arrows_run_downward_only(name):
    ours = {module[1:] for module in imports(PACKAGE / f"{name}.py") if module.startswith(".")}
    assert ours <= set(ORDER[ORDER.index(name) + 1 :])
    if name in NOTHING_OF_OURS:
        assert not ours


def test_the_model_and_the_optimizers_do_not_know_each_other():
    assert ".optimizers" not in imports(PACKAGE / "model.py")
    assert ".model" not in imports(PACKAGE / "optimizers.py")


@pytest.mark.parametrize("path", [*sorted(PACKAGE.glob("*.py"))], ids=lambda path: path.name)
def test_only_what_is_listed_is_imported(path):
    listed = {line.split("~")[0] for line in (ROOT / "requirements.txt").read_text().split()}
    assert listed == {"streamlit", "numpy", "matplotlib", "altair"}
    allowed = {"numpy"} | PLOTTING.get(path.stem, set())
    others = {module for module in imports(path) if not module.startswith(".")}
    assert others - set(sys.stdlib_module_names) <= allowed


def test_importing_the_package_loads_no_plotting_and_no_page():
    code = "import sys, orbitopt; print(*{'altair', 'matplotlib', 'streamlit', 'pandas'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""
