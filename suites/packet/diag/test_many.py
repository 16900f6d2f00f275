"""PACKET_DIAG: dumps that take several datagrams."""

import ctypes
import os

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net import frames
from helpers.net.sock_diag import request
from helpers.packet.diag import diag_of
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.if_packet import (
    PACKET_ADD_MEMBERSHIP,
    PACKET_FANOUT,
    PACKET_FANOUT_LB,
    PACKET_MR_PROMISC,
    PACKET_RX_RING,
    PACKET_TX_RING,
    packet_mreq,
    tpacket_req,
)
from helpers.uapi.netlink import NLM_F_MULTI
from helpers.uapi.packet_diag import (
    PACKET_DIAG_FANOUT,
    PACKET_DIAG_FILTER,
    PACKET_DIAG_INFO,
    PACKET_DIAG_MCLIST,
    PACKET_DIAG_MEMINFO,
    PACKET_DIAG_RX_RING,
    PACKET_DIAG_TX_RING,
    PACKET_DIAG_UID,
    PACKET_SHOW_FANOUT,
    PACKET_SHOW_FILTER,
    PACKET_SHOW_INFO,
    PACKET_SHOW_MCLIST,
    PACKET_SHOW_MEMINFO,
    PACKET_SHOW_RING_CFG,
    packet_diag_mclist,
    packet_diag_ring,
)
from helpers.uapi.socket import SOL_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_FILTER

DUMP = ["man:netlink(7)", "uapi:linux/packet_diag.h", "src:net/packet/diag.c:packet_diag_dump"]
LO = 1
HEAR_NOTHING = [BPF_STMT(BPF_RET | BPF_K, 0)]
ROOM = 8192
JOINED = 4  # memberships, which take more room than all that comes after them
RING = ctypes.sizeof(packet_diag_ring)
# what there is to report, by what is requested: attributes and their sizes
TOLD = {
    PACKET_SHOW_INFO: {PACKET_DIAG_INFO: 24, PACKET_DIAG_UID: 4},
    PACKET_SHOW_MCLIST: {PACKET_DIAG_MCLIST: JOINED * ctypes.sizeof(packet_diag_mclist)},
    PACKET_SHOW_RING_CFG: {PACKET_DIAG_RX_RING: RING, PACKET_DIAG_TX_RING: RING},
    PACKET_SHOW_FANOUT: {PACKET_DIAG_FANOUT: 4},
    PACKET_SHOW_MEMINFO: {PACKET_DIAG_MEMINFO: 36},
    PACKET_SHOW_FILTER: {PACKET_DIAG_FILTER: 8},
}
OF_EVERY_SOCKET = {PACKET_DIAG_INFO: 24, PACKET_DIAG_UID: 4, PACKET_DIAG_MCLIST: 0, PACKET_DIAG_MEMINFO: 36}


def room_of(attributes):
    """Return how many bytes the message of a socket takes."""
    return 32 + sum(4 + size for size in attributes.values())


def with_all_of(sockets, namespace, show):
    """Return a socket that has something to report under each attribute that *show* asks for."""
    socket = sockets.packet(protocol=frames.OWN, namespace=namespace)
    for length in range(JOINED if show & PACKET_SHOW_MCLIST else 0):
        socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, packet_mreq(LO, PACKET_MR_PROMISC, length))
    for ring in (PACKET_RX_RING, PACKET_TX_RING) if show & PACKET_SHOW_RING_CFG else ():
        socket.must.setsockopt(SOL_PACKET, ring, tpacket_req(PAGE, 1, PAGE, 1))
    if show & PACKET_SHOW_FILTER:
        socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(HEAR_NOTHING))
    if show & PACKET_SHOW_FANOUT:
        socket.enable(PACKET_FANOUT, PACKET_FANOUT_LB << 16 | 1)
    return socket


@clause(since="3.7", level="documented", refs=DUMP, covers=["diag:request"])
@pytest.mark.parametrize("count", [1, 150], ids=["one", "many"])
def test_lists_every_socket_once(sockets, namespace, count):
    """However many sockets there are, and however many datagrams they take, each is listed once, in order."""
    diag = diag_of(sockets, namespace, room=4096)
    made = [os.fstat(sockets.packet(namespace=namespace).fd).st_ino for _ in range(count)]

    listed = diag.dump()

    assert [entry.inode for entry in listed] == made
    assert (listed[-1].part > 0) == (count > 1)


def full(sockets, namespace):
    """Return a socket that has something to report under every attribute."""
    socket = sockets.packet(protocol=frames.OWN, namespace=namespace)
    for length in range(JOINED):
        socket.must.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, packet_mreq(LO, PACKET_MR_PROMISC, length))
    for ring in (PACKET_RX_RING, PACKET_TX_RING):
        socket.must.setsockopt(SOL_PACKET, ring, tpacket_req(PAGE, 1, PAGE, 1))
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(HEAR_NOTHING))
    socket.enable(PACKET_FANOUT, PACKET_FANOUT_LB << 16 | 1)
    return socket


@clause(since="3.10", level="source", refs=[*DUMP, "src:net/packet/diag.c:sk_diag_fill"], covers=["diag:message"])
@pytest.mark.parametrize(
    "show", [*(show for show in TOLD if show != PACKET_SHOW_FILTER), sum(TOLD)], ids=lambda show: f"show-{show:#x}"
)
def test_what_does_not_fit_comes_whole_in_the_next(sockets, namespace, show):
    """Wherever in a socket's message a datagram is full, the next one starts with that socket, complete."""
    one = {number: size for each, told in TOLD.items() if each & show for number, size in told.items()}
    long = {number: size for number, size in OF_EVERY_SOCKET.items() if number in one}
    steps = (ROOM - room_of(long) - 4 - room_of(one)) // 8  # of a filter that leaves room for one socket more
    filler = sockets.packet(namespace=namespace)
    filler.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(HEAR_NOTHING * steps))
    made = [filler, *(with_all_of(sockets, namespace, show) for _ in range(4))]
    sizes = [{**long, PACKET_DIAG_FILTER: 8 * steps}, *[one] * 4]
    expected = [(os.fstat(socket.fd).st_ino, attributes) for socket, attributes in zip(made, sizes, strict=True)]

    listed, parts = [], []
    for more in range(0, room_of(one), 4):  # a word more room each time: the end moves through all of a message
        entries = diag_of(sockets, namespace, room=ROOM + more).dump(show | PACKET_SHOW_FILTER)
        listed.append([(entry.inode, {key: len(data) for key, data in entry.attributes.items()}) for entry in entries])
        parts.append({entry.part for entry in entries})

    assert listed == [expected] * len(listed)
    assert parts == [{0, 1}] * len(listed)


@clause(since="3.7", level="documented", refs=DUMP, covers=["diag:request"])
def test_a_list_ends_with_done(sockets, namespace):
    """The list ends with an NLMSG_DONE that belongs to it: NLM_F_MULTI, status 0; an empty list is only that."""
    diag = diag_of(sockets, namespace)

    empty = diag.ask(request())
    sockets.packet(namespace=namespace)
    one = diag.ask(request())

    assert [len(empty), len(one)] == [1, 2]
    assert [(answers[-1].header.nlmsg_flags & NLM_F_MULTI, answers[-1].error) for answers in (empty, one)] == [
        (NLM_F_MULTI, 0)
    ] * 2
