"""Sending on packet sockets: the sockaddr_ll of the destination, and the fields of it that count."""

import ctypes
from errno import EINVAL, ENETDOWN, ENXIO
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_OUTGOING, PACKET_USER, sockaddr_ll
from helpers.uapi.socket import AF_INET, AF_UNSPEC, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, sockaddr_storage
from helpers.uapi.socket_options import SO_ERROR

SND = "src:net/packet/af_packet.c:packet_snd"
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])

LL = ctypes.sizeof(sockaddr_ll)


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND])
@pytest.mark.parametrize(
    "fields",
    [{"sll_family": AF_UNSPEC}, {"sll_family": AF_INET}, {"sll_hatype": 0xFFFF}, {"sll_pkttype": PACKET_USER}],
    ids=["unspec", "inet", "hatype", "pkttype"],
)
@TYPES
def test_fields_that_do_not_count(wire, type_, fields):
    """sll_family, sll_hatype and sll_pkttype may have any value: the frame is sent as with the right ones."""
    sender, receiver = wire.left.packet_socket(type_, 0, False), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet(wire.right.mac, wire.left.mac)
    name = address(wire.left.ifindex, OWN, wire.right.mac)
    for field, value in fields.items():
        setattr(name, field, value)

    result = sender.sendto(frame.bytes_for(type_), 0, name)

    assert result == returned(len(frame.bytes_for(type_)))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.2", level="source", refs=[SND, "src:net/ethernet/eth.c:eth_header"])
@pytest.mark.parametrize("halen", [0, 1, 6, 8])
def test_the_address_is_as_long_as_that_of_the_link(wire, halen):
    """SOCK_DGRAM takes 6 bytes of sll_addr on Ethernet, whatever sll_halen is."""
    sender, receiver = wire.left.packet_socket(SOCK_DGRAM, 0, False), wire.right.packet_socket(protocol=OWN)
    frame = frames.ethernet(wire.right.mac, wire.left.mac)

    result = sender.sendto(frame.payload, 0, address(wire.left.ifindex, OWN, wire.right.mac + b"\xee\xee", halen))

    assert result == returned(len(frame.payload))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.2", level="source", refs=[SND])
def test_a_link_of_another_namespace_is_unknown(wire, namespace, sockets):
    """The interface index is looked up in the namespace of the socket, not in that of the caller: ENXIO."""
    sender, frame = sockets.packet(namespace=namespace), frames.ethernet()
    name = address(wire.left.ifindex, OWN)

    with wire.left.namespace:
        result = sender.sendto(frame.data, 0, name)
    with namespace:
        control = wire.left.packet_socket(protocol=0, bound=False).sendto(frame.data, 0, name)

    assert (result, control) == (refused(ENXIO), returned(len(frame)))


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND], covers=["errno:sendto:ENETDOWN"])
@pytest.mark.parametrize("bound", [True, False], ids=["bound", "by-address"])
@TYPES
def test_a_link_that_is_down_is_enetdown(loopback, type_, bound):
    """A send to a link that is down fails with ENETDOWN and is not sent later; once it is up the same send succeeds."""
    sender = loopback.packet_socket(type_, OWN, bound)
    lost, frame, name = frames.ethernet(), frames.ethernet(), address(loopback.ifindex, OWN, frames.BROADCAST)

    def send(frame):
        return sender.sendto(frame.bytes_for(type_), 0, None if bound else name, 0 if bound else 20)

    set_link(sender, "lo", 0)
    refusal = send(lost)
    set_link(sender, "lo", IFF_UP)
    sender.option(SOL_SOCKET, SO_ERROR)  # a bound socket gets the error once more
    tap = loopback.packet_socket(protocol=OWN)
    control = send(frame)

    assert refusal == refused(ENETDOWN)
    assert control == returned(len(frame.bytes_for(type_)))
    assert [frame.marker in packet.data for packet in tap.heard_until(frame)] == [True]


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:netdevice(7)"], covers=["pkttype:PACKET_OUTGOING"])
@TYPES
def test_what_leaves_is_outgoing_for_others_alone(wire, type_):
    """Other sockets on the link see the frame as PACKET_OUTGOING with the sender's address; its sender does not."""
    sender, tap = wire.left.packet_socket(type_, ETH_P_ALL), wire.left.packet_socket(protocol=ETH_P_ALL)
    frame = frames.ethernet(wire.right.mac, wire.left.mac)

    sender.must.sendto(frame.bytes_for(type_), 0, address(wire.left.ifindex, OWN, wire.right.mac))

    packet = tap.receive(frame.marker)
    name = packet.address
    assert packet.data == frame.data
    assert (name.sll_pkttype, name.sll_ifindex, name.sll_protocol) == (PACKET_OUTGOING, wire.left.ifindex, htons(OWN))
    assert bytes(name.sll_addr[: name.sll_halen]) == wire.left.mac
    assert sender.received_markers([frame]) == []


def padded(ifindex, halen=6):
    """Return a sockaddr_storage that starts with a sockaddr_ll."""
    name = address(ifindex, OWN, frames.STRANGER, halen)
    return sockaddr_storage.from_buffer_copy(bytes(name).ljust(128, b"\0"))


@clause(since="2.2", level="source", refs=[SND], covers=["errno:sendto:EINVAL", "errno:sendmsg:EINVAL"])
@pytest.mark.parametrize(("call", "length"), [("sendto", 0), ("sendto", LL - 1), ("sendmsg", LL - 1)])
def test_a_packet_socket_needs_a_whole_sockaddr_ll(loopback, call, length):
    """An address shorter than a sockaddr_ll is refused with EINVAL, also on a bound socket that needs none."""
    sender, frame = loopback.packet_socket(protocol=OWN), frames.ethernet().data
    name = address(loopback.ifindex, OWN)

    def send(length):
        if call == "sendto":
            return sender.sendto(frame, 0, name, length)
        message = Message([frame], name)
        message.header.msg_namelen = length
        return sender.sendmsg(message.header)

    assert send(length) == refused(EINVAL)
    assert send(LL) == returned(len(frame))


@clause(since="2.2", level="documented", refs=["man:packet(7)", SND], covers=["errno:sendto:ENXIO"])
@pytest.mark.parametrize("ifindex", [0, -1, 4711, 2**31 - 1])
@TYPES
def test_an_unknown_link_is_refused_with_enxio(loopback, type_, ifindex):
    """An interface index that no link has is refused with ENXIO, 0 as well, although the socket is bound to a link."""
    sender, data = loopback.packet_socket(type_, OWN), frames.ethernet().bytes_for(type_)

    assert sender.sendto(data, 0, address(ifindex, OWN)) == refused(ENXIO)
    assert sender.sendto(data, 0, address(loopback.ifindex, OWN)) == returned(len(data))


@clause(since="2.2", level="disputed", refs=["man:packet(7)", SND], covers=["errno:sendto:ENXIO"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_neither_bound_nor_given_a_link_is_refused_with_enxio(loopback, type_):
    """A packet socket that is not bound to a link and is given no address is refused with ENXIO.

    packet(7) has ENOTCONN for "no interface address passed", which only SOCK_PACKET returns.
    """
    sender, frame = loopback.packet_socket(type_, OWN, bound=False), frames.ethernet().data

    assert sender.send(frame) == refused(ENXIO)
    sender.attach(loopback.ifindex, OWN)
    assert sender.send(frame) == returned(len(frame))
