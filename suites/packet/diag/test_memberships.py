"""PACKET_DIAG: the memberships of a packet socket (PACKET_SHOW_MCLIST)."""

import ctypes
import struct

import pytest

from fixtures.clauses import clause
from helpers.net.frames import MULTICAST, STRANGER
from helpers.net.hardware import says_it_is
from helpers.packet.diag import diag_of, told_of
from helpers.sockets import SetupError
from helpers.uapi.if_arp import ARPHRD_IP6GRE
from helpers.uapi.if_packet import (
    PACKET_ADD_MEMBERSHIP,
    PACKET_DROP_MEMBERSHIP,
    PACKET_MR_ALLMULTI,
    PACKET_MR_MULTICAST,
    PACKET_MR_PROMISC,
    PACKET_MR_UNICAST,
    packet_mreq,
)
from helpers.uapi.packet_diag import PACKET_DIAG_MCLIST, PACKET_SHOW_MCLIST, packet_diag_mclist
from helpers.uapi.socket import SOL_PACKET

MCLIST = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:pdiag_put_mclist"]
COVERS = ["diag:MCLIST"]
LO = 1


def request(kind, ifindex=LO, address=b""):
    """Return a membership request."""
    return packet_mreq(ifindex, kind, len(address), (ctypes.c_uint8 * 8)(*address))


def memberships(diag, socket):
    """Return index, count, type, length and address (32 bytes) of each membership, in the order reported."""
    told = told_of(diag, socket, PACKET_SHOW_MCLIST)
    data, size = told.attributes[PACKET_DIAG_MCLIST], ctypes.sizeof(packet_diag_mclist)
    if list(told.attributes) != [PACKET_DIAG_MCLIST] or len(data) % size:
        raise SetupError(f"no list of memberships: {told.attributes}")
    found = [packet_diag_mclist.from_buffer_copy(data, at) for at in range(0, len(data), size)]
    return [(each.pdmc_index, each.pdmc_count, each.pdmc_type, each.pdmc_alen, bytes(each.pdmc_addr)) for each in found]


def entry(ifindex, count, kind, address=b""):
    """Return what ``memberships`` reports of one: the address is padded with zeros."""
    return ifindex, count, kind, len(address), address.ljust(32, b"\0")


@clause(since="3.7", level="source", refs=MCLIST, covers=COVERS)
def test_a_socket_without_memberships_has_an_empty_list(sockets):
    """The attribute is there, and empty, for a socket that has joined nothing."""
    diag, socket = diag_of(sockets), sockets.packet()

    assert memberships(diag, socket) == []


@clause(since="3.7", level="uapi", refs=MCLIST, covers=COVERS)
@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (PACKET_MR_MULTICAST, MULTICAST),
        (PACKET_MR_PROMISC, b""),
        (PACKET_MR_ALLMULTI, b""),
        (PACKET_MR_UNICAST, STRANGER),
        (PACKET_MR_PROMISC, b"\x01\x02\x03"),
    ],
    ids=["multicast", "promisc", "allmulti", "unicast", "promisc-with-address"],
)
def test_a_membership_is_told_as_it_was_asked_for(sockets, kind, address):
    """A membership is reported with link, type, address and length as requested, zero-padded, and the count 1."""
    diag, socket = diag_of(sockets), sockets.packet()
    mreq = request(kind, address=address)

    socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, mreq)

    assert memberships(diag, socket) == [entry(LO, 1, kind, address)]


@clause(since="5.12", level="source", refs=MCLIST, covers=COVERS)
def test_a_long_address_is_told_whole(tap, sockets):
    """An address longer than the 8 bytes of a packet_mreq is reported to its last byte."""
    diag, socket = diag_of(sockets, tap.namespace), tap.packet_socket(protocol=0)
    says_it_is(tap, ARPHRD_IP6GRE)
    address = bytes(range(1, 17))
    long = struct.pack("=iHH", tap.ifindex, PACKET_MR_PROMISC, len(address)) + address

    socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, long)

    assert memberships(diag, socket) == [entry(tap.ifindex, 1, PACKET_MR_PROMISC, address)]


@clause(since="3.7", level="source", refs=MCLIST, covers=COVERS)
def test_the_count_is_that_of_the_joins(sockets):
    """Each join of the same membership increments the count, each drop decrements it; the last drop removes it."""
    diag, socket = diag_of(sockets), sockets.packet()

    seen = []
    for option in [PACKET_ADD_MEMBERSHIP] * 3 + [PACKET_DROP_MEMBERSHIP] * 3:
        socket.must.setsockopt(SOL_PACKET, option, request(PACKET_MR_PROMISC))
        seen.append([count for _, count, *_ in memberships(diag, socket)])

    assert seen == [[1], [2], [3], [2], [1], []]


@clause(since="3.7", level="source", refs=MCLIST, covers=COVERS)
def test_several_memberships_are_told_youngest_first(wire, sockets):
    """Memberships of several types, addresses and links are separate entries, the latest first; no other socket's."""
    end = wire.right
    diag, socket, other = diag_of(sockets, end.namespace), end.packet_socket(), end.packet_socket()
    wanted = [
        (PACKET_MR_PROMISC, end.ifindex, b""),
        (PACKET_MR_ALLMULTI, end.ifindex, b""),
        (PACKET_MR_MULTICAST, end.ifindex, MULTICAST),
        (PACKET_MR_MULTICAST, end.ifindex, MULTICAST[:5] + b"\x80"),
        (PACKET_MR_MULTICAST, LO, MULTICAST),
    ]

    for kind, ifindex, address in wanted:
        socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request(kind, ifindex, address))

    assert memberships(diag, socket) == [entry(ifindex, 1, kind, address) for kind, ifindex, address in wanted[::-1]]
    assert memberships(diag, other) == []


@clause(
    since="3.7", level="source", refs=[*MCLIST, "src:net/packet/af_packet.c:packet_dev_mclist_delete"], covers=COVERS
)
@pytest.mark.parametrize("bound", [True, False], ids=["bound-to-it", "bound-to-none"])
def test_a_removed_link_takes_its_memberships_along(wire, sockets, bound):
    """Memberships of a link that was removed are listed no more, wherever the socket is bound; those of others are."""
    end = wire.right
    diag, socket = diag_of(sockets, end.namespace), end.packet_socket(protocol=0, bound=bound)
    for kind, ifindex in [
        (PACKET_MR_PROMISC, end.ifindex),
        (PACKET_MR_PROMISC, LO),
        (PACKET_MR_ALLMULTI, end.ifindex),
        (PACKET_MR_ALLMULTI, LO),
    ]:
        socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request(kind, ifindex))

    wire.left.links.delete("left")

    assert memberships(diag, socket) == [entry(LO, 1, PACKET_MR_ALLMULTI), entry(LO, 1, PACKET_MR_PROMISC)]


@clause(since="3.7", level="source", refs=[*MCLIST, "src:net/packet/af_packet.c:packet_notifier"], covers=COVERS)
def test_a_link_that_goes_down_keeps_its_memberships(wire, sockets):
    """The memberships of a link that was only set down are listed as before."""
    end = wire.right
    diag, socket = diag_of(sockets, end.namespace), end.packet_socket()
    socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request(PACKET_MR_PROMISC, end.ifindex))

    end.links.set("right", state="down")

    assert memberships(diag, socket) == [entry(end.ifindex, 1, PACKET_MR_PROMISC)]
