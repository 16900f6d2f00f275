"""recvfrom(2): the value-result length of the source address."""

import ctypes
from errno import EAGAIN, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.endpoints import autobound_sender
from helpers.memory import Buffer
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_arp import ARPHRD_LOOPBACK
from helpers.uapi.if_packet import PACKET_HOST
from helpers.uapi.socket import AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM

GENERIC = "src:net/socket.c:__sys_recvfrom"
COPY = "src:net/socket.c:move_addr_to_user"
ADDRESS_SIZE = 20  # of a sockaddr_ll


def expected_source(end):
    expected = address(end.ifindex, frames.OWN, frames.STRANGER)
    expected.sll_hatype, expected.sll_pkttype = ARPHRD_LOOPBACK, PACKET_HOST
    return bytes(expected)


@clause(since="5.2", level="documented", refs=["man:recvfrom(2)", COPY, "commit:b2cf86e1563e"])
@pytest.mark.parametrize("given", [0, 19, 20, 21, 2**31 - 1])
def test_the_address_is_cut_to_its_buffer_and_its_true_length_told(loopback, given):
    """The address is truncated to the given length, and the length becomes the whole address's."""
    socket = queued(loopback, frames.ethernet(loopback.mac))
    source, length = Buffer(160), ctypes.c_int(given)

    result = socket.recvfrom(Buffer(100).array, 100, 0, source.array, length)

    fits = min(given, ADDRESS_SIZE)
    assert result == returned(46)
    assert length.value == ADDRESS_SIZE
    assert source[:fits] == expected_source(loopback)[:fits]
    assert source.untouched(fits)


@clause(since="2.2", level="source", refs=[COPY], covers=["errno:EINVAL"])
@pytest.mark.parametrize("given", [-1, -(2**31)], ids=["minus-one", "INT_MIN"])
def test_refuses_a_negative_length_with_einval_after_taking_the_frame(loopback, given):
    """A negative length is EINVAL and leaves address and length alone, but the frame is dequeued and lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    buffer, source, length = Buffer(100), Buffer(32), ctypes.c_int(given)

    result = socket.recvfrom(buffer.array, 100, 0, source.array, length)

    assert result == refused(EINVAL)
    assert (length.value, source.untouched()) == (given, True)
    assert buffer[:46] == first.data
    length.value = 32
    assert socket.recvfrom(buffer.array, 100, 0, source.array, length) == returned(46)
    assert buffer[:46] == second.data


@clause(since="2.2", level="source", refs=[GENERIC])
def test_an_empty_queue_is_reported_before_a_bad_length(sockets):
    """Address and length are not looked at before there is a message: EAGAIN, not EINVAL."""
    source, length = Buffer(32), ctypes.c_int(-1)

    result = sockets.packet().recvfrom(Buffer(16).array, 16, MSG_DONTWAIT, source.array, length)

    assert result == refused(EAGAIN)
    assert (length.value, source.untouched()) == (-1, True)


@clause(since="2.2", level="source", refs=[GENERIC])
def test_a_failed_call_leaves_address_and_length_alone(sockets):
    """When nothing is received neither the address nor its length is written."""
    source, length = Buffer(32), ctypes.c_int(32)

    result = sockets.packet().recvfrom(Buffer(16).array, 16, MSG_DONTWAIT, source.array, length)

    assert result == refused(EAGAIN)
    assert (length.value, source.untouched()) == (32, True)


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", GENERIC])
@pytest.mark.parametrize("given", [None, "length", "unmapped"])
def test_without_an_address_the_length_is_not_used(sockets, memory, given):
    """With a null address the length may be null or anything: it is neither read nor written."""
    _, receiver = messages_for(sockets, b"datagram")
    length = ctypes.c_int(-7)
    pointer = {None: None, "length": length, "unmapped": memory.unmapped}[given]
    buffer = Buffer(16)

    result = receiver.recvfrom(buffer.array, 16, 0, None, pointer)

    assert result == returned(8)
    assert buffer[:8] == b"datagram"
    assert length.value == -7


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", "man:unix(7)", GENERIC])
@pytest.mark.parametrize("payload", [b"datagram", b""], ids=["data", "empty"])
def test_every_message_brings_its_sender_even_an_empty_one(sockets, payload):
    """The sender's address is returned with each datagram, also with one of length 0."""
    receiver = sockets.open(AF_UNIX, SOCK_DGRAM)
    sender, expected = autobound_sender(sockets, receiver)
    sender.must.send(payload)
    source, length = Buffer(128), ctypes.c_int(128)

    result = receiver.recvfrom(Buffer(16).array, 16, 0, source.array, length)

    assert result == returned(len(payload))
    assert length.value == len(expected)
    assert source[: len(expected)] == expected
    assert source.untouched(len(expected))


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", GENERIC])
@pytest.mark.parametrize("kind", [SOCK_DGRAM, SOCK_STREAM], ids=["unnamed-datagram", "unnamed-stream"])
def test_a_sender_without_address_has_length_zero(sockets, kind):
    """Where there is no source address the length becomes 0 and nothing is written."""
    _, receiver = messages_for(sockets, b"data", kind=kind)
    source, length = Buffer(128), ctypes.c_int(128)

    result = receiver.recvfrom(Buffer(16).array, 16, 0, source.array, length)

    assert result == returned(4)
    assert (length.value, source.untouched()) == (0, True)
