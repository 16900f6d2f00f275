"""sendto(2): the destination address and its length."""

import ctypes
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import drain
from helpers.kinds import UNIX_DGRAM
from helpers.net import addresses, frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM, sockaddr_storage

GENERIC = "src:net/socket.c:__sys_sendto"
COPY = "src:net/socket.c:move_addr_to_kernel"


def padded(ifindex, halen=6):
    """Return a sockaddr_storage that starts with a sockaddr_ll."""
    name = address(ifindex, OWN, frames.STRANGER, halen)
    return sockaddr_storage.from_buffer_copy(bytes(name).ljust(128, b"\0"))


@clause(since="2.2", level="source", refs=[GENERIC, COPY], covers=["errno:EINVAL"])
@pytest.mark.parametrize("length", [-1, 129])
def test_an_address_has_0_to_128_bytes(loopback, length):
    """An address length below 0 or above that of a sockaddr_storage is refused with EINVAL; all 128 bytes are fine."""
    sender, frame = loopback.packet_socket(protocol=0, bound=False), frames.ethernet().data
    name = padded(loopback.ifindex)

    assert sender.sendto(frame, 0, name, length) == refused(EINVAL)
    assert sender.sendto(frame, 0, name, 128) == returned(len(frame))


@clause(since="2.2", level="documented", refs=["man:send(2)", GENERIC])
@pytest.mark.parametrize("length", [-1, 129])
def test_without_an_address_its_length_does_not_count(sockets, length):
    """A null address is none, whatever its length says: the message goes to the peer."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    result = syscall.sendto(sender.fd, b"data", 4, 0, None, length)

    assert result == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="source", refs=[GENERIC, COPY, "src:net/unix/af_unix.c"])
def test_an_address_of_length_0_is_not_read(sockets, memory):
    """An address of length 0 is never read; AF_UNIX takes it for none and sends to the peer."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    result = syscall.sendto(sender.fd, b"data", 4, 0, memory.unmapped, 0)

    assert result == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="documented", refs=["man:unix(7)", GENERIC])
def test_the_given_address_outranks_the_peer(sockets):
    """A connected datagram socket sends to the address that is given, and to its peer only without one."""
    sender, (peer, peer_name), (other, other_name) = (
        UNIX_DGRAM.named(sockets)[0],
        UNIX_DGRAM.named(sockets),
        UNIX_DGRAM.named(sockets),
    )
    sender.must.connect(peer_name)

    assert sender.sendto(b"to the other", 0, other_name) == returned(12)
    assert sender.send(b"to the peer") == returned(11)

    assert (drain(peer), drain(other)) == ([b"to the peer"], [b"to the other"])


@clause(since="2.2", level="documented", refs=["man:unix(7)", GENERIC, COPY])
def test_the_length_of_the_address_is_the_one_given(sockets):
    """The address is taken with exactly the given length: an abstract name cut short is another name."""
    sender, (_, name), shorter = (
        UNIX_DGRAM.named(sockets)[0],
        UNIX_DGRAM.named(sockets),
        sockets.open(AF_UNIX, SOCK_DGRAM),
    )
    shorter.must.bind(addresses.unix(bytes(name)[2:-1]))

    result = sender.sendto(b"data", 0, name, ctypes.sizeof(name) - 1)

    assert result == returned(4)
    assert drain(shorter) == [b"data"]
