"""getsockopt(2): how many bytes are written, where, and the length that is returned."""

import ctypes
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.memory import PAGE
from helpers.option_calls import answer, get, packed, put, refusal
from helpers.options import option
from helpers.options.option import INT_MAX, INT_MIN, Option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.net_tstamp import sock_txtime
from helpers.uapi.socket import linger
from helpers.uapi.time_types import timeval
from helpers.value_result import UNWRITABLE

PACKET = "src:net/packet/af_packet.c:packet_getsockopt"
SOCKET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:getsockopt(2)"
# Options of every size, with a value that shows a byte that is missing or misplaced.
VALUES: dict[Option, bytes] = {
    option("SO_MARK"): packed(0x12345678),
    option("PACKET_TIMESTAMP"): packed(0x12345678),
    option("SO_LINGER"): bytes(linger(1, 0x01020304)),
    option("SO_TXTIME"): bytes(sock_txtime(1, 3)),
    option("SO_RCVTIMEO_OLD"): bytes(timeval(0x010203, 0)),
}
MARK, TIMESTAMP = option("SO_MARK"), option("PACKET_TIMESTAMP")

each_size = pytest.mark.parametrize("chosen", VALUES, ids=str)
each_level = pytest.mark.parametrize("chosen", [MARK, TIMESTAMP], ids=str)


@pytest.fixture
def socket(sockets, chosen):
    """A packet socket on which *chosen* has its value."""
    socket = sockets.packet()
    must(put(socket, chosen, VALUES[chosen]))
    return socket


def _places(memory, data):
    """Return addresses at which *data* cannot be written, by name."""
    return {name: place(memory, data) for name, place in UNWRITABLE.items()}


def _ask(socket, chosen, address, length):
    return syscall.getsockopt(socket.fd, chosen.level, chosen.number, address, length)


@clause(since="4.19", level="documented", refs=[MAN, SOCKET, PACKET])
@each_size
def test_as_much_is_written_as_there_is_room_for(socket, chosen):
    """The value is truncated to the given length and nothing is written beyond; the length becomes what was written."""
    value = VALUES[chosen]
    rooms = [0, 1, len(value) - 1, len(value), len(value) + 1, 100]

    replies = [get(socket, chosen, room) for room in rooms]

    assert replies == [answer(value, room) for room in rooms]


@clause(since="2.2", level="documented", refs=[MAN, SOCKET, PACKET])
@each_level
def test_the_room_may_be_stated_larger_than_it_is(socket, chosen, memory):
    """Only the value is written, however large the given length: memory may end right behind it."""
    address, length = memory.before_end(bytes(4)), ctypes.c_int(INT_MAX)

    result = _ask(socket, chosen, address, length)

    assert result == SUCCESS
    assert (memory.read(address, 4), length.value) == (VALUES[chosen], 4)


@clause(since="2.2", level="source", refs=[SOCKET, PACKET], covers=["errno:EINVAL"])
@each_level
def test_a_negative_room_is_refused_with_einval(socket, chosen):
    """A negative length is refused with EINVAL, and neither value nor length is written."""
    replies = [get(socket, chosen, room) for room in (-1, INT_MIN)]

    assert replies == [refusal(EINVAL, -1), refusal(EINVAL, INT_MIN)]
    assert get(socket, chosen) == answer(VALUES[chosen])


@clause(since="2.2", level="documented", refs=[MAN, SOCKET, PACKET], covers=["errno:EFAULT"])
@each_level
def test_a_place_that_cannot_be_written_is_refused_with_efault(socket, chosen, memory):
    """A value buffer that cannot be written to its end is refused with EFAULT, even where it can be read."""
    places = _places(memory, bytes(4))

    results = {name: _ask(socket, chosen, address, ctypes.c_int(4)) for name, address in places.items()}

    assert results == dict.fromkeys(places, refused(EFAULT))
    assert get(socket, chosen) == answer(VALUES[chosen])


@clause(since="2.2", level="source", refs=[SOCKET, PACKET])
@each_level
def test_without_room_the_place_does_not_matter(socket, chosen):
    """With a length of 0 the value may be a null pointer."""
    length = ctypes.c_int(0)

    result = _ask(socket, chosen, None, length)

    assert (result, length.value) == (SUCCESS, 0)


@clause(since="2.2", level="documented", refs=[MAN, SOCKET, PACKET], covers=["errno:EFAULT"])
@each_level
def test_a_length_that_cannot_be_read_or_written_is_refused_with_efault(socket, chosen, memory):
    """A length word that cannot be read and written to its end is refused with EFAULT."""
    value, places = (ctypes.c_char * 4)(), _places(memory, packed(4))

    results = {name: _ask(socket, chosen, value, address) for name, address in places.items()}

    assert results == dict.fromkeys(places, refused(EFAULT))
    assert _ask(socket, chosen, value, memory.before_end(packed(4))) == SUCCESS


@clause(since="2.2", level="source", refs=[SOCKET, PACKET])
@each_level
def test_value_and_length_need_not_be_aligned(socket, chosen, memory):
    """Value and length may lie at odd addresses."""
    value, length = memory.before_end(bytes(5)), memory.before_end(packed(4) + b"\0")
    assert (value % PAGE, length % PAGE) == (PAGE - 5, PAGE - 5)

    result = _ask(socket, chosen, value, length)

    assert result == SUCCESS
    assert (memory.read(value, 5), memory.read(length, 4)) == (VALUES[chosen] + b"\0", packed(4))
