"""IPv4-mapped addresses, IPV6_ADDRFORM, scopes, IPV6_PATHMTU and IPV6_RECVPATHMTU, IPV6_JOIN_ANYCAST."""

import ctypes
from errno import EADDRNOTAVAIL, EINVAL, EMSGSIZE, ENETUNREACH, ENOTCONN

from fixtures.clauses import clause
from fixtures.parameters import ipv6
from helpers import messages, wait
from helpers.arrivals import drain
from helpers.endpoints import name_of
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_versions import V4, V6
from helpers.option_calls import answer, get, put, refusal
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in6 import (
    IPV6_DONTFRAG,
    IPV6_JOIN_ANYCAST,
    IPV6_LEAVE_ANYCAST,
    IPV6_MTU_DISCOVER,
    IPV6_PATHMTU,
    IPV6_RECVPATHMTU,
    IPV6_RECVPKTINFO,
    ip6_mtuinfo,
    ipv6_mreq,
)
from helpers.uapi.in_ import in6_addr
from helpers.uapi.socket import AF_INET, AF_INET6, SOL_SOCKET
from helpers.uapi.socket_options import SO_DOMAIN

SYSCALL = "setsockopt"
SET = "src:net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt"
REFS = ["man:ipv6(7)", SET]
FORM, ONLY = option("IPV6_ADDRFORM"), option("IPV6_V6ONLY")


def mapped(host):
    """Return an IPv4 address as IPv6 has it."""
    return f"::ffff:{host}"


@clause(since="2.2", level="documented", refs=["man:ipv6(7)", "src:net/ipv6/udp.c:udpv6_recvmsg"])
def test_an_ipv6_socket_talks_ipv4_by_mapped_addresses(loopback6, sockets):
    """A socket bound to :: receives from IPv4 with a mapped address, and sends to such a one over IPv4."""
    six, four = V6.udp.open(sockets, loopback6.namespace), V4.udp.open(sockets, loopback6.namespace)
    four.must.bind(V4.address(0))
    six.must.bind(V6.address(0, "::"))
    port6, port4 = V6.sockaddr_of(name_of(six))[1], V4.sockaddr_of(name_of(four))[1]
    six.must.setsockopt(V6.level, IPV6_RECVPKTINFO, 1)
    name, back = V6.address(), V4.address()

    four.must.sendto(b"there", 0, V4.address(port6))
    assert wait.readable(six.fd)
    got = messages.receive(six.fd, name=name)
    six.must.sendto(b"back", 0, V6.address(port4, mapped("127.0.0.1")))
    assert wait.readable(four.fd)
    returned = messages.receive(four.fd, name=back)

    assert V6.sockaddr_of(name) == (mapped("127.0.0.1"), port4)
    assert got.controls[0][2] == V6.packed(mapped("127.0.0.1")) + (1).to_bytes(4, "little")
    assert (got.data, returned.data) == (b"there", b"back")
    assert V4.sockaddr_of(back) == ("127.0.0.1", port6)


@clause(since="2.6.12", level="documented", refs=["man:ipv6(7)", "src:net/ipv6/udp.c:udpv6_sendmsg"])
def test_a_v6only_socket_has_no_mapped_addresses(loopback6, sockets):
    """An IPV6_V6ONLY socket is refused to send to a mapped address with ENETUNREACH, to bind it with EINVAL."""
    only, both = (V6.udp.open(sockets, loopback6.namespace) for _ in range(2))
    only.must.setsockopt(ONLY.level, ONLY.number, 1)
    target = V6.address(9, mapped("127.0.0.1"))

    assert only.sendto(b"data", 0, target) == refused(ENETUNREACH)
    assert both.sendto(b"data", 0, target).ok
    fresh, free = (V6.udp.open(sockets, loopback6.namespace) for _ in range(2))
    fresh.must.setsockopt(ONLY.level, ONLY.number, 1)
    assert fresh.bind(V6.address(0, mapped("127.0.0.1"))) == refused(EINVAL)
    assert free.bind(V6.address(0, mapped("127.0.0.1"))) == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=REFS,
    covers=["errno:EINVAL", "errno:getsockopt:ENOTCONN", *covers([FORM.name], "set", "get", "effect", "error")],
)
def test_ipv6_addrform_makes_it_a_socket_of_ipv4(loopback6, sockets):
    """IPV6_ADDRFORM turns a socket connected to a mapped address into one of AF_INET; nothing else is turned."""
    target, name = V4.udp.named(sockets, loopback6.namespace)
    port = V4.sockaddr_of(name)[1]
    free, six, four = (V6.udp.open(sockets, loopback6.namespace) for _ in range(3))
    six.must.connect(V6.address(port, "::1"))
    four.must.connect(V6.address(port, mapped("127.0.0.1")))

    assert (put(free, FORM, AF_INET), get(free, FORM)) == (refused(ENOTCONN), refusal(ENOTCONN))
    assert put(six, FORM, AF_INET) == refused(EADDRNOTAVAIL)
    assert put(four, FORM, AF_INET6) == refused(EINVAL)
    assert get(four, FORM) == answer(AF_INET6)
    assert put(four, FORM, AF_INET) == SUCCESS

    assert (four.option(SOL_SOCKET, SO_DOMAIN), six.option(SOL_SOCKET, SO_DOMAIN)) == (AF_INET, AF_INET6)
    assert bytes(name_of(four, peer=True)) == bytes(name)
    four.must.send(b"data")
    assert wait.readable(target.fd)
    assert drain(target) == [b"data"]


