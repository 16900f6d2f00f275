"""setsockopt(2), getsockopt(2) of a 32-bit program: the options whose layout depends on the size of a word."""

import ctypes
import struct
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct
from helpers.memory import PATTERN
from helpers.option_calls import answer, get, put
from helpers.options import option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.compat import compat_sock_fprog, old_timeval32
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, sock_fprog
from helpers.uapi.time_types import __kernel_sock_timeval

SET = "src:net/core/sock.c:sock_copy_user_timeval"
GET = "src:net/core/sock.c:sock_get_timeout"
FPROG = "src:net/core/filter.c:copy_bpf_fprog_from_user"
MAN = "man:setsockopt(2)"
FILTER = option("SO_ATTACH_FILTER")

both_ways = pytest.mark.parametrize("way", ["RCV", "SND"])


def _put(socket, chosen, address, length):
    return Direct.setsockopt(socket.fd, chosen.level, chosen.number, address, length)


def _get(socket, chosen, lowmem, room):
    """Return the result, the length word and 24 bytes of buffer after a getsockopt of a 32-bit program."""
    value, length = lowmem.place(bytes([PATTERN]) * 24), lowmem.place(struct.pack("=i", room))
    result = Direct.getsockopt(socket.fd, chosen.level, chosen.number, value, length)
    return result, struct.unpack("=i", lowmem.read(length, 4))[0], lowmem.read(value, 24)


def _answer(value):
    return SUCCESS, len(value), value.ljust(24, bytes([PATTERN]))


@clause(since="5.1", level="source", refs=[MAN, SET, GET])
@both_ways
def test_the_old_timeout_has_two_words_of_32_bits(sockets, lowmem, way):
    """A 32-bit program's old timeout is eight bytes; a 64-bit program reads the same time in sixteen."""
    socket, old = sockets.packet(), option(f"SO_{way}TIMEO_OLD")
    value = lowmem.place(bytes(old_timeval32(7)))

    results = [
        _put(socket, old, value, 7),
        _put(socket, old, lowmem.before_end(bytes(7)), 8),
        _put(socket, old, value, 8),
    ]

    assert results == [refused(EINVAL), refused(EFAULT), SUCCESS]
    assert _get(socket, old, lowmem, 16) == _answer(bytes(old_timeval32(7)))
    assert get(socket, old, 16) == answer(bytes(__kernel_sock_timeval(7)), 16)


@clause(since="5.1", level="source", refs=[MAN, SET, GET])
@both_ways
def test_the_new_timeout_has_two_words_of_64_bits(sockets, lowmem, way):
    """A 32-bit program's new timeout is sixteen bytes, as natively."""
    socket, new = sockets.packet(), option(f"SO_{way}TIMEO_NEW")
    value = lowmem.place(bytes(__kernel_sock_timeval(7)))

    results = [_put(socket, new, value, 15), _put(socket, new, value, 16)]

    assert results == [refused(EINVAL), SUCCESS]
    assert _get(socket, new, lowmem, 20) == _answer(bytes(__kernel_sock_timeval(7)))


@clause(since="4.3", level="source", refs=[MAN, FPROG])
def test_a_filter_has_a_pointer_of_32_bits(sockets, lowmem):
    """A 32-bit program's sock_fprog is eight bytes: other lengths are EINVAL, one that cannot be read is EFAULT."""
    socket, size = sockets.packet(), ctypes.sizeof(compat_sock_fprog)
    instructions = lowmem.place(BPF_STMT(BPF_RET | BPF_K, 0))
    header = lowmem.place(bytes(compat_sock_fprog(1, instructions)) + bytes(8))

    results = [_put(socket, FILTER, header, length) for length in (size - 1, size + 1, ctypes.sizeof(sock_fprog))]
    results.append(_put(socket, FILTER, lowmem.before_end(bytes(size - 1)), size))
    results.append(_put(socket, FILTER, header, size))

    assert results == [*[refused(EINVAL)] * 3, refused(EFAULT), SUCCESS]
    assert get(socket, FILTER, 0).length == 1


@clause(since="4.3", level="source", refs=[MAN, "src:net/packet/af_packet.c:packet_setsockopt"])
@pytest.mark.parametrize("name", ["PACKET_TIMESTAMP", "SO_PRIORITY"])
def test_an_int_is_an_int(sockets, lowmem, name):
    """An option that holds an int has the same four bytes in a 32-bit program."""
    socket, chosen = sockets.packet(), option(name)

    result = _put(socket, chosen, lowmem.place(struct.pack("=i", 5)), 4)

    assert result == SUCCESS
    assert get(socket, chosen) == answer(5)
    must(put(socket, chosen, 6))
    assert _get(socket, chosen, lowmem, 8) == _answer(struct.pack("=i", 6))
