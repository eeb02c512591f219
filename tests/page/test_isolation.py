"""No visitor's choice reaches another, and nothing that visitors cause grows without end."""

import ast
import asyncio
import importlib
import random

import pytest

import orbitopt as oo
from orbitopt.page import overview
from orbitopt.traces import trace
from tests.browser import ROOT
from tests.page.apptest import page
from tests.visitors import Visitor, meet

SOURCES = [ROOT / "app.py", *sorted((ROOT / "orbitopt").rglob("*.py"))]
TREES = {path: ast.parse(path.read_text("utf-8")) for path in SOURCES}
"""Read here, because no other thread may parse meanwhile."""


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def expected(**choices):
    return [value for _, value, _ in overview.readouts(trace(oo.run(oo.Experiment(**choices))))]


def test_visitors_who_choose_at_the_same_time_each_see_their_own_run(address):
    async def visit(seed):
        draws, visitor = random.Random(seed), Visitor(address, {"seed": f"{seed}"}, more=True)
        await visitor.open()
        for _ in range(4):
            start = draws.randint(50, 400) / 100
            await visitor.change("a", start)
            assert visitor.readouts == expected(seed=seed, start_a=start)
        await visitor.close()
        assert visitor.errors == []

    async def visit_together():
        await asyncio.gather(*map(visit, range(6)))

    meet(visit_together())


def test_a_visitor_who_comes_after_others_sees_the_default(address):
    async def come(link=None):
        visitor = Visitor(address, link)
        await visitor.open()
        await visitor.close()
        return visitor.readouts

    async def come_in_turn():
        return await come({"pin": "optimizer:sgd", "projector": "true", "a": "2.5"}), await come()

    first, second = meet(come_in_turn())
    assert first == expected(start_a=2.5)
    assert second == expected()


def calls(tree, *names):
    """Where a file calls or decorates with one of the names, and how each is written."""
    for node in ast.walk(tree):
        for part in [*getattr(node, "decorator_list", ()), *([node] if isinstance(node, ast.Call) else ())]:
            called = part.func if isinstance(part, ast.Call) else part
            if (getattr(called, "attr", None) or getattr(called, "id", None)) in names:
                yield node, part


def keywords(tree, call):
    """Return the keywords of a call, those in a dict that is handed over with ** among them."""
    dicts = {
        target.id: {key.value for key in node.value.keys}
        for node in ast.walk(tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict)
        for target in getattr(node, "targets", [getattr(node, "target", None)])
        if isinstance(target, ast.Name) and all(isinstance(key, ast.Constant) for key in node.value.keys)
    }
    given = {word.arg for word in call.keywords if word.arg}
    return given.union(*(dicts.get(word.value.id, set()) for word in call.keywords if not word.arg))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_cache_has_an_end(path):
    tree = TREES[path]
    for _, call in calls(tree, "cache_data", "cache_resource"):
        assert isinstance(call, ast.Call) and "max_entries" in keywords(tree, call), ast.unparse(call)
    for _, call in calls(tree, "cached"):
        assert isinstance(call, ast.Call) and call.args[0].value > 0, ast.unparse(call)
    for _, call in calls(tree, "lru_cache"):
        assert isinstance(call, ast.Call) and ast.unparse(call.keywords[0].value) != "None", ast.unparse(call)
    for function, _ in calls(tree, "cache"):  # without an end, so only of what has few values, each with a default
        assert len(function.args.defaults) == len(function.args.args), function.name


@pytest.mark.parametrize("path", SOURCES[1:], ids=name_of)
def test_no_function_writes_into_its_module(path):
    """A module's names belong to all visitors; those of app.py, and st.session_state, to each visitor."""
    tree = TREES[path]
    shared = {name.id for node in tree.body for name in ast.walk(node) if isinstance(name, ast.Name)}
    for function in (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))):
        assert not [node for node in ast.walk(function) if isinstance(node, ast.Global)], function.name
        stored = [node for node in ast.walk(function) if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))]
        own = {node.id for node in stored if isinstance(node, ast.Name)} | {arg.arg for arg in arguments(function)}
        for node in stored:
            base = node
            while isinstance(base, (ast.Subscript, ast.Attribute)) and ast.unparse(base) != "st.session_state":
                base = base.value
            if base is not node and isinstance(base, ast.Name):
                assert base.id in own or base.id not in shared, ast.unparse(node)


def arguments(function):
    return (node for node in ast.walk(function) if isinstance(node, ast.arg))


def test_the_tables_of_the_package_are_as_they_were_after_visits():
    def tables():
        names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in SOURCES[1:]]
        modules = [importlib.import_module(name.removesuffix(".__init__")) for name in names]
        return {
            (module.__name__, name): repr(value)
            for module in modules
            for name, value in vars(module).items()
            if isinstance(value, (dict, list, set)) and not name.startswith("__")
        }

    before = tables()
    assert len(before) > 40
    page(section="race", pin="optimizer:sgd").slider("a").set_value(2.0).run()
    assert tables() == before
