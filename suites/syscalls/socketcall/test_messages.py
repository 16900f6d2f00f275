"""socketcall(2) and the 32-bit calls beside it: messages have the 32-bit layout of headers and vectors."""

import ctypes
import functools
from errno import EFAULT, EINVAL, EMSGSIZE

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct, SocketCall
from helpers.compat_messages import CompatMessage
from helpers.memory import PATTERN
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.compat import compat_iovec, compat_msghdr
from helpers.uapi.socket import MSG_TRUNC, SOCK_DGRAM, UIO_MAXIOV

COMPAT = "src:net/compat.c:get_compat_msghdr"
clause32 = functools.partial(clause, since="4.3", level="source", refs=["man:socketcall(2)", COMPAT])
BOTH = pytest.mark.parametrize("entry", [SocketCall, Direct], ids=["socketcall", "direct"])
SEND_AND_RECEIVE = pytest.mark.parametrize("call", ["sendmsg", "recvmsg"])
UNTOUCHED = bytes([PATTERN])
SIZE = ctypes.sizeof(compat_msghdr)


@pytest.fixture
def pair(sockets):
    """Two datagram sockets; a message waits at the second."""
    left, right = sockets.pair(SOCK_DGRAM)
    left.must.send(b"waiting")
    return left, right


def side(pair, call):
    """Return the descriptor at which *call* does something."""
    return pair[0 if call.startswith("send") else 1].fd


@clause32(covers=["msg:MSG_CMSG_COMPAT"])
@BOTH
def test_sendmsg_gathers_what_a_32_bit_vector_names(lowmem, loopback, entry):
    """The sub-call sendmsg sends the pieces of a compat_iovec to the address of a compat_msghdr."""
    receiver, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(bound=False, protocol=0)
    frame = frames.ethernet()
    where = bytes(address(loopback.ifindex, frames.OWN))
    message = CompatMessage(lowmem, [frame.data[:14], b"", frame.data[14:]], name=where)

    result = entry.sendmsg(sender.fd, message.address)

    assert result == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data


@clause32(covers=["msg:MSG_CMSG_COMPAT", "msg:MSG_TRUNC"])
@BOTH
@pytest.mark.parametrize(("room", "flags"), [(46, 0), (45, MSG_TRUNC)], ids=["fits", "truncated"])
def test_recvmsg_fills_a_32_bit_header(lowmem, loopback, entry, room, flags):
    """The sub-call recvmsg scatters over a compat_iovec, and writes lengths and flags where compat_msghdr has them."""
    receiver = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet(size=46)
    loopback.inject(frame)
    message = CompatMessage(lowmem, [14, room - 14], name=24, control=16)

    result = entry.recvmsg(receiver.fd, message.address)

    assert result == returned(room)
    assert b"".join(message.data()) == frame.data[:room]
    header = message.header
    assert (header.msg_namelen, header.msg_flags, header.msg_controllen, header.msg_iovlen) == (20, flags, 0, 2)
    assert message.name()[4:8] == bytes(ctypes.c_int(loopback.ifindex))
    assert (message.name()[20:], message.control()) == (UNTOUCHED * 4, UNTOUCHED * 16)


@clause32()
@SEND_AND_RECEIVE
def test_message_header_has_28_bytes(lowmem, pair, call):
    """A compat_msghdr of which the last byte cannot be read is EFAULT, and the socket is left as it was."""
    message = CompatMessage(lowmem, [b"7 bytes"])
    short = lowmem.before_end(lowmem.read(message.address, SIZE - 1))

    assert SocketCall.call(call, side(pair, call), short, 0) == refused(EFAULT)
    assert SocketCall.call(call, side(pair, call), message.address, 0) == returned(7)


@clause32()
@SEND_AND_RECEIVE
@pytest.mark.parametrize("count", [1, 2])
def test_vector_length_beyond_int_max_is_einval(lowmem, pair, call, count):
    """A compat_iovec whose length has bit 31 set is EINVAL; natively it is a length like any other."""
    message = CompatMessage(lowmem, [b"7 bytes"] * count)
    message.parts[count - 1].iov_len = 0x80000000

    assert SocketCall.call(call, side(pair, call), message.address, 0) == refused(EINVAL)
    message.parts[count - 1].iov_len = 7
    assert SocketCall.call(call, side(pair, call), message.address, 0) == returned(
        7 * count if call == "sendmsg" else 7
    )


@clause32()
@SEND_AND_RECEIVE
def test_vector_has_at_most_1024_parts(lowmem, pair, call):
    """A compat_msghdr with 1025 parts is EMSGSIZE, one with 1024 is taken."""
    message = CompatMessage(lowmem, [b"7 bytes"])
    parts = bytes(message.parts) + bytes(ctypes.sizeof(compat_iovec)) * UIO_MAXIOV
    message.header.msg_iov = lowmem.place(parts)

    message.header.msg_iovlen = UIO_MAXIOV + 1
    assert SocketCall.call(call, side(pair, call), message.address, 0) == refused(EMSGSIZE)
    message.header.msg_iovlen = UIO_MAXIOV
    assert SocketCall.call(call, side(pair, call), message.address, 0) == returned(7)


@clause32()
@SEND_AND_RECEIVE
def test_vector_that_cannot_be_read_is_efault(lowmem, pair, call):
    """A compat_iovec that ends behind the mapped memory is EFAULT, and the socket is left as it was."""
    message = CompatMessage(lowmem, [b"7 bytes"])
    whole = message.header.msg_iov
    message.header.msg_iov = lowmem.before_end(bytes(message.parts)[:-1])

    assert SocketCall.call(call, side(pair, call), message.address, 0) == refused(EFAULT)
    message.header.msg_iov = whole
    assert SocketCall.call(call, side(pair, call), message.address, 0) == returned(7)


@clause32()
@SEND_AND_RECEIVE
def test_negative_name_length_is_einval(lowmem, loopback, call):
    """A negative msg_namelen is EINVAL where there is a name, and nothing where there is none."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()
    loopback.inject(frame)
    message = CompatMessage(lowmem, [frame.data], name=bytes(address(loopback.ifindex, frames.OWN)))
    message.header.msg_namelen = -1

    assert SocketCall.call(call, socket.fd, message.address, 0) == refused(EINVAL)
    message.header.msg_name = 0
    assert SocketCall.call(call, socket.fd, message.address, 0) == returned(len(frame))


@clause32()
def test_name_length_is_cut_to_128(lowmem, loopback):
    """Of a name that is said to be longer than a sockaddr_storage, the sub-call sendmsg reads 128 bytes."""
    receiver, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(bound=False, protocol=0)
    frame = frames.ethernet()
    name = bytes(address(loopback.ifindex, frames.OWN)).ljust(128, b"\0")
    message = CompatMessage(lowmem, [frame.data], name=name)
    message.header.msg_namelen = 2**31 - 1

    result = SocketCall.sendmsg(sender.fd, message.address)

    assert result == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data
