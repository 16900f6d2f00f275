"""PACKET_VNET_HDR and PACKET_VNET_HDR_SZ: the room in a receiver's buffer for the header and the frame."""

from errno import EAGAIN, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import header_sizes
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.virtio_frames import EMPTY, headed
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC

RCV = "src:net/packet/af_packet.c:packet_rcv_vnet"


@clause(since="2.6.34", level="source", refs=[RCV], covers=["errno:recvfrom:EINVAL"])
@header_sizes
def test_there_is_room_for_the_header_at_least(loopback, size):
    """A buffer shorter than the header is refused with EINVAL and the frame is lost; one as long gets the header."""
    witness = loopback.packet_socket(protocol=OWN)  # its hook is the oldest, so it receives last
    receiver, (lost, cut) = headed(loopback, size, protocol=OWN), (frames.ethernet(), frames.ethernet())
    loopback.inject(lost, cut)
    witness.receive(cut.marker)
    short, exact = Buffer(size), Message([size + 20])
    exact.iov[0].iov_len = size

    assert receiver.recv(short.array, size - 1, MSG_DONTWAIT) == refused(EINVAL)
    assert receiver.recvmsg(exact.header, MSG_DONTWAIT) == returned(size)
    assert exact.header.msg_flags & MSG_TRUNC == MSG_TRUNC
    assert short.untouched(0)
    assert exact.data(size + 20) == bytes(size) + b"\xa5" * 20
    assert receiver.recv(short.array, size, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="4.6", level="source", refs=[RCV, "src:net/packet/af_packet.c:packet_recvmsg"])
@header_sizes
@pytest.mark.parametrize("room", [1, 45, 46, 47])
def test_a_frame_is_cut_to_the_room_behind_the_header(loopback, size, room):
    """The room behind the header holds the frame's start; with MSG_TRUNC all of header and frame is counted."""
    receiver, frame = headed(loopback, size, protocol=OWN), frames.ethernet(size=46)
    loopback.inject(frame)
    message, copied = Message([size + room]), min(room, 46)

    peeked = receiver.recv(bytearray(size + room), size + room, MSG_PEEK | MSG_TRUNC)
    result = receiver.recvmsg(message.header)

    assert (peeked, result) == (returned(size + 46), returned(size + copied))
    assert message.header.msg_flags & MSG_TRUNC == (MSG_TRUNC if room < 46 else 0)
    assert message.data(result.value) == bytes(size) + frame.data[:copied]


@clause(since="2.6.34", level="source", refs=[RCV], covers=["errno:recvfrom:EFAULT"])
def test_a_header_that_cannot_be_written_is_efault(loopback, memory):
    """A header that cannot be written fails with EFAULT."""
    receiver, frame = headed(loopback, protocol=OWN), frames.ethernet()
    loopback.inject(frame, frame)

    assert receiver.recv(memory.unmapped, 100) == refused(EFAULT)
    assert receiver.receive(frame.marker).data == EMPTY + frame.data
