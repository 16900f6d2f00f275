"""shutdown(2) of TCP sockets that listen, connect, or do neither."""

from errno import ECONNREFUSED, EINPROGRESS, EINVAL, ENOTCONN

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.connections import exchange
from helpers.endpoints import listening
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.syscall import SUCCESS, refused, returned
from helpers.tcp import silent, tcp_state
from helpers.uapi.socket import AF_INET, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ACCEPTCONN
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_LISTEN, TCP_SYN_SENT

SYSCALL = "shutdown"

INET = "src:net/ipv4/af_inet.c:inet_shutdown"
HOWS = pytest.mark.parametrize("how", [SHUT_RD, SHUT_WR, SHUT_RDWR], ids=["rd", "wr", "rdwr"])
STOPS = pytest.mark.parametrize(
    ("how", "stops"), [(SHUT_RD, True), (SHUT_RDWR, True), (SHUT_WR, False)], ids=["rd", "rdwr", "wr"]
)


@clause(since="2.2", level="source", refs=[INET], covers=["errno:EINVAL"])
def test_inet_asks_for_how_before_the_connection(sockets):
    """On an AF_INET socket that is not connected a bad how is EINVAL, where a good one is ENOTCONN."""
    socket = sockets.open(AF_INET, SOCK_STREAM)

    assert [socket.shutdown(how) for how in (3, -1)] == [refused(EINVAL)] * 2
    assert socket.shutdown(SHUT_RDWR) == refused(ENOTCONN)


@clause(since="2.2", level="source", refs=[INET])
@of_kinds(INET_TCP, INET6_TCP)
@STOPS
def test_shutting_down_reception_ends_the_listening_of_tcp(loopback, sockets, kind, how, stops):
    """A TCP listener shut down for receiving stops listening, and may listen again; for sending it still listens."""
    (listener, name), client = kind.ready(sockets, loopback.namespace), kind.open(sockets, loopback.namespace)

    result = listener.shutdown(how)

    assert result == SUCCESS
    assert tcp_state(listener) == (TCP_CLOSE if stops else TCP_LISTEN)
    assert listener.option(SOL_SOCKET, SO_ACCEPTCONN) == (0 if stops else 1)
    assert client.connect(name) == (refused(ECONNREFUSED) if stops else SUCCESS)
    assert listener.listen(1) == SUCCESS


@clause(since="2.2", level="source", refs=[INET])
@HOWS
def test_gives_up_a_connection_that_is_being_made(loopback, sockets, how):
    """A TCP socket that is shut down while it connects is unconnected again, and may connect elsewhere."""
    quiet, listener = (sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace) for _ in range(2))
    name = listening(listener)
    client = sockets.open(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, namespace=loopback.namespace)
    started = client.connect(silent(quiet))
    connecting = tcp_state(client)

    result = client.shutdown(how)

    assert (started, connecting) == (refused(EINPROGRESS), TCP_SYN_SENT)
    assert result == SUCCESS
    assert tcp_state(client) == TCP_CLOSE
    assert client.connect(name) == refused(EINPROGRESS)
    assert exchange(client, sockets.adopt(listener.must.accept4()))[2:] == (returned(4), returned(4))
