"""recvmsg(2): msg_name and msg_namelen."""

from errno import EAGAIN, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.endpoints import autobound_sender
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_arp import ARPHRD_LOOPBACK
from helpers.uapi.if_packet import PACKET_HOST
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM

GENERIC = "src:net/socket.c:____sys_recvmsg"
HEADER = "src:net/socket.c:__copy_msghdr"
COPY = "src:net/socket.c:move_addr_to_user"


def expected_source(end):
    expected = address(end.ifindex, frames.OWN, frames.STRANGER)
    expected.sll_hatype, expected.sll_pkttype = ARPHRD_LOOPBACK, PACKET_HOST
    return bytes(expected)


@clause(since="5.2", level="documented", refs=["man:recvmsg(2)", "man:packet(7)", COPY, "commit:b2cf86e1563e"])
@pytest.mark.parametrize("given", [0, 19, 20, 21, 2**31 - 1])
def test_the_name_is_cut_to_its_room_and_its_true_length_told(loopback, given):
    """The source address is truncated to msg_namelen, which becomes the whole length."""
    socket = queued(loopback, frames.ethernet(loopback.mac))
    name = Buffer(160)
    message = Message([46], name.array)
    message.header.msg_namelen = given

    result = socket.recvmsg(message.header)

    fits = min(given, 20)
    assert result == returned(46)
    assert message.header.msg_namelen == 20
    assert name[:fits] == expected_source(loopback)[:fits]
    assert name.untouched(fits)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", HEADER], covers=["errno:EINVAL"])
@pytest.mark.parametrize("given", [-1, -(2**31)], ids=["minus-one", "INT_MIN"])
def test_refuses_a_negative_name_length_with_einval(loopback, given):
    """A negative msg_namelen is EINVAL before anything is received: the frame stays in the queue."""
    socket = queued(loopback, frames.ethernet())
    name = Buffer(32)
    message = Message([46], name.array)
    message.header.msg_namelen = given

    result = socket.recvmsg(message.header, MSG_DONTWAIT)

    assert result == refused(EINVAL)
    assert (message.header.msg_namelen, name.untouched()) == (given, True)
    message.header.msg_namelen = 32
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == returned(46)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", HEADER, GENERIC])
@pytest.mark.parametrize("given", [0, 77, -1])
def test_without_a_name_its_length_is_neither_read_nor_written(loopback, given):
    """With a null msg_name any msg_namelen will do, even a negative one, and it stays as it is."""
    socket = queued(loopback, frames.ethernet())
    message = Message([46])
    message.header.msg_namelen = given

    result = socket.recvmsg(message.header)

    assert result == returned(46)
    assert message.header.msg_namelen == given


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", "man:unix(7)", GENERIC])
@pytest.mark.parametrize("payload", [b"datagram", b""], ids=["data", "empty"])
def test_every_message_brings_its_sender_even_an_empty_one(sockets, payload):
    """The sender's address is returned with each datagram, also with one of length 0."""
    receiver = sockets.open(AF_UNIX, SOCK_DGRAM)
    sender, expected = autobound_sender(sockets, receiver)
    sender.must.send(payload)
    name = Buffer(128)
    message = Message([16], name.array)

    result = receiver.recvmsg(message.header)

    assert result == returned(len(payload))
    assert message.header.msg_namelen == len(expected)
    assert name[: len(expected)] == expected
    assert name.untouched(len(expected))


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", GENERIC])
def test_a_sender_without_address_has_length_zero(sockets):
    """Where there is no source address, as on a stream, msg_namelen becomes 0 and nothing is written."""
    _, receiver = messages_for(sockets, b"data", kind=SOCK_STREAM)
    name = Buffer(128)
    message = Message([16], name.array)

    result = receiver.recvmsg(message.header)

    assert result == returned(4)
    assert (message.header.msg_namelen, name.untouched()) == (0, True)


@clause(since="2.2", level="source", refs=[GENERIC])
def test_a_failed_call_leaves_the_header_alone(sockets):
    """When nothing is received neither header nor name nor control buffer is written."""
    name = Buffer(32)
    message = Message([16], name.array, control=32, flags=0x1234)
    before = bytes(message.header)

    result = sockets.packet().recvmsg(message.header, MSG_DONTWAIT)

    assert result == refused(EAGAIN)
    assert bytes(message.header) == before
    assert name.untouched()
    assert (message.data(16), bytes(message.control)) == (b"\xa5" * 16, b"\xa5" * 32)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["unmapped", "readonly", "straddling"])
def test_refuses_a_name_that_cannot_be_written_with_efault(loopback, memory, how):
    """A name that cannot be written is EFAULT; the frame has been dequeued and is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    places = {
        "unmapped": lambda: memory.unmapped,
        "readonly": lambda: memory.readonly(bytes(20)),
        "straddling": lambda: memory.before_end(bytes(19)),
    }
    name = Buffer(20)
    message = Message([46], name.array)
    message.header.msg_name = places[how]()

    result = socket.recvmsg(message.header)

    assert result == refused(EFAULT)
    assert message.data(46) == first.data
    message.header.msg_name, message.header.msg_namelen = name.address, 20
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == returned(46)
    assert message.data(46) == second.data


@clause(since="2.2", level="source", refs=[COPY])
def test_a_name_of_which_nothing_fits_may_lie_anywhere(loopback, memory):
    """With a msg_namelen of 0 the name is not written, and msg_namelen still becomes the full length."""
    socket = queued(loopback, frames.ethernet())
    message = Message([46])
    message.header.msg_name, message.header.msg_namelen = memory.unmapped, 0

    result = socket.recvmsg(message.header)

    assert (result, message.header.msg_namelen) == (returned(46), 20)
