"""PACKET_FANOUT: the ids of groups, their limits, and who may join."""

from errno import EINVAL, ENOSPC

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.option_calls import answer, get, put
from helpers.packet.fanout import FANOUT, ID, Group, groups_id, join, many, request
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi import if_packet as ip
from helpers.uapi.if_packet import fanout_args

MAN = "man:packet(7)"
ADD = "src:net/packet/af_packet.c:fanout_add"
SET = ["option:PACKET_FANOUT:set", "option:PACKET_FANOUT:effect"]
ERROR = ["option:PACKET_FANOUT:error"]
FLAGS = {
    "rollover": ip.PACKET_FANOUT_FLAG_ROLLOVER,
    "defrag": ip.PACKET_FANOUT_FLAG_DEFRAG,
    "ignore-outgoing": ip.PACKET_FANOUT_FLAG_IGNORE_OUTGOING,
}


@clause(since="5.11", level="source", refs=[ADD], covers=["fanout:HASH", *ERROR])
def test_a_group_made_without_a_limit_has_one_of_256(member):
    """A group founded without a limit is limited to 256 members: a joiner may state that number and no other."""
    founder = join(member(), ip.PACKET_FANOUT_HASH)

    results = [put(member(), FANOUT, fanout_args(ID, 0, limit)) for limit in (255, 257, 1, 0x10001, 256, 0)]

    assert results == [*[refused(EINVAL)] * 4, SUCCESS, SUCCESS]
    assert get(founder, FANOUT) == answer(ID)


@clause(since="5.11", level="source", refs=[ADD], covers=["errno:setsockopt:ENOSPC", *ERROR])
@pytest.mark.parametrize("limit", [1, 3])
def test_a_full_group_has_room_again_when_a_member_leaves(loopback, limit):
    """A socket that finds a group full (ENOSPC) receives by itself, and may join once a member has been closed."""
    group = Group(loopback, ip.PACKET_FANOUT_LB)
    group.members = [loopback.packet_socket(protocol=OWN) for _ in range(limit)]
    results = [put(socket, FANOUT, fanout_args(ID, ip.PACKET_FANOUT_LB, limit)) for socket in group.members]
    other, frame = loopback.packet_socket(protocol=OWN), many(1)[0]

    results.append(put(other, FANOUT, request(ip.PACKET_FANOUT_LB)))
    group.deliver(frame)
    group.members[0].must.close()
    later = put(other, FANOUT, request(ip.PACKET_FANOUT_LB))

    assert results == [SUCCESS] * limit + [refused(ENOSPC)]
    assert other.received_markers([frame]) == [frame.marker]
    assert later == SUCCESS


@clause(since="3.1", level="documented", refs=[MAN, ADD], covers=SET)
@pytest.mark.parametrize("group", [0, 1, 0xFFFF], ids=hex)
def test_every_number_of_16_bits_is_an_id(member, group):
    """Group ids are 0 to 65535, and sockets of different ids are in different groups."""
    first, other = join(member(), ip.PACKET_FANOUT_HASH, group), member()

    results = [put(member(), FANOUT, fanout_args(group, ip.PACKET_FANOUT_HASH, 0)), put(other, FANOUT, 1 << 16 | 7)]

    assert results == [SUCCESS, SUCCESS]
    assert (groups_id(first), groups_id(other)) == (group, 7)


@clause(since="3.1", level="documented", refs=[MAN], covers=SET)
def test_a_group_is_gone_with_its_last_member(member):
    """A group is deleted when its last socket is closed: its id can then be used with another mode."""
    members, other = [join(member(), ip.PACKET_FANOUT_HASH) for _ in range(2)], member()
    results = []

    for socket in members:
        results.append(put(other, FANOUT, request(ip.PACKET_FANOUT_LB)))
        socket.must.close()
    results.append(put(other, FANOUT, request(ip.PACKET_FANOUT_LB)))

    assert results == [refused(EINVAL), refused(EINVAL), SUCCESS]


@clause(since="3.1", level="source", refs=[ADD], covers=SET)
def test_joining_takes_no_privilege(member, other_uid):
    """A group is open to every user of the namespace: an unprivileged process may join a socket to another user's."""
    join(member(), ip.PACKET_FANOUT_HASH)
    socket = member()

    result = in_child(put, socket, FANOUT, request(ip.PACKET_FANOUT_HASH), uid=other_uid)

    assert result == returned(0)
    assert get(socket, FANOUT) == answer(ID)
