"""SO_PEERPIDFD after the peer process has ended, and without a free descriptor."""

import os
import select
import signal
from errno import EINVAL, EMFILE, ESRCH

import pytest

from fixtures.clauses import clause
from helpers import descriptors, wait
from helpers.net import addresses
from helpers.option_calls import answer, get, refusal
from helpers.options import covers, option
from helpers.pidfd import pid_of
from helpers.process import in_child
from helpers.uapi.socket import AF_UNIX, SOCK_SEQPACKET, SOCK_STREAM

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
PIDFD = option("SO_PEERPIDFD")
TYPES = pytest.mark.parametrize("type_", [SOCK_STREAM, SOCK_SEQPACKET], ids=["stream", "seqpacket"])


def connected_to_the_dead(sockets, type_):
    """Return a socket whose peer was connected by a process that has ended and was reaped."""
    listener, name = sockets.open(AF_UNIX, type_), addresses.abstract()
    listener.must.bind(name)
    listener.must.listen(1)
    in_child(lambda: sockets.open(AF_UNIX, type_).must.connect(name))
    return sockets.adopt(listener.must.accept4())


def signalled(pidfd):
    """Return the errno of pidfd_send_signal(2) with signal 0, 0 for success."""
    try:
        signal.pidfd_send_signal(pidfd, 0)
    except OSError as error:
        return error.errno
    return 0


@clause(since="6.16", level="source", refs=[GET], covers=covers([PIDFD.name], "effect"))
@TYPES
def test_so_peerpidfd_of_a_reaped_process_is_a_pidfd_of_no_process(sockets, type_):
    """SO_PEERPIDFD of a reaped peer is a close-on-exec pidfd with Pid -1, readable, that no signal can be sent to."""
    living, accepted = sockets.pair(type_)[0], connected_to_the_dead(sockets, type_)

    fds = [int.from_bytes(get(socket, PIDFD).data[:4], "little", signed=True) for socket in (living, accepted)]

    alive, dead = [sockets.adopt(fd).fd for fd in fds]
    assert (pid_of(alive), wait.poll(alive, select.POLLIN, 0), signalled(alive)) == (os.getpid(), 0, 0)
    assert (pid_of(dead), wait.poll(dead, select.POLLIN, 0) & select.POLLIN, signalled(dead)) == (
        -1,
        select.POLLIN,
        ESRCH,
    )
    assert not os.get_inheritable(dead)


@clause(since="6.5", until="6.15", level="source", refs=[GET], covers=["errno:EINVAL", *covers([PIDFD.name], "error")])
@TYPES
def test_so_peerpidfd_of_a_reaped_process_is_einval(sockets, type_):
    """SO_PEERPIDFD of a peer that was reaped is refused with EINVAL."""
    living, accepted = sockets.pair(type_)[0], connected_to_the_dead(sockets, type_)
    assert sockets.adopt(int.from_bytes(get(living, PIDFD).data[:4], "little")).fd >= 0  # the control: it lives

    assert get(accepted, PIDFD) == refusal(EINVAL)


@clause(since="6.5", level="source", refs=[GET], covers=["errno:EMFILE", *covers([PIDFD.name], "error")])
def test_so_peerpidfd_without_a_free_descriptor_is_emfile(sockets):
    """Without a free descriptor SO_PEERPIDFD is refused with EMFILE; with one it takes that one."""
    paired = sockets.pair()[0]

    def ask():
        free = descriptors.leave_free(1)
        first, second = get(paired, PIDFD), get(paired, PIDFD)
        return first == answer(free), second

    assert in_child(ask) == (True, refusal(EMFILE))
