"""What the suite uses of libraries beside their documented interfaces is there, in one module each, and bounded."""

import ast
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fixtures import pytest_internals, xdist_internals
from fixtures.clauses import ROOT
from helpers.internals import lost
from helpers.net import pyroute2_internals

MODULES = (pytest_internals, xdist_internals, pyroute2_internals)
ELSEWHERE = {"pytest-benchmark": ("pytest_benchmark.logger:PytestBenchmarkWarning",)}  # reports/bench/sessions.py
STANDARD = {"_exit", "_fields", "_type_", "_SimpleCData"}  # documented: of os, collections, ctypes


def where(module) -> str:
    return str(Path(module.__file__).relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=where)
def test_the_installed_libraries_have_what_is_used_of_them(module):
    assert lost(module.USED, where(module)) == []


def test_the_warning_that_a_session_of_benchmarks_names_is_there():
    assert lost(ELSEWHERE, "reports/bench/sessions.py") == []


@pytest.mark.parametrize(
    "name",
    [
        "xdist.dsession:DSession._gone",
        "xdist.gone:DSession",
        "xdist.dsession:Gone.queue",
        "xdist.workermanage:NodeManager.setup_node(spec)",
        "xdist.workermanage:NodeManager.setup_node(spec, putevent, more)",
    ],
)
def test_what_is_gone_is_told_with_the_file_to_change(name):
    version = metadata.version("pytest-xdist")

    told = f"pytest-xdist {version} no longer has {name.replace(':', '.')}: see fixtures/xdist_internals.py"
    assert lost({"pytest-xdist": [name]}, "fixtures/xdist_internals.py") == [told]


def test_libraries_of_which_more_is_used_have_an_upper_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {found.name: found.specifier for found in map(Requirement, project["dependencies"])}

    for library in {*ELSEWHERE, *(library for module in MODULES for library in module.USED)}:
        assert any(bound.operator in ("<", "<=", "==", "~=") for bound in wanted[library]), wanted[library]


def private(node: ast.AST) -> str:
    """Return the private name that an expression asks an object for, "" if it does not."""
    name = node.attr if isinstance(node, ast.Attribute) else ""
    return name if re.match(r"_[a-zA-Z]", name) else ""


def defined(tree: ast.AST) -> set[str]:
    """Return the names that a file gives to attributes, functions and variables."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def test_private_names_of_others_are_used_in_those_modules_alone():
    files = [file for folder in ("fixtures", "helpers", "reports") for file in (ROOT / folder).rglob("*.py")]
    trees = {file: ast.parse(file.read_text()) for file in files}
    ours = set().union(*map(defined, trees.values())) | STANDARD

    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {private(node)}"
        for file, tree in trees.items()
        if not file.stem.endswith("_internals")
        for node in ast.walk(tree)
        if private(node) and private(node) not in ours
    ]
    imported = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {name}"
        for file, tree in trees.items()
        if not file.stem.endswith("_internals")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if re.search(r"(^|\.)_[a-z]", name) and not name.startswith("__")
    ]

    assert found + imported == []
