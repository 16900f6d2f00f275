"""On a link without link-layer header an empty frame could be sent, which queues of the link could not handle."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW


@clause(
    since="6.1",
    level="source",
    refs=["commit:dc633700f00f", "src:net/packet/af_packet.c:packet_snd"],
    covers=["errno:sendto:EINVAL"],
)
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_a_packet_has_a_byte_at_least(taps, type_):
    """On a link without link-layer header an empty packet fails with EINVAL, unsent; one of one byte is sent."""
    tun = taps(IFF_TUN)
    sender, name = tun.packet_socket(type_, 0, False), address(tun.ifindex, ETH_P_IP)

    assert sender.sendto(b"", 0, name) == refused(EINVAL)
    assert sender.sendto(b"E", 0, name) == returned(1)
    assert tun.left() == [b"E"]
