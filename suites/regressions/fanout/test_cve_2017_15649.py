"""CVE-2017-15649: a socket could be bound while it joined a fanout group, and was then hooked in twice."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.net.frames import OTHER, OWN
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT, Group, many, request
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS, refused

BIND, ADD = "src:net/packet/af_packet.c:packet_do_bind", "src:net/packet/af_packet.c:fanout_add"
REFS = ["cve:CVE-2017-15649", "commit:4971613c1639", "commit:008ba2a13f2d", BIND, ADD]
COVERS = ["option:PACKET_FANOUT:effect", "errno:bind:EINVAL"]


@clause(since="4.14", level="source", refs=REFS, covers=COVERS)
def test_a_member_of_a_group_cannot_be_bound(loopback):
    """bind(2) of a member of a fanout group fails with EINVAL, and the member receives what it received before."""
    group = Group(loopback, 0, 1)

    assert group.members[0].bind(address(loopback.ifindex, OTHER)) == refused(EINVAL)
    assert group.members[0].bind(address(0, OWN)) == refused(EINVAL)
    assert group.deliver(*many(2)) == "0 0"


@pytest.mark.race
@clause(since="4.14", level="source", refs=REFS, covers=COVERS)
def test_a_socket_joins_a_group_or_is_bound_anew(loopback):
    """When joining a group races with a bind at least one succeeds, and the group fits the socket's address."""
    seen = set()

    for lag in race.rounds():
        socket = loopback.packet_socket(protocol=OTHER)
        results = race.at_once(
            lambda: put(socket, FANOUT, request(0)),  # noqa: B023
            lambda: socket.bind(address(loopback.ifindex, OWN)),  # noqa: B023
            lag=lag,
        )
        twin = loopback.packet_socket(protocol=OWN if results[1].ok else OTHER)
        results.append(put(twin, FANOUT, request(0)))  # joins if the group is as the socket's name says
        seen.add(tuple(results))
        twin.close()
        socket.close()

    # EINVAL for joining, too: a socket that is being bound has no protocol for a moment
    assert seen <= {
        (SUCCESS, SUCCESS, SUCCESS),
        (SUCCESS, refused(EINVAL), SUCCESS),
        (refused(EINVAL), SUCCESS, SUCCESS),
    }
    assert Group(loopback, 0, 1).deliver(*many(2)) == "0 0"
