"""O_ASYNC with F_SETOWN and F_SETSIG: readiness of a socket reported by a signal."""

import ctypes
import os
import resource
import signal
from errno import ECONNREFUSED
from fcntl import F_GETFL, F_SETFL, F_SETOWN, F_SETSIG, fcntl
from termios import FIOASYNC

import pytest

from fixtures.clauses import clause
from helpers import process, signals, syscall
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.siginfo import POLL_HUP, POLL_IN, POLL_OUT, POLL_PRI
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, MSG_OOB, SHUT_RDWR, SHUT_WR, SOCK_DGRAM
from helpers.unavailable import unavailable

REFS = ["man:socket(7)", "man:fcntl(2)", "src:net/socket.c:sock_fasync", "src:net/socket.c:sock_wake_async"]
OTHER = signal.SIGRTMIN + 1
ALL = {signal.SIGIO, signal.SIGURG, OTHER}


def set_async(fd, on=True):
    """Switch O_ASYNC by F_SETFL and return the Result."""
    flags = fcntl(fd, F_GETFL)
    return syscall.call("fcntl", fd, F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)


def own(fd, number=0):
    """Make this process the owner of the signals of *fd*, which are blocked, and O_ASYNC; *number* for F_SETSIG.

    One that is not queued, because RLIMIT_SIGPENDING is reached, comes as a SIGIO without its reason.
    """
    if number and signals.room(resource.RLIMIT_SIGPENDING) < signals.QUEUED:
        unavailable("RLIMIT_SIGPENDING leaves no room for a queued signal, and may not be raised")
    signal.pthread_sigmask(signal.SIG_BLOCK, ALL)
    fcntl(fd, F_SETOWN, os.getpid())
    fcntl(fd, F_SETSIG, number)
    assert set_async(fd) == SUCCESS


def next_signal(seconds=0.0):
    """Return number and si_code of a signal that is there or comes within the time; None if none does."""
    info = signal.sigtimedwait(ALL, seconds)
    return info and (info.si_signo, info.si_code)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:O_ASYNC", "file:F_SETOWN"])
