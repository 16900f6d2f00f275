"""CVE-2012-6704, CVE-2016-9793: a negative size made the send or the receive buffer of a socket negative."""

import pytest

from fixtures.clauses import clause
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE

PAIRS = {
    "sndbuf": (SO_SNDBUF, SO_SNDBUF),
    "rcvbuf": (SO_RCVBUF, SO_RCVBUF),
    "sndbufforce": (SO_SNDBUFFORCE, SO_SNDBUF),
    "rcvbufforce": (SO_RCVBUFFORCE, SO_RCVBUF),
}


def least(socket, name):
    socket.must.setsockopt(SOL_SOCKET, name, 0)
    return socket.option(SOL_SOCKET, name)


@clause(
    since="4.9",
    level="source",
    refs=["cve:CVE-2012-6704", "cve:CVE-2016-9793", "src:net/core/sock.c:sk_setsockopt"],
)
@pytest.mark.parametrize("case", ["sndbufforce", "rcvbufforce"])
@pytest.mark.parametrize("value", [-1, -0x40000000 - 1, -0x7FFFFFFF], ids=hex)
@pytest.mark.usefixtures("initial_user_namespace")
def test_a_forced_buffer_of_negative_size_is_the_least(sockets, case, value):
    """SO_SNDBUFFORCE and SO_RCVBUFFORCE take a negative size for 0, which makes the smallest buffer."""
    socket = sockets.packet()
    force, name = PAIRS[case]

    socket.must.setsockopt(SOL_SOCKET, force, value)

    assert socket.option(SOL_SOCKET, name) == least(sockets.packet(), name)
