"""bind(2) and connect(2): addresses of the host and others, links and ports, as options allow."""

import struct
from errno import EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EINVAL, ENETUNREACH, EPERM

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4, ipv6
from helpers.endpoints import name_of, port_of
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_versions import V4
from helpers.option_calls import answer, get
from helpers.options import covers, option
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in_ import IP_BIND_ADDRESS_NO_PORT, IP_LOCAL_PORT_RANGE, IP_PROTOCOL
from helpers.uapi.socket import SOCK_RAW

SYSCALL = "bind"
BIND = "src:net/ipv4/af_inet.c:__inet_bind"
BIND6 = "src:net/ipv6/af_inet6.c:__inet6_bind"
REFS = ["man:ip(7)", "man:ipv6(7)", BIND, BIND6]
OPTIONS = ["IP_FREEBIND", "IPV6_FREEBIND", "IP_TRANSPARENT", "IPV6_TRANSPARENT"]
FREE = {4: "198.51.100.77", 6: "2001:db8:77::77"}


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_a_connect_takes_the_source_of_the_route(host, ip):
    """A connect gives an unbound socket the source for its peer, and datagrams have it; a bound address is kept."""
    host.add(ip.also_here)
    bound, port = host.bound(ip.also_here)
    unbound, data = host.connected(), [new_data(), new_data()]

    bound.must.connect(host.peer)
    for socket, one in zip((unbound, bound), data, strict=True):
        socket.must.send(one)

    own = ip.sockaddr_of(name_of(unbound))[0]
    assert own in (ip.here, ip.also_here)
    assert ip.sockaddr_of(name_of(bound)) == (ip.also_here, port)
    assert [host.seen(one).source for one in data] == [ip.packed(own), ip.packed(ip.also_here)]


@clause(
    since="4.15",
    level="documented",
    refs=REFS,
    covers=["errno:EADDRNOTAVAIL", *covers(OPTIONS, "effect")],
)
@ip_versions
@pytest.mark.parametrize("name", ["FREEBIND", "TRANSPARENT"])
def test_an_address_that_is_not_local_needs_an_option(host, ip, name):
    """An address that the host does not have is EADDRNOTAVAIL, and is bound with FREEBIND or TRANSPARENT."""
    socket, free = host.open(), ip.address(PORT, FREE[ip.number])

    before = socket.bind(free)
    result = socket.setsockopt(ip.level, getattr(ip, name), 1)

    assert (before, result) == (refused(EADDRNOTAVAIL), SUCCESS)
    assert socket.bind(free) == SUCCESS
    assert bytes(name_of(socket)) == bytes(free)


@clause(since="2.6.28", level="documented", refs=["man:ip(7)", "src:net/ipv4/udp.c:udp_sendmsg"])
@ip_versions
def test_a_transparent_socket_sends_from_there(host, ip):
    """A datagram of a TRANSPARENT socket leaves with the address that it is bound to."""
    socket, data = host.open(), new_data()
    socket.must.setsockopt(ip.level, ip.TRANSPARENT, 1)
    socket.must.bind(ip.address(PORT, FREE[ip.number]))

    assert socket.sendto(data, 0, host.peer) == returned(16)
    assert host.seen(data).source == ip.packed(FREE[ip.number])


@clause(
    since="2.6.28",
    level="documented",
    refs=["man:ip(7)", "man:ipv6(7)", "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt"],
    covers=covers(["IP_TRANSPARENT", "IPV6_TRANSPARENT"], "error"),
)
@ip_versions
def test_transparent_needs_a_capability(host, ip):
    """TRANSPARENT is EPERM without CAP_NET_ADMIN and CAP_NET_RAW, though 0 is taken; either of them will do."""
    socket = host.open()

    def switch(on):
        return socket.setsockopt(ip.level, ip.TRANSPARENT, on)

    both = ["CAP_NET_ADMIN", "CAP_NET_RAW"]
    assert in_child(switch, 1, without=both) == refused(EPERM)
    assert in_child(switch, 0, without=both) == SUCCESS
    assert [in_child(switch, 1, without=[one]) for one in both] == [SUCCESS, SUCCESS]


@clause(
    since="6.3",
    level="documented",
    refs=["man:ip(7)", "src:net/ipv4/inet_connection_sock.c:inet_sk_get_local_port_range"],
    covers=["errno:setsockopt:EINVAL", *covers(["IP_LOCAL_PORT_RANGE"], "effect", "error")],
)
@ip_versions
def test_ip_local_port_range_narrows_the_ports(host, ip):
    """IP_LOCAL_PORT_RANGE has a socket's own port be one of its range; with none left a bind is EADDRINUSE."""
    low, high = 40010, 40011
    value = struct.pack("=HH", low, high)
    sockets = [host.open() for _ in range(4)]
    refusals = [sockets[0].setsockopt(V4.level, IP_LOCAL_PORT_RANGE, bad) for bad in (value[2:] + value[:2], value[:2])]

    for socket in sockets:
        assert socket.setsockopt(V4.level, IP_LOCAL_PORT_RANGE, value) == SUCCESS
    results = [socket.bind(ip.address(0, ip.here)) for socket in sockets[:3]]

    assert refusals == [refused(EINVAL)] * 2
    assert results == [SUCCESS, SUCCESS, refused(EADDRINUSE)]
    assert {port_of(socket) for socket in sockets[:2]} == {low, high}
    assert sockets[3].sendto(b"data", 0, host.peer) == refused(EAGAIN)
    assert sockets[2].setsockopt(V4.level, IP_LOCAL_PORT_RANGE, bytes(4)) == SUCCESS
    assert sockets[2].bind(ip.address(0, ip.here)) == SUCCESS


