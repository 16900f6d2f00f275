"""What a run records as used: the kind of each socket that was made."""

import pytest

from helpers import observed
from helpers.uapi.in_ import IPPROTO_ICMPV6, IPPROTO_MPTCP, IPPROTO_TCP
from helpers.uapi.netlink import NETLINK_ROUTE
from helpers.uapi.socket import (
    AF_INET,
    AF_INET6,
    AF_NETLINK,
    AF_PACKET,
    AF_UNIX,
    AF_VSOCK,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ((AF_UNIX, SOCK_STREAM, 0), "unix stream"),
        ((AF_UNIX, SOCK_SEQPACKET, 0), "unix seqpacket"),
        ((AF_UNIX, SOCK_RAW, 0), "unix dgram"),
        ((AF_INET, SOCK_STREAM, 0), "inet tcp"),
        ((AF_INET, SOCK_STREAM, IPPROTO_TCP), "inet tcp"),
        ((AF_INET, SOCK_STREAM, IPPROTO_MPTCP), "inet mptcp"),
        ((AF_INET6, SOCK_DGRAM, 0), "inet6 udp"),
        ((AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6), "inet6 icmpv6"),
        ((AF_INET, SOCK_RAW, 253), "inet raw"),
        ((AF_INET, SOCK_PACKET, 0), "packet sock_packet"),
        ((AF_PACKET, SOCK_PACKET, 0x0300), "packet sock_packet"),
        ((AF_PACKET, SOCK_RAW, 0x0300), "packet raw"),
        ((AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink raw"),
        ((AF_VSOCK, SOCK_STREAM, 0), "vsock stream"),
    ],
)
def test_a_kind_is_family_and_type(made, kind):
    assert observed.kind_of(made) == kind
    assert observed.family_of(made) in (kind.partition(" ")[0], "inet")  # the kernel's SOCK_PACKET of AF_INET


def test_flags_of_the_type_make_no_kind_of_their_own(monkeypatch):
    monkeypatch.setattr(observed, "sockets", set())

    for flags in (0, SOCK_CLOEXEC, SOCK_CLOEXEC | SOCK_NONBLOCK):
        observed.note(AF_UNIX, SOCK_DGRAM | flags, 0)

    assert {observed.kind_of(made) for made in observed.sockets} == {"unix dgram"}
