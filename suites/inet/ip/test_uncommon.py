"""Options that UDP does not have or that only the kernel knows: router alert, policies, PKTOPTIONS."""

import ctypes
import fcntl
import os
from errno import EINPROGRESS, EINVAL, ENOPROTOOPT, EPERM

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers import wait
from helpers.arrivals import drain
from helpers.endpoints import name_of
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.messages import cmsg
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import packet
from helpers.net.ip_versions import V4
from helpers.net.sysctl import set_sysctl
from helpers.option_calls import answer, get, put, refusal
from helpers.options import OPTIONS, covers, option, options
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.uapi.in_ import IPPROTO_HOPOPTS, IPPROTO_RAW, IPPROTO_UDP
from helpers.uapi.socket import SOCK_RAW

SYSCALL = "setsockopt"
REFS = ["man:ip(7)", "man:ipv6(7)", "src:net/ipv4/ip_sockglue.c:ip_ra_control", "src:net/ipv6/ipv6_sockglue.c"]
ALERT = bytes([148, 4, 0, 0])
HEADERLESS = options("IPV6_NEXTHOP", "IPV6_AUTHHDR", "IPV6_HOPLIMIT")
POLICIES = options("IP_IPSEC_POLICY", "IP_XFRM_POLICY", "IPV6_IPSEC_POLICY", "IPV6_XFRM_POLICY")


def alerted(host):
    """Have a packet with a router alert arrive that the host is to forward."""
    ip, data = host.ip, new_data()
    if ip is V4:
        whole = packet(ip, IPPROTO_UDP, data, ip.there, ip.elsewhere, options=ALERT)
    else:
        alert = bytes([IPPROTO_UDP, 0, 5, 2, 0, 0, 1, 0])
        whole = packet(ip, IPPROTO_HOPOPTS, alert + data, ip.there, ip.elsewhere)
    host.deliver(whole)
    host.settled()
    return data


@clause(
    since="2.2",
    level="documented",
    refs=REFS,
    covers=["errno:EINVAL", *covers(["IP_ROUTER_ALERT", "IPV6_ROUTER_ALERT"], "set", "effect", "error")],
)
@ip_versions
def test_router_alert_takes_packets_that_pass(host, ip):
    """A raw socket with ROUTER_ALERT receives packets with that option which the host would forward."""
    forwarding = "ipv4/conf/all/forwarding" if ip is V4 else "ipv6/conf/all/forwarding"
    set_sysctl(host.near.namespace, forwarding, "1")
    host.route.add_route(ip.elsewhere, 32 if ip is V4 else 128, host.near.ifindex)
    one = option("IP_ROUTER_ALERT" if ip is V4 else "IPV6_ROUTER_ALERT")
    protocol = IPPROTO_UDP if ip is V4 else IPPROTO_RAW
    socket = host.near.sockets.open(ip.family, SOCK_RAW, protocol, host.near.namespace)
    off = 0 if ip is V4 else -1

    before = any(alerted(host) in data for data in drain(socket))
    on = put(socket, one, 1 if ip is V4 else 0)
    data = alerted(host)
    taken = [data in one for one in drain(socket)].count(True)
    ended = put(socket, one, off)
    data = alerted(host)

    assert not before
    assert (on, taken, ended) == (SUCCESS, 1, SUCCESS)
    assert [data in one for one in drain(socket)].count(True) == 0
    assert put(host.open(), one, 1) == refused(EINVAL if ip is V4 else ENOPROTOOPT)


@clause(
    since="6.12",
    level="source",
    refs=REFS,
    covers=covers(["IP_ROUTER_ALERT", "IPV6_ROUTER_ALERT"], "get"),
)
@ip_versions
def test_router_alert_reads_back(host, ip):
    """ROUTER_ALERT of a raw socket reads 0, and 1 while it is on."""
    one = option("IP_ROUTER_ALERT" if ip is V4 else "IPV6_ROUTER_ALERT")
    protocol = IPPROTO_UDP if ip is V4 else IPPROTO_RAW
    socket = host.near.sockets.open(ip.family, SOCK_RAW, protocol, host.near.namespace)

    before = get(socket, one)
    socket.must.setsockopt(one.level, one.number, 1)

    assert (before, get(socket, one)) == (answer(0), answer(1))


@clause(since="2.6.14", level="source", refs=REFS, covers=covers(HEADERLESS, "error"))
@pytest.mark.parametrize("one", HEADERLESS, ids=str)
def test_names_of_the_header_without_code_are_enoprotoopt(loopback6, sockets, one):
    """IPV6_NEXTHOP, IPV6_AUTHHDR and IPV6_HOPLIMIT are no options of a socket: ENOPROTOOPT."""
    socket = INET6_TCP.open(sockets, loopback6.namespace)

    assert put(socket, one, 1) == refused(ENOPROTOOPT)
    assert get(socket, one).result == refused(ENOPROTOOPT)


