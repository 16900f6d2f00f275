"""helpers.uapi says what the kernel's headers say: every constant, and of every structure size, offsets and signs.

SOCKPROOF_KERNEL_SOURCE=/path/to/linux lets the names that no exported header has be proven too.
"""

import functools
import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest

import helpers.uapi
from suites.selfcheck.uapi import c_layout
from suites.selfcheck.uapi.uapi_headers import (
    APPENDED,
    COMPLETE,
    COMPLETE_RELEASE,
    GROWN,
    HOLES,
    INCLUDES,
    NEWER,
    OTHER_SIGN,
    UNEXPORTED,
    UNEXPORTED_SOURCES,
)


def uapi(name: str) -> ModuleType:
    return importlib.import_module(f"helpers.uapi.{name}")


GROUPS = sorted(
    {(module, name.lstrip("_").split("_")[0]) for module in INCLUDES for name in c_layout.constants(uapi(module))}
)
STRUCTURES = [(module, name) for module in INCLUDES for name in c_layout.structures(uapi(module))]


def questions(module: str) -> dict[str, str]:
    asked: dict[str, str] = {name: name for name in c_layout.constants(uapi(module))}
    for name, structure in c_layout.structures(uapi(module)).items():
        asked |= c_layout.layout_questions(structure, name)
    return asked


@functools.cache
def answers(module: str) -> dict[str, int | None]:
    try:
        return c_layout.ask(INCLUDES[module], questions(module))
    except c_layout.NoHeadersError as lack:
        pytest.skip(str(lack))


@functools.cache
def release() -> tuple[int, int]:
    code = c_layout.ask(["linux/version.h"], {"code": "LINUX_VERSION_CODE"})["code"]
    return code >> 16, code >> 8 & 0xFF


def may_lack(module: str, name: str) -> bool:
    return name in UNEXPORTED.get(module, ()) or release() < NEWER.get(name, (0, 0))


def without_libc_signs(name: str, layout: c_layout.Layout) -> c_layout.Layout:
    return {field: known[:2] if f"{name}.{field}" in OTHER_SIGN else known for field, known in layout.items()}


@pytest.mark.parametrize(("module", "group"), GROUPS, ids=lambda value: value)
def test_constants_are_the_headers(module, group):
    values = {n: v for n, v in c_layout.constants(uapi(module)).items() if n.lstrip("_").split("_")[0] == group}
    known = answers(module)

    expected = {n: known[n] for n in values if not (known[n] is None and may_lack(module, n))}
    observed = {n: values[n] for n in expected}
    for name in expected.keys() & GROWN.keys():
        if not GROWN[name] <= release() <= COMPLETE_RELEASE:
            del expected[name], observed[name]

    assert observed == expected, "None: neither the headers nor the tables of newer and unexported names have it"
    if not expected:
        pytest.skip(f"the headers of {release()} can prove none of {', '.join(values)}")


@pytest.mark.parametrize(("module", "name"), STRUCTURES, ids=lambda value: value)
def test_structure_is_laid_out_as_the_headers_say(module, name):
    structure = c_layout.structures(uapi(module))[name]
    expected = c_layout.layout_answers(structure, name, answers(module))
    if expected[""] == (None,) and may_lack(module, name):
        pytest.skip(f"the headers of {release()} do not have it")
    described = c_layout.layout(structure)
    if name in APPENDED:
        assert described.pop("") <= expected.pop("")
        for field in described.keys() & {field.removeprefix(f"{name}.") for field in APPENDED}:
            described[field], expected[field] = described[field][:1], expected[field][:1]

    assert without_libc_signs(name, described) == without_libc_signs(name, expected)


@pytest.mark.parametrize(("module", "name"), STRUCTURES, ids=lambda value: value)
def test_no_field_of_a_structure_is_left_out(module, name):
    assert c_layout.holes(c_layout.structures(uapi(module))[name]) == HOLES.get(name, 0)


@pytest.mark.parametrize("module", sorted(UNEXPORTED))
def test_unexported_names_are_the_kernel_source(module):
    if "SOCKPROOF_KERNEL_SOURCE" not in os.environ:
        pytest.skip("no exported header has these names; SOCKPROOF_KERNEL_SOURCE=/path/to/linux proves them")
    tree = Path(os.environ["SOCKPROOF_KERNEL_SOURCE"])
    text = "".join((tree / source).read_text() for source in UNEXPORTED_SOURCES)
    names = UNEXPORTED[module]

    asked = {k: q for k, q in questions(module).items() if k.split(".")[0] in names}
    known = c_layout.ask(INCLUDES[module], asked, preamble=c_layout.definitions(text, sorted(names)))

    values = {n: v for n, v in c_layout.constants(uapi(module)).items() if n in names}
    assert values == {n: known[n] for n in values}
    for name in names - values.keys():
        structure = c_layout.structures(uapi(module))[name]
        assert c_layout.layout(structure) == c_layout.layout_answers(structure, name, known)


@pytest.mark.parametrize(("module", "header"), COMPLETE.items(), ids=COMPLETE)
def test_module_has_every_macro_of_its_header(module, header):
    answers(module)
    if release() > COMPLETE_RELEASE:
        pytest.skip(f"the headers of {release()} are newer than those described, of {COMPLETE_RELEASE}")

    missing = c_layout.macros(header) - vars(uapi(module)).keys() - vars(uapi("socket")).keys()

    assert {name for name in missing if not name.startswith("_")} == set()


def test_tables_name_only_what_uapi_has():
    known = {name for module in INCLUDES for name in vars(uapi(module))}

    assert (NEWER.keys() | GROWN.keys() | set().union(*UNEXPORTED.values())) - known == set()
    assert {
        Path(path).stem for path in Path(helpers.uapi.__file__).parent.glob("*.py") if not path.stem.startswith("_")
    } == {
        *INCLUDES,
        "compat",
        "names",
    }
