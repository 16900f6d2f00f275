"""The folders of suites/: a purpose each, no crowd, code of their own only, and moves that arrive."""

import ast
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from fixtures import folders
from fixtures.clauses import ROOT
from helpers.moved import Moves

SUITES = ROOT / "suites"
SHARED = ("__init__.py", "conftest.py", "support.py")  # the modules of a folder that are no tests
OWN_MODULES = ("selfcheck",)  # folders whose tests share modules by other names


def modules(suites: Path) -> list[Path]:
    """Return every Python file below *suites*, relative to it."""
    return sorted(file.relative_to(suites) for file in suites.rglob("*.py"))


def imported(file: Path) -> Iterable[str]:
    """Yield the modules that a file imports, also within functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def strangers(suites: Path) -> list[str]:
    """Return each import of a module of suites/ that is neither the importing folder's nor of one above it."""
    found = []
    for file in modules(suites):
        if file.parts[0] in OWN_MODULES:
            continue
        for name in imported(suites / file):
            package, *path = name.split(".")
            if package == "" or (package == folders.SUITES and file.parts[: len(path) - 1] != tuple(path[:-1])):
                found.append(f"{file} imports {name}")
    return found


def odd_names(suites: Path) -> list[str]:
    """Return each module that is neither tests nor one of SHARED, and what is named with an underscore."""
    return [
        str(file)
        for file in modules(suites)
        if file.parts[0] not in OWN_MODULES
        and (
            not (file.name.startswith("test_") or file.name in SHARED)
            or any(part.startswith("_") for part in file.parts[:-1])
        )
    ]


def crowds(suites: Path) -> dict[str, int]:
    """Return the folders with more test files than one may have, with their number."""
    counts = {str(folder): len(list((suites / folder).glob("test_*.py"))) for folder in folders.purposes(suites)}
    return {folder: count for folder, count in counts.items() if count > folders.MOST_FILES}


def purposeless(suites: Path) -> list[str]:
    """Return the folders with tests whose ``__init__.py`` does not say in one line what they are for."""
    found = []
    for folder in folders.purposes(suites):
        file = suites / folder / "__init__.py"
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) if file.exists() else ""
        if not text or "\n" in text or not text.endswith("."):
            found.append(folder)
    return found


def functions(file: Path) -> set[str]:
    """Return the names of a file's functions; none if there is no such file."""
    if not file.is_file():
        return set()
    return {node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def lost(root: Path, moves: dict[str, str]) -> list[str]:
    """Return the *moves* that do not end at a file, or at a function in it, that is there."""
    found = []
    follow = Moves(moves).resolve
    for name in moves:
        file, _, function = follow(name).partition("::")
        arrived = function in functions(root / file) if function else bool(functions(root / file))
        # a file whose functions all moved on by themselves is no goal, and need not be there
        if not arrived and (function or not any(other.startswith(f"{file}::") for other in moves)):
            found.append(name)
    return found


def test_every_folder_says_in_one_line_what_it_is_for():
    assert purposeless(SUITES) == []


def test_no_folder_has_more_test_files_than_one_may_have():
    assert crowds(SUITES) == {}


def test_no_folder_uses_the_code_of_another():
    assert strangers(SUITES) == []


def test_modules_are_tests_or_what_their_folder_shares():
    assert odd_names(SUITES) == []


def test_every_move_ends_at_what_is_there():
    moves = tomllib.loads((SUITES / "moved.toml").read_text(encoding="utf-8"))

    assert lost(ROOT, moves) == []


@pytest.fixture
def small(tmp_path):
    """A small suites/ with two folders, and what writes a file there."""

    def write(path, text=""):
        file = tmp_path / "suites" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    for folder in ("one", "two", "two/three"):
        write(f"{folder}/__init__.py", '"""What it is for."""\n')
        write(f"{folder}/support.py")
        write(f"{folder}/test_a.py", "def test_a():\n    pass\n")
    return tmp_path / "suites", write


def test_a_folder_of_which_nobody_knows_what_it_is_for_is_found(small):
    suites, write = small
    assert purposeless(suites) == []

    write("one/__init__.py")
    write("two/__init__.py", '"""Two lines,\n\nof which."""\n')
    write("four/test_a.py")

    assert purposeless(suites) == ["four", "one", "two"]


def test_a_crowd_is_found(small):
    suites, write = small
    for number in range(folders.MOST_FILES - 1):
        write(f"one/test_{number}.py")
    assert crowds(suites) == {}

    write("one/test_b.py")

    assert crowds(suites) == {"one": folders.MOST_FILES + 1}


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("from suites.two.three.support import x\n", True),
        ("from suites.two.support import x\n", True),
        ("def test_a():\n    from suites.one.support import x\n", False),
        ("import suites.one.support\n", False),
        ("from ..support import x\n", False),
        ("from suites.two.four.support import x\n", False),
    ],
)
def test_the_use_of_another_folders_code_is_found(small, text, allowed):
    suites, write = small

    write("two/three/test_b.py", text)

    assert (strangers(suites) == []) == allowed


@pytest.mark.parametrize("name", ["one/helper.py", "one/support_more.py", "one/_old.py", "one/_old/test_a.py"])
def test_a_module_with_another_name_is_found(small, name):
    suites, write = small
    assert odd_names(suites) == []

    write(name)

    assert odd_names(suites) == [name]


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ({"suites/a.py": "suites/one/test_a.py"}, []),
        ({"suites/a.py": "suites/b.py", "suites/b.py::test_x": "suites/one/test_a.py::test_a"}, []),
        ({"suites/a.py": "suites/b.py", "suites/b.py": "suites/one/test_a.py"}, []),
        ({"suites/a.py::test_a": "suites/one/test_a.py"}, []),
        ({"suites/a.py": "suites/b.py"}, ["suites/a.py"]),
        ({"suites/a.py::test_x": "suites/one/test_a.py"}, ["suites/a.py::test_x"]),
    ],
)
def test_a_move_to_nowhere_is_found(small, moves, found):
    suites, _ = small

    assert lost(suites.parent, moves) == found
