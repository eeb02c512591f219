"""The house: which file may import which, how long files and functions may be, and what every section must have."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from orbitopt.lessons import LESSONS
from orbitopt.page.sections import SECTIONS
from orbitopt.settings import Setting

ROOT = Path(__file__).parent.parent
PACKAGE, PAGE, TESTS = ROOT / "orbitopt", ROOT / "orbitopt" / "page", ROOT / "tests"
ORDER = [
    "arrays", "numerals", "links", "settings", "formatting", "palette", "jobs", "curve_names", "hohmann",
    "optimizers", "schedules", "samples", "model", "bounds", "landscape", "contours", "problem", "training",
    "outcomes", "equations", "experiment", "examples", "fit", "comparisons", "sweeps", "advice", "checks",
    "surfaces", "orbits", "labels", "traces", "steps", "tables", "coordinates", "conics", "orbit_data", "flights",
    "exports", "surface_art", "figures", "films", "lesson_parts", "findings", "lessons", "__init__",
]  # fmt: skip
"""The files of the package from the ground up: each imports only what stands before it."""
PAGE_ORDER = [
    "__init__", "text", "clicks", "vega", "surface", "cache", "controls", "hand_fit", "share", "own_samples", "context",
    "player", "pictures", "comparisons", "sidebar", "overview", "lesson", "sections",
]  # fmt: skip
"""The same for the page, whose files may import all of the package besides."""
ABOVE_THE_PAGE = ["web_page"]
"""Files of the package that are made of parts of the page. Only the section of downloads imports them."""
GROUND = ["arrays", "numerals", "links", "formatting", "palette", "jobs", "hohmann", "optimizers", "schedules"]
"""Files that import nothing of ours but `arrays`, for their types."""
PLOTTING = ["figures", "films"]
WITHOUT_TESTS = {"arrays.py", "page/context.py"}
"""Files that hold names and types only."""
SOURCES = [ROOT / "app.py", *sorted(PACKAGE.rglob("*.py"))]
SECTION_FILES = sorted((PAGE / "sections").glob("[!_]*.py"))


def name_of(path):
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


def imports(path):
    """Return what a file imports: modules of ours with their path in the package, others with their top name.

    Names imported from a package of ours, as in `from . import vega`, count as modules of it.
    """
    ours, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            others |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] != "orbitopt":
            others.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1].relative_to(PACKAGE).parts if node.level else ()
            parts = [*folder, *(node.module or "").removeprefix("orbitopt").strip(".").split(".")]
            base = ".".join(part for part in parts if part)
            where = PACKAGE.joinpath(*base.split(".")) if base else PACKAGE
            ours |= {f"{base}.{name.name}".strip(".") for name in node.names} if where.is_dir() else {base}
    return ours, others


def test_every_file_has_its_place_in_the_order():
    assert sorted(path.stem for path in PACKAGE.glob("*.py")) == sorted(ORDER + ABOVE_THE_PAGE)
    assert sorted({path.stem for path in PAGE.glob("*.py")} | {"sections"}) == sorted(PAGE_ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_imports_of_the_package_run_downward_only(name):
    ours, _ = imports(PACKAGE / f"{name}.py")
    assert ours <= set(ORDER[: ORDER.index(name)])
    if name in GROUND:
        assert ours <= {"arrays"}


@pytest.mark.parametrize("name", PAGE_ORDER[:-1])
def test_imports_of_the_page_run_downward_only(name):
    ours, _ = imports(PAGE / f"{name}.py")
    assert ours <= {*ORDER, *(f"page.{below}" for below in PAGE_ORDER[: PAGE_ORDER.index(name)])}


@pytest.mark.parametrize("name", ABOVE_THE_PAGE)
def test_what_is_made_of_the_page_is_below_its_sections_and_needs_no_streamlit_or_altair_of_its_own(name):
    ours, _ = imports(PACKAGE / f"{name}.py")
    assert ours <= {*ORDER, *(f"page.{below}" for below in PAGE_ORDER[:-1])}
    assert [name_of(path) for path in SOURCES if name in imports(path)[0]] == ["page/sections/export.py"]


@pytest.mark.parametrize("path", SECTION_FILES, ids=lambda path: path.stem)
def test_a_section_imports_no_other(path):
    ours, _ = imports(path)
    assert ours - set(ABOVE_THE_PAGE) <= {*ORDER, *(f"page.{below}" for below in PAGE_ORDER[:-1])}


def test_only_the_list_of_sections_imports_them_and_only_the_page_imports_the_list():
    ours, _ = imports(PAGE / "sections" / "__init__.py")
    assert ours - {f"page.sections.{path.stem}" for path in SECTION_FILES} <= {"settings", "page.context"}
    ours, _ = imports(ROOT / "app.py")
    assert "page.sections" in ours
    assert not any(name.startswith("page.sections.") for name in ours)


def test_the_model_and_the_optimizers_do_not_know_each_other():
    assert "optimizers" not in imports(PACKAGE / "model.py")[0]
    assert "model" not in imports(PACKAGE / "optimizers.py")[0]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_what_is_listed_is_imported_and_only_where_it_may_be(path):
    listed = {line.split("~")[0] for line in (ROOT / "requirements.txt").read_text().split()}
    assert listed == {"streamlit", "numpy", "matplotlib", "altair"}
    on_the_page = path == ROOT / "app.py" or path.is_relative_to(PAGE)
    allowed = {"numpy", "streamlit", "altair"} if on_the_page else {"numpy"}
    if path in [PACKAGE / f"{name}.py" for name in PLOTTING]:
        allowed |= {"matplotlib"}
    if path == PAGE / "cache.py":
        allowed |= {"pyarrow"}
    assert imports(path)[1] - set(sys.stdlib_module_names) <= allowed


def test_importing_the_package_loads_no_plotting_and_no_page():
    names = {"altair", "matplotlib", "streamlit", "pandas", "pyarrow", "orbitopt.web_page"}
    code = f"import sys, orbitopt; print(*{names} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_and_functions_are_short(path):
    text = path.read_text("utf-8")
    most = {"app.py": 120, "lessons.py": max(400, 60 * len(LESSONS))}  # lessons are text more than code
    assert len(text.splitlines()) <= most.get(path.name, 400)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            docstring = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0
            assert node.end_lineno - node.lineno + 1 - docstring <= 60, node.name


def test_the_page_itself_defines_and_computes_nothing():
    tree = ast.parse((ROOT / "app.py").read_text("utf-8"))
    kinds = ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.While
    assert not [node for node in ast.walk(tree) if isinstance(node, kinds)]
    assert "numpy" not in imports(ROOT / "app.py")[1]


def test_every_section_is_listed_with_a_name_a_question_its_settings_and_show():
    files = {Path(section.__file__).stem for section in SECTIONS.values()}
    assert files == {path.stem for path in SECTION_FILES}
    for section in SECTIONS.values():
        assert section.NAME and section.NAME[0].isupper() and len(section.NAME) <= 20
        assert section.QUESTION.endswith("?") or section.NAME == "Download"
        assert all(isinstance(setting, Setting) for setting in section.SETTINGS.values())
        assert callable(section.show)
    for what in ("NAME", "QUESTION"):
        assert len({getattr(section, what) for section in SECTIONS.values()}) == len(SECTIONS)


def test_the_tests_mirror_the_house():
    for path in PACKAGE.rglob("[!_]*.py"):
        mirrored = TESTS / path.relative_to(PACKAGE).with_name(f"test_{path.name}")
        assert mirrored.exists() != (name_of(path) in WITHOUT_TESTS), mirrored
