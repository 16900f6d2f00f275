"""PACKET_DIAG: the settings of a packet socket (PACKET_SHOW_INFO), its owner, fanout group and memory."""

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.diag import diag_of, told_of
from helpers.packet.packet_socket import address
from helpers.uapi.if_packet import (
    PACKET_AUXDATA,
    PACKET_COPY_THRESH,
    PACKET_LOSS,
    PACKET_ORIGDEV,
    PACKET_QDISC_BYPASS,
    PACKET_RESERVE,
    PACKET_TIMESTAMP,
    PACKET_VERSION,
    PACKET_VNET_HDR,
    PACKET_VNET_HDR_SZ,
    TPACKET_V2,
    TPACKET_V3,
)
from helpers.uapi.packet_diag import (
    PACKET_DIAG_INFO,
    PACKET_SHOW_INFO,
    PDI_AUXDATA,
    PDI_LOSS,
    PDI_ORIGDEV,
    PDI_RUNNING,
    PDI_VNETHDR,
    packet_diag_info,
)

INFO = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:pdiag_put_info"]
FANOUT = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:pdiag_put_fanout"]
FILL = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:sk_diag_fill"]


def info_of(diag, socket):
    """Return index, version, reserve, copy_thresh, tstamp and flags of a socket, as a tuple."""
    info = told_of(diag, socket, PACKET_SHOW_INFO).structure(PACKET_DIAG_INFO, packet_diag_info)
    return tuple(getattr(info, name) for name, _ in packet_diag_info._fields_)


@clause(since="3.7", level="uapi", refs=INFO, covers=["diag:INFO"])
def test_a_new_socket_has_nothing_set(sockets, namespace):
    """A new socket without a protocol has index, version, reserve, threshold, time stamp source and flags all 0."""
    diag = diag_of(sockets, namespace)
    socket = sockets.packet(namespace=namespace)

    assert info_of(diag, socket) == (0, 0, 0, 0, 0, 0)


@clause(since="3.7", level="uapi", refs=INFO, covers=["diag:INFO"])
@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        (PACKET_VERSION, TPACKET_V2, 1),
        (PACKET_VERSION, TPACKET_V3, 1),
        (PACKET_RESERVE, 0x1234, 2),
        (PACKET_COPY_THRESH, 0x5678, 3),
        (PACKET_TIMESTAMP, 0x40, 4),
    ],
    ids=["v2", "v3", "reserve", "copy_thresh", "timestamp"],
)
def test_an_option_is_in_its_own_field(sockets, namespace, option, value, field):
    """Version, reserve, copy threshold and time stamp source are reported as they were set, each in its field."""
    diag = diag_of(sockets, namespace)
    socket, other = (sockets.packet(namespace=namespace) for _ in range(2))
    expected = [0] * 6
    expected[field] = value

    socket.enable(option, value)

    assert info_of(diag, socket) == tuple(expected)
    assert info_of(diag, other) == (0,) * 6


@clause(
    since="3.7",
    level="uapi",
    refs=INFO,
    covers=["diag:PDI_AUXDATA", "diag:PDI_ORIGDEV", "diag:PDI_VNETHDR", "diag:PDI_LOSS"],
)
@pytest.mark.parametrize(
    ("option", "flag"),
    [
        (PACKET_AUXDATA, PDI_AUXDATA),
        (PACKET_ORIGDEV, PDI_ORIGDEV),
        (PACKET_VNET_HDR, PDI_VNETHDR),
        (PACKET_LOSS, PDI_LOSS),
        (PACKET_QDISC_BYPASS, 0),
    ],
    ids=["auxdata", "origdev", "vnet_hdr", "loss", "qdisc_bypass"],
)
def test_a_switch_has_its_own_flag(sockets, namespace, option, flag):
    """Auxdata, origdev, vnet_hdr and loss have one flag each, set while the option is on; other options have none."""
    diag = diag_of(sockets, namespace)
    socket = sockets.packet(namespace=namespace)

    seen = []
    for value in (1, 0):
        socket.enable(option, value)
        seen.append(info_of(diag, socket))

    assert seen == [(0, 0, 0, 0, 0, flag), (0,) * 6]


@clause(since="6.5", level="source", refs=INFO, covers=["diag:PDI_VNETHDR"])
def test_a_header_of_any_size_is_flagged(sockets, namespace):
    """PACKET_VNET_HDR_SZ with the larger header sets the same flag as PACKET_VNET_HDR."""
    diag = diag_of(sockets, namespace)
    socket = sockets.packet(namespace=namespace)

    socket.enable(PACKET_VNET_HDR_SZ, 12)

    assert info_of(diag, socket)[5] == PDI_VNETHDR


@clause(since="3.7", level="uapi", refs=INFO, covers=["diag:INFO", "diag:PDI_RUNNING"])
def test_index_and_running_follow_the_binding(wire, sockets):
    """A socket is running while its hook is registered: with a protocol, and its link up; the index is its link's."""
    end = wire.right
    diag, socket = diag_of(sockets, end.namespace), end.packet_socket(protocol=0, bound=False)

    seen = []
    for step in (
        lambda: socket.must.bind(address(end.ifindex, 0)),
        lambda: socket.must.bind(address(end.ifindex, frames.OWN)),
        lambda: end.links.set("right", state="down"),
        lambda: socket.must.bind(address(0, frames.OWN)),
        lambda: socket.must.bind(address(1, frames.OWN)),
    ):
        step()
        info = info_of(diag, socket)
        seen.append((info[0], info[5]))

    assert seen == [(end.ifindex, 0), (end.ifindex, PDI_RUNNING), (end.ifindex, 0), (0, PDI_RUNNING), (1, 0)]


@clause(since="3.7", level="source", refs=INFO, covers=["diag:INFO"])
def test_the_index_of_a_removed_link_is_minus_one(wire, sockets):
    """After the link is removed the index is -1 (0xffffffff, as it is unsigned here), and the socket is not running."""
    diag, socket = diag_of(sockets, wire.right.namespace), wire.right.packet_socket()

    wire.left.links.delete("left")

    assert info_of(diag, socket) == (0xFFFFFFFF, 0, 0, 0, 0, 0)
