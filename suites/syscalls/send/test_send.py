"""send(2), which 64-bit tables lack: sendto(2) without an address, here through the 32-bit entry."""

from errno import EFAULT, EINTR

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals, drain
from helpers.compat32 import SocketCall
from helpers.full_queues import full_pair
from helpers.interruption import Interrupted
from helpers.lowmem import LIMIT
from helpers.memory import PAGE
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.send_calls import by_send
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

GENERIC = "src:net/socket.c:__sys_sendto"
ENTRY = "src:net/compat.c"


@clause(since="2.2", level="documented", refs=["man:send(2)", "man:packet(7)", GENERIC])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_sends_where_the_socket_is_bound_to(loopback, lowmem, kind):
    """A bound packet socket sends exactly the given bytes, once, and returns their number."""
    sender, receiver = loopback.packet_socket(kind, OWN), loopback.packet_socket(SOCK_RAW, OWN)
    frame = frames.ethernet(bytes(6), bytes(6), size=200)
    data = frame.bytes_for(kind)

    result = by_send(sender.fd, data)

    assert result == returned(len(data))
    assert arrivals(receiver, frame.marker) == [frame.data]


@clause(since="2.2", level="documented", refs=["man:send(2)", GENERIC], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("kind", ["negative", "path", "pipe"])
def test_the_descriptor_is_of_an_open_socket(sockets, lowmem, kind):
    """What is no open descriptor (O_PATH neither) is refused with EBADF, and what is no socket with ENOTSOCK."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    bad = odd_descriptor(sockets, kind, sender)

    result = by_send(bad, b"lost")
    control = by_send(sender.fd, b"sent")

    assert result == refused(ODD[kind])
    assert control == returned(4)
    assert drain(receiver) == [b"sent"]


@clause(since="2.2", level="documented", refs=["man:send(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
def test_data_that_cannot_be_read_is_refused_with_efault(sockets, lowmem, where):
    """Data that cannot be read to its last byte is refused with EFAULT, and none of it is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    data = lowmem.unmapped if where == "unmapped" else lowmem.before_end(b"data")

    result = SocketCall.send(sender.fd, data, 5)
    control = SocketCall.send(sender.fd, lowmem.readonly(b"data"), 4)

    assert result == refused(EFAULT)
    assert control == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.6.35", level="source", refs=[GENERIC, ENTRY])
@pytest.mark.parametrize("length", [LIMIT // 2, LIMIT - 1], ids=["2^31", "max"])
def test_the_length_is_unsigned(sockets, lowmem, length):
    """A length of 2 GiB and more is not taken for a negative one: a stream takes what fits into its buffer."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    data = bytes(range(256)) * (PAGE // 16)

    result = SocketCall.send(sender.fd, lowmem.place(data), length, MSG_DONTWAIT)

    assert 0 < result.value < len(data)
    assert b"".join(drain(receiver)) == data[: result.value]


@clause(since="2.2", level="documented", refs=["man:send(2)", "man:signal(7)"], covers=["errno:EINTR"])
def test_a_signal_ends_the_wait_with_eintr(sockets, lowmem):
    """A signal whose handler does not restart calls ends the wait for room with EINTR, and nothing is sent."""
    sender, receiver, sent = full_pair(sockets)

    with Interrupted(lambda: by_send(sender.fd, b"data"), restart=False) as child:
        child.interrupt("socketcall")
        result = child.result()

    assert result == refused(EINTR)
    assert drain(receiver) == sent
