"""select(2) on sockets: the three sets."""

import ctypes
import os
from errno import EBADF
from fcntl import F_DUPFD_CLOEXEC, fcntl

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.descriptors import need_descriptors
from helpers.net import frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_OOB, SOCK_DGRAM
from helpers.uapi.time_types import timespec
from suites.io.select.support import bits, enter, members

REFS = ["src:net/socket.c:sock_poll"]
SETS = ["read", "write", "except"]


def select(fd, wanted):
    """Return the Result of one pselect6(2) that does not wait, and the names of the sets in which *fd* is left."""
    sets = {name: (ctypes.c_ulong * 16)() for name in wanted}
    for each in sets.values():
        each[fd // 64] = 1 << fd % 64
    result = syscall.call("pselect6", fd + 1, *[sets.get(name) for name in SETS], timespec(0, 0), None)
    return result, [name for name, each in sets.items() if each[fd // 64] == 1 << fd % 64]


@clause(since="2.2", level="documented", refs=["man:select(2)", "man:packet(7)", *REFS], covers=["file:select"])
def test_select_tells_readable_and_writable(loopback):
    """A packet socket stays in the set for writing, and in the one for reading while a frame waits."""
    receiver = loopback.packet_socket(protocol=frames.OWN)

    before = select(receiver.fd, SETS)
    loopback.inject(frames.ethernet())
    wait.readable(receiver.fd)

    assert before == (returned(1), ["write"])
    assert select(receiver.fd, SETS) == (returned(2), ["read", "write"])
    assert select(receiver.fd, ["read"]) == (returned(1), ["read"])
    assert select(receiver.fd, ["except"]) == (SUCCESS, [])


@clause(since="5.15", level="documented", refs=["man:select(2)", "man:unix(7)", *REFS], covers=["file:select"])
def test_select_tells_urgent_data_as_exceptional(sockets):
    """A stream at which urgent data wait stays in the set for exceptional conditions."""
    left, right = sockets.pair()
    before = select(right.fd, ["except"])
    if not left.send(b"!", MSG_OOB).ok:
        pytest.skip("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")

    assert (before, select(right.fd, ["except"])) == ((SUCCESS, []), (returned(1), ["except"]))


@clause(since="2.2", level="documented", refs=["man:select(2)", *REFS], covers=["file:select"])
def test_select_refuses_a_descriptor_that_is_closed(sockets):
    """A set with a descriptor that is not open is EBADF, and no set is changed."""
    fd = os.dup(sockets.packet().fd)
    os.close(fd)

    assert select(fd, SETS) == (refused(EBADF), SETS)


@clause(since="2.2", level="documented", refs=["man:select(2)", "src:fs/select.c:zero_fd_set"], covers=["file:select"])
@pytest.mark.parametrize("words", [1, 4, 12])
def test_sets_of_which_nothing_is_ready_are_empty(sockets, words):
    """Where nothing is ready all sets are empty to their last word, also just after a call that left them full."""
    ready, idle = sockets.pair(SOCK_DGRAM)
    idle.must.send(b"x")
    need_descriptors(64 * words)

    def run():
        fds = [fcntl(ready.fd, F_DUPFD_CLOEXEC, 64 * word + 40) for word in range(words)]
        seen = []
        for _ in range(3):
            full = [bits(fds), bits(fds), None]
            empty = [bits([idle.fd]), bits([]), bits([])]
            seen.append(enter("pselect6", 64 * words, full).value)
            seen.append((enter("pselect6", 64 * words, empty).value, *map(members, empty)))
        return seen

    assert process.in_child(run) == [2 * words, (0, [], [], [])] * 3
