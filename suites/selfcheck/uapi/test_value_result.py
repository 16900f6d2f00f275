"""What a call leaves in a value-result address is shown whole: the length, the bytes, and those it must not touch."""

import ctypes
import errno

import pytest

from helpers.memory import PATTERN, Memory
from helpers.net.addresses import abstract, inet, raw, unix
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM
from helpers.value_result import LENGTHS, NEGATIVE, ROOM, UNWRITABLE, Filled, address_from, ask, filled, untouched

REST = bytes([PATTERN])


def answering(name, errno_=0, beyond=0):
    """Return a call that fills in *name* as the kernel promises it, and *beyond* bytes more."""

    def call(address, length):
        if errno_:
            return refused(errno_)
        count = min(len(name), length.value) + beyond
        ctypes.memmove(address, (name + b"!" * beyond)[:count], count)
        length.value = len(name)
        return SUCCESS

    return call


def test_what_was_filled_in_is_told():
    assert ask(answering(b"abcd"), 3) == (SUCCESS, Filled(4, b"abc" + REST * (ROOM - 3)))
    assert ask(answering(b"abcd"), 9) == (SUCCESS, Filled(4, b"abcd" + REST * (ROOM - 4)))
    assert ask(answering(b"abcd", errno.EINVAL), 3) == (refused(errno.EINVAL), Filled(3, REST * ROOM))


@pytest.mark.parametrize("given", [0, 1, 3, 4, 5, ROOM])
def test_expectations_are_what_a_right_call_leaves(given):
    assert ask(answering(b"abcd"), given)[1] == filled(b"abcd", given)
    assert ask(answering(b"abcd", errno.EINVAL), given)[1] == untouched(given)
    assert ask(answering(b"abcd", beyond=1), given - 1)[1] != filled(b"abcd", given - 1)


def test_the_name_is_the_whole_address(sockets):
    socket = sockets.open(AF_UNIX, SOCK_DGRAM)
    name = abstract()
    socket.must.bind(name)

    assert address_from(socket.getsockname) == bytes(name)
    assert address_from(socket.getpeername) == b""


def test_the_cases_are_what_their_names_say():
    assert [length(20) for length in LENGTHS.values()] == [0, 1, 19, 20, 21, 2**31 - 1]
    assert list(NEGATIVE.values()) == [-1, -(2**31)]


@pytest.mark.parametrize("place", UNWRITABLE)
def test_no_address_fits_into_an_unwritable_place(sockets, place):
    socket = sockets.open(AF_UNIX, SOCK_DGRAM)
    socket.must.bind(abstract())
    name = address_from(socket.getsockname)

    with Memory() as memory:
        address = UNWRITABLE[place](memory, name)
        assert socket.getsockname(address, ctypes.c_int(len(name))) == refused(errno.EFAULT)


def test_addresses_are_laid_out_as_asked():
    assert bytes(raw(0x0203, b"rest")) == b"\3\2rest"
    assert bytes(unix(b"/path")) == b"\1\0/path"
    assert bytes(abstract())[:3] == b"\1\0\0"
    assert len({bytes(abstract()) for _ in range(100)}) == 100
    assert bytes(inet(0x1234, "1.2.3.4")) == AF_INET.to_bytes(2, "little") + b"\x12\x34\1\2\3\4" + bytes(8)
