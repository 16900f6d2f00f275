"""PACKET_FANOUT_FLAG_UNIQUEID: the kernel finds an id for a new group."""

from errno import EINVAL

from fixtures.clauses import clause
from helpers.option_calls import answer, get, put
from helpers.packet.fanout import FANOUT, Group, groups_id, join, numbered, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi import if_packet as ip

ADD = "src:net/packet/af_packet.c:fanout_add"
UAPI = "uapi:linux/if_packet.h"
UNIQUE = ip.PACKET_FANOUT_FLAG_UNIQUEID
IGNORE_OUTGOING = ip.PACKET_FANOUT_FLAG_IGNORE_OUTGOING
WINDOW = 12  # ids after the one that was allocated last


@clause(since="4.12", level="uapi", refs=[UAPI, ADD], covers=["fanout_flag:UNIQUEID"])
def test_a_unique_id_passes_over_those_in_use(sockets, namespace):
    """PACKET_FANOUT_FLAG_UNIQUEID allocates an id that no group of the namespace has, however it was founded."""
    first = groups_id(join(sockets.packet(protocol=3, namespace=namespace), UNIQUE, 0))
    taken = [(first + step) % 0x10000 for step in range(1, WINDOW)]
    for group in taken:
        join(sockets.packet(protocol=3, namespace=namespace), 0, group)

    socket = sockets.packet(protocol=3, namespace=namespace)

    result = put(socket, FANOUT, request(UNIQUE, 0))

    assert result == SUCCESS
    assert groups_id(socket) not in [first, *taken]


@clause(since="4.12", level="source", refs=[ADD], covers=["fanout_flag:UNIQUEID"])
def test_a_unique_id_is_not_used_again_at_once(sockets, namespace):
    """PACKET_FANOUT_FLAG_UNIQUEID allocates the id of a group that is gone only after all others."""
    results, got = [], []

    for _ in range(3):
        socket = sockets.packet(protocol=3, namespace=namespace)
        results.append(put(socket, FANOUT, request(UNIQUE, 0)))
        got.append(groups_id(socket))
        socket.must.close()

    assert results == [SUCCESS] * 3
    assert len(set(got)) == 3


@clause(since="4.12", level="source", refs=[UAPI, ADD], covers=["fanout_flag:UNIQUEID"])
def test_a_unique_id_may_be_in_use_in_another_namespace(sockets, namespace, loopback):
    """PACKET_FANOUT_FLAG_UNIQUEID allocates ids one after the other, including ids in use in another namespace."""
    got = []
    for _ in range(10):  # others may allocate ids at the same time, as the numbers are the whole kernel's
        first = groups_id(join(sockets.packet(protocol=3, namespace=namespace), UNIQUE, 0))
        following = (first + 1) % 0x10000
        join(loopback.packet_socket(protocol=3, bound=False), 0, following)
        got.append(groups_id(join(sockets.packet(protocol=3, namespace=namespace), UNIQUE, 0)) == following)
        if got[-1]:
            break

    assert any(got)


@clause(since="4.12", level="uapi", refs=[UAPI, ADD], covers=["fanout_flag:UNIQUEID"])
def test_the_members_of_a_group_with_a_unique_id_share_frames(loopback):
    """A group founded with PACKET_FANOUT_FLAG_UNIQUEID is joined by its id, with the mode and other flags."""
    group = Group(loopback, UNIQUE | ip.PACKET_FANOUT_LB | ip.PACKET_FANOUT_FLAG_DEFRAG, 1, group=0)
    group.group, group.mode = groups_id(group.members[0]), ip.PACKET_FANOUT_LB | ip.PACKET_FANOUT_FLAG_DEFRAG
    other = loopback.packet_socket(protocol=group.protocol)

    results = [put(other, FANOUT, request(mode, group.group)) for mode in (UNIQUE | group.mode, group.mode & 0xFF)]
    group.add()

    assert results == [refused(EINVAL)] * 2
    assert group.deliver(*numbered(0, 0, 0, 0)) == "1 0 1 0"
    assert get(group.members[1], FANOUT) == answer(request(group.mode, group.group))
    assert put(other, FANOUT, request(group.mode, group.group)) == SUCCESS
