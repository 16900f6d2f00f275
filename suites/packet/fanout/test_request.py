"""setsockopt(2): PACKET_FANOUT, which requests are refused."""

import ctypes
from errno import EALREADY, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, put, put_at
from helpers.packet.fanout import FANOUT, ID, request
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi import if_packet as ip
from helpers.uapi.if_packet import fanout_args

SYSCALL = "setsockopt"
JOIN = "src:net/packet/af_packet.c:fanout_add"
SET = "src:net/packet/af_packet.c:packet_setsockopt"


@clause(since="4.12", level="source", refs=[JOIN], covers=["errno:EINVAL", "option:PACKET_FANOUT:error"])
@pytest.mark.parametrize(
    "value",
    [
        request(8),
        request(0xFF),
        request(ip.PACKET_FANOUT_ROLLOVER | ip.PACKET_FANOUT_FLAG_ROLLOVER),
        request(ip.PACKET_FANOUT_FLAG_UNIQUEID, group=1),
    ],
    ids=["mode-8", "mode-255", "rollover-twice", "id-given-for-a-unique-one"],
)
def test_a_request_that_contradicts_itself_is_refused(member, value):
    """An unknown mode, PACKET_FANOUT_ROLLOVER with its own flag, or an id with UNIQUEID is refused with EINVAL."""
    socket = member()

    result = put(socket, FANOUT, value)

    assert result == refused(EINVAL)
    assert get(socket, FANOUT) == answer(0)
    assert put(socket, FANOUT, request(ip.PACKET_FANOUT_HASH)) == SUCCESS


@clause(since="3.1", level="source", refs=[JOIN], covers=["errno:EINVAL", "option:PACKET_FANOUT:error"])
def test_a_socket_that_is_refused_founds_no_group(member):
    """A socket without a protocol cannot found a group (EINVAL), and leaves none behind that would bind others."""
    deaf = member(0)

    results = [put(deaf, FANOUT, request(ip.PACKET_FANOUT_LB)), put(member(), FANOUT, request(ip.PACKET_FANOUT_HASH))]

    assert results == [refused(EINVAL), SUCCESS]


@clause(
    since="3.1",
    level="documented",
    refs=["man:packet(7)", JOIN],
    covers=["errno:EALREADY", "option:PACKET_FANOUT:error"],
)
def test_a_member_cannot_join_again(member):
    """A socket that is in a group is refused with EALREADY, for the same group or another."""
    socket = member()
    must(put(socket, FANOUT, request(ip.PACKET_FANOUT_HASH)))

    results = [put(socket, FANOUT, request(ip.PACKET_FANOUT_HASH, group)) for group in (ID, ID + 1)]

    assert results == [refused(EALREADY)] * 2
    assert get(socket, FANOUT) == answer(request(ip.PACKET_FANOUT_HASH))


@clause(since="5.11", level="uapi", refs=["uapi:linux/if_packet.h", JOIN], covers=["option:PACKET_FANOUT:error"])
def test_a_group_has_at_most_65536_members(member):
    """A group can be founded for 65536 members, and for no more: EINVAL."""
    socket = member()

    results = [put(socket, FANOUT, fanout_args(ID, 0, limit)) for limit in (0x10001, 0x10000)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="5.11", level="source", refs=[SET], covers=["errno:EINVAL", "errno:EFAULT", "option:PACKET_FANOUT:error"])
def test_a_fanout_request_has_one_of_two_lengths(member, memory):
    """PACKET_FANOUT takes four or eight bytes: other lengths fail with EINVAL, unreadable values with EFAULT."""
    socket = member()
    asked = bytes(fanout_args(ID, 0, 0)) + bytes(8)

    wrong = [put(socket, FANOUT, asked, length) for length in (0, 3, 5, 7, 9)]
    unread = [put_at(socket, FANOUT, memory.before_end(asked[: size - 1]), size) for size in (4, 8)]

    assert (wrong, unread) == ([refused(EINVAL)] * 5, [refused(EFAULT)] * 2)
    assert put(socket, FANOUT, asked, ctypes.sizeof(fanout_args)) == SUCCESS
