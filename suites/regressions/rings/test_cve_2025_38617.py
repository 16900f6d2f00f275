"""CVE-2025-38617: a link that came up while a ring was made on it delivered frames to a half-made ring."""

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.net import frames
from helpers.packet.races import FRAME, down_and_up, still_fills
from helpers.packet.ring_requests import RING
from helpers.rings import V2, V3, Geometry
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR


@pytest.mark.race
@clause(
    since="6.17",
    level="source",
    refs=["cve:CVE-2025-38617", "commit:01d3c8417b9c", RING, "src:net/packet/af_packet.c:packet_notifier"],
    covers=["option:PACKET_RX_RING:effect"],
)
@pytest.mark.parametrize("version", [V2, V3], ids=str)
def test_a_ring_is_made_while_its_link_comes_up(loopback, rings, version):
    """A ring can be made and removed while its link goes down and up under traffic; then all frames come through it."""
    socket, sender = loopback.packet_socket(protocol=frames.OWN), loopback.packet_socket(protocol=0)
    made = rings.on(socket, version, rx=Geometry(retire_blk_tov=1))
    made.must.set_version()

    def replace():
        made.must.set_rx()
        made.must.remove_rx()

    race.contest(lambda: down_and_up(loopback), replace, lambda: sender.send(FRAME))
    down_and_up(loopback)  # that the link came up while the ring was being made may have been missed
    socket.option(SOL_SOCKET, SO_ERROR)

    assert still_fills(made, loopback)
    assert socket.take() is None
