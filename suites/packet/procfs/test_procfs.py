"""/proc/net/packet: the columns of a packet socket's row."""

import ctypes
import os
import re

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.packet.procfs import lines_of, row_of
from helpers.uapi.if_packet import PACKET_FANOUT, PACKET_FANOUT_HASH
from helpers.uapi.netlink import SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_VARS
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO

SHOW = ["man:proc(5)", "src:net/packet/af_packet.c:packet_seq_show"]
COVERS = ["file:proc_packet"]


@clause(since="2.2", level="source", refs=SHOW, covers=COVERS)
def test_starts_with_the_names_of_the_columns(namespace):
    """The first line names the columns, even where there is no socket to list."""
    [line] = lines_of(namespace)

    assert line.split() == ["sk", "RefCnt", "Type", "Proto", "Iface", "R", "Rmem", "User", "Inode"]


@clause(since="6.1", level="source", refs=SHOW, covers=COVERS)
def test_every_name_stands_over_its_column(sockets, namespace):
    """The names of the columns begin where the columns do."""
    sockets.packet(namespace=namespace)

    names, row = lines_of(namespace)

    words = [[match.start() for match in re.finditer(r"\S+", line)] for line in (names, row)]
    assert words[0] == words[1]


@clause(since="2.2", level="documented", refs=SHOW, covers=COVERS)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
@pytest.mark.parametrize("protocol", [0, frames.OWN], ids=["no-protocol", "protocol"])
def test_every_column_has_its_place(sockets, namespace, type_, protocol):
    """A row has the columns under their names, padded to fixed widths; the protocol is hexadecimal in host order.

    Type, protocol, no interface, whether it receives, no memory, the owner's uid and the inode are the socket's.
    """
    file = os.fstat(sockets.packet(type_, protocol, namespace).fd)

    _, line = lines_of(namespace)

    pointer, references = line.split()[:2]
    assert re.fullmatch("[0-9a-f]+", pointer)
    assert int(references) >= 1
    rest = f"{type_:<4d} {protocol:04x}   {0:<5d} {int(protocol != 0)} {0:<6d} {file.st_uid:<6d} {file.st_ino:<6d}"
    assert line == f"{pointer} {references:<6s} {rest}"


@clause(since="2.2", level="source", refs=SHOW, covers=COVERS)
def test_follows_the_binding(wire):
    """Protocol, interface and the running state follow binds, and the link as it goes down and away."""
    end = wire.right
    socket = end.packet_socket(protocol=0, bound=False)

    seen = []
    for step in (
        lambda: None,
        lambda: socket.must.bind(address(end.ifindex, 0)),
        lambda: socket.must.bind(address(end.ifindex, frames.OWN)),
        lambda: end.links.set("right", state="down"),
        lambda: end.links.set("right", state="up"),
        lambda: socket.must.bind(address(0, frames.OTHER)),
        lambda: socket.must.bind(address(1, frames.OTHER)),
        lambda: socket.must.bind(address(end.ifindex, frames.OTHER)),
        lambda: wire.left.links.delete("left"),
    ):
        step()
        row = row_of(socket, end.namespace)
        seen.append((row.protocol, row.interface, row.running))

    own, other, index = f"{frames.OWN:04x}", f"{frames.OTHER:04x}", end.ifindex
    assert seen == [
        ("0000", 0, 0),
        ("0000", index, 0),
        (own, index, 1),
        (own, index, 0),
        (own, index, 1),
        (other, 0, 1),
        (other, 1, 0),
        (other, index, 1),
        (other, -1, 0),
    ]


@clause(since="2.6.12", level="source", refs=[*SHOW, "src:net/packet/af_packet.c:register_prot_hook"], covers=COVERS)
def test_a_socket_that_hears_has_one_reference_more(wire):
    """The reference count is one higher while the socket is running, and goes back when it is not."""
    end = wire.right
    socket = end.packet_socket(protocol=0)
    deaf = row_of(socket, end.namespace).references

    seen = []
    for step in (
        lambda: socket.must.bind(address(end.ifindex, frames.OWN)),
        lambda: socket.must.bind(address(end.ifindex, frames.OTHER)),
        lambda: end.links.set("right", state="down"),
        lambda: end.links.set("right", state="up"),
        lambda: socket.enable(PACKET_FANOUT, PACKET_FANOUT_HASH << 16 | 3),
        lambda: end.links.set("right", state="down"),
    ):
        step()
        seen.append(row_of(socket, end.namespace).references - deaf)

    assert deaf >= 1
    assert seen == [1, 1, 0, 1, 1, 0]


@clause(since="2.2", level="source", refs=SHOW, covers=COVERS)
def test_memory_is_what_waits_in_the_queue(loopback):
    """Rmem is the memory of the frames in the receive queue, as SO_MEMINFO counts it: 0 when all are received."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    sent = [frames.ethernet() for _ in range(3)]

    seen = []
    for frame in sent:
        loopback.inject(frame)
        wait.until(lambda: socket.statistics().tp_packets, "frame queued")
        words = socket.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * SK_MEMINFO_VARS)
        seen.append((row_of(socket, loopback.namespace).memory, words[SK_MEMINFO_RMEM_ALLOC]))
    for frame in sent:
        socket.receive(frame.marker)

    assert [memory for memory, _ in seen] == [counted for _, counted in seen]
    assert 0 < seen[0][0] < seen[1][0] < seen[2][0]
    assert row_of(socket, loopback.namespace).memory == 0
