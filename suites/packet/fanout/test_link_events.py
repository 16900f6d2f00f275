"""A fanout group whose link goes down, comes up or is removed, and sockets that join while it is down."""

from errno import EINVAL, ENETDOWN

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.option_calls import answer, get, put
from helpers.packet.fanout import DATA, FANOUT, ID, Group, always, by_number, many, numbered, request
from helpers.packet.packet_socket import address
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_HASH, PACKET_FANOUT_LB
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

ADD = "src:net/packet/af_packet.c:fanout_add"
NOTIFIER = "src:net/packet/af_packet.c:packet_notifier"
EFFECT = ["option:PACKET_FANOUT:effect"]


def _errors(*sockets):
    return [socket.option(SOL_SOCKET, SO_ERROR) for socket in sockets]


@clause(since="3.1", level="source", refs=[NOTIFIER, "src:net/packet/af_packet.c:__fanout_unlink"], covers=EFFECT)
@pytest.mark.parametrize("count", [1, 3])
def test_a_group_outlives_its_link_being_down(loopback, count):
    """When the link goes down every member gets ENETDOWN once; when it comes up the group receives again."""
    group = Group(loopback, PACKET_FANOUT_LB, count)
    before = group.deliver(*many(count))

    loopback.links.set("lo", state="down")
    errors = _errors(*group.members, *group.members, group.witness)
    loopback.links.up("lo")

    assert errors == [ENETDOWN] * count + [0] * count + [ENETDOWN]
    assert sorted(group.deliver(*many(count)).split()) == sorted(before.split()) == [str(n) for n in range(count)]
    assert [get(member, FANOUT) for member in group.members] == [answer(request(PACKET_FANOUT_LB))] * count


@clause(since="4.4", level="source", refs=[NOTIFIER, "src:net/packet/af_packet.c:__fanout_link"], covers=EFFECT)
def test_members_are_numbered_as_they_were_made_when_the_link_comes_up(loopback):
    """When the link has been down and is up again the members are in the order in which the sockets were created."""
    group = Group(loopback, PACKET_FANOUT_CBPF)  # its witness first: it receives last, even when the link was down
    sockets = [loopback.packet_socket(protocol=OWN) for _ in range(3)]
    for socket in reversed(sockets):
        group.admit(socket)
    group.steer(by_number())
    before = group.deliver(*numbered(0, 1, 2))

    loopback.links.set("lo", state="down")
    loopback.links.up("lo")
    _errors(*sockets, group.witness)

    assert (before, group.deliver(*numbered(0, 1, 2))) == ("0 1 2", "2 1 0")


@clause(since="4.3", level="source", refs=[NOTIFIER], covers=[*EFFECT, "option:PACKET_FANOUT_DATA:effect"])
def test_a_member_may_leave_and_the_program_change_while_the_link_is_down(loopback):
    """While the link is down a member can be closed and the program replaced; both show when it is up again."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3)
    loopback.links.set("lo", state="down")

    result = put(group.members[1], DATA, always(1))
    group.members[0].must.close()
    loopback.links.up("lo")
    _errors(*group.members[1:], group.witness)

    assert result == SUCCESS
    assert group.deliver(*many(2)) == "2 2"


@clause(since="6.13", level="source", refs=[ADD], covers=["option:PACKET_FANOUT:set", *EFFECT])
def test_a_socket_may_join_while_its_link_is_down(loopback):
    """Sockets can found and join a group while their link is down, and share its frames when it is up."""
    loopback.links.set("lo", state="down")
    group = Group(loopback, PACKET_FANOUT_LB)
    members = [loopback.packet_socket(protocol=OWN) for _ in range(2)]

    results = [put(member, FANOUT, request(PACKET_FANOUT_LB)) for member in members]
    group.members = members
    loopback.links.up("lo")
    _errors(*members, group.witness)

    assert results == [SUCCESS] * 2
    assert group.deliver(*many(4)) == "1 0 1 0"
    members[0].must.close()
    assert group.deliver(*many(3)) == "1 1 1"


@clause(since="6.13", level="source", refs=[ADD], covers=["option:PACKET_FANOUT:set", *EFFECT])
def test_a_socket_that_joins_while_the_link_is_down_keeps_to_the_rules(loopback):
    """While the link is down a socket of another mode or protocol is refused (EINVAL), and so is a bind of a member."""
    loopback.links.set("lo", state="down")
    sockets = [loopback.packet_socket(protocol=protocol) for protocol in (OWN, OWN, ETH_P_ALL, OWN)]
    modes = PACKET_FANOUT_LB, PACKET_FANOUT_HASH, PACKET_FANOUT_LB, PACKET_FANOUT_LB

    results = [put(socket, FANOUT, request(mode)) for socket, mode in zip(sockets, modes, strict=True)]

    assert results == [SUCCESS, refused(EINVAL), refused(EINVAL), SUCCESS]
    assert sockets[0].bind(address(loopback.ifindex, ETH_P_ALL)) == refused(EINVAL)


@clause(since="4.3", level="source", refs=[NOTIFIER], covers=EFFECT)
def test_a_group_outlives_its_link(wire):
    """When the link is removed every member gets ENETDOWN and stays in the group, which no socket can join any more."""
    left = wire.left
    group = Group(left, PACKET_FANOUT_CBPF, 2)
    left.links.delete("left")

    errors = _errors(*group.members, *group.members)
    result = put(left.packet_socket(protocol=OWN, bound=False), FANOUT, request(PACKET_FANOUT_CBPF))

    assert errors == [ENETDOWN, ENETDOWN, 0, 0]
    assert [get(member, FANOUT) for member in group.members] == [answer(request(PACKET_FANOUT_CBPF))] * 2
    assert [member.name().sll_ifindex for member in group.members] == [-1, -1]
    assert put(group.members[1], DATA, always(1)) == SUCCESS
    assert result == refused(EINVAL)
    for member in group.members:
        member.must.close()
    assert put(left.packet_socket(protocol=OWN, bound=False), FANOUT, request(PACKET_FANOUT_LB)) == SUCCESS


@clause(since="6.13", level="source", refs=[ADD, NOTIFIER], covers=[*EFFECT, "option:PACKET_FANOUT:error"])
def test_a_socket_whose_link_is_gone_founds_a_group_that_hears_nothing(wire):
    """A socket whose link was removed may found a group, and receives nothing in it, even from links added later."""
    left = wire.left
    left.links.up("lo")
    socket, witness = left.packet_socket(protocol=OWN), left.packet_socket(protocol=OWN, bound=False)
    left.links.delete("left")
    _errors(socket)

    result = put(socket, FANOUT, request(PACKET_FANOUT_LB))
    lo, frame = left.packet_socket(protocol=0, bound=False), many(1)[0]
    lo.attach(1, 0)
    lo.must.send(frame.data)

    witness.receive(frame.marker)
    assert result == SUCCESS
    assert (socket.received_markers([frame]), get(socket, FANOUT)) == ([], answer(request(PACKET_FANOUT_LB, ID)))