@pytest.mark.parametrize("kind", ["packet", "unix"])
def test_arrival_sends_sigio_to_the_owner(loopback, sockets, kind):
    """What arrives at a socket with O_ASYNC sends SIGIO to its owner."""
    left, right = sockets.pair(SOCK_DGRAM)
    if kind == "packet":
        left, right = loopback.packet_socket(protocol=0), loopback.packet_socket()

    def run():
        own(right.fd)
        before = next_signal()
        os.write(left.fd, bytes(60))
        return before, next_signal(5)

    before, after = process.in_child(run)
    assert before is None
    assert after[0] == signal.SIGIO


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETSIG"])
def test_arrival_sends_the_signal_asked_for_with_its_reason(sockets):
    """With F_SETSIG each arrival sends that signal instead of SIGIO, and its si_code is POLL_IN."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        own(right.fd, OTHER)
        for _ in range(2):
            os.write(left.fd, b"x")
        return [next_signal(), next_signal(), next_signal()]

    assert process.in_child(run) == [(OTHER, POLL_IN), (OTHER, POLL_IN), None]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:O_ASYNC", "file:F_SETFL", "file:ioctl_FIOASYNC"])
@pytest.mark.parametrize("way", ["F_SETFL", "FIOASYNC"])
def test_no_signal_comes_before_or_after_o_async(sockets, way):
    """Signals are sent only while O_ASYNC is set, by F_SETFL or FIOASYNC, and F_GETFL shows whether it is."""
    left, right = sockets.pair(SOCK_DGRAM)

    def switch(on):
        return set_async(right.fd, on) if way == "F_SETFL" else right.ioctl(FIOASYNC, ctypes.c_int(on))

    def run():
        own(right.fd)
        seen = []
        for on in (False, True, True, False):
            results = switch(on)
            os.write(left.fd, b"x")
            seen.append((results, bool(fcntl(right.fd, F_GETFL) & os.O_ASYNC), next_signal() is not None))
        return seen

    assert process.in_child(run) == [(SUCCESS, on, on) for on in (False, True, True, False)]


@clause(since="2.2", level="source", refs=REFS, covers=["file:O_ASYNC"])
def test_reader_that_waits_needs_no_signal(sockets):
    """A reader that is already blocked on a stream gets the data without a signal.

    It may wake so fast that it no longer waits when the signal is due: one of twenty attempts suffices.
    """
    left, right = sockets.pair()

    def run():
        own(right.fd)
        return os.read(right.fd, 8), next_signal()

    for _ in range(20):
        with process.start(run) as child:
            child.wait_blocked("read")
            left.must.send(b"data")
            got = child.result()
        if got[1] is None:
            break

    assert got == (b"data", None)


@clause(since="2.2", level="source", refs=REFS, covers=["file:O_ASYNC", "file:F_SETSIG"])
def test_room_sends_a_signal_once_to_the_one_who_found_none(sockets):
    """After a write found no room, the signal with POLL_OUT is sent once when there is room, and then no more."""
    left, right = sockets.pair()

    def drain():
        while right.recv(bytearray(65536), 65536, MSG_DONTWAIT).ok:
            pass

    def run():
        own(left.fd, OTHER)
        left.send(b"x")
        drain()
        unasked = next_signal()
        while left.send(bytes(4096), MSG_DONTWAIT).ok:
            pass
        full = next_signal()
        drain()
        return unasked, full, next_signal(), next_signal()

    assert process.in_child(run) == (None, None, (OTHER, POLL_OUT), None)


@clause(since="5.15", level="source", refs=[*REFS, "man:unix(7)"], covers=["file:O_ASYNC", "msg:MSG_OOB"])
@pytest.mark.parametrize("number", [0, OTHER], ids=["sigio", "other"])
def test_urgent_data_send_sigurg(sockets, number):
    """Urgent data send SIGURG beside the signal for data; only where F_SETSIG chose one, that one with POLL_PRI too."""
    left, right = sockets.pair()
    if not left.send(b"!", MSG_OOB).ok:
        pytest.skip("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")

    def run():
        own(right.fd, number)
        left.send(b"!", MSG_OOB)
        return [next_signal() for _ in range(4)]

    urgent, *others = process.in_child(run)
    assert urgent[0] == signal.SIGURG
    if number:
        assert others == [(OTHER, POLL_PRI), (OTHER, POLL_IN), None]
    else:
        assert (others[0][0], others[1:]) == (signal.SIGIO, [None, None])


@clause(since="2.2", level="source", refs=REFS, covers=["file:O_ASYNC", "file:F_SETSIG"])
@pytest.mark.parametrize(("how", "code"), [(SHUT_WR, POLL_IN), (SHUT_RDWR, POLL_HUP)], ids=["half", "whole"])
def test_end_of_the_peer_sends_a_signal(sockets, how, code):
    """When the peer ends its direction, the signal comes with POLL_IN, when it ends both, with POLL_HUP."""
    left, right = sockets.pair()

    def run():
        own(right.fd, OTHER)
        left.shutdown(how)
        return next_signal(), next_signal()

    assert process.in_child(run) == ((OTHER, code), None)


@clause(since="2.2", level="source", refs=REFS, covers=["file:close", "file:O_ASYNC"])
def test_signals_end_with_the_last_descriptor():
    """A socket keeps sending signals while one of its descriptors is open, and no longer once the last is closed."""

    def run():
        fds = (ctypes.c_int * 2)()
        syscall.socketpair(AF_UNIX, SOCK_DGRAM, 0, fds)
        spare = os.dup(fds[1])
        own(fds[1])
        seen = []
        for fd in (fds[1], spare):
            os.close(fd)
            seen.append((syscall.call("write", fds[0], b"x", 1), next_signal() is not None))
        return seen

    assert process.in_child(run) == [(returned(1), True), (refused(ECONNREFUSED), False)]
