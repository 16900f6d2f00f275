"""getpeername(2): the value-result length, and addresses and lengths that cannot be written."""

import ctypes
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.listeners import listener
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.options.option import INT_MAX
from helpers.syscall import SUCCESS, refused
from helpers.value_result import LENGTHS, NEGATIVE, ROOM, UNWRITABLE, ask, filled, untouched

CALL = "src:net/socket.c:__sys_getsockname"
COPY = "src:net/socket.c:move_addr_to_user"


@pytest.fixture
def server(sockets):
    """A listening AF_UNIX socket with a name."""
    return listener(sockets)


@pytest.fixture
def client(server):
    """A socket that is connected to the server."""
    return server.client()


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", COPY])
@pytest.mark.parametrize("given", LENGTHS.values(), ids=LENGTHS.keys())
def test_writes_what_fits_and_tells_the_whole_length(server, client, given):
    """The name is truncated to the given length and nothing is written beyond; the length becomes the name's."""
    name = bytes(server.name)

    result, got = ask(client.getpeername, given(len(name)))

    assert result == SUCCESS
    assert got == filled(name, given(len(name)))


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", COPY], covers=["errno:EINVAL"])
@pytest.mark.parametrize("given", NEGATIVE.values(), ids=NEGATIVE.keys())
def test_refuses_a_negative_length_with_einval(client, given):
    """A negative length is refused with EINVAL; neither the address nor the length is written."""
    result, got = ask(client.getpeername, given)

    assert result == refused(EINVAL)
    assert got == untouched(given)
    assert ask(client.getpeername, 0)[0] == SUCCESS


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", ["unmapped", "straddling"])
def test_refuses_an_address_that_cannot_be_written_with_efault(server, client, memory, place):
    """An address buffer that is not all in writable memory is EFAULT; memory beyond the name does not matter."""
    name, length = bytes(server.name), ctypes.c_int(INT_MAX)
    enough = memory.before_end(bytes(len(name)))

    result = client.getpeername(UNWRITABLE[place](memory, bytes(len(name))), ctypes.c_int(len(name)))

    assert result == refused(EFAULT)
    assert client.getpeername(enough, length) == SUCCESS
    assert (length.value, memory.read(enough, len(name))) == (len(name), name)


@clause(since="2.2", level="source", refs=["man:getpeername(2)", COPY])
def test_a_length_of_zero_needs_no_address(server, client, memory):
    """With length 0 the address is not written, so any pointer will do; the length becomes the name's."""
    length = ctypes.c_int(0)

    result = client.getpeername(memory.unmapped, length)

    assert result == SUCCESS
    assert length.value == len(bytes(server.name))


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", ["null", "unmapped", "readonly"])
def test_refuses_a_length_that_cannot_be_written_with_efault(client, memory, place):
    """A length that cannot be read, or not written back, is refused with EFAULT."""
    bad = UNWRITABLE[place]

    result, _ = ask(lambda address, length: client.getpeername(address, bad(memory, bytes(length))), ROOM)

    assert result == refused(EFAULT)
    assert ask(lambda address, length: client.getpeername(address, memory.before_end(bytes(length))), 4)[0] == SUCCESS


@clause(since="2.2", level="documented", refs=["man:getpeername(2)", CALL], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("what", ["negative", "closed", "path", "pipe"])
def test_refuses_a_descriptor_of_no_socket(sockets, memory, what):
    """A closed or O_PATH descriptor is EBADF and one of no socket ENOTSOCK, before address and length are looked at."""
    fd = odd_descriptor(sockets, what)

    result, got = ask(lambda address, length: syscall.getpeername(fd, address, length), ROOM)
    unwritable = syscall.getpeername(fd, memory.unmapped, memory.unmapped)
    negative = syscall.getpeername(fd, memory.unmapped, ctypes.c_int(-1))

    assert [result, unwritable, negative] == [refused(ODD[what])] * 3
    assert got == untouched(ROOM)