@clause(since="2.2", level="documented", refs=["man:ipv6(7)", "src:net/ipv6/af_inet6.c:__inet6_bind"])
@ipv6
def test_link_local_addresses_have_a_scope(host, ip):
    """A link-local address needs the index of its link to be bound and connected; getsockname(2) returns it."""
    host.add("fe80::1")
    host.route.add_neighbour(host.near.ifindex, "fe80::2", host.far.mac)
    bare, data = ip.address(PORT, "fe80::1"), new_data()
    whole, peer = ip.address(PORT, "fe80::1"), ip.address(PORT, "fe80::2")
    whole.sin6_scope_id = peer.sin6_scope_id = host.near.ifindex
    socket = host.open()

    assert socket.bind(bare) == refused(EINVAL)
    assert socket.bind(whole) == SUCCESS
    assert bytes(name_of(socket)) == bytes(whole)
    assert socket.connect(peer) == SUCCESS
    socket.must.send(data)
    assert host.seen(data).destination == ip.packed("fe80::2")
    assert bytes(name_of(socket, peer=True)) == bytes(peer)
    assert host.open().connect(ip.address(PORT, "fe80::2")) == refused(EINVAL)


@clause(
    since="2.6.35",
    level="documented",
    refs=["man:ipv6(7)", "src:net/ipv6/datagram.c:ipv6_local_rxpmtu"],
    covers=[
        "errno:getsockopt:EINVAL",
        *covers(["IPV6_RECVPATHMTU"], "effect"),
        *covers(["IPV6_PATHMTU"], "get", "error"),
    ],
)
@ipv6
def test_the_path_mtu_is_told(host, ip):
    """IPV6_PATHMTU reads the MTU to the peer, and IPV6_RECVPATHMTU reports it when a datagram was too long."""
    socket, room = host.open(), ctypes.sizeof(ip6_mtuinfo)
    one = option("IPV6_PATHMTU")

    before = get(socket, one, room)
    socket.must.connect(host.peer)
    short = get(socket, one, room - 1)
    read = get(socket, one, room)
    for name, value in ((IPV6_RECVPATHMTU, 1), (IPV6_DONTFRAG, 1), (IPV6_MTU_DISCOVER, 0)):
        socket.must.setsockopt(ip.level, name, value)
    result = socket.send(bytes(2000))
    got = messages.receive(socket.fd)

    assert (before, short) == (refusal(ENOTCONN, room), refusal(EINVAL, room - 1))
    assert read == answer(bytes(ip6_mtuinfo(ip6m_mtu=1500)), room)
    assert result == refused(EMSGSIZE)
    assert (got.data, [(level, kind) for level, kind, _ in got.controls]) == (b"", [(ip.level, IPV6_PATHMTU)])
    reported = ip6_mtuinfo.from_buffer_copy(got.controls[0][2])
    assert (reported.ip6m_mtu, bytes(reported.ip6m_addr.sin6_addr)) == (1500, ip.packed(ip.there))
    assert messages.receive(socket.fd) is None


@clause(
    since="2.2",
    level="source",
    refs=["man:ipv6(7)", "src:net/ipv6/anycast.c:ipv6_sock_ac_join"],
    covers=["errno:EINVAL", *covers(["IPV6_JOIN_ANYCAST", "IPV6_LEAVE_ANYCAST"], "set", "effect", "error")],
)
@ipv6
def test_an_anycast_address_is_the_hosts_while_it_is_joined(host, ip):
    """The host receives what is sent to an anycast address while a socket has joined it."""
    socket, port = host.bound(ip.any)
    address = "2001:db8::aaaa"

    def ask(what, host_name, size=20):
        value = ipv6_mreq(in6_addr.from_buffer_copy(ip.packed(host_name)), host.near.ifindex)
        return socket.setsockopt(ip.level, what, bytes(value)[:size])

    def received():
        host.deliver_udp(port, b"data", to=address)
        host.settled()
        return drain(socket)

    before = received()
    joined = ask(IPV6_JOIN_ANYCAST, address)
    between = received()
    left = ask(IPV6_LEAVE_ANYCAST, address)

    assert (joined, left) == (SUCCESS, SUCCESS)
    assert (before, between, received()) == ([], [b"data"], [])
    assert ask(IPV6_JOIN_ANYCAST, "ff0e::1") == refused(EINVAL)
    assert ask(IPV6_JOIN_ANYCAST, address, 19) == refused(EINVAL)
    assert ask(IPV6_LEAVE_ANYCAST, address, 19) == refused(EINVAL)
    assert not ask(IPV6_LEAVE_ANYCAST, address).ok
