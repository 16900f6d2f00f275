"""getsockname(2): the value-result length, and addresses and lengths that cannot be written."""

import ctypes
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.options.option import INT_MAX
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ARP
from helpers.value_result import LENGTHS, NEGATIVE, ROOM, UNWRITABLE, address_from, ask, filled, untouched

CALL = "src:net/socket.c:__sys_getsockname"
COPY = "src:net/socket.c:move_addr_to_user"


@pytest.fixture
def socket(sockets):
    """A packet socket bound to lo: its name is a sockaddr_ll of 18 bytes."""
    made = sockets.packet()
    made.attach(1, ETH_P_ARP)
    return made


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", COPY])
@pytest.mark.parametrize("given", LENGTHS.values(), ids=LENGTHS.keys())
def test_writes_what_fits_and_tells_the_whole_length(socket, given):
    """The name is truncated to the given length and nothing is written beyond; the length becomes the name's."""
    name = address_from(socket.getsockname)

    result, got = ask(socket.getsockname, given(len(name)))

    assert result == SUCCESS
    assert len(name) == 18
    assert got == filled(name, given(len(name)))


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", COPY], covers=["errno:EINVAL"])
@pytest.mark.parametrize("given", NEGATIVE.values(), ids=NEGATIVE.keys())
def test_refuses_a_negative_length_with_einval(sockets, given):
    """A negative length is refused with EINVAL; neither the address nor the length is written."""
    socket = sockets.packet()

    result, got = ask(socket.getsockname, given)

    assert result == refused(EINVAL)
    assert got == untouched(given)
    assert ask(socket.getsockname, 0)[0] == SUCCESS


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_refuses_an_address_that_cannot_be_written_with_efault(sockets, memory, place):
    """An address buffer that is not all in writable memory is refused with EFAULT."""
    socket = sockets.packet()
    name = address_from(socket.getsockname)

    result = socket.getsockname(place(memory, bytes(len(name))), ctypes.c_int(len(name)))

    assert result == refused(EFAULT)
    assert address_from(socket.getsockname) == name


@clause(since="2.2", level="source", refs=["man:getsockname(2)", COPY])
def test_needs_no_more_room_than_the_name_takes(sockets, memory):
    """However large the length, only the name itself is written: memory may end right behind it."""
    socket = sockets.packet()
    name = address_from(socket.getsockname)
    place, length = memory.before_end(bytes(len(name))), ctypes.c_int(INT_MAX)

    result = socket.getsockname(place, length)

    assert result == SUCCESS
    assert (length.value, memory.read(place, len(name))) == (len(name), name)


@clause(since="2.2", level="source", refs=["man:getsockname(2)", COPY])
@pytest.mark.parametrize("place", ["null", "unmapped", "kernel"])
def test_a_length_of_zero_needs_no_address(sockets, memory, place):
    """With length 0 the address is not written, so any pointer will do; the length becomes the name's."""
    socket, length = sockets.packet(), ctypes.c_int(0)

    result = socket.getsockname(UNWRITABLE[place](memory, b"\0"), length)

    assert result == SUCCESS
    assert length.value == len(address_from(socket.getsockname))


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_refuses_a_length_that_cannot_be_written_with_efault(sockets, memory, place):
    """A length that cannot be read, or not written back, is refused with EFAULT."""
    socket = sockets.packet()

    result, _ = ask(lambda address, length: socket.getsockname(address, place(memory, bytes(length))), ROOM)

    assert result == refused(EFAULT)
    assert ask(lambda address, length: socket.getsockname(address, memory.before_end(bytes(length))), 4)[0] == SUCCESS


@clause(since="2.2", level="source", refs=[COPY], covers=["errno:EINVAL", "errno:EFAULT"])
def test_checks_the_length_before_it_writes_the_address(sockets, memory):
    """With an address that cannot be written, a negative length is EINVAL; an unreadable length writes no address."""
    socket = sockets.packet()

    negative = socket.getsockname(memory.unmapped, ctypes.c_int(-1))
    unreadable, got = ask(lambda address, _: socket.getsockname(address, memory.unmapped), ROOM)

    assert negative == refused(EINVAL)
    assert unreadable == refused(EFAULT)
    assert got == untouched(ROOM)


@clause(since="2.2", level="documented", refs=["man:getsockname(2)", CALL], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("what", ODD)
def test_refuses_a_descriptor_of_no_socket(sockets, memory, what):
    """A closed or O_PATH descriptor is EBADF and one of no socket ENOTSOCK, before address and length are looked at."""
    fd = odd_descriptor(sockets, what)

    result, got = ask(lambda address, length: syscall.getsockname(fd, address, length), ROOM)
    unwritable = syscall.getsockname(fd, memory.unmapped, memory.unmapped)
    negative = syscall.getsockname(fd, memory.unmapped, ctypes.c_int(-1))

    assert [result, unwritable, negative] == [refused(ODD[what])] * 3
    assert got == untouched(ROOM)
