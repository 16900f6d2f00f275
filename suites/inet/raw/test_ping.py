"""icmp(7): ping sockets, SOCK_DGRAM of ICMP: who may make them, what they send, and which replies they receive."""

import os
from errno import EACCES, EINVAL, EPROTONOSUPPORT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers import messages, syscall, wait
from helpers.arrivals import drain
from helpers.endpoints import name_of
from helpers.net.ip_frames import checksum
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import pseudo
from helpers.net.ip_versions import V4
from helpers.net.sysctl import set_sysctl
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SOCK_CLOEXEC, SOCK_DGRAM

SYSCALL = "sendto"
CREATE = "src:net/ipv4/ping.c:ping_init_sock"
SEND = "src:net/ipv4/ping.c:ping_v4_sendmsg"
SEND6 = "src:net/ipv6/ping.c:ping_v6_sendmsg"
REFS = ["man:icmp(7)", CREATE, SEND, SEND6]


def made(host):
    """Return what socket(2) returns for a ping socket of the host."""
    with host.near.namespace:
        return syscall.socket(host.ip.family, SOCK_DGRAM | SOCK_CLOEXEC, host.ip.icmp)


def allow(host):
    """Let the group of this process, of which its user namespace knows, make ping sockets."""
    set_sysctl(host.near.namespace, "ipv4/ping_group_range", f"{os.getegid()} {os.getegid()}")


def ping(host):
    """Return a ping socket."""
    allow(host)
    return host.near.sockets.adopt(made(host).value)


def echo(host, data, kind=None, code=0, ident=0x1111, number=7):
    """Return an echo request, or another message, without a checksum."""
    kind = host.ip.ECHO if kind is None else kind
    return bytes([kind, code, 0, 0]) + ident.to_bytes(2) + number.to_bytes(2) + data


@clause(since="3.0", level="documented", refs=[*REFS, "doc:networking/ip-sysctl.rst"])
@ip_versions
def test_ping_group_range_says_who_may(host, ip):
    """A ping socket is EACCES for groups outside ping_group_range, which is nobody's in a new namespace."""
    first = made(host)
    allow(host)
    second = made(host)
    host.near.sockets.adopt(second.value)

    assert first == refused(EACCES)
    assert second.ok


@clause(since="3.0", level="documented", refs=REFS)
@ip_versions
def test_the_identifier_is_the_sockets(host, ip):
    """An echo request leaves with the socket's identifier, which bind(2) sets as a port, and a right checksum."""
    socket, data = ping(host), new_data()

    bound = socket.bind(ip.address(0x1234, ip.here))
    assert socket.sendto(echo(host, data), 0, ip.address(0, ip.there)) == returned(24)

    seen = host.seen(data)
    assert bound == SUCCESS
    assert ip.sockaddr_of(name_of(socket)) == (ip.here, 0x1234)
    assert seen.protocol == ip.icmp
    assert (seen.data[:2], seen.data[4:]) == (bytes([ip.ECHO, 0]), bytes.fromhex("12340007") + data)
    before = b"" if ip is V4 else pseudo(ip, ip.here, ip.there, ip.icmp, len(seen.data))
    assert checksum(before + seen.data) == 0


@clause(since="3.0", level="documented", refs=[*REFS, "src:net/ipv4/ping.c:ping_rcv"])
@ip_versions
def test_replies_of_its_identifier_are_received(host, ip):
    """A ping socket receives the echo replies with its identifier, from the ICMP header on, and no others."""
    socket, name = ping(host), ip.address()
    socket.must.bind(ip.address(0x1234, ip.here))
    for ident in (0x1235, 0x1234):
        host.deliver_icmp(ip.ECHO_REPLY, 0, ident << 16 | 9, b"data %x" % ident)
    host.settled()

    got = messages.receive(socket.fd, name=name)

    assert (got.data[:2], got.data[4:]) == (bytes([ip.ECHO_REPLY, 0]), bytes.fromhex("12340009") + b"data 1234")
    assert ip.sockaddr_of(name) == (ip.there, 0)
    assert drain(socket) == []


@clause(since="3.0", level="source", refs=[*REFS, "src:net/ipv4/ping.c:ping_common_sendmsg"], covers=["errno:EINVAL"])
@ip_versions
def test_only_echo_requests_are_sent(host, ip):
    """What is no echo request of code 0, or shorter than its header, is EINVAL."""
    socket, target = ping(host), ip.address(0, ip.there)

    assert socket.sendto(echo(host, b"", ip.ECHO_REPLY), 0, target) == refused(EINVAL)
    assert socket.sendto(echo(host, b"", code=1), 0, target) == refused(EINVAL)
    assert socket.sendto(echo(host, b"")[:7], 0, target) == refused(EINVAL)
    assert socket.sendto(echo(host, b""), 0, target) == returned(8)


@clause(since="3.0", level="documented", refs=REFS)
@ip_versions
def test_this_host_answers(host, ip):
    """An echo request to an address of the host is answered with the same data and number."""
    socket = ping(host)
    socket.must.connect(ip.address(0, ip.here))

    assert socket.send(echo(host, b"some data", number=42)) == returned(17)
    assert wait.readable(socket.fd)
    got = messages.receive(socket.fd)

    assert got.data[0] == ip.ECHO_REPLY
    assert got.data[6:] == (42).to_bytes(2) + b"some data"


@clause(since="3.0", level="source", refs=["man:icmp(7)", "src:net/ipv4/af_inet.c:inet_create"])
@ip_versions
@pytest.mark.parametrize("protocol", [47, 253])
def test_datagram_sockets_have_few_protocols(ip, protocol):
    """A socket of SOCK_DGRAM has the protocol of UDP, UDP-Lite or ICMP; another is EPROTONOSUPPORT."""
    assert syscall.socket(ip.family, SOCK_DGRAM, protocol) == refused(EPROTONOSUPPORT)
