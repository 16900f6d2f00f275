"""read(2) and write(2) with their vectored forms on sockets: one frame, one datagram, or a piece of a stream each."""

from errno import EAGAIN, EFAULT, ENXIO, EPIPE
from signal import SIG_BLOCK, SIGPIPE, pthread_sigmask, sigpending

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.memory import Buffer
from helpers.net import frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, iovec

READ, WRITE = "src:net/socket.c:sock_read_iter", "src:net/socket.c:sock_write_iter"
PIPE_TYPES = pytest.mark.parametrize(
    "kind", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"]
)


def pieces(*sizes):
    """Return buffers of these sizes and the vector of them; the vector is good as long as the buffers live."""
    buffers = [Buffer(size) for size in sizes]
    return buffers, (iovec * len(sizes))(*[(buffer.address, buffer.size) for buffer in buffers])


@pytest.fixture
def receiver(loopback):
    """A packet socket that receives our frames on the loopback device."""
    return loopback.packet_socket(protocol=frames.OWN)


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:read(2)", READ], covers=["file:read"])
@pytest.mark.parametrize("room", [60, 61, 59], ids=["exact", "more", "less"])
def test_read_takes_one_frame(loopback, receiver, room):
    """A read takes one frame from a packet socket; what does not fit is lost, and the buffer beyond it is untouched."""
    first, second = frames.ethernet(size=60), frames.ethernet(size=60)
    loopback.inject(first, second)
    buffers = [Buffer(80), Buffer(80)]

    results = [syscall.call("read", receiver.fd, buffer.array, room) for buffer in buffers]

    assert results == [returned(min(room, 60))] * 2
    assert [buffer[: min(room, 60)] for buffer in buffers] == [frame.data[:room] for frame in (first, second)]
    assert all(buffer.untouched(min(room, 60)) for buffer in buffers)


@clause(since="2.2", level="documented", refs=["man:read(2)", READ], covers=["file:read", "file:readv"])
@pytest.mark.parametrize("call", ["read", "readv"])
def test_read_of_nothing_takes_nothing(loopback, receiver, call):
    """A read of zero bytes returns 0 at once, whether a frame waits or none does, and takes none."""
    frame = frames.ethernet()
    _, vector = pieces(0, 0)
    nothing = (vector, 2) if call == "readv" else (None, 0)

    empty = syscall.call(call, receiver.fd, *nothing)
    loopback.inject(frame)
    wait.readable(receiver.fd)
    queued = syscall.call(call, receiver.fd, *nothing)

    assert (empty, queued) == (SUCCESS, SUCCESS)
    assert receiver.take().data == frame.data


@clause(since="2.2", level="documented", refs=["man:readv(2)", READ], covers=["file:readv"])
def test_readv_scatters_a_frame(loopback, receiver):
    """readv(2) fills one buffer after the other with a frame, and leaves the rest of the last as it was."""
    frame = frames.ethernet(size=60)
    loopback.inject(frame)
    buffers, vector = pieces(14, 0, 40, 20)

    result = syscall.call("readv", receiver.fd, vector, len(vector))

    assert result == returned(60)
    assert (bytes(buffers[0]), bytes(buffers[2])) == (frame.data[:14], frame.data[14:54])
    assert (buffers[3][:6], buffers[3].untouched(6)) == (frame.data[54:], True)


@clause(since="2.2", level="documented", refs=["man:packet(7)", "man:write(2)", WRITE], covers=["file:write"])
def test_write_sends_a_frame_where_the_socket_is_bound(loopback, receiver):
    """A write sends a frame on the link of the socket; one that is bound to none is refused with ENXIO."""
    unbound, bound = loopback.packet_socket(protocol=0, bound=False), loopback.packet_socket(protocol=0)
    frame = frames.ethernet()

    assert syscall.call("write", unbound.fd, frame.data, len(frame)) == refused(ENXIO)
    assert syscall.call("write", bound.fd, frame.data, len(frame)) == returned(len(frame))
    loopback.inject(last := frames.ethernet())
    assert [packet.data for packet in receiver.heard_until(last)] == [frame.data, last.data]


