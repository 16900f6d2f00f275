"""The tables hold every entry point that an architecture has, under the numbers of the kernel's headers."""

import re
from pathlib import Path

import pytest

from fixtures import surface
from helpers.syscall_numbers import TABLES, architecture

# What the native tables lack: reached through socketcall(2), or by another call with the same effect.
ABSENT = {
    "x86_64": {"socketcall", "send", "recv", "recvmmsg_time32"},
    "aarch64": {"socketcall", "send", "recv", "recvmmsg_time32"},
    "riscv64": {"socketcall", "send", "recv", "recvmmsg_time32"},
    "i386": {"accept", "send", "recv"},
}

HEADERS = {
    "x86_64": "asm/unistd_64.h",
    "aarch64": "asm-generic/unistd.h",
    "riscv64": "asm-generic/unistd.h",
    "i386": "asm/unistd_32.h",
}

# Where a table's name is not the header's: the newest form goes under the plain name.
HEADER_NAMES = {
    "i386": {
        "recvmmsg": "recvmmsg_time64",
        "recvmmsg_time32": "recvmmsg",
        "fchown": "fchown32",
        "mmap": "mmap2",
        "old_select": "select",
    },
}


def numbers(header):
    """Return the numbers in a header by name; SKIP where no folder of the C compiler has it."""
    folders = [Path("/usr/include"), *Path("/usr/include").glob("*-linux-gnu*"), Path("/usr/include/x86_64-linux-gnu")]
    text = next(((folder / header).read_text() for folder in folders if (folder / header).exists()), None)
    if text is None:
        pytest.skip(f"{header} is not installed")
    # the generic table numbers what has two forms as __NR3264_x, and the plain names of 64-bit machines refer to these
    found = re.findall(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)\s*$", text, re.MULTILINE)
    return {name: int(number) for name, number in found}


@pytest.mark.parametrize("machine", TABLES)
def test_every_entry_point_is_there_but_those_that_the_architecture_lacks(machine):
    assert set(surface.syscalls()) - TABLES[machine].keys() == ABSENT[machine]


@pytest.mark.parametrize("machine", TABLES)
def test_numbers_are_those_of_the_header(machine):
    header, other = numbers(HEADERS[machine]), HEADER_NAMES.get(machine, {})

    assert len(header) > 300
    assert TABLES[machine] == {name: header.get(other.get(name, name)) for name in TABLES[machine]}


@pytest.mark.parametrize("machine", TABLES)
def test_the_header_lacks_what_is_said_to_be_absent(machine):
    header, other = numbers(HEADERS[machine]), HEADER_NAMES.get(machine, {})

    # recvmmsg with 32-bit time is only where both forms are
    assert {name for name in ABSENT[machine] if other.get(name, name) in header} == set()


@pytest.mark.parametrize("machine", TABLES)
def test_no_number_has_two_names(machine):
    assert len(set(TABLES[machine].values())) == len(TABLES[machine])


@pytest.mark.parametrize(
    ("machine", "bits", "expected"),
    [
        ("x86_64", 8, "x86_64"),
        ("x86_64", 4, "i386"),
        ("i686", 4, "i386"),
        ("aarch64", 8, "aarch64"),
        ("riscv64", 8, "riscv64"),
    ],
)
def test_the_architecture_is_that_of_the_interpreter(monkeypatch, machine, bits, expected):
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("struct.calcsize", lambda kind: bits)

    assert architecture() == expected


def test_an_unknown_architecture_is_named_with_those_that_are_known(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "pdp11")

    with pytest.raises(LookupError, match="pdp11; known: x86_64, aarch64, riscv64, i386"):
        architecture()
