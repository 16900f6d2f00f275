"""listen(2): the port of a TCP socket, and when it is taken already."""

from errno import EADDRINUSE

from fixtures.clauses import clause
from helpers.endpoints import port_of
from helpers.net.addresses import inet
from helpers.net.sysctl import set_sysctl
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_state
from helpers.uapi.socket import AF_INET, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_REUSEADDR
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_LISTEN

SYSCALL = "listen"
START = "src:net/ipv4/inet_connection_sock.c:inet_csk_listen_start"


@clause(since="2.2", level="documented", refs=["man:ip(7)", START])
def test_gives_a_tcp_socket_without_name_a_port(namespace, sockets):
    """A TCP socket that is not bound listens on a port that the kernel picks from ip_local_port_range."""
    set_sysctl(namespace, "ipv4/ip_local_port_range", "40000 40009")
    socket = sockets.open(AF_INET, SOCK_STREAM, namespace=namespace)
    before = port_of(socket)

    result = socket.listen(1)

    assert before == 0
    assert result == SUCCESS
    assert port_of(socket) in range(40000, 40010)


@clause(since="2.2", level="documented", refs=["man:listen(2)", "man:ip(7)", START], covers=["errno:EADDRINUSE"])
def test_refuses_a_port_on_which_another_listens_with_eaddrinuse(loopback, sockets):
    """Of two sockets bound to one port the second to listen is refused with EADDRINUSE while the first does."""
    first, second = (sockets.open(AF_INET, SOCK_STREAM, namespace=loopback.namespace) for _ in range(2))
    for socket in (first, second):
        socket.must.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        socket.must.bind(inet(4711))
    first.must.listen(1)

    result = second.listen(1)

    assert result == refused(EADDRINUSE)
    assert tcp_state(second) == TCP_CLOSE
    first.must.close()
    assert second.listen(1) == SUCCESS
    assert tcp_state(second) == TCP_LISTEN


@clause(since="2.2", level="documented", refs=["man:listen(2)", START], covers=["errno:EADDRINUSE"])
def test_refuses_when_every_port_is_taken_with_eaddrinuse(namespace, sockets):
    """listen(2) on an unbound TCP socket fails with EADDRINUSE when all of ip_local_port_range is in use."""
    set_sysctl(namespace, "ipv4/ip_local_port_range", "40000 40001")
    three = [sockets.open(AF_INET, SOCK_STREAM, namespace=namespace) for _ in range(3)]

    results = [socket.listen(1) for socket in three]

    assert results == [SUCCESS, SUCCESS, refused(EADDRINUSE)]
    set_sysctl(namespace, "ipv4/ip_local_port_range", "40000 40003")
    assert three[2].listen(1) == SUCCESS
    assert port_of(three[2]) in (40002, 40003)
