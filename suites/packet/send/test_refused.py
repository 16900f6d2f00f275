"""Sending on packet sockets: a refused frame leaves nothing behind, neither memory charged nor the link in use."""

from errno import EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENOBUFS, ENODEV, ENXIO, EPROTONOSUPPORT

import pytest

from fixtures.clauses import clause
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.net.qdiscs import no_room, remove, unsent
from helpers.net.wire import pair
from helpers.packet.link_changes import delete
from helpers.packet.packet_socket import address
from helpers.packet.virtio_frames import EMPTY
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import PACKET_VNET_HDR, sockaddr_pkt
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR, SO_NOFCS
from helpers.uapi.virtio_net import VIRTIO_NET_HDR_F_NEEDS_CSUM, virtio_net_hdr

SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"
FRAME = frames.ethernet(size=100).data
UNKNOWN = cmsg(SOL_SOCKET, 4711, b"data")
MTU = 1500


def vnet(**fields):
    return bytes(virtio_net_hdr(**fields))


# what is sent, with which control message, on which type of socket, with which option, and the errno
CASES = {
    "short": (SOCK_RAW, FRAME[:13], b"", None, EINVAL),
    "long": (SOCK_RAW, FRAME + bytes(MTU + 5), b"", None, EMSGSIZE),
    "no-tag": (SOCK_RAW, FRAME[:ETH_HLEN] + bytes(MTU + 1), b"", None, EMSGSIZE),
    "control": (SOCK_RAW, FRAME, UNKNOWN, None, EINVAL),
    "unreadable": (SOCK_RAW, None, b"", None, EFAULT),
    "nofcs": (SOCK_RAW, FRAME, b"", (SOL_SOCKET, SO_NOFCS), EPROTONOSUPPORT),
    "vnet-short": (SOCK_RAW, EMPTY[:9], b"", PACKET_VNET_HDR, EINVAL),
    "vnet-hdr_len": (SOCK_RAW, vnet(hdr_len=101) + FRAME, b"", PACKET_VNET_HDR, EINVAL),
    "vnet-checksum": (
        SOCK_RAW,
        vnet(flags=VIRTIO_NET_HDR_F_NEEDS_CSUM, csum_start=99) + FRAME,
        b"",
        PACKET_VNET_HDR,
        EINVAL,
    ),
    "vnet-gso": (SOCK_RAW, vnet(gso_type=2) + FRAME, b"", PACKET_VNET_HDR, EINVAL),
    "dropped": (SOCK_RAW, FRAME, b"", "no_room", ENOBUFS),
    "dgram-long": (SOCK_DGRAM, bytes(MTU + 1), b"", None, EMSGSIZE),
    "dgram-no-address": (SOCK_DGRAM, FRAME, b"", "bound", EINVAL),
    "dgram-control": (SOCK_DGRAM, FRAME, UNKNOWN, None, EINVAL),
    "down": (SOCK_RAW, FRAME, b"", "down", ENETDOWN),
    "packet-short": (SOCK_PACKET, FRAME[:13], b"", None, EINVAL),
    "packet-long": (SOCK_PACKET, FRAME + bytes(MTU + 5), b"", None, EMSGSIZE),
    "packet-no-tag": (SOCK_PACKET, FRAME[:ETH_HLEN] + bytes(MTU + 1), b"", None, EMSGSIZE),
    "packet-control": (SOCK_PACKET, FRAME, UNKNOWN, None, EINVAL),
    "packet-unreadable": (SOCK_PACKET, None, b"", None, EFAULT),
    "packet-down": (SOCK_PACKET, FRAME, b"", "down", ENETDOWN),
}


def refuse(end, case, memory):
    """Try a case on the link of *end*; return its result and the memory still charged to the socket."""
    type_, data, control, special, _ = CASES[case]
    sender = end.packet_socket(type_, 0, special == "bound")
    name = address(end.ifindex, OWN, frames.BROADCAST)
    if type_ == SOCK_PACKET:
        name = sockaddr_pkt(spkt_device=end.name.encode())
    message = Message([100 if data is None else data], None if special == "bound" else name, control)
    if data is None:
        message.iov[0].iov_base = memory.unmapped
    if special == "no_room":
        no_room(end)
    elif special == "down":
        set_link(sender, end.name, 0)
    elif isinstance(special, tuple):
        sender.must.setsockopt(*special, 1)
    elif isinstance(special, int):
        sender.enable(special)

    outcome = sender.sendmsg(message.header), unsent(sender)

    if special == "no_room":
        remove(end)
    elif special == "down":
        end.links.up(end.name)
    return outcome


@clause(since="4.6", level="source", refs=[SND, SPKT])
@pytest.mark.parametrize("case", CASES)
def test_a_refused_frame_leaves_no_memory_behind(wire, memory, case):
    """After any refusal no memory is charged to the socket (SIOCOUTQ), and nothing was sent."""
    receiver, frame = wire.right.packet_socket(), frames.ethernet()

    result, kept = refuse(wire.left, case, memory)
    wire.wait_running()

    assert result == refused(CASES[case][-1])
    assert kept == 0
    wire.left.inject(frame)
    assert [packet.data for packet in receiver.heard_until(frame)] == [frame.data]


@pytest.fixture
def link(sockets, namespace):
    """One end of a veth pair whose both ends are in one namespace, so that it can be deleted there."""
    with pair(namespace, sockets) as (near, _):
        yield near


@clause(since="4.6", level="source", refs=[SND, SPKT])
def test_refused_frames_do_not_hold_the_link(link, memory):
    """A link that has refused frames in every way can be removed at once."""
    results = [refuse(link, case, memory)[0] for case in CASES]

    delete(link)

    assert results == [refused(case[-1]) for case in CASES.values()]
    assert "near" not in [found.get_attr("IFLA_IFNAME") for found in link.links.netlink.get_links()]


@clause(since="2.2", level="source", refs=[SND, SPKT], covers=["errno:sendto:ENXIO", "errno:sendto:ENODEV"])
def test_a_link_that_is_gone_is_unknown(link):
    """Sockets that have sent do not hold their link; once it is removed a send fails: ENXIO, by SOCK_PACKET ENODEV."""
    name, by_name = address(link.ifindex, OWN, frames.BROADCAST), sockaddr_pkt(spkt_device=b"near")
    sockets = [
        (link.packet_socket(SOCK_RAW, OWN), None),
        (link.packet_socket(SOCK_RAW, OWN), name),
        (link.packet_socket(SOCK_DGRAM, OWN), name),
        (link.packet_socket(SOCK_PACKET, 0, False), by_name),
    ]

    before = [socket.sendmsg(Message([FRAME], name).header) for socket, name in sockets]
    delete(link)
    for socket, _ in sockets[:3]:
        socket.option(SOL_SOCKET, SO_ERROR)
    after = [socket.sendmsg(Message([FRAME], name).header) for socket, name in sockets]

    assert before == [returned(100)] * 4
    assert after == [refused(ENXIO)] * 3 + [refused(ENODEV)]
