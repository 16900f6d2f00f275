"""bind(2), connect(2): ports of TCP connections that end, and a socket that connects to itself."""

from errno import EADDRINUSE, EADDRNOTAVAIL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.endpoints import name_of, port_of
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.net.sysctl import set_sysctl
from helpers.syscall import SUCCESS, refused, returned
from helpers.tcp import tcp_state
from helpers.uapi.socket import SHUT_WR, SOL_SOCKET
from helpers.uapi.socket_options import SO_REUSEADDR
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED

SYSCALL = "bind"
CONFLICT = "src:net/ipv4/inet_connection_sock.c:inet_csk_bind_conflict"
both_kinds = of_kinds(INET_TCP, INET6_TCP)


def in_time_wait(sockets, namespace, kind, reuse=0):
    """Return the name of a listener that is gone, of which a connection is in TIME-WAIT."""
    listener = kind.open(sockets, namespace)
    listener.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, reuse)
    name = kind.name(listener)
    listener.must.listen(1)
    client = kind.open(sockets, namespace)
    client.must.connect(name)
    accepted = sockets.adopt(listener.must.accept())
    accepted.must.shutdown(SHUT_WR)
    client.must.recv(bytearray(1), 1)
    client.must.close()
    wait.until(lambda: tcp_state(accepted) == TCP_CLOSE, "TIME-WAIT")
    accepted.must.close()
    listener.must.close()
    return name


@clause(
    since="2.4",
    level="documented",
    refs=["man:socket(7)", "man:ip(7)", "man:tcp(7)", CONFLICT],
    covers=["errno:EADDRINUSE"],
)
@both_kinds
@pytest.mark.parametrize(("before", "now"), [(0, 0), (1, 0), (0, 1), (1, 1)], ids=["neither", "old", "new", "both"])
def test_a_port_in_time_wait_takes_so_reuseaddr(loopback, sockets, kind, before, now):
    """A port of a connection in TIME-WAIT is EADDRINUSE, unless its socket and the new one have SO_REUSEADDR."""
    name = in_time_wait(sockets, loopback.namespace, kind, before)
    socket = kind.open(sockets, loopback.namespace)
    socket.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, now)

    result = socket.bind(name)

    assert result == (SUCCESS if before and now else refused(EADDRINUSE))
    assert port_of(socket) == (port_of(socket) if before and now else 0)


@clause(since="2.4", level="documented", refs=["man:socket(7)", "man:ip(7)", CONFLICT], covers=["errno:EADDRINUSE"])
@both_kinds
def test_a_port_of_a_listener_takes_more_than_so_reuseaddr(loopback, sockets, kind):
    """A port on which a socket listens is EADDRINUSE also for sockets with SO_REUSEADDR, and free once it is closed."""
    listener, socket = (kind.open(sockets, loopback.namespace) for _ in range(2))
    for one in (listener, socket):
        one.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    name = kind.name(listener)
    listener.must.listen(1)

    result = socket.bind(name)
    listener.must.close()

    assert result == refused(EADDRINUSE)
    assert socket.bind(name) == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=[
        "man:connect(2)",
        "https://www.rfc-editor.org/rfc/rfc9293",
        "src:net/ipv4/tcp_input.c:tcp_rcv_synsent_state_process",
    ],
)
@both_kinds
def test_a_socket_may_connect_to_itself(loopback, sockets, kind):
    """A bound socket that connects to its own name is connected to itself: it receives what it sends."""
    socket, name = kind.named(sockets, loopback.namespace)

    result = socket.connect(name)

    assert result == SUCCESS
    assert tcp_state(socket) == TCP_ESTABLISHED
    assert bytes(name_of(socket)) == bytes(name_of(socket, peer=True)) == bytes(name)
    assert socket.send(b"echo") == returned(4)
    buffer = bytearray(9)
    assert (socket.recv(buffer, 9), bytes(buffer[:4])) == (returned(4), b"echo")


@clause(
    since="2.2",
    level="documented",
    refs=["man:ip(7)", "doc:networking/ip-sysctl.rst", "src:net/ipv4/inet_hashtables.c:__inet_hash_connect"],
    covers=["errno:connect:EADDRNOTAVAIL"],
)
@both_kinds
def test_one_port_serves_many_peers(loopback, sockets, kind):
    """With one port to pick, a connect to each of two listeners has it; a second to the same is EADDRNOTAVAIL."""
    targets = [kind.ready(sockets, loopback.namespace)[1] for _ in range(2)]
    set_sysctl(loopback.namespace, "ipv4/ip_local_port_range", "50000 50000")
    clients = [kind.open(sockets, loopback.namespace) for _ in range(3)]

    results = [client.connect(target) for client, target in zip(clients, (*targets, targets[0]), strict=True)]

    assert results == [SUCCESS, SUCCESS, refused(EADDRNOTAVAIL)]
    assert [port_of(client) for client in clients[:2]] == [50000, 50000]
