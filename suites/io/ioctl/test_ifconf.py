"""SIOCGIFCONF: the IPv4 addresses of the links, through a socket of any family."""

import ctypes
import struct
from errno import EFAULT
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ import IFNAMSIZ, ifconf, ifreq
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import SIOCGIFCONF

REFS = ["man:netdevice(7)", "src:net/core/dev_ioctl.c:dev_ifconf"]
SIZE = ctypes.sizeof(ifreq)
ENTRY = b"lo".ljust(IFNAMSIZ, b"\0") + struct.pack("=HH4s8x", AF_INET, 0, inet_aton("127.0.0.1"))


@pytest.fixture(params=[AF_PACKET, AF_UNIX], ids=["packet", "unix"])
def socket(request, loopback, sockets):
    """A socket of each family in a namespace whose loopback device is up."""
    return sockets.open(request.param, SOCK_DGRAM, namespace=loopback.namespace)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCGIFCONF"])
@pytest.mark.parametrize(("room", "told"), [(0, 0), (SIZE - 1, 0), (SIZE, SIZE), (2 * SIZE, SIZE)])
def test_writes_an_entry_for_each_address(socket, room, told):
    """As many whole entries of name and address are written as there is room for; ifc_len becomes their size."""
    buffer = Buffer(2 * SIZE)
    asked = ifconf(ifc_len=room, ifc_buf=buffer.address)

    result = socket.ioctl(SIOCGIFCONF, asked)

    assert result == SUCCESS
    assert (asked.ifc_len, asked.ifc_buf) == (told, buffer.address)
    assert buffer[: len(ENTRY) if told else 0] == (ENTRY if told else b"")
    assert buffer.untouched(told)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCGIFCONF"])
def test_tells_the_room_it_needs(socket):
    """Without a buffer ifc_len becomes the size of all entries, whatever it was."""
    asked = ifconf(ifc_len=1, ifc_buf=None)

    result = socket.ioctl(SIOCGIFCONF, asked)

    assert result == SUCCESS
    assert asked.ifc_len == SIZE


@clause(since="2.2", level="source", refs=REFS, covers=["file:ioctl_SIOCGIFCONF"])
def test_memory_that_cannot_be_used_is_efault(socket, memory):
    """An ifconf that cannot be read to its end or not be written, or a buffer that cannot be written, is EFAULT."""
    good = bytes(ifconf(ifc_len=SIZE, ifc_buf=memory.before_end(bytes(SIZE))))
    bad = ifconf(ifc_len=SIZE, ifc_buf=memory.before_end(bytes(SIZE - 1)))

    assert socket.ioctl(SIOCGIFCONF, None) == refused(EFAULT)
    assert socket.ioctl(SIOCGIFCONF, memory.before_end(good[:-1])) == refused(EFAULT)
    assert socket.ioctl(SIOCGIFCONF, memory.readonly(good)) == refused(EFAULT)
    assert socket.ioctl(SIOCGIFCONF, bad) == refused(EFAULT)
    assert socket.ioctl(SIOCGIFCONF, memory.before_end(good)) == SUCCESS


@clause(since="2.6.24", level="source", refs=REFS, covers=["file:ioctl_SIOCGIFCONF"])
def test_tells_of_the_namespace_of_the_socket(namespace, sockets):
    """In a namespace without addresses there are no entries: ifc_len becomes 0."""
    buffer = Buffer(SIZE)
    asked = ifconf(ifc_len=SIZE, ifc_buf=buffer.address)

    result = sockets.packet(namespace=namespace).ioctl(SIOCGIFCONF, asked)

    assert result == SUCCESS
    assert (asked.ifc_len, buffer.untouched()) == (0, True)
