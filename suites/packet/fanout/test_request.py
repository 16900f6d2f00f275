"""setsockopt(2): PACKET_FANOUT, which requests are refused."""

import ctypes
from errno import EALREADY, EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OTHER, OWN
from helpers.option_calls import answer, get, put, put_at
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi import if_packet as ip
from helpers.uapi.if_packet import fanout_args
from helpers.uapi.socket import SOCK_DGRAM
from suites.packet.fanout.support_requests import BPF_MODES, FANOUT, ID, MODES, request_for

SYSCALL = "setsockopt"
JOIN = "src:net/packet/af_packet.c:fanout_add"
SET = "src:net/packet/af_packet.c:packet_setsockopt"


@pytest.fixture
def member(sockets, namespace):
    """Makes sockets that may join a group: they hear a protocol, in a namespace that has no groups yet."""
    return lambda protocol=OWN, **how: sockets.packet(protocol=protocol, namespace=namespace, **how)


@clause(since="4.12", level="source", refs=[JOIN], covers=["errno:EINVAL", "option:PACKET_FANOUT:error"])
@pytest.mark.parametrize(
    "value",
    [
        request_for(len(MODES | BPF_MODES)),
        request_for(0xFF),
        request_for(ip.PACKET_FANOUT_ROLLOVER | ip.PACKET_FANOUT_FLAG_ROLLOVER),
        request_for(ip.PACKET_FANOUT_FLAG_UNIQUEID, group=1),
    ],
    ids=["mode-8", "mode-255", "rollover-twice", "id-given-for-a-unique-one"],
)
def test_a_request_that_contradicts_itself_is_refused(member, value):
    """A mode that does not exist, rollover to rollover, or an id where a unique one is asked for is EINVAL."""
    socket = member()

    result = put(socket, FANOUT, value)

    assert result == refused(EINVAL)
    assert get(socket, FANOUT) == answer(0)
    assert put(socket, FANOUT, request_for()) == SUCCESS


@clause(
    since="3.1", level="documented", refs=["man:packet(7)", JOIN], covers=["errno:EINVAL", "option:PACKET_FANOUT:error"]
)
@pytest.mark.parametrize("difference", ["mode", "protocol", "no-protocol", "link"])
def test_a_socket_that_differs_from_the_group_cannot_join_it(member, difference):
    """A socket with another mode, protocol or link than the group's is refused with EINVAL, one alike joins."""
    must(put(member(), FANOUT, request_for()))
    other = member({"protocol": OTHER, "no-protocol": 0}.get(difference, OWN))
    if difference == "link":
        other.attach(1, OWN)  # lo

    result = put(other, FANOUT, request_for(ip.PACKET_FANOUT_LB if difference == "mode" else ip.PACKET_FANOUT_HASH))

    assert result == refused(EINVAL)
    assert get(other, FANOUT) == answer(0)
    assert put(member(type=SOCK_DGRAM), FANOUT, request_for()) == SUCCESS


@clause(since="3.1", level="source", refs=[JOIN], covers=["errno:EINVAL", "option:PACKET_FANOUT:error"])
def test_a_socket_that_is_refused_founds_no_group(member):
    """A socket that hears nothing cannot found a group, EINVAL, and leaves none behind that would bind others."""
    deaf = member(0)

    results = [put(deaf, FANOUT, request_for(ip.PACKET_FANOUT_LB)), put(member(), FANOUT, request_for())]

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
    must(put(socket, FANOUT, request_for()))

    results = [put(socket, FANOUT, request_for(group=group)) for group in (ID, ID + 1)]

    assert results == [refused(EALREADY)] * 2
    assert get(socket, FANOUT) == answer(request_for())


@clause(since="5.11", level="uapi", refs=["uapi:linux/if_packet.h", JOIN], covers=["option:PACKET_FANOUT:error"])
def test_a_group_has_at_most_65536_members(member):
    """A group may be made for 65536 members and for no more: EINVAL."""
    socket = member()

    results = [put(socket, FANOUT, fanout_args(ID, 0, limit)) for limit in (0x10001, 0x10000)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="5.11", level="source", refs=[SET], covers=["errno:EINVAL", "errno:EFAULT", "option:PACKET_FANOUT:error"])
def test_a_fanout_request_has_one_of_two_lengths(member, memory):
    """PACKET_FANOUT takes four or eight bytes: others are EINVAL, and such that cannot be read are EFAULT."""
    socket = member()
    request = bytes(fanout_args(ID, 0, 0)) + bytes(8)

    wrong = [put(socket, FANOUT, request, length) for length in (0, 3, 5, 7, 9)]
    unread = [put_at(socket, FANOUT, memory.before_end(request[: size - 1]), size) for size in (4, 8)]

    assert (wrong, unread) == ([refused(EINVAL)] * 5, [refused(EFAULT)] * 2)
    assert put(socket, FANOUT, request, ctypes.sizeof(fanout_args)) == SUCCESS
