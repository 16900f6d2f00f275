"""CVE-2018-18559: a link that came up or was removed while a socket was bound registered its hook in the midst."""

from errno import ENETDOWN, ENODEV, ENXIO

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.net import frames
from helpers.packet.packet_socket import address
from helpers.packet.races import FRAME, down_and_up, fleeting_links, state, still_hears
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

BIND, NOTIFIER = "src:net/packet/af_packet.c:packet_do_bind", "src:net/packet/af_packet.c:packet_notifier"
REFS = ["cve:CVE-2018-18559", "commit:15fe076edea7", BIND, NOTIFIER]
pytestmark = pytest.mark.race


@clause(since="4.15", level="source", refs=REFS, covers=["errno:bind:ENODEV"])
@pytest.mark.parametrize("before", [0, ETH_P_ALL], ids=["deaf", "hearing"])
def test_a_socket_is_bound_before_its_link_goes_or_not_at_all(loopback, before):
    """A socket that is bound while the link is removed is bound nowhere after that: ENODEV, or ENETDOWN is pending."""
    seen = set()

    with fleeting_links(loopback) as make:
        for lag in race.rounds(most=60):
            sockets = [loopback.packet_socket(protocol=before, bound=False) for _ in range(4)]
            index, remove = make()
            name = address(index, ETH_P_ALL)
            binds = [lambda socket=socket, name=name: socket.bind(name) for socket in sockets]
            _, *bound = race.at_once(remove, *binds, lag=lag)
            seen |= {(result, *state(socket)) for result, socket in zip(bound, sockets, strict=True)}
            for socket in sockets:
                socket.close()

    assert seen <= {(SUCCESS, -1, ENETDOWN, refused(ENXIO)), (refused(ENODEV), 0, 0, refused(ENXIO))}
    assert still_hears(loopback.packet_socket(protocol=frames.OWN), loopback)


@clause(since="4.15", level="source", refs=REFS)
def test_a_bound_socket_hears_again_when_its_link_is_up(loopback):
    """However often its link goes down and up, while it is bound again under traffic, a socket receives in the end."""
    socket, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=0)
    names = [address(loopback.ifindex, protocol) for protocol in (ETH_P_ALL, frames.OWN)]

    race.contest(
        lambda: down_and_up(loopback),
        lambda: [socket.bind(name).errno for name in names][-1],
        lambda: sender.send(FRAME),
    )
    socket.bind(names[1])
    down_and_up(loopback)  # that the link came up while the socket was being bound may have been missed
    socket.option(SOL_SOCKET, SO_ERROR)

    assert still_hears(socket, loopback)
