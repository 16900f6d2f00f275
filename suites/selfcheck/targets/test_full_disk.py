"""A disk that is full costs the record, not the run: what fits stays readable, and the run does not end well."""

import contextlib
import ctypes
import os

import pytest

from helpers.libc import check, libc
from helpers.uapi.mount import MNT_DETACH, MS_NOSUID
from reports.run import load

CASES = '''
@promise
@pytest.mark.parametrize("case", range(60), ids=lambda case: f"{case}-{'long' * 200}")
def test_case(case):
    """Holds, in cases with long names that fill the disk."""
'''
SIZE = b"size=65536"


@pytest.fixture
def small_disk(small_suite):
    """A record's folder on a file system of 64 KiB; mounted in this process's own mount namespace."""
    folder = os.fsencode(small_suite.folder / "out")
    os.mkdir(folder)
    result = libc.mount(b"tmpfs", folder, b"tmpfs", ctypes.c_ulong(MS_NOSUID), SIZE)
    check(result, "mount of a tmpfs")
    yield small_suite.folder / "out"
    with contextlib.suppress(OSError):
        check(libc.umount2(folder, MNT_DETACH), "umount")


@pytest.mark.parametrize("arguments", [("-n", "0"), ("--target=host",)], ids=["host", "target"])
def test_a_full_disk_is_told_and_the_tests_go_on(small_suite, small_disk, arguments):
    outcome = small_suite.run(CASES, *arguments)

    assert "60 passed" in outcome.text
    assert outcome.text.count("the record is incomplete: [Errno 28] No space left on device") == 1
    assert outcome.status == 1
    assert "Traceback" not in outcome.text
    assert "Exception ignored" not in outcome.text
    record = small_disk / "host" if "--target=host" in arguments else small_disk
    assert not (record / "run.json").exists()
    left = load(record)
    assert left.is_complete is False
    assert 10 < len(left.results) < 60
    assert {result.verdict for result in left.results} == {"pass"}
