"""The 32-bit entry is looked for without harm, refuses what it cannot carry and hides neither errno nor signal."""

import ctypes
import errno
import mmap
import signal
import socket
import struct
import threading
import time

import pytest

from helpers import compat32, process, syscall, wait
from helpers.compat32 import Direct, SocketCall
from helpers.libc import libc
from helpers.lowmem import LIMIT, PAGE, LowMemory
from helpers.syscall import refused
from helpers.uapi.prctl import PR_MDWE_REFUSE_EXEC_GAIN, PR_SET_MDWE


def probe():
    """Probe now, whatever was found out before."""
    return compat32.why_not.__wrapped__()


@pytest.fixture
def memory():
    if reason := compat32.why_not():
        pytest.skip(reason)
    with LowMemory() as memory:
        yield memory


@pytest.fixture
def pair(memory):
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        yield left, right


def test_answer_and_reason_agree():
    assert compat32.available() is (compat32.why_not() == "")
    assert compat32.why_not() is compat32.why_not()


def test_probe_works_beside_busy_threads():
    stop = threading.Event()
    threads = [threading.Thread(target=lambda: [bytes(1000) for _ in iter(stop.is_set, True)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        found = {probe() for _ in range(10)}
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert found == {compat32.why_not()}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("0f0b", "Illegal instruction"),  # ud2
        ("f4", "Segmentation fault"),  # hlt
        ("ebfe", "Alarm clock"),  # jmp to itself
        ("b8daffffffc3", "not enter the i386 table"),  # mov eax, -ENOSYS; ret
        ("b807000000c3", "not enter the i386 table"),  # mov eax, 7; ret
    ],
    ids=["sigill", "sigsegv", "hang", "enosys", "other"],
)
def test_broken_entry_becomes_a_reason(monkeypatch, capfd, code, reason):
    if compat32.architecture() != "x86_64":
        pytest.skip("the codes are x86-64's")
    monkeypatch.setattr(compat32, "_CODE", bytes.fromhex(code))
    monkeypatch.setattr(compat32, "_PROBE_SECONDS", 1)

    assert reason in probe()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("machine", ["aarch64", "riscv64", "i386"])
def test_other_architectures_have_none(monkeypatch, machine):
    monkeypatch.setattr(compat32, "architecture", lambda: machine)

    assert machine in probe()


def test_call_without_the_entry_is_an_error_of_ours(monkeypatch):
    monkeypatch.setattr(compat32, "why_not", lambda: "no such thing")
    monkeypatch.setattr(compat32, "_entry", compat32._entry.__wrapped__)

    with pytest.raises(LookupError, match="no such thing"):
        Direct.listen(-1, 0)


def test_code_page_cannot_be_written():
    address = compat32._executable(compat32._CODE)

    assert syscall.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM, 0, address) == refused(errno.EFAULT)
    assert libc.munmap(address, PAGE) == 0


def test_code_page_where_no_mapping_may_become_executable():
    def probe_in_hardened_process():
        if libc.prctl(PR_SET_MDWE, ctypes.c_ulong(PR_MDWE_REFUSE_EXEC_GAIN), *[ctypes.c_ulong(0)] * 3):
            return None
        address = compat32.map_pages(PAGE)
        assert libc.mprotect(address, PAGE, mmap.PROT_READ | mmap.PROT_EXEC) == -1
        return probe()

    found = process.in_child(probe_in_hardened_process)
    if found is None:
        pytest.skip("this kernel has no PR_SET_MDWE (6.3)")

    assert found == compat32.why_not()


@pytest.mark.parametrize(
    "argument",
    [(ctypes.c_char * 4).from_address(1 << 46), LIMIT, -LIMIT // 2 - 1],  # the array is never looked at
    ids=["object", "4GiB", "negative"],
)
def test_what_does_not_fit_is_refused(memory, argument):
    for call in (compat32.syscall, compat32.socketcall, SocketCall.shutdown):
        with pytest.raises(ValueError, match="32 bits"):
            call(3, argument)


def test_errnos_and_negative_numbers(memory, pair):
    left = pair[0].fileno()

    assert SocketCall.listen(-1, -1) == Direct.listen(-1, -1) == refused(errno.EBADF)
    assert SocketCall.shutdown(left, -1) == Direct.shutdown(left, -1) == refused(errno.EINVAL)
    assert SocketCall.send(left, memory.unmapped, 1) == refused(errno.EFAULT)
    assert Direct.recvmsg(left, None) == refused(errno.EFAULT)
    assert compat32.socketcall(0) == compat32.socketcall(21) == compat32.socketcall(-1) == refused(errno.EINVAL)
    short = memory.before_end(struct.pack("=I", left))
    assert compat32.syscall(102, compat32.SUBCALLS["shutdown"], short) == refused(errno.EFAULT)
    assert compat32.syscall(0xFFFF) == refused(errno.ENOSYS)


@pytest.mark.parametrize("call", [SocketCall.recv, Direct.recvfrom], ids=["socketcall", "direct"])
def test_blocked_call_lets_threads_run_and_shows_eintr(memory, pair, call):
    caught, done = [], threading.Event()

    def disturb():  # again and again: the first signal may come before the call sleeps
        deadline = time.monotonic() + wait.scaled(10)
        while not done.wait(0.01) and time.monotonic() < deadline:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        pair[0].send(b"late")  # whatever went wrong, the call below ends

    before = signal.signal(signal.SIGUSR1, lambda *_: caught.append(True))
    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        result = call(pair[1].fileno(), memory.alloc(8), 8)
    finally:
        done.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)

    assert result == refused(errno.EINTR)
    assert caught
