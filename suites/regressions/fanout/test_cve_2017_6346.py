"""CVE-2017-6346: a socket could join two fanout groups, or one twice, by two requests at the same time."""

from errno import EALREADY

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT, ID, Group, many, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_FANOUT_LB, PACKET_FANOUT_ROLLOVER

REFS = ["cve:CVE-2017-6346", "commit:d199fab63c11", "src:net/packet/af_packet.c:fanout_add"]
COVERS = ["option:PACKET_FANOUT:effect", "errno:setsockopt:EALREADY"]
ROLLOVER = request(PACKET_FANOUT_ROLLOVER)


@clause(since="4.10", level="source", refs=REFS, covers=COVERS)
def test_a_member_does_not_join_again(loopback):
    """A member that asks to join its own group or another is refused with EALREADY, and receives each frame once."""
    group = Group(loopback, PACKET_FANOUT_ROLLOVER, 1)

    for wanted in (ROLLOVER, request(PACKET_FANOUT_LB, ID + 1)):
        assert put(group.members[0], FANOUT, wanted) == refused(EALREADY)
    assert group.deliver(*many(2)) == "0 0"


@pytest.mark.race
@clause(since="4.10", level="source", refs=REFS, covers=COVERS)
def test_a_socket_joins_one_group_once(loopback):
    """Of two simultaneous requests to join one succeeds, one fails with EALREADY; the group is gone with the socket."""
    seen = set()

    for lag in race.rounds():
        socket = loopback.packet_socket()
        results = race.at_once(*[lambda: put(socket, FANOUT, ROLLOVER)] * 2, lag=lag)  # noqa: B023
        seen.add(tuple(sorted(results)))
        socket.close()

    assert seen == {(refused(EALREADY), SUCCESS)}
    # of another mode: the previous group no longer exists
    assert Group(loopback, PACKET_FANOUT_LB, 1).deliver(*many(2)) == "0 0"
