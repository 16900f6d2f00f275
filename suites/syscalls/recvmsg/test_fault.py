"""recvmsg(2): pointers that cannot be read or written, and whether the message is lost."""

from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer, Memory
from helpers.messages import Message
from helpers.net import frames
from helpers.receive_queues import messages_for, queued
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import MSG_DONTWAIT, iovec, msghdr

GENERIC = "src:net/socket.c:____sys_recvmsg"
COPY = "src:net/socket.c:copy_msghdr_from_user"
IMPORT = "src:lib/iov_iter.c:__import_iovec"


def still_queued(socket, frame):
    """Return whether *frame* is the next in the queue."""
    message = Message([200])
    result = socket.recvmsg(message.header, MSG_DONTWAIT)
    return result == returned(len(frame)) and message.data(len(frame)) == frame.data


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("how", ["null", "unmapped", "straddling"])
def test_refuses_a_header_that_cannot_be_read_with_efault(loopback, memory, how):
    """A header that cannot be read whole is EFAULT before anything is received: the frame stays in the queue."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    message = Message([46])
    places = {
        "null": lambda: None,
        "unmapped": lambda: memory.unmapped,
        "straddling": lambda: memory.before_end(bytes(message.header)[:-1]),
    }

    result = socket.recvmsg(places[how](), MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert still_queued(socket, frame)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("name", [None, sockaddr_ll()], ids=["no-name", "name"])
def test_refuses_a_header_that_cannot_be_written_with_efault(loopback, memory, name):
    """A read-only header is EFAULT when its fields are written back; the frame has been dequeued and is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    message = Message([46], name)
    header = memory.readonly(bytes(message.header))

    result = socket.recvmsg(header, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert message.data(46) == first.data
    assert memory.read(header, 56) == bytes(message.header)
    assert still_queued(socket, second)


@clause(since="2.2", level="source", refs=["man:recvmsg(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("field", ["msg_controllen", "msg_flags"])
def test_refuses_a_header_of_which_one_field_cannot_be_written_with_efault(loopback, memory, field):
    """Where only one of msg_controllen and msg_flags cannot be written the call is EFAULT too; the frame is lost."""
    socket = queued(loopback, frames.ethernet())
    message = Message([46])
    lay = memory.readonly_until if field == "msg_controllen" else memory.readonly_from
    header = lay(bytes(message.header), msghdr.msg_flags.offset)  # msg_controllen is the field before it

    result = socket.recvmsg(header, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert socket.recvmsg(message.header, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", IMPORT], covers=["errno:EFAULT"])
@pytest.mark.parametrize(
    ("how", "count"),
    [("null", 1), ("unmapped", 1), ("straddling", 1), ("straddling", 2), ("straddling", 9)],
)
def test_refuses_a_vector_that_cannot_be_read_with_efault(loopback, memory, how, count):
    """A vector of buffers that cannot be read whole is EFAULT; the frame stays in the queue."""
    frame = frames.ethernet()
    socket = queued(loopback, frame)
    message = Message([46] * count)
    places = {
        "null": lambda: None,
        "unmapped": lambda: memory.unmapped,
        "straddling": lambda: memory.before_end(bytes(message.iov)[:-1]),
    }
    message.header.msg_iov = places[how]()

    result = socket.recvmsg(message.header, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert message.data(46) == b"\xa5" * 46
    assert still_queued(socket, frame)


@clause(since="2.2", level="documented", refs=["man:recvmsg(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize(("sizes", "bad"), [([46], 0), ([20, 26], 0), ([20, 26], 1)], ids=["only", "first", "last"])
def test_refuses_a_buffer_that_cannot_be_written_with_efault(loopback, memory, sizes, bad):
    """A buffer that is needed and cannot be written is EFAULT; that frame alone is lost."""
    first, second = frames.ethernet(), frames.ethernet()
    socket = queued(loopback, first, second)
    message = Message(sizes)
    message.iov[bad].iov_base = memory.unmapped

    result = socket.recvmsg(message.header)

    assert result == refused(EFAULT)
    assert still_queued(socket, second)


@clause(since="2.2", level="source", refs=[IMPORT])
@pytest.mark.parametrize("sizes", [[8, 16], [0, 8]], ids=["behind", "empty-first"])
def test_a_buffer_that_is_not_needed_may_be_bad(sockets, memory, sizes):
    """A buffer that gets no byte is not touched: its address does not matter."""
    _, receiver = messages_for(sockets, b"datagram")
    message = Message(sizes)
    message.iov[sizes.index(8) - 1].iov_base = memory.unmapped

    result = receiver.recvmsg(message.header)

    assert result == returned(8)
    assert bytes(message.buffers[sizes.index(8)]) == b"datagram"


@clause(since="2.2", level="source", refs=[IMPORT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("count", [1, 2], ids=["one-buffer", "two-buffers"])
def test_a_buffer_outside_user_space_is_refused_before_receiving(sockets, count):
    """A buffer outside user space is EFAULT at once, needed or not: the message is not lost."""
    _, receiver = messages_for(sockets, b"datagram")
    message = Message([16] * count)
    message.iov[-1].iov_base = Memory.KERNEL

    result = receiver.recvmsg(message.header, MSG_DONTWAIT)

    assert result == refused(EFAULT)
    assert receiver.recvfrom(Buffer(16).array, 16, MSG_DONTWAIT) == returned(8)


@clause(since="2.2", level="source", refs=[IMPORT, GENERIC])
def test_a_bad_vector_is_reported_before_an_empty_queue(sockets, memory):
    """The vector is read before anything is waited for: EFAULT, where a good one is EAGAIN."""
    socket = sockets.packet()
    buffer = Buffer(16)
    vector = iovec(buffer.address, 16)

    results = [
        socket.recvmsg(msghdr(msg_iov=where, msg_iovlen=1), MSG_DONTWAIT)
        for where in (memory.unmapped, memory.before_end(bytes(vector)))
    ]

    assert results == [refused(EFAULT), refused(EAGAIN)]
    assert buffer.untouched()
