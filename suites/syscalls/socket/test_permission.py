"""socket(2): who may make packet and raw sockets, and who is denied with EPERM or EACCES."""

from errno import EACCES, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net.namespaces import CLONE_NEWNET, CLONE_NEWUSER, unshare
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_ICMP
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOCK_STREAM

PACKET = "src:net/packet/af_packet.c:packet_create"
INET = "src:net/ipv4/af_inet.c:inet_create"
PING = "src:net/ipv4/ping.c:ping_init_sock"


def errnos_of(*calls: tuple[int, int, int]) -> list[int]:
    """Return the errnos of socket(2) with each of these arguments."""
    return [syscall.socket(*arguments).errno for arguments in calls]


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:capabilities(7)", PACKET], covers=["errno:EPERM"])
def test_packet_sockets_need_cap_net_raw():
    """A packet socket of any type is refused with EPERM to a thread that lacks CAP_NET_RAW, and to no other."""
    calls = [(AF_PACKET, kind, 0) for kind in (SOCK_RAW, SOCK_DGRAM, SOCK_PACKET)] + [(AF_INET, SOCK_PACKET, 0)]

    assert in_child(errnos_of, *calls, without=["CAP_NET_RAW"]) == [EPERM] * 4
    assert in_child(errnos_of, *calls, without=["CAP_NET_ADMIN"]) == [0] * 4


@clause(since="2.2", level="documented", refs=["man:raw(7)", "man:capabilities(7)", INET], covers=["errno:EPERM"])
def test_of_other_sockets_only_raw_ones_need_it():
    """Of AF_INET only SOCK_RAW is EPERM without CAP_NET_RAW; TCP, UDP and every AF_UNIX socket is made without."""
    raw = (AF_INET, SOCK_RAW, IPPROTO_ICMP)
    others = [(AF_INET, SOCK_STREAM, 0), (AF_INET, SOCK_DGRAM, 0), (AF_UNIX, SOCK_RAW, 0)]

    assert in_child(errnos_of, raw, *others, without=["CAP_NET_RAW"]) == [EPERM, 0, 0, 0]
    assert in_child(errnos_of, raw, *others, without=["CAP_NET_ADMIN"]) == [0, 0, 0, 0]


@clause(since="3.8", level="documented", refs=["man:user_namespaces(7)", "man:capabilities(7)", PACKET, INET])
def test_the_capability_counts_in_the_owner_of_the_network_namespace():
    """CAP_NET_RAW must be held in the user namespace that owns the network namespace; one's own is not enough."""
    calls = [(AF_PACKET, SOCK_RAW, 0), (AF_INET, SOCK_RAW, IPPROTO_ICMP)]

    def steps() -> tuple[list[int], list[int]] | str:
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            return str(error)
        in_others = errnos_of(*calls)
        unshare(CLONE_NEWNET)
        return in_others, errnos_of(*calls)

    outcome = in_child(steps)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    assert outcome == ([EPERM] * 2, [0] * 2)


@clause(since="2.2", level="source", refs=[PACKET], covers=["errno:ESOCKTNOSUPPORT"])
def test_packet_asks_for_the_capability_before_the_type():
    """Without CAP_NET_RAW an unknown type of packet socket is EPERM; with it ESOCKTNOSUPPORT."""
    assert in_child(errnos_of, (AF_PACKET, SOCK_STREAM, 0), without=["CAP_NET_RAW"]) == [EPERM]
    assert syscall.socket(AF_PACKET, SOCK_STREAM, 0) == refused(ESOCKTNOSUPPORT)


@clause(since="2.2", level="source", refs=[INET], covers=["errno:EPROTONOSUPPORT"])
def test_inet_asks_for_the_protocol_before_the_capability():
    """A raw AF_INET socket without a protocol is refused with EPROTONOSUPPORT, with CAP_NET_RAW or without."""
    assert in_child(errnos_of, (AF_INET, SOCK_RAW, 0), without=["CAP_NET_RAW"]) == [EPROTONOSUPPORT]
    assert syscall.socket(AF_INET, SOCK_RAW, 0) == refused(EPROTONOSUPPORT)


@clause(since="3.0", level="documented", refs=["man:socket(2)", "man:icmp(7)", PING], covers=["errno:EACCES"])
def test_icmp_sockets_are_for_the_groups_of_ping_group_range(namespace, sockets):
    """An ICMP socket of type SOCK_DGRAM is refused with EACCES to a group that is not in ping_group_range."""
    with namespace:
        result = syscall.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
        with open("/proc/sys/net/ipv4/ping_group_range", "w") as knob:
            knob.write("0 0")

    assert result == refused(EACCES)
    assert sockets.open(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, namespace).fd >= 0
