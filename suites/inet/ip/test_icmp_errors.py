"""ICMP errors: what errno each type and code becomes, for connected sockets and with IP_RECVERR in the error queue."""

import select
from errno import (
    EACCES,
    ECONNREFUSED,
    EHOSTDOWN,
    EHOSTUNREACH,
    EMSGSIZE,
    ENETUNREACH,
    ENONET,
    ENOPROTOOPT,
    EOPNOTSUPP,
    EPROTO,
)

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers import messages, wait
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_packets import packet, udp
from helpers.net.ip_versions import V4, V6
from helpers.options import covers
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi import icmp, icmpv6
from helpers.uapi.errqueue import sock_extended_err
from helpers.uapi.in_ import IPPROTO_UDP
from helpers.uapi.socket import MSG_DONTWAIT, MSG_ERRQUEUE, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

SYSCALL = "recvmsg"
ERR = "src:net/ipv4/udp.c:__udp4_lib_err"
ERR6 = "src:net/ipv6/udp.c:__udp6_lib_err"
REFS = ["man:ip(7)", "man:ipv6(7)", "man:icmp(7)", "man:udp(7)", ERR, ERR6]
GATEWAY = {V4: "192.0.2.99", V6: "2001:db8::99"}
# What the kernel makes of each: type, code, errno, whether an unrequested error reaches a connected socket (fatal).
UNREACH = icmp.ICMP_DEST_UNREACH
ALL4 = [
    (UNREACH, 0, ENETUNREACH, False),
    (UNREACH, 1, EHOSTUNREACH, False),
    (UNREACH, 2, ENOPROTOOPT, True),
    (UNREACH, 3, ECONNREFUSED, True),
    (UNREACH, 5, EOPNOTSUPP, False),
    (UNREACH, 6, ENETUNREACH, True),
    (UNREACH, 7, EHOSTDOWN, True),
    (UNREACH, 8, ENONET, True),
    (UNREACH, 9, ENETUNREACH, True),
    (UNREACH, 10, EHOSTUNREACH, True),
    (UNREACH, 11, ENETUNREACH, False),
    (UNREACH, 12, EHOSTUNREACH, False),
    (UNREACH, 13, EHOSTUNREACH, True),
    (UNREACH, 14, EHOSTUNREACH, True),
    (UNREACH, 15, EHOSTUNREACH, True),
    (icmp.ICMP_TIME_EXCEEDED, 0, EHOSTUNREACH, False),
    (icmp.ICMP_PARAMETERPROB, 0, EPROTO, True),
]
ALL6 = [
    (icmpv6.ICMPV6_DEST_UNREACH, 0, ENETUNREACH, False),
    (icmpv6.ICMPV6_DEST_UNREACH, 1, EACCES, True),
    (icmpv6.ICMPV6_DEST_UNREACH, 2, EHOSTUNREACH, False),
    (icmpv6.ICMPV6_DEST_UNREACH, 3, EHOSTUNREACH, False),
    (icmpv6.ICMPV6_DEST_UNREACH, 4, ECONNREFUSED, True),
    (icmpv6.ICMPV6_DEST_UNREACH, 5, EACCES, True),
    (icmpv6.ICMPV6_DEST_UNREACH, 6, EACCES, True),
    (icmpv6.ICMPV6_TIME_EXCEED, 0, EHOSTUNREACH, False),
    (icmpv6.ICMPV6_TIME_EXCEED, 1, EHOSTUNREACH, False),
    (icmpv6.ICMPV6_PARAMPROB, 0, EPROTO, True),
    (icmpv6.ICMPV6_PARAMPROB, 1, EPROTO, True),
    (icmpv6.ICMPV6_PARAMPROB, 2, EPROTO, True),
]
EVERY = [(V4, *one) for one in ALL4] + [(V6, *one) for one in ALL6]
PORT_UNREACH = {V4: ALL4[3], V6: ALL6[4]}


def original(host, port, data=b"", target=PORT):
    """Return the packet that an ICMP error quotes: one that the host's port sent to the neighbour."""
    ip = host.ip
    segment = udp(ip, (ip.here, port), (ip.there, target), data)
    return packet(ip, IPPROTO_UDP, segment, ip.here, ip.there)


def error(host, socket):
    """Return (data, name, flags, sock_extended_err, offender) of the error queue's next message."""
    name = host.ip.address()
    got = messages.receive(socket.fd, flags=MSG_ERRQUEUE | MSG_DONTWAIT, name=name)
    ((level, kind, data),) = got.controls
    assert (level, kind) == (host.ip.level, host.ip.RECVERR)
    return got.data, bytes(name), got.flags, sock_extended_err.from_buffer_copy(data), data[16:]


def connected(host):
    """Return a socket connected to the neighbour and its port."""
    socket, port = host.bound()
    socket.must.connect(host.peer)
    return socket, port


