"""sendto(2) on SOCK_PACKET sockets, which are addressed by the name of a link."""

from errno import EINVAL, ENETDOWN, ENODEV, ENOTCONN, EPROTONOSUPPORT
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals
from helpers.net import frames
from helpers.net.frames import OTHER, OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP, ifreq
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_OUTGOING, sockaddr_pkt
from helpers.uapi.socket import SOCK_PACKET, SOCK_RAW, SOL_SOCKET, sockaddr_storage
from helpers.uapi.socket_options import SO_NOFCS
from helpers.uapi.sockios import SIOCSIFNAME

SYSCALL = "sendto"
SND = "src:net/packet/af_packet.c:packet_snd"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"


def named(name, protocol=0):
    return sockaddr_pkt(spkt_device=name, spkt_protocol=htons(protocol))


@clause(since="2.0", level="documented", refs=["man:packet(7)", SPKT])
def test_sends_the_frame_out_of_the_named_link(wire):
    """SOCK_PACKET sends exactly the given frame out of the link that spkt_device names and returns its length."""
    sender, receiver = wire.left.packet_socket(SOCK_PACKET, 0, False), wire.right.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(wire.right.mac, size=200)

    result = sender.sendto(frame.data, 0, named(b"left", OTHER))

    assert result == returned(200)
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.0", level="source", refs=[SPKT], covers=["errno:EINVAL"])
@pytest.mark.parametrize(("length", "protocol"), [(16, 0), (17, 0), (18, OTHER), (19, 0)])
def test_only_a_whole_sockaddr_pkt_tells_the_protocol(loopback, length, protocol):
    """spkt_protocol counts only in an address of exactly 18 bytes; others of 16 and more send with protocol 0."""
    sender, tap = loopback.packet_socket(SOCK_PACKET, 0, False), loopback.packet_socket(SOCK_RAW, ETH_P_ALL)
    frame, name = frames.ethernet(), sockaddr_storage.from_buffer_copy(bytes(named(b"lo", OTHER)).ljust(128, b"\0"))

    assert sender.sendto(frame.data, 0, name, 15) == refused(EINVAL)
    assert sender.sendto(frame.data, 0, name, length) == returned(len(frame))

    packet = tap.receive(frame.marker)
    assert packet.address.sll_pkttype == PACKET_OUTGOING
    assert packet.address.sll_protocol == htons(protocol)


@clause(since="2.0", level="source", refs=[SPKT], covers=["errno:ENOTCONN"])
def test_needs_an_address_even_when_bound(loopback):
    """SOCK_PACKET without an address is refused with ENOTCONN, even when bound to a link."""
    sender, frame = loopback.packet_socket(SOCK_PACKET, 0, False), frames.ethernet().data
    sender.must.bind(named(b"lo"), 16)

    assert sender.send(frame) == refused(ENOTCONN)
    assert sender.sendto(frame, 0, named(b"lo")) == returned(len(frame))


@clause(since="2.0", level="source", refs=[SPKT], covers=["errno:ENODEV", "errno:ENETDOWN"])
@pytest.mark.parametrize(
    ("name", "flags", "errno"), [(b"l", IFF_UP, ENODEV), (b"", IFF_UP, ENODEV), (b"lo", 0, ENETDOWN)]
)
def test_needs_a_link_that_exists_and_is_up(namespace, sockets, name, flags, errno):
    """SOCK_PACKET is refused with ENODEV for a name that no link has and with ENETDOWN for a link that is down."""
    sender, frame = sockets.packet(SOCK_PACKET, 0, namespace), frames.ethernet().data
    set_link(sender, "lo", flags)

    refusal = sender.sendto(frame, 0, named(name))
    set_link(sender, "lo", IFF_UP)

    assert refusal == refused(errno)
    assert sender.sendto(frame, 0, named(b"lo")) == returned(len(frame))


@clause(since="2.0", level="documented", refs=["man:packet(7)", SPKT], covers=["errno:ENODEV"])
def test_a_name_is_cut_to_13_characters(namespace, sockets):
    """spkt_device always ends with a NUL: of 14 characters the last is dropped."""
    sender, frame = sockets.packet(SOCK_PACKET, 0, namespace), frames.ethernet().data
    request = ifreq(ifr_ifrn=(b"lo",))
    request.ifr_newname = b"just_thirteen"
    sender.must.ioctl(SIOCSIFNAME, request)
    set_link(sender, "just_thirteen", IFF_UP)

    assert sender.sendto(frame, 0, named(b"just_thirteen!")) == returned(len(frame))
    assert sender.sendto(frame, 0, named(b"just_thirtee")) == refused(ENODEV)


@clause(since="3.4", level="source", refs=[SPKT, SND], covers=["errno:EPROTONOSUPPORT"])
@pytest.mark.parametrize("type_", [SOCK_PACKET, SOCK_RAW], ids=["sock_packet", "raw"])
def test_so_nofcs_needs_a_link_that_can_leave_out_the_checksum(loopback, type_):
    """With SO_NOFCS a link that cannot leave the frame check sequence to the sender refuses with EPROTONOSUPPORT."""
    sender, frame = loopback.packet_socket(type_, 0, False), frames.ethernet().data
    name = named(b"lo") if type_ == SOCK_PACKET else address(loopback.ifindex, OWN)
    assert sender.sendto(frame, 0, name) == returned(len(frame))

    sender.must.setsockopt(SOL_SOCKET, SO_NOFCS, 1)

    assert sender.sendto(frame, 0, name) == refused(EPROTONOSUPPORT)