@clause(since="2.2", level="documented", refs=["man:readv(2)", WRITE], covers=["file:writev"])
def test_writev_gathers_one_frame(loopback, receiver):
    """writev(2) sends the buffers one after the other as one frame."""
    sender, frame = loopback.packet_socket(protocol=0), frames.ethernet()
    buffers = [Buffer(len(part), part) for part in (frame.data[:14], b"", frame.data[14:30], frame.data[30:])]
    vector = (iovec * 4)(*[(buffer.address, buffer.size) for buffer in buffers])

    result = syscall.call("writev", sender.fd, vector, 4)

    assert result == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause(since="2.2", level="source", refs=["man:write(2)", WRITE], covers=["file:write"])
def test_write_of_nothing_sends_an_empty_datagram(sockets):
    """A write of zero bytes to a datagram socket sends a datagram of no bytes."""
    left, right = sockets.pair(SOCK_DGRAM)

    result = syscall.call("write", left.fd, None, 0)

    assert result == SUCCESS
    assert wait.poll(right.fd, seconds=0)
    assert right.recv(bytearray(1), 1, MSG_DONTWAIT) == SUCCESS
    assert right.recv(bytearray(1), 1, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:read(2)", READ], covers=["file:read"])
@PIPE_TYPES
def test_read_waits_for_data(sockets, kind):
    """A read with nothing to read waits, and ends with what comes."""
    left, right = sockets.pair(kind)

    def read():
        buffer = bytearray(8)
        return syscall.call("read", right.fd, buffer, 8), bytes(buffer)

    with process.start(read) as child:
        child.wait_blocked("read")
        left.must.send(b"late")
        got = child.result()

    assert got == (returned(4), b"late\0\0\0\0")


@clause(since="2.2", level="documented", refs=["man:write(2)", WRITE], covers=["file:write"])
def test_write_waits_for_room(sockets):
    """A write to a stream that is full waits, and ends when the peer has read."""
    left, right = sockets.pair()
    while left.send(bytes(4096), MSG_DONTWAIT).ok:
        pass

    with process.start(lambda: syscall.call("write", left.fd, b"more", 4)) as child:
        child.wait_blocked("write")
        while right.recv(bytearray(65536), 65536, MSG_DONTWAIT).ok:
            pass
        result = child.result()

    assert result == returned(4)


@clause(since="2.2", level="documented", refs=["man:read(2)", "man:write(2)", READ, WRITE],
        covers=["file:read", "file:write"])  # fmt: skip
@pytest.mark.parametrize("call", ["read", "write"])
def test_memory_that_cannot_be_used_is_efault(sockets, memory, call):
    """A read into and a write from memory that cannot be used is EFAULT; a stream's data are not lost by it."""
    left, right = sockets.pair()
    left.must.send(b"data")
    fd = right.fd if call == "read" else left.fd
    place = memory.readonly(b"1234") if call == "read" else memory.unmapped

    result = syscall.call(call, fd, place, 4)

    assert result == refused(EFAULT)
    assert syscall.call(call, fd, bytearray(4), 4) == returned(4)


@clause(since="2.2", level="documented", refs=["man:write(2)", "man:pipe(7)", WRITE], covers=["file:write"])
def test_write_to_a_stream_that_nobody_reads_is_sigpipe(sockets):
    """A write to a stream whose peer is closed is EPIPE, and sends SIGPIPE."""
    left, right = sockets.pair()
    right.close()

    def write():
        pthread_sigmask(SIG_BLOCK, [SIGPIPE])
        return syscall.call("write", left.fd, b"x", 1), sigpending()

    assert process.in_child(write) == (refused(EPIPE), {SIGPIPE})
