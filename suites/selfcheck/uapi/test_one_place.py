"""The kernel's structures and constants stand in helpers.uapi, where a compiler checks them, and nowhere else."""

import ast
from pathlib import Path

import pytest

from fixtures.clauses import ROOT
from suites.selfcheck.uapi import c_layout
from suites.selfcheck.uapi.test_uapi import uapi
from suites.selfcheck.uapi.uapi_headers import INCLUDES

# Structures that are shared with a program of our own, not with the kernel; and those of a check of the evidence.
OWN = {
    "helpers/bench/reference.py",
    "suites/selfcheck/verdicts/test_differences.py",
    "suites/selfcheck/verdicts/test_evidence.py",
}
CONSTANTS = {name.lstrip("_") for module in INCLUDES for name in c_layout.constants(uapi(module))}


def files() -> list[Path]:
    found = [path for folder in ("helpers", "fixtures", "suites") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if (ROOT / "helpers" / "uapi") not in path.parents]


def structures(tree: ast.AST) -> list[str]:
    """Return the classes that are ctypes structures or unions."""
    return [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).startswith("ctypes.") for base in node.bases)
    ]


def numbers(tree: ast.AST) -> list[str]:
    """Return the names of helpers.uapi's constants, with an underscore before them or not, that are given numbers."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            pair = [node.targets[0]], [node.value]
            if all(isinstance(side, ast.Tuple) for (side,) in pair):
                pair = tuple(side.elts for (side,) in pair)
            found += [
                name.id
                for name, value in zip(*pair, strict=False)
                if isinstance(name, ast.Name) and name.id.lstrip("_") in CONSTANTS and isinstance(value, ast.Constant)
            ]
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("class pollfd(ctypes.Structure): pass", (["pollfd"], [])),
        ("class iocb(ctypes.Union): pass", (["iocb"], [])),
        ("TUNSETIFF = 0x400454CA", ([], ["TUNSETIFF"])),
        ("_RTM_NEWLINK, OTHER = 16, 5", ([], ["_RTM_NEWLINK"])),
        ("class Place(NamedTuple): pass\nTUNSETIFF = if_tun.TUNSETIFF\nROOM = 16", ([], [])),
    ],
    ids=["structure", "union", "constant", "several", "control"],
)
def test_a_copy_is_found(text, found):
    tree = ast.parse(text)

    assert (structures(tree), numbers(tree)) == found


def test_there_are_no_copies():
    found = {}
    for path in files():
        tree, name = ast.parse(path.read_text()), path.relative_to(ROOT).as_posix()
        copies = numbers(tree) + ([] if name in OWN else structures(tree))
        if copies:
            found[name] = copies

    assert found == {}
