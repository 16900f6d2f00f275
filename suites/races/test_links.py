"""Links that are removed while packet sockets use them in every way."""

from errno import ENODEV, ENXIO

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.net import frames
from helpers.option_calls import put
from helpers.packet.fanout import FANOUT
from helpers.packet.fanout import request as group
from helpers.packet.memberships import KINDS, request
from helpers.packet.packet_socket import address
from helpers.packet.races import FRAME, fleeting_links, state, still_hears
from helpers.rings import V3, Geometry
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP
from helpers.uapi.socket import SOL_PACKET

pytestmark = pytest.mark.race
NOTIFIER = "src:net/packet/af_packet.c:packet_notifier"
JOIN, LEAVE = PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP


class Users:
    """Sockets that use the link *index*: each ``calls`` is what one of them does while the link goes."""

    def __init__(self, loopback, rings, index):
        self.loopback = loopback
        made = [loopback.packet_socket(protocol=0, bound=False) for _ in range(5)]
        self.sender, self.member, self.mapped, self.grouped, self.other = self.sockets = made
        self.bound = (self.sender, self.mapped, self.grouped)
        for socket in self.bound:
            socket.attach(index, ETH_P_ALL)
        put(self.grouped, FANOUT, group(0))
        self.rings = [rings.on(socket, V3, rx=Geometry(retire_blk_tov=1)) for socket in (self.mapped, self.grouped)]
        for ring in self.rings:
            ring.must.set_version()
        self.wanted = [request(index, kind, hardware) for kind, hardware in KINDS.values()]
        self.name = address(index, ETH_P_ALL)

    def join(self):
        """Join, leave and join again."""
        for one in self.wanted:
            for option in (JOIN, LEAVE, JOIN):
                self.member.setsockopt(SOL_PACKET, option, one)

    @property
    def calls(self):
        """What is done at once."""
        send = [lambda: [self.sender.send(FRAME) for _ in range(20)], self.join]
        return [*send, *[ring.set_rx for ring in self.rings], lambda: self.other.bind(self.name)]

    def left_over(self):
        """Return the bound sockets' state, the result of a send, and the number of another link's frames each got."""
        states = [state(socket)[::2] for socket in self.bound]
        for socket in self.bound:
            socket.statistics()
        witness = self.loopback.packet_socket()
        self.loopback.inject(frame := frames.ethernet())
        witness.receive(frame.marker)
        return states, [socket.statistics().tp_packets for socket in self.bound]


@clause(since="7.2", level="source", refs=[NOTIFIER, "src:net/packet/af_packet.c:packet_set_ring"])
def test_a_link_can_be_removed_whatever_its_sockets_do(loopback, rings):
    """A link is removed while sockets send, join, make rings and are bound; those bound to it receive nothing more."""
    with fleeting_links(loopback) as make:
        for lag in race.rounds(most=60):
            index, remove = make()
            users = Users(loopback, rings, index)

            results = race.at_once(remove, *users.calls, lag=lag)

            assert results[3:5] == [SUCCESS] * 2
            assert users.left_over() == ([(-1, refused(ENXIO))] * 3, [0] * 3)
            assert users.other.name().sll_ifindex in (-1, 0)
            assert users.member.setsockopt(SOL_PACKET, JOIN, users.wanted[0]) == refused(ENODEV)
            for socket in users.sockets:
                socket.close()

    assert still_hears(loopback.packet_socket(protocol=frames.OWN), loopback)
