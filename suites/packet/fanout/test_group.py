"""PACKET_FANOUT: which sockets a group refuses, and what a refused request leaves as it was."""

from errno import EALREADY, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OTHER, OWN
from helpers.option_calls import answer, get, put
from helpers.options import option
from helpers.packet.fanout import FANOUT, ID, Group, join, many, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi import if_packet as ip
from helpers.uapi.if_packet import fanout_args, tpacket_rollover_stats
from helpers.uapi.socket import SOCK_DGRAM

ADD = "src:net/packet/af_packet.c:fanout_add"
SET = ["option:PACKET_FANOUT:set", "option:PACKET_FANOUT:effect"]
ERROR = ["option:PACKET_FANOUT:error"]
STATISTICS = option("PACKET_ROLLOVER_STATS")
FLAGS = {
    "rollover": ip.PACKET_FANOUT_FLAG_ROLLOVER,
    "defrag": ip.PACKET_FANOUT_FLAG_DEFRAG,
    "ignore-outgoing": ip.PACKET_FANOUT_FLAG_IGNORE_OUTGOING,
}
DIFFERENCES = ["mode", *FLAGS, "protocol", "no-protocol", "link"]


def refused_by_a_group(loopback, other, asked):
    """Have *other* ask to join a group and return the Result; the group shares on and takes one that is alike."""
    group = Group(loopback, ip.PACKET_FANOUT_LB, 2)
    before = group.deliver(*many(2))

    result = put(other, FANOUT, asked)

    assert get(other, FANOUT) == answer(0)
    assert (before, group.deliver(*many(2))) == ("1 0", "1 0")
    group.add(type=SOCK_DGRAM)
    assert sorted(group.deliver(*many(3)).split()) == ["0", "1", "2"]
    return result


@clause(
    since="3.10",
    level="documented",
    refs=["man:packet(7)", ADD],
    covers=["errno:setsockopt:EINVAL", *SET, *ERROR],
)
@pytest.mark.parametrize("difference", DIFFERENCES)
def test_a_group_goes_on_when_a_socket_is_refused(loopback, difference):
    """A socket that differs from the group in one thing is refused with EINVAL; the members go on sharing frames."""
    protocol = {"protocol": OTHER, "no-protocol": 0}.get(difference, OWN)
    other = loopback.packet_socket(protocol=protocol, bound=difference != "link")
    wanted = ip.PACKET_FANOUT_HASH if difference == "mode" else ip.PACKET_FANOUT_LB | FLAGS.get(difference, 0)

    assert refused_by_a_group(loopback, other, request(wanted)) == refused(EINVAL)


@clause(since="5.11", level="source", refs=[ADD], covers=[*SET, *ERROR])
def test_a_group_goes_on_when_a_socket_states_another_limit(loopback):
    """A socket that states another limit than the group's is refused with EINVAL, and the members share on."""
    other = loopback.packet_socket(protocol=OWN)

    assert refused_by_a_group(loopback, other, fanout_args(ID, ip.PACKET_FANOUT_LB, 2)) == refused(EINVAL)


@clause(since="3.1", level="source", refs=[ADD], covers=[*SET, *ERROR])
def test_a_socket_that_was_refused_hears_by_itself(loopback):
    """A socket that a group refused receives every frame as before, and may found a group of its own."""
    group, other = Group(loopback, ip.PACKET_FANOUT_LB, 2), loopback.packet_socket(protocol=OWN)
    results = [put(other, FANOUT, request(ip.PACKET_FANOUT_HASH))]

    first = many(2)
    got = group.deliver(*first)
    results.append(put(other, FANOUT, request(ip.PACKET_FANOUT_HASH, ID + 1)))

    assert results == [refused(EINVAL), SUCCESS]
    assert got == "1 0"
    assert other.received_markers(first) == [frame.marker for frame in first]


@clause(since="4.12", level="source", refs=[ADD], covers=ERROR)
def test_what_a_request_says_is_checked_before_who_asks(member):
    """A member's request fails with EINVAL for an unknown mode, else with EALREADY, whatever else is wrong with it."""
    socket = join(member(), ip.PACKET_FANOUT_HASH)
    requests = [
        request(8),
        request(ip.PACKET_FANOUT_ROLLOVER | ip.PACKET_FANOUT_FLAG_ROLLOVER),
        request(ip.PACKET_FANOUT_FLAG_UNIQUEID),
        request(ip.PACKET_FANOUT_LB),
        request(ip.PACKET_FANOUT_ROLLOVER),
    ]

    results = [put(socket, FANOUT, value) for value in requests]

    assert results == [*[refused(EINVAL)] * 2, *[refused(EALREADY)] * 3]
    assert get(socket, FANOUT) == answer(ID)
    assert get(socket, STATISTICS, 24).result == refused(EINVAL)


@clause(since="4.2", level="source", refs=[ADD], covers=["option:PACKET_ROLLOVER_STATS:error"])
def test_a_refused_request_for_rollover_leaves_no_statistics(member):
    """PACKET_ROLLOVER_STATS still fails with EINVAL on a socket whose request to join a rollover group was refused."""
    join(member(), ip.PACKET_FANOUT_ROLLOVER)
    other = member(OTHER)
    result = put(other, FANOUT, request(ip.PACKET_FANOUT_ROLLOVER))

    statistics = get(other, STATISTICS, 24)

    assert (result, statistics.result) == (refused(EINVAL), refused(EINVAL))
    join(other, ip.PACKET_FANOUT_ROLLOVER, ID + 1)
    assert get(other, STATISTICS, 24) == answer(bytes(tpacket_rollover_stats()), 24)
