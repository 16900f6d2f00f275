"""setsockopt(2): PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP, which requests are refused."""

import ctypes
from errno import EFAULT, EINVAL, ENODEV

import pytest

from fixtures.clauses import clause
from helpers.net.frames import MULTICAST
from helpers.option_calls import put, put_at
from helpers.options import covers
from helpers.options.option import INT_MAX
from helpers.packet.memberships import ADD, BOTH, DROP, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import (
    PACKET_MR_MULTICAST,
    PACKET_MR_PROMISC,
    PACKET_MR_UNICAST,
    packet_mreq,
)

SYSCALL = "setsockopt"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
ADDING = "src:net/packet/af_packet.c:packet_mc_add"
NOWHERE = 4711
LONGEST = 40  # a packet_mreq with an address of 32 bytes


@clause(
    since="2.2", level="documented", refs=["man:packet(7)", ADDING], covers=["errno:ENODEV", *covers(BOTH, "error")]
)
def test_a_membership_of_no_link_is_refused_with_enodev(loopback):
    """Adding a membership for an index that no link has is refused with ENODEV."""
    socket = loopback.packet_socket()

    results = [put(socket, ADD, request(ifindex, PACKET_MR_PROMISC)) for ifindex in (0, -1, NOWHERE)]

    assert results == [refused(ENODEV)] * 3
    assert put(socket, ADD, request(loopback.ifindex, PACKET_MR_PROMISC)) == SUCCESS


@clause(since="2.6.33", level="source", refs=[ADDING], covers=["errno:EINVAL", *covers(BOTH, "error")])
@pytest.mark.parametrize("kind", [PACKET_MR_MULTICAST, PACKET_MR_UNICAST], ids=["multicast", "unicast"])
def test_an_address_that_is_not_the_links_length_is_refused(loopback, kind):
    """A membership whose address length is not that of the link's addresses is refused with EINVAL."""
    socket = loopback.packet_socket()

    # the second time: a refused one must not be remembered
    results = [put(socket, ADD, request(loopback.ifindex, kind, MULTICAST, length)) for length in (0, 5, 7, 0, 5)]

    assert results == [refused(EINVAL)] * 5
    assert put(socket, ADD, request(loopback.ifindex, kind, MULTICAST)) == SUCCESS


@clause(since="2.2", level="source", refs=[ADDING], covers=["errno:EINVAL", "option:PACKET_ADD_MEMBERSHIP:error"])
def test_an_address_that_is_longer_than_the_links_is_refused_even_if_unused(loopback):
    """A promiscuous membership ignores its address, but one longer than the link's addresses fails with EINVAL."""
    socket = loopback.packet_socket()

    results = [put(socket, ADD, request(loopback.ifindex, PACKET_MR_PROMISC, b"", length)) for length in (7, 6)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="2.2", level="source", refs=[SET], covers=["errno:EINVAL", *covers(BOTH, "error")])
@pytest.mark.parametrize("call", [ADD, DROP], ids=str)
def test_a_membership_request_holds_its_address(loopback, memory, call):
    """A request shorter than packet_mreq, or than its mr_alen needs, fails with EINVAL; of more, 40 bytes are read."""
    socket = loopback.packet_socket()
    joining = request(loopback.ifindex, PACKET_MR_PROMISC)
    long = bytes(request(loopback.ifindex, PACKET_MR_PROMISC, length=9))

    results = [put(socket, call, joining, ctypes.sizeof(packet_mreq) - 1), put(socket, call, long)]

    assert results == [refused(EINVAL)] * 2
    assert put(socket, call, joining) == SUCCESS
    # a drop never looks at the link, so the same mr_alen will do with one byte more
    assert put(socket, DROP, long + b"\0") == SUCCESS
    longest = bytes(joining).ljust(LONGEST, b"\0")
    assert put_at(socket, call, memory.before_end(longest), INT_MAX) == SUCCESS
    assert put_at(socket, call, memory.before_end(longest[:-1]), INT_MAX) == refused(EFAULT)


@clause(since="2.2", level="documented", refs=["man:packet(7)", SET], covers=["errno:EFAULT", *covers(BOTH, "error")])
@pytest.mark.parametrize("call", [ADD, DROP], ids=str)
def test_a_membership_request_that_cannot_be_read_is_refused_with_efault(loopback, memory, call):
    """A request at an address that cannot be read to its end is refused with EFAULT."""
    socket = loopback.packet_socket()
    joining = bytes(request(loopback.ifindex, PACKET_MR_PROMISC))

    results = [put_at(socket, call, where, 16) for where in (memory.unmapped, memory.before_end(joining[:-1]))]

    assert results == [refused(EFAULT)] * 2
    assert put_at(socket, call, memory.before_end(joining), 16) == SUCCESS
