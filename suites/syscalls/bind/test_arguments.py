"""bind(2): what net/socket.c promises of descriptor, address and length, whatever the family."""

from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.memory import Memory
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.options.option import INT_MAX, INT_MIN
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ARP

BIND = "src:net/socket.c:__sys_bind"
COPY = "src:net/socket.c:move_addr_to_kernel"
LO = 1
GOOD = bytes(address(LO, ETH_P_ARP))


@clause(since="2.2", level="documented", refs=["man:bind(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", ["null", "unmapped", "kernel", "straddling"])
def test_refuses_an_address_that_cannot_be_read_with_efault(sockets, memory, place):
    """An address that is not all in readable memory is refused with EFAULT and leaves the socket unbound."""
    socket = sockets.packet()
    places = {
        "null": lambda: None,
        "unmapped": lambda: memory.unmapped,
        "kernel": lambda: Memory.KERNEL,
        "straddling": lambda: memory.before_end(GOOD[:-1]),
    }

    result = socket.bind(places[place](), len(GOOD))

    assert result == refused(EFAULT)
    assert (socket.name().sll_ifindex, socket.name().sll_protocol) == (0, 0)
    assert socket.bind(memory.before_end(GOOD), len(GOOD)) == SUCCESS
    assert socket.name().sll_ifindex == LO


@clause(since="2.2", level="source", refs=["man:bind(2)", COPY])
def test_reads_the_address_only(sockets, memory):
    """An address in read-only memory is accepted, and is not changed."""
    socket = sockets.packet()
    place = memory.readonly(GOOD)

    result = socket.bind(place, len(GOOD))

    assert result == SUCCESS
    assert socket.name().sll_ifindex == LO
    assert memory.read(place, len(GOOD)) == GOOD


@clause(since="2.2", level="source", refs=["man:bind(2)", COPY], covers=["errno:EFAULT"])
def test_reads_as_many_bytes_as_the_length_says(sockets, memory):
    """The whole length must be readable, also beyond what the family needs: one byte more is EFAULT."""
    socket = sockets.packet()
    place = memory.before_end(GOOD)

    result = socket.bind(place, len(GOOD) + 1)

    assert result == refused(EFAULT)
    assert socket.name().sll_ifindex == 0
    assert socket.bind(place, len(GOOD)) == SUCCESS


@clause(since="2.2", level="source", refs=["man:bind(2)", COPY], covers=["errno:EINVAL", "errno:EFAULT"])
@pytest.mark.parametrize(
    ("length", "errno"),
    [(INT_MIN, EINVAL), (-1, EINVAL), (0, EINVAL), (1, EFAULT), (128, EFAULT), (129, EINVAL), (INT_MAX, EINVAL)],
)
def test_checks_the_length_before_it_reads_the_address(sockets, memory, length, errno):
    """With an unreadable address a length of 1 to 128 is EFAULT; one for which nothing is copied stays EINVAL."""
    socket = sockets.packet()

    result = socket.bind(memory.unmapped, length)

    assert result == refused(errno)
    assert socket.name().sll_ifindex == 0


@clause(since="2.2", level="documented", refs=["man:bind(2)", BIND], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("what", ODD)
def test_refuses_a_descriptor_of_no_socket(sockets, memory, what):
    """A closed or O_PATH descriptor is EBADF and one of no socket ENOTSOCK, before address and length are looked at."""
    arguments = [(GOOD, len(GOOD)), (memory.unmapped, len(GOOD)), (GOOD, 129), (memory.unmapped, -1)]

    fd = odd_descriptor(sockets, what)

    results = [syscall.bind(fd, *two) for two in arguments]

    assert results == [refused(ODD[what])] * len(arguments)
    assert sockets.packet().bind(GOOD, len(GOOD)) == SUCCESS
