"""Packet sockets: addresses laid out as asked, a frame with all that came with it, frames of others passed over."""

import ctypes
import errno
import select
from socket import htons

import pytest

from helpers import wait
from helpers.net import frames
from helpers.net.frames import OTHER, OWN
from helpers.packet.packet_socket import address
from helpers.sockets import SetupError
from helpers.uapi.if_ether import ETH_P_8021Q
from helpers.uapi.if_packet import PACKET_AUXDATA, PACKET_OUTGOING, TP_STATUS_VLAN_VALID, sockaddr_ll
from helpers.uapi.socket import AF_PACKET, MSG_TRUNC, SOCK_RAW, SOL_PACKET
from helpers.wait import DeadlineError


def test_an_address_is_laid_out_as_asked():
    made = address(7, OWN, b"\1\2\3\4\5\6")

    assert (made.sll_family, made.sll_ifindex, made.sll_protocol) == (AF_PACKET, 7, htons(OWN))
    assert (made.sll_halen, bytes(made.sll_addr)) == (6, b"\1\2\3\4\5\6\0\0")
    assert (made.sll_hatype, made.sll_pkttype) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "halen", "content"),
    [
        ({}, 0, bytes(8)),
        ({"halen": 200}, 200, bytes(8)),
        ({"hardware": b"12345678"}, 8, b"12345678"),
        ({"hardware": b"1234567890"}, 10, b"12345678"),
        ({"hardware": b"12", "halen": 1}, 1, b"12" + bytes(6)),
    ],
)
def test_a_hardware_address_may_be_broken_on_purpose(arguments, halen, content):
    made = address(**arguments)

    assert (made.sll_halen, bytes(made.sll_addr)) == (halen, content)
    assert address(family=4711).sll_family == 4711


def test_the_name_is_what_it_was_attached_to(wire, sockets):
    socket = sockets.packet(namespace=wire.left.namespace)

    socket.attach(wire.left.ifindex, OWN)

    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol, socket.ifindex) == (wire.left.ifindex, htons(OWN), wire.left.ifindex)
    with pytest.raises(SetupError, match="refused with ENODEV"):
        socket.attach(4711, OWN)


def test_a_frame_comes_with_what_the_kernel_tells_of_it(wire):
    socket = wire.right.packet_socket()
    frame = frames.tagged(ETH_P_8021Q, 0x2007)
    socket.enable(PACKET_AUXDATA)
    assert socket.take() is None

    wire.left.inject(frame)
    packet = socket.receive(frame.marker)

    assert (packet.value, len(packet.data), packet.flags & MSG_TRUNC) == (len(frame) - 4, len(frame) - 4, 0)
    assert packet.address.sll_ifindex == wire.right.ifindex
    assert bytes(packet.address.sll_addr)[:6] == frame.data[6:12]
    assert packet.address_length == ctypes.sizeof(sockaddr_ll)
    assert (packet.aux.tp_vlan_tci, packet.aux.tp_status & TP_STATUS_VLAN_VALID) == (0x2007, TP_STATUS_VLAN_VALID)
    assert packet.controls.keys() == {(SOL_PACKET, PACKET_AUXDATA)}


def test_a_small_buffer_cuts_the_frame(wire):
    socket = wire.right.packet_socket()
    frame = frames.ethernet(size=100)
    wire.left.inject(frame)

    packet = socket.receive(frame.marker, size=40, flags=MSG_TRUNC)

    assert (packet.data, packet.value, packet.flags & MSG_TRUNC) == (frame.data[:40], 100, MSG_TRUNC)
    with pytest.raises(KeyError):
        _ = packet.aux  # it was not asked for


def test_frames_of_others_are_passed_over(wire):
    socket = wire.right.packet_socket()
    ours = frames.ethernet()
    wire.left.inject(frames.ethernet(), frames.ethernet(ethertype=OTHER), ours, frames.ethernet())

    assert socket.receive(ours.marker).data == ours.data


def test_a_frame_that_does_not_come_is_named_in_time(wire):
    socket = wire.right.packet_socket()
    wire.left.inject(frames.ethernet())

    with wait.elapsed() as seconds, pytest.raises(DeadlineError, match=r"no frame with b'SOCK.*' within 0\.05 s"):
        socket.receive(frames.new_marker(), 0.05)

    assert seconds[0] >= 0.05


def test_markers_come_back_in_order_of_arrival(wire):
    socket = wire.right.packet_socket(protocol=OWN)
    sent = [frames.ethernet() for _ in range(4)]
    wire.left.inject(sent[2], sent[0], frames.ethernet(), sent[3])
    wire.left.inject(last := frames.ethernet())
    select.select([socket.fd], [], [], 5)

    assert socket.received_markers([*sent, last]) == [sent[2].marker, sent[0].marker, sent[3].marker, last.marker]
    assert socket.received_markers(sent) == []


def test_statistics_are_read_and_cleared(wire):
    socket = wire.right.packet_socket(SOCK_RAW, OWN)
    wire.left.inject(*(frames.ethernet() for _ in range(3)))
    wire.left.inject(last := frames.ethernet())
    socket.receive(last.marker)

    assert [socket.statistics().tp_packets, socket.statistics().tp_packets] == [4, 0]


def test_sent_frames_are_heard_as_outgoing(wire):
    hears = wire.left.packet_socket()
    frame = frames.ethernet()
    wire.left.inject(frame)

    assert hears.receive(frame.marker).address.sll_pkttype == PACKET_OUTGOING


def test_a_failure_is_no_empty_queue(wire):
    socket = wire.right.packet_socket()
    socket.close()

    with pytest.raises(SetupError, match=f"refused with {errno.errorcode[errno.EBADF]}"):
        socket.take()
