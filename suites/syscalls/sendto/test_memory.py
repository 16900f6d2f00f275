"""sendto(2): the memory that it reads, and how much of it."""

from errno import EFAULT

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import arrivals, drain
from helpers.kinds import UNIX_DGRAM
from helpers.memory import PAGE, Memory
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

GENERIC = "src:net/socket.c:__sys_sendto"
IMPORT = "src:lib/iov_iter.c:import_ubuf"
COPY = "src:net/socket.c:move_addr_to_kernel"


def places(memory, data):
    """Return addresses at which *data* can not be read to its last byte."""
    return {
        "unmapped": memory.unmapped,
        "page end": memory.before_end(data[:-1]),
        "kernel": Memory.KERNEL,
    }


@clause(since="2.2", level="documented", refs=["man:send(2)", "man:packet(7)", IMPORT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["unmapped", "page end", "kernel"])
def test_data_that_cannot_be_read_is_refused_with_efault(loopback, memory, where):
    """Data that cannot be read to its last byte is refused with EFAULT, and none of it is sent."""
    sender, receiver = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=OWN)
    frame, last = frames.ethernet(), frames.ethernet()
    bad = places(memory, frame.data)[where]

    result = syscall.sendto(sender.fd, bad, len(frame))
    control = syscall.sendto(sender.fd, memory.before_end(last.data), len(last))

    assert result == refused(EFAULT)
    assert control == returned(len(last))
    assert arrivals(receiver, last.marker) == [last.data]


@clause(since="2.2", level="documented", refs=["man:send(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
def test_an_address_that_cannot_be_read_is_refused_with_efault(sockets, memory, where):
    """An address that cannot be read to its last byte is refused with EFAULT, and nothing is sent."""
    sender, (receiver, name) = UNIX_DGRAM.named(sockets)[0], UNIX_DGRAM.named(sockets)
    raw = bytes(name)

    bad = places(memory, raw)[where]
    result = syscall.sendto(sender.fd, b"lost", 4, 0, bad, len(raw))
    control = syscall.sendto(sender.fd, b"sent", 4, 0, memory.before_end(raw), len(raw))

    assert result == refused(EFAULT)
    assert control == returned(4)
    assert drain(receiver) == [b"sent"]


@clause(since="2.2", level="documented", refs=["man:send(2)", GENERIC])
def test_data_and_address_are_only_read(sockets, memory):
    """Data and address may lie in read-only memory."""
    sender, (receiver, name) = UNIX_DGRAM.named(sockets)[0], UNIX_DGRAM.named(sockets)
    raw = bytes(name)

    result = syscall.sendto(sender.fd, memory.readonly(b"data"), 4, 0, memory.readonly(raw), len(raw))

    assert result == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="source", refs=[GENERIC, IMPORT])
@pytest.mark.parametrize("kind", [SOCK_DGRAM, SOCK_STREAM], ids=["dgram", "stream"])
def test_no_data_is_not_read(sockets, memory, kind):
    """With length 0 the data is never read: a datagram is empty, a stream carries nothing."""
    sender, receiver = sockets.pair(kind)

    result = syscall.sendto(sender.fd, memory.unmapped, 0)
    sender.must.send(b"next")

    assert result == returned(0)
    assert [receiver.recv(bytearray(9), 9, MSG_DONTWAIT) for _ in range(2 if kind == SOCK_DGRAM else 1)] == (
        [returned(0), returned(4)] if kind == SOCK_DGRAM else [returned(4)]
    )


@clause(since="2.6.35", level="source", refs=[GENERIC, IMPORT])
@pytest.mark.parametrize("length", [2**31, 2**64 - 1], ids=["2^31", "size-max"])
def test_a_length_beyond_what_one_call_moves_is_cut(sockets, length):
    """A length above what one call can move is cut, not refused: a stream takes what fits into its buffer."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    data = bytes(range(256)) * (PAGE // 16)

    result = syscall.sendto(sender.fd, data, length, MSG_DONTWAIT)

    assert 0 < result.value < len(data)
    assert b"".join(drain(receiver)) == data[: result.value]
