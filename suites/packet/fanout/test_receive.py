"""What fanout groups receive: their protocol, from their link and namespace, each member in the form of its type."""

from dataclasses import replace
from errno import EOPNOTSUPP

from fixtures.clauses import clause
from helpers.net.frames import OTHER, OWN, ethernet
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT, ID, Group, many, request
from helpers.rings import V2, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_FANOUT_LB
from helpers.uapi.socket import SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

MAN = "man:packet(7)"
RECEIVE = "src:net/packet/af_packet.c:packet_rcv_fanout"
ERROR = ["option:PACKET_FANOUT:error"]
EFFECT = ["option:PACKET_FANOUT:effect"]


@clause(since="3.1", level="source", refs=[RECEIVE], covers=EFFECT)
def test_each_member_hears_in_the_form_of_its_type(loopback, rings):
    """Sockets of type RAW and DGRAM and one with a ring share a group, and each gets frames in its own form."""
    group, frames = Group(loopback, PACKET_FANOUT_LB), many(6)
    group.add(1, SOCK_RAW)
    group.add(1, SOCK_DGRAM)
    group.add(1, SOCK_DGRAM)
    ring = rings.on(group.members[2], V2, Geometry()).setup().rx  # it was the last member, and stays that

    got = group.deliver(*frames)

    raw, dgram, ringed = frames[2::3], frames[0::3], frames[1::3]
    assert got == "1 2 0 1 2 0"
    assert [group.members[0].must.take().data for _ in raw] == [frame.data for frame in raw]
    assert [group.members[1].must.take().data for _ in dgram] == [frame.payload for frame in dgram]
    assert [ring.receive(frame.marker).data for frame in ringed] == [frame.payload for frame in ringed]


@clause(since="3.1", level="source", refs=["src:net/packet/af_packet.c:packet_create"], covers=ERROR)
def test_an_obsolete_socket_joins_no_group(sockets, loopback):
    """A SOCK_PACKET socket has no such options and cannot join a group: PACKET_FANOUT fails with EOPNOTSUPP."""
    obsolete, other = (sockets.packet(type_, OWN, loopback.namespace) for type_ in (SOCK_PACKET, SOCK_RAW))

    results = [put(socket, FANOUT, request(PACKET_FANOUT_LB)) for socket in (obsolete, other)]

    assert results == [refused(EOPNOTSUPP), SUCCESS]


@clause(since="3.1", level="documented", refs=[MAN, RECEIVE], covers=EFFECT)
def test_groups_hear_independently(loopback):
    """Every group, and every socket in none, gets each frame, whatever the ids and modes of the groups."""
    groups = [Group(loopback, PACKET_FANOUT_LB, count, group=ID + count) for count in (1, 2, 3)]
    alone, frames = loopback.packet_socket(protocol=OWN), many(6)

    got = groups[0].deliver(*frames)

    assert got == "0 0 0 0 0 0"
    assert [list(map(len, group.drained(frames))) for group in groups] == [[6], [3, 3], [2, 2, 2]]
    assert alone.received_markers(frames) == [frame.marker for frame in frames]


@clause(since="3.1", level="source", refs=["src:net/packet/af_packet.c:fanout_add"], covers=EFFECT)
def test_a_group_hears_its_protocol_on_its_link(wire):
    """A group receives its members' protocol from their link; a group of unbound members receives from all links."""
    left = wire.left
    left.links.up("lo")
    lo = replace(left, name="lo", ifindex=1, mac=bytes(6), _injector=None)
    # the oldest hooks are the last to receive
    observers = [end.packet_socket(protocol=protocol) for end in (lo, left) for protocol in (OWN, OTHER)]
    group = Group(left, PACKET_FANOUT_LB, 2)
    everywhere = Group(left, PACKET_FANOUT_LB, 1, group=ID + 1, bound=False)
    frames = [ethernet(ethertype=protocol) for protocol in (OWN, OTHER, OWN, OTHER)]
    got = []

    for frame, observer, sender in zip(frames, observers, (lo, lo, wire.right, wire.right), strict=True):
        sender.inject(frame)
        observer.receive(frame.marker)
        got.append((group.counted(), everywhere.counted()))

    assert got == [("-", "0"), ("-", "-"), ("1", "0"), ("-", "-")]


@clause(since="3.1", level="documented", refs=[MAN, RECEIVE], covers=EFFECT)
def test_a_group_hears_only_its_own_namespace(wire):
    """Groups of one id in two namespaces, bound to no link, each receive what comes in there and nothing else."""
    left, right = (Group(end, PACKET_FANOUT_LB, 2, bound=False) for end in (wire.left, wire.right))

    got = [right.deliver(*many(2), via=wire.left), left.counted()]
    got += [left.deliver(*many(2), via=wire.right), right.counted()]

    assert got == ["1 0", "-", "1 0", "-"]
