"""F_SETSIG: which signal comes, and what it tells."""

import os
import resource
import signal
from errno import EINVAL
from fcntl import F_GETSIG, F_SETSIG, fcntl
from select import POLLIN, POLLRDNORM

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.signal_io import CHOSEN, drive, take, take_all
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.siginfo import POLL_IN, SI_KERNEL, SI_SIGIO
from helpers.uapi.socket import SOCK_DGRAM

REFS = ["man:fcntl(2)", "src:fs/fcntl.c:send_sigio_to_task", "src:net/socket.c:sock_wake_async"]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETSIG", "file:O_ASYNC"])
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGIO, POLL_IN), (signal.SIGUSR1, POLL_IN), (signal.SIGCHLD, SI_SIGIO), (signal.SIGSEGV, SI_SIGIO)],
    ids=["SIGIO", "SIGUSR1", "SIGCHLD", "SIGSEGV"],
)
def test_signals_with_codes_of_their_own_have_si_sigio(sockets, number, code):
    """F_SETSIG takes any signal, SIGIO too; one whose si_code has a meaning of its own comes with SI_SIGIO instead."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd, number)
        left.must.send(b"x")
        info = take(0, number)
        return info and (info.si_signo, info.si_code, info.si_band, info.si_fd)

    assert process.in_child(run) == (number, code, POLLIN | POLLRDNORM, right.fd)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETSIG", "file:O_ASYNC"])
def test_sigio_without_f_setsig_tells_nothing(sockets):
    """Without F_SETSIG, and with 0 again, the signal is SIGIO with SI_KERNEL, and several of them are one."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd)
        fcntl(right.fd, F_SETSIG, 0)
        left.must.send(b"x")
        left.must.send(b"y")
        return take_all()

    assert process.in_child(run) == [(signal.SIGIO, SI_KERNEL, 0, 0)]


@clause(since="2.2", level="documented", refs=["man:fcntl(2)", "src:fs/fcntl.c:do_fcntl"], covers=["file:F_SETSIG"])
def test_f_setsig_takes_a_signal(sockets):
    """F_SETSIG refuses what is no signal with EINVAL; F_GETSIG returns the one that is set, 0 at first."""
    socket = sockets.pair()[0]

    def setsig(number):
        return syscall.call("fcntl", socket.fd, F_SETSIG, number)

    first = syscall.call("fcntl", socket.fd, F_GETSIG, 0)
    results = [setsig(number) for number in (1, 64, 65, -1)]

    assert (first, results) == (SUCCESS, [SUCCESS, SUCCESS, refused(EINVAL), refused(EINVAL)])
    assert syscall.call("fcntl", socket.fd, F_GETSIG, 0) == returned(64)
    assert setsig(0) == SUCCESS
    assert syscall.call("fcntl", socket.fd, F_GETSIG, 0) == SUCCESS


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETSIG", "file:O_ASYNC"])
def test_signal_that_cannot_be_queued_comes_as_sigio(sockets):
    """Where RLIMIT_SIGPENDING leaves no room for another signal, SIGIO comes in its place."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd)
        left.must.send(b"x")
        before = take_all()
        resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, resource.getrlimit(resource.RLIMIT_SIGPENDING)[1]))
        left.must.send(b"y")
        return before, take_all()

    with_room = [(CHOSEN, POLL_IN, POLLIN | POLLRDNORM, right.fd)]
    assert process.in_child(run) == (with_room, [(signal.SIGIO, SI_KERNEL, 0, 0)])


@clause(since="2.2", level="source", refs=[*REFS, "src:fs/fcntl.c:fasync_insert_entry"], covers=["file:O_ASYNC"])
def test_signal_names_the_descriptor_of_o_async(sockets):
    """si_fd is the descriptor by which O_ASYNC was set, also when that is closed and others of the socket are used."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        first, second = os.dup(right.fd), os.dup(right.fd)
        drive(first)
        os.close(first)
        left.must.send(b"x")
        seen = [info[3] - first for info in take_all()]
        drive(second)  # O_ASYNC is set already
        left.must.send(b"x")
        return seen + [info[3] - first for info in take_all()]

    assert process.in_child(run) == [0, 0]
