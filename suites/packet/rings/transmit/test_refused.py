"""Transmit rings: a refused send keeps no reference to the link."""

from errno import EINVAL, EMSGSIZE, ENETDOWN, ENOBUFS, ENXIO

import pytest

from fixtures.clauses import clause
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.net.qdiscs import no_room, remove
from helpers.net.wire import pair
from helpers.packet.link_changes import delete
from helpers.packet.packet_socket import address
from helpers.rings import V2
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import PACKET_LOSS
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOL_SOCKET
from suites.packet.rings.transmit.support import SND


@pytest.fixture
def link(sockets, namespace):
    """One end of a veth pair whose both ends are in one namespace, so that it can be deleted there."""
    with pair(namespace, sockets) as (near, _):
        yield near


@clause(since="2.6.31", level="source", refs=[SND], covers=["errno:sendto:ENXIO"])
@pytest.mark.parametrize("named", [False, True], ids=["bound", "named"])
def test_refused_sends_do_not_hold_the_link(link, rings, named):
    """A link on which sends succeeded and were refused in every way can be removed at once; then it is unknown."""
    name = address(link.ifindex, OWN, frames.BROADCAST) if named else None
    ring, passing = rings.transmit(link, V2), rings.transmit(link, V2, options={PACKET_LOSS: 1})
    cooked = rings.transmit(link, V2, type=SOCK_DGRAM)
    good = frames.ethernet().data

    def send(data, by=ring, control=b"", length=None):
        by.fill(by.cursor, data, length=length).status = 1
        result = by.socket.sendmsg(Message([], name, control).header, MSG_DONTWAIT)
        if result.ok:
            by.advance()
        return result

    results = [
        send(good),
        send(good, length=3000),
        send(bytes(13)),
        send(bytes(1515)),
        send(bytes(13), passing),
        send(bytes(1515), passing),
        send(bytes(9), cooked),
        send(good, control=cmsg(SOL_SOCKET, 4711, b"data")),
    ]
    no_room(link)
    results.append(send(good))
    remove(link)
    set_link(ring.socket, link.name, 0)
    results.append(send(good))
    link.links.up(link.name)
    link.links.wait_running(link.name)
    results += [send(good), ring.kick(0, address(4711, OWN)), ring.kick(0, address(link.ifindex, OWN), 19)]

    delete(link)

    size = len(good)
    assert results == [
        returned(size),
        refused(EMSGSIZE),
        refused(EINVAL),
        refused(EMSGSIZE),
        returned(0),
        returned(0),
        returned(9) if named else refused(EINVAL),
        refused(EINVAL),
        refused(ENOBUFS),
        refused(ENETDOWN),
        returned(size),
        refused(ENXIO),
        refused(EINVAL),
    ]
    assert ring.kick(0, name) == refused(ENXIO)