@clause(
    since="4.2",
    level="documented",
    refs=["man:ip(7)", BIND],
    covers=covers(["IP_BIND_ADDRESS_NO_PORT"], "effect"),
)
@ip_versions
@pytest.mark.parametrize("on", [0, 1])
def test_ip_bind_address_no_port_leaves_the_port_open(host, ip, on):
    """With IP_BIND_ADDRESS_NO_PORT a bind to port 0 takes the address only, and the port comes with the connect."""
    socket = host.open()
    assert socket.setsockopt(V4.level, IP_BIND_ADDRESS_NO_PORT, on) == SUCCESS

    assert socket.bind(ip.address(0, ip.here)) == SUCCESS
    bound = ip.sockaddr_of(name_of(socket))
    socket.must.connect(host.peer)

    assert bound[0] == ip.here
    assert (bound[1] > 0) == (not on)
    assert ip.sockaddr_of(name_of(socket))[1] > 0


@clause(
    since="3.4",
    level="documented",
    refs=["man:ip(7)", "man:ipv6(7)", "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt"],
    covers=["errno:setsockopt:EINVAL", *covers(["IP_UNICAST_IF", "IPV6_UNICAST_IF"], "set", "get", "effect", "error")],
)
@ip_versions
def test_unicast_if_chooses_the_link(host, ip):
    """UNICAST_IF chooses the link of what is sent, in wire order; one that is not there is EADDRNOTAVAIL."""
    socket, one = host.open(), option("IP_UNICAST_IF" if ip is V4 else "IPV6_UNICAST_IF")
    host.route.add_neighbour(host.near.ifindex, ip.elsewhere, host.far.mac)
    host.route.add_route("0.0.0.0" if ip is V4 else "::", 0, 1)
    data, target = [new_data() for _ in range(2)], ip.address(PORT, ip.elsewhere)
    index = struct.pack("!I", host.near.ifindex)

    before = get(socket, one)
    wrong = (struct.pack("!I", 4711), index + b"\0", index[:3])
    refusals = [socket.setsockopt(ip.level, one.number, bad) for bad in wrong]
    result = socket.setsockopt(ip.level, one.number, index)
    kept = get(socket, one)
    sent = socket.sendto(data[0], 0, target)

    assert before == answer(0)
    assert refusals == [refused(EADDRNOTAVAIL), refused(EINVAL), refused(EINVAL)]
    assert (result, kept) == (SUCCESS, answer(index))
    if ip is V4:
        assert sent == returned(16)
        assert host.seen(data[0]).destination == ip.packed(ip.elsewhere)
    else:
        assert sent == refused(ENETUNREACH)  # a route on that link is needed, and there is none
    assert socket.setsockopt(ip.level, one.number, bytes(4)) == SUCCESS
    assert get(socket, one) == answer(0)


@clause(
    since="6.4", level="uapi", refs=["uapi:linux/in.h", "man:ip(7)"], covers=covers(["IP_PROTOCOL"], "get", "error")
)
@ipv4
@pytest.mark.parametrize("number", [1, 253])
def test_ip_protocol_is_that_of_the_socket(host, ip, number):
    """IP_PROTOCOL reads the protocol of a raw socket, and the port of others; to set it is refused."""
    socket = host.near.sockets.open(ip.family, SOCK_RAW, number, host.near.namespace)

    assert get(socket, option("IP_PROTOCOL")) == answer(number)
    assert not socket.setsockopt(ip.level, IP_PROTOCOL, 1).ok
    assert get(socket, option("IP_PROTOCOL")) == answer(number)


@clause(
    since="2.6.12",
    level="documented",
    refs=["man:ipv6(7)", BIND6],
    covers=["errno:EADDRINUSE", "errno:setsockopt:EINVAL", *covers(["IPV6_V6ONLY"], "effect", "error")],
)
@ipv6
@pytest.mark.parametrize("only", [0, 1])
def test_v6only_leaves_the_port_to_ipv4(host, ip, only):
    """A socket bound to :: has the port of IPv4, too, unless it is IPV6_V6ONLY; that is EINVAL once it is bound."""
    socket, other = host.open(), V4.udp.open(host.near.sockets, host.near.namespace)
    assert socket.setsockopt(ip.level, option("IPV6_V6ONLY").number, only) == SUCCESS
    socket.must.bind(ip.address(4713, "::"))

    assert other.bind(V4.address(4713, "0.0.0.0")) == (SUCCESS if only else refused(EADDRINUSE))
    assert socket.setsockopt(ip.level, option("IPV6_V6ONLY").number, 1 - only) == refused(EINVAL)
    assert get(socket, option("IPV6_V6ONLY")) == answer(only)
