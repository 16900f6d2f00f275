"""The first member of a group with an id of the kernel's choice was the last: others did not match its flags."""

from fixtures.clauses import clause
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT, Group, groups_id, many, request
from helpers.syscall import SUCCESS
from helpers.uapi.if_packet import PACKET_FANOUT_FLAG_UNIQUEID


@clause(
    since="4.12",
    level="source",
    refs=["src:net/packet/af_packet.c:fanout_add"],
    covers=["fanout_flag:UNIQUEID"],
)
def test_others_join_a_group_by_the_id_that_was_chosen(loopback):
    """A socket joins a group whose id the kernel has chosen by that id, without PACKET_FANOUT_FLAG_UNIQUEID."""
    group = Group(loopback, PACKET_FANOUT_FLAG_UNIQUEID, 1, group=0)
    second = loopback.packet_socket(protocol=group.protocol)

    joined = put(second, FANOUT, request(0, groups_id(group.members[0])))
    group.members.append(second)

    assert joined == SUCCESS
    assert groups_id(second) == groups_id(group.members[0])
    assert sum(word in ("0", "1") for word in group.deliver(*many(3)).split()) == 3
