"""recvfrom(2): pointers that cannot be written, and whether the message is lost."""

import ctypes
from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, SOCK_STREAM

GENERIC = "src:net/socket.c:__sys_recvfrom"
COPY = "src:net/socket.c:move_addr_to_user"
IMPORT = "src:lib/iov_iter.c:import_ubuf"


def bad_buffer(memory, how):
    """Return an address at which 46 bytes cannot be written."""
    return {
        "null": lambda: 0,
        "unmapped": lambda: memory.unmapped,
        "readonly": lambda: memory.readonly(bytes(46)),
        "straddling": lambda: memory.before_end(bytes(45)),
    }[how]()


@clause(since="2.2", level="documented", refs=["man:recvfrom(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["null", "unmapped", "readonly", "straddling"])
def test_refuses_a_buffer_that_cannot_be_written_with_efault(loopback, memory, how):
    """A frame that cannot be written to the buffer is EFAULT, and that frame alone is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    good = Buffer(46)

    result = socket.recvfrom(bad_buffer(memory, how), 46)

    assert result == refused(EFAULT)
    assert socket.recvfrom(good.array, 46, MSG_DONTWAIT) == returned(46)
    assert bytes(good) == second.data


@clause(since="2.2", level="source", refs=["src:net/core/datagram.c:__skb_datagram_iter"], covers=["errno:EFAULT"])
def test_peeking_into_a_bad_buffer_keeps_the_frame(loopback, memory):
    """EFAULT of a call with MSG_PEEK leaves the frame in the queue."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    good = Buffer(46)

    result = socket.recvfrom(memory.unmapped, 46, MSG_PEEK)

    assert result == refused(EFAULT)
    assert socket.recvfrom(good.array, 46, MSG_DONTWAIT) == returned(46)
    assert bytes(good) == frame.data


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", GENERIC])
@pytest.mark.parametrize("how", ["null", "unmapped"])
def test_a_buffer_of_size_zero_may_lie_anywhere(loopback, memory, how):
    """No byte is written to a buffer of size 0, so its address does not matter."""
    socket = queued(loopback, frames.ethernet())

    result = socket.recvfrom(bad_buffer(memory, how), 0)

    assert result == returned(0)
    assert socket.recvfrom(Buffer(46).array, 46, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", "src:net/unix/af_unix.c:unix_stream_read_generic"])
def test_a_stream_keeps_the_bytes_that_could_not_be_written(sockets, memory):
    """EFAULT on a stream takes nothing: the same bytes are read by the next call."""
    _, receiver = messages_for(sockets, b"stream", kind=SOCK_STREAM)
    good = Buffer(16)

    result = receiver.recvfrom(memory.unmapped, 6)

    assert result == refused(EFAULT)
    assert receiver.recvfrom(good.array, 16, MSG_DONTWAIT) == returned(6)
    assert good[:6] == b"stream"


@clause(since="2.2", level="source", refs=[IMPORT, GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("queue", ["message", "empty"])
def test_a_buffer_outside_user_space_is_refused_before_receiving(sockets, memory, queue):
    """A buffer outside user space is EFAULT at once: no message is waited for, none is lost."""
    _, receiver = messages_for(sockets, *[b"datagram"] * (queue == "message"))
    good = Buffer(16)

    result = receiver.recvfrom(memory.KERNEL, 16, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    kept = returned(8) if queue == "message" else refused(EAGAIN)
    assert receiver.recvfrom(good.array, 16, MSG_DONTWAIT) == kept


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["unmapped", "readonly", "straddling"])
def test_refuses_an_address_that_cannot_be_written_with_efault(loopback, memory, how):
    """A source address that cannot be written is EFAULT; the frame has been dequeued and is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    places = {
        "unmapped": lambda: memory.unmapped,
        "readonly": lambda: memory.readonly(bytes(20)),
        "straddling": lambda: memory.before_end(bytes(19)),
    }
    buffer, length = Buffer(46), ctypes.c_int(20)

    result = socket.recvfrom(buffer.array, 46, 0, places[how](), length)

    assert result == refused(EFAULT)
    assert bytes(buffer) == first.data
    length.value = 20
    assert socket.recvfrom(buffer.array, 46, MSG_DONTWAIT, Buffer(20).array, length) == returned(46)
    assert bytes(buffer) == second.data


@clause(since="2.2", level="source", refs=[COPY])
def test_an_address_of_which_nothing_fits_may_lie_anywhere(loopback, memory):
    """With a length of 0 the address is not written, and the length still becomes the full one."""
    socket = queued(loopback, frames.ethernet())
    length = ctypes.c_int(0)

    result = socket.recvfrom(Buffer(46).array, 46, 0, memory.unmapped, length)

    assert (result, length.value) == (returned(46), 20)


@clause(since="2.2", level="source", refs=["man:recvfrom(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["null", "unmapped", "readonly", "straddling"])
def test_refuses_a_length_that_cannot_be_read_and_written_with_efault(loopback, memory, how):
    """An address without a usable length is EFAULT; the frame has been dequeued and is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    places = {
        "null": lambda: None,
        "unmapped": lambda: memory.unmapped,
        "readonly": lambda: memory.readonly(bytes(ctypes.c_int(20))),
        "straddling": lambda: memory.before_end(bytes(3)),
    }
    buffer, source = Buffer(46), Buffer(20)

    result = socket.recvfrom(buffer.array, 46, 0, source.array, places[how]())

    assert result == refused(EFAULT)
    assert bytes(buffer) == first.data
    assert socket.recvfrom(buffer.array, 46, MSG_DONTWAIT, source.array, ctypes.c_int(20)) == returned(46)
    assert bytes(buffer) == second.data
