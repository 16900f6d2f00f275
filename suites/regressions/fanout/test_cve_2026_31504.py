"""CVE-2026-31504: a member of a fanout group that was closed while its link came up stayed in the group."""

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT, Group, many, request
from helpers.packet.races import down_and_up
from helpers.uapi.if_packet import PACKET_FANOUT_LB
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR


@pytest.mark.race
@clause(
    since="7.0",
    level="source",
    refs=["cve:CVE-2026-31504", "commit:42156f93d123", "src:net/packet/af_packet.c:packet_release"],
    covers=["option:PACKET_FANOUT:effect"],
)
def test_a_member_is_closed_while_its_link_comes_up(loopback):
    """A member that is closed while its link goes down and up leaves the group; the others share all frames."""
    group = Group(loopback, PACKET_FANOUT_LB, 2)

    def come_and_go():
        socket = loopback.packet_socket(protocol=group.protocol)
        put(socket, FANOUT, request(PACKET_FANOUT_LB))
        socket.close()

    race.contest(lambda: down_and_up(loopback), come_and_go, come_and_go)
    for socket in (*group.members, group.witness):
        socket.option(SOL_SOCKET, SO_ERROR)
        socket.statistics()

    assert sorted(group.deliver(*many(4)).split()) == ["0", "0", "1", "1"]
