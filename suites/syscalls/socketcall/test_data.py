"""socketcall(2): the sub-calls for data and options do what the native calls do."""

import ctypes
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.compat32 import SocketCall
from helpers.memory import PATTERN
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.if_arp import ARPHRD_LOOPBACK
from helpers.uapi.if_packet import PACKET_HOST, PACKET_RESERVE, sockaddr_ll
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOL_PACKET

COMPAT = "src:net/compat.c"


def sender_of(frame, ifindex):
    """Return the address that a receiver gets for a frame to the loopback device."""
    name = address(ifindex, frame.ethertype, frames.STRANGER)
    name.sll_hatype, name.sll_pkttype = ARPHRD_LOOPBACK, PACKET_HOST
    return bytes(name)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:send(2)", COMPAT])
def test_send_sends_a_frame_on_the_bound_link(lowmem, loopback):
    """The sub-call send sends as many bytes as the third word says to where the socket is bound."""
    receiver, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=0)
    frame = frames.ethernet(size=60)

    result = SocketCall.send(sender.fd, lowmem.place(frame.data + b"beyond"), len(frame))

    assert result == returned(60)
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.2", level="source", refs=["man:socketcall(2)", COMPAT])
def test_send_has_no_address(lowmem, sockets):
    """The sub-call send ignores the words in which sendto has an address, and goes to the peer."""
    left, right = sockets.pair(SOCK_DGRAM)
    data = lowmem.place(b"data")

    result = SocketCall.call("send", left.fd, data, 4, 0, data, 2**31 - 1)

    assert result == returned(4)
    assert SocketCall.call("sendto", left.fd, data, 4, 0, data, 2**31 - 1) == refused(EINVAL)
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == returned(4)
    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:recv(2)", COMPAT])
def test_recv_fills_the_buffer_as_its_flags_say(lowmem, sockets):
    """The sub-call recv takes flags in the fourth word, writes at most the given size, and no address."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"message")
    buffer, untold = lowmem.place(bytes([PATTERN]) * 8), lowmem.place(bytes([PATTERN]) * 8)

    peeked = SocketCall.call("recv", right.fd, buffer, 4, MSG_PEEK | MSG_TRUNC, untold, untold)
    taken = SocketCall.recv(right.fd, buffer, 5)

    assert (peeked, taken) == (returned(7), returned(5))
    assert lowmem.read(buffer, 8) == b"messa" + bytes([PATTERN]) * 3
    assert lowmem.read(untold, 8) == bytes([PATTERN]) * 8
    assert SocketCall.recv(right.fd, buffer, 5, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:sendto(2)", COMPAT])
def test_sendto_sends_to_the_address(lowmem, loopback):
    """The sub-call sendto takes an address and its length in the last words; one that is too short is EINVAL."""
    receiver, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(bound=False, protocol=0)
    frame = frames.ethernet()
    data, where = lowmem.place(frame.data), lowmem.before_end(bytes(address(loopback.ifindex, frames.OWN)))

    assert SocketCall.sendto(sender.fd, data, len(frame), MSG_DONTWAIT, where, 11) == refused(EINVAL)
    assert SocketCall.sendto(sender.fd, data, len(frame), MSG_DONTWAIT, where, 20) == returned(len(frame))
    loopback.inject(last := frames.ethernet())
    assert [packet.data for packet in receiver.heard_until(last)] == [frame.data, last.data]


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:recvfrom(2)", COMPAT])
@pytest.mark.parametrize("room", [20, 10])
def test_recvfrom_tells_the_sender(lowmem, loopback, room):
    """The sub-call recvfrom returns the frame, the sender's address cut to the given length, and its full length."""
    receiver = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet(destination=loopback.mac)
    sender = sender_of(frame, loopback.ifindex)
    loopback.inject(frame)
    wait.readable(receiver.fd)
    buffer, place = lowmem.alloc(128), lowmem.place(bytes([PATTERN]) * 32)
    length = lowmem.before_end(bytes(ctypes.c_int(room)))

    result = SocketCall.recvfrom(receiver.fd, buffer, 128, MSG_DONTWAIT, place, length)

    assert result == returned(len(frame))
    assert lowmem.read(buffer, len(frame)) == frame.data
    assert lowmem.view(ctypes.c_int, length).value == ctypes.sizeof(sockaddr_ll)
    assert lowmem.read(place, 32) == sender[:room].ljust(32, bytes([PATTERN]))


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:setsockopt(2)", COMPAT])
def test_setsockopt_sets_the_option(lowmem, sockets):
    """The sub-call setsockopt sets option and value of a level, and refuses a value that is too short."""
    socket = sockets.packet()
    value = lowmem.before_end(bytes(ctypes.c_int(48)))

    assert SocketCall.setsockopt(socket.fd, SOL_PACKET, PACKET_RESERVE, value, 3) == refused(EINVAL)
    assert socket.option(SOL_PACKET, PACKET_RESERVE) == 0
    assert SocketCall.setsockopt(socket.fd, SOL_PACKET, PACKET_RESERVE, value, 4) == SUCCESS
    assert socket.option(SOL_PACKET, PACKET_RESERVE) == 48


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:getsockopt(2)", COMPAT])
@pytest.mark.parametrize(("room", "told"), [(2, 2), (4, 4), (9, 4)])
def test_getsockopt_reads_the_option(lowmem, sockets, room, told):
    """The sub-call getsockopt writes at most the given length of an option's value, and returns how much."""
    socket = sockets.packet()
    socket.enable(PACKET_RESERVE, 0x01020304)
    value, length = lowmem.place(bytes([PATTERN]) * 12), lowmem.before_end(bytes(ctypes.c_int(room)))

    result = SocketCall.getsockopt(socket.fd, SOL_PACKET, PACKET_RESERVE, value, length)

    assert result == SUCCESS
    assert lowmem.view(ctypes.c_int, length).value == told
    assert lowmem.read(value, 12) == bytes([4, 3, 2, 1])[:told].ljust(12, bytes([PATTERN]))