@clause(since="2.2", level="documented", refs=REFS)
@pytest.mark.parametrize(("ip", "kind", "code", "errno", "fatal"), EVERY)
def test_a_connected_socket_reports_a_fatal_error_once(host, kind, code, errno, fatal):
    """An ICMP error that is fatal is pending on the connected UDP socket once, another is not reported."""
    socket, port = connected(host)

    host.deliver_icmp(kind, code, 0, original(host, port), GATEWAY[host.ip])
    host.settled()

    assert socket.option(SOL_SOCKET, SO_ERROR) == (errno if fatal else 0)
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0
    host.deliver_icmp(kind, code, 0, original(host, port), GATEWAY[host.ip])
    host.settled()
    assert socket.send(b"data") == (refused(errno) if fatal else returned(4))
    assert socket.send(b"data") == returned(4)


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_RECVERR", "IPV6_RECVERR"], "set", "effect"))
@pytest.mark.parametrize(("ip", "kind", "code", "errno", "fatal"), EVERY)
def test_recverr_queues_every_error(host, ip, kind, code, errno, fatal):
    """With RECVERR every ICMP error is queued with type, code, origin, offender, also for a socket without peer."""
    socket, port = host.bound()
    socket.must.setsockopt(ip.level, ip.RECVERR, 1)
    data = new_data()

    host.deliver_icmp(kind, code, 0, original(host, port, data), GATEWAY[ip])
    assert wait.poll(socket.fd, 0) == select.POLLERR

    quoted, name, flags, told, offender = error(host, socket)
    assert (quoted, flags) == (data, MSG_ERRQUEUE)
    assert name == bytes(host.peer)  # where the datagram was to go
    assert (told.ee_errno, told.ee_origin, told.ee_type, told.ee_code) == (errno, ip.origin, kind, code)
    assert (told.ee_pad, told.ee_info, told.ee_data) == (0, 0, 0)
    assert offender == bytes(ip.address(0, GATEWAY[ip]))
    assert socket.option(SOL_SOCKET, SO_ERROR) == 0  # taken with the message


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:ECONNREFUSED"])
@ip_versions
def test_an_unconnected_socket_does_not_report_without_recverr(host, ip):
    """Without RECVERR an ICMP error is not reported to an unconnected UDP socket; with it the next call fails once."""
    socket, port = host.bound()
    kind, code, errno, _ = PORT_UNREACH[ip]

    def refuse():
        host.deliver_icmp(kind, code, 0, original(host, port))
        host.settled()
        return socket.sendto(b"data", 0, host.peer)

    assert refuse() == returned(4)
    assert socket.setsockopt(ip.level, ip.RECVERR, 1) == SUCCESS
    assert refuse() == refused(errno)
    assert socket.sendto(b"data", 0, host.peer) == returned(4)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
@pytest.mark.parametrize("wrong", ["own-port", "peer-port", "peer"])
def test_an_error_about_another_flow_is_not_reported(host, ip, wrong):
    """An ICMP error about a datagram that the connected socket did not send is not reported; one about its own is."""
    socket, port = connected(host)
    kind, code, errno, _ = PORT_UNREACH[ip]
    segment = udp(ip, (ip.here, port ^ (wrong == "own-port")), (ip.there, PORT ^ (wrong == "peer-port")), b"")
    about = packet(ip, IPPROTO_UDP, segment, ip.here, ip.elsewhere if wrong == "peer" else ip.there)

    host.deliver_icmp(kind, code, 0, about)
    host.settled()
    before = socket.option(SOL_SOCKET, SO_ERROR)
    host.deliver_icmp(kind, code, 0, original(host, port))
    host.settled()

    assert (before, socket.option(SOL_SOCKET, SO_ERROR)) == (0, errno)


@clause(since="2.2", level="documented", refs=REFS)
@ip_versions
def test_too_big_is_emsgsize_with_the_mtu(host, ip):
    """A router that asks for smaller packets is EMSGSIZE, and ee_info is the MTU that the router names."""
    socket, port = connected(host)
    socket.must.setsockopt(ip.level, ip.RECVERR, 1)
    kind, code = (UNREACH, icmp.ICMP_FRAG_NEEDED) if ip is V4 else (icmpv6.ICMPV6_PKT_TOOBIG, 0)

    host.deliver_icmp(kind, code, 1300, original(host, port, b"x"), GATEWAY[ip])
    assert wait.poll(socket.fd, 0) == select.POLLERR

    _, _, _, told, _ = error(host, socket)
    assert (told.ee_errno, told.ee_origin, told.ee_type, told.ee_code) == (EMSGSIZE, ip.origin, kind, code)
    assert told.ee_info == 1300
    assert socket.option(ip.level, ip.MTU) == 1300


@clause(since="2.2", level="source", refs=["man:icmp(7)", "src:net/ipv4/icmp.c:icmp_unreach", ERR])
@pytest.mark.parametrize("ip", [V4], ids=str)
@pytest.mark.parametrize(
    ("kind", "code"),
    [(icmp.ICMP_SOURCE_QUENCH, 0), (icmp.ICMP_TIME_EXCEEDED, 1), (UNREACH, 16)],
    ids=["source-quench", "fragment-time", "unknown-code"],
)
def test_some_are_never_reported(host, ip, kind, code):
    """A source quench, a time exceeded of reassembly and an unknown code are not reported, not even with IP_RECVERR."""
    socket, port = connected(host)
    socket.must.setsockopt(ip.level, ip.RECVERR, 1)

    host.deliver_icmp(kind, code, 0, original(host, port))
    host.deliver_icmp(UNREACH, icmp.ICMP_PORT_UNREACH, 0, original(host, port))
    assert wait.poll(socket.fd, 0) == select.POLLERR

    _, _, _, told, _ = error(host, socket)
    assert (told.ee_type, told.ee_code) == (UNREACH, icmp.ICMP_PORT_UNREACH)