@clause(since="2.6", level="source", refs=REFS, covers=covers(POLICIES, "error"))
@pytest.mark.parametrize("one", POLICIES, ids=str)
def test_policies_need_cap_net_admin(loopback6, sockets, one):
    """A policy of IPsec needs CAP_NET_ADMIN, else EPERM; with it a value that is none is refused otherwise."""
    kind = INET_TCP if one.level == V4.level else INET6_TCP
    socket = kind.open(sockets, loopback6.namespace)

    assert in_child(put, socket, one, bytes(8), without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert in_child(put, socket, one, bytes(8), without=["CAP_NET_RAW"]) not in (refused(EPERM), SUCCESS)


@clause(
    since="2.2",
    level="source",
    refs=REFS,
    covers=covers(["IP_PKTOPTIONS", "IPV6_2292PKTOPTIONS"], "get", "error"),
)
@ip_versions
def test_pktoptions_are_for_tcp(host, ip):
    """PKTOPTIONS of a TCP socket are what its options ask for, as control messages; UDP has none: ENOPROTOOPT."""
    one = option("IP_PKTOPTIONS" if ip is V4 else "IPV6_2292PKTOPTIONS")
    tcp = host.open(INET_TCP if ip is V4 else INET6_TCP)
    tcp.must.setsockopt(ip.level, ip.RECVTTL, 1)
    tcp.must.setsockopt(ip.level, ip.MULTICAST_LOOP, 1)
    buffer, length = (ctypes.c_char * 64)(), ctypes.c_int(64)

    assert tcp.getsockopt(one.level, one.number, buffer, length) == SUCCESS
    assert length.value == 24
    assert int.from_bytes(bytes(buffer)[8:12], "little") == ip.level
    assert int.from_bytes(bytes(buffer)[12:16], "little") == ip.RECEIVED_TTL
    assert bytes(buffer)[16:20] == (1).to_bytes(4, "little")  # the TTL of multicast
    assert get(host.open(), one).result == refused(ENOPROTOOPT)


def dropped(host):
    """Return TCPMinTTLDrop."""
    with host.near.namespace, open("/proc/thread-self/net/netstat") as file:
        names, values = [line.split()[1:] for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(names, values, strict=True))["TCPMinTTLDrop"])


@clause(
    since="2.6.35",
    level="documented",
    refs=["man:ip(7)", "src:net/ipv4/tcp_ipv4.c:tcp_v4_rcv", "src:net/ipv6/tcp_ipv6.c:tcp_v6_rcv"],
    covers=covers(["IP_MINTTL", "IPV6_MINHOPCOUNT"], "effect"),
)
@ip_versions
def test_minttl_drops_segments_that_came_too_far(host, ip):
    """A listener with a minimal TTL drops segments with less, and counts them; those with as much it takes."""
    kind = INET_TCP if ip is V4 else INET6_TCP
    listener, far, near = (host.open(kind) for _ in range(3))
    listener.must.bind(ip.address(0, ip.here))
    listener.must.listen(2)
    listener.must.setsockopt(ip.level, ip.MINTTL, 101)
    name, before = name_of(listener), dropped(host)
    far.must.setsockopt(ip.level, ip.TTL, 100)
    near.must.setsockopt(ip.level, ip.TTL, 101)

    fcntl.fcntl(far.fd, fcntl.F_SETFL, os.O_NONBLOCK)

    assert far.connect(name) == refused(EINPROGRESS)
    wait.until(lambda: dropped(host) > before, "a segment dropped")
    assert near.connect(name) == SUCCESS
    host.near.sockets.adopt(listener.must.accept())


ONLY_SET = [one for one in OPTIONS if one.level_name in ("SOL_IP", "SOL_IPV6") and one.access == "set"]
ONLY_GET = [one for one in OPTIONS if one.level_name in ("SOL_IP", "SOL_IPV6") and one.access == "get"]


@clause(
    since="2.6.14", level="source", refs=REFS, covers=["errno:ENOPROTOOPT", *covers([*ONLY_SET, *ONLY_GET], "error")]
)
@pytest.mark.parametrize("one", [*ONLY_SET, *ONLY_GET], ids=str)
def test_options_of_one_direction_are_enoprotoopt_in_the_other(loopback6, sockets, one):
    """An option that is only set is ENOPROTOOPT to getsockopt(2), and one that is only read to setsockopt(2)."""
    kind = INET_UDP if one.level == V4.level else INET6_UDP
    socket = kind.open(sockets, loopback6.namespace)

    if one in ONLY_SET:
        assert get(socket, one) == refusal(ENOPROTOOPT)
    else:
        assert put(socket, one, 1) == refused(ENOPROTOOPT)


@clause(since="2.6.14", level="source", refs=REFS, covers=covers(["IPV6_2292PKTOPTIONS"], "error"))
def test_2292pktoptions_takes_control_messages(loopback6, sockets):
    """IPV6_2292PKTOPTIONS takes control messages: one that is broken is EINVAL, and no bytes are none."""
    socket, one = INET6_UDP.open(sockets, loopback6.namespace), option("IPV6_2292PKTOPTIONS")

    assert put(socket, one, cmsg(one.level, option("IPV6_PKTINFO").number, bytes(4))) == refused(EINVAL)
    assert put(socket, one, cmsg(one.level, option("IPV6_PKTINFO").number, bytes(20))) == SUCCESS
    assert put(socket, one, b"") == SUCCESS
