"""SO_RCVLOWAT of TCP: what setting it does at once, and how high it goes."""

import select
from pathlib import Path

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import syscall, wait
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.options import covers
from helpers.options.option import INT_MAX
from helpers.process import start
from helpers.syscall import returned
from helpers.uapi.poll import pollfd
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVLOWAT

SYSCALL = "setsockopt"
REFS = ["man:socket(7)", "src:net/core/sock.c:sk_setsockopt", "src:net/ipv4/tcp.c:tcp_set_rcvlowat"]
SYSCTL = Path("/proc/sys/net/ipv4/tcp_rmem")
both_kinds = of_kinds(INET_TCP, INET6_TCP)


@clause(since="4.18", level="source", refs=REFS, covers=covers(["SO_RCVLOWAT"], "effect"))
@both_kinds
def test_lower_so_rcvlowat_wakes_who_waits_for_more(loopback, sockets, kind):
    """A poll for more than what is there ends when SO_RCVLOWAT is set to that, and not when it is still above."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.send(b"five.")
    wait.readable(far.fd)
    far.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 7)
    entry = pollfd(far.fd, select.POLLIN, 0)

    def run():
        return syscall.call("ppoll", entry, 1, None, None, 0), entry.revents

    with start(run) as child:
        child.wait_blocked("ppoll")
        far.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 6)
        above = wait.poll(far.fd, select.POLLIN, 0)
        still = child.finished()
        far.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 5)
        result = child.result()

    assert (above, still, result) == (0, False, (returned(1), select.POLLIN))


@clause(since="4.18", level="source", refs=REFS, covers=covers(["SO_RCVLOWAT"], "set", "get"))
@both_kinds
def test_so_rcvlowat_goes_up_to_half_of_tcp_rmem(loopback, sockets, kind):
    """SO_RCVLOWAT of a TCP socket is cut to half of the third number of net.ipv4.tcp_rmem; 0 is 1."""
    if not SYSCTL.exists():
        pytest.skip("this kernel hides net.ipv4.tcp_rmem in private network namespaces")
    socket = kind.open(sockets, loopback.namespace)
    most = int(SYSCTL.read_text().split()[2]) // 2
    read = {}

    for value in (most - 1, most, most + 1, INT_MAX, -1, 0):
        socket.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, value)
        read[value] = socket.option(SOL_SOCKET, SO_RCVLOWAT)

    assert read == {most - 1: most - 1, most: most, most + 1: most, INT_MAX: most, -1: most, 0: 1}
