"""A membership whose address was shorter or longer than the link's put other memory into the link's list."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.packet.memberships import KINDS, has_address, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_ADD_MEMBERSHIP
from helpers.uapi.socket import SOL_PACKET


@clause(
    since="2.6.35",
    level="source",
    refs=["src:net/packet/af_packet.c:packet_dev_mc"],
    covers=["option:PACKET_ADD_MEMBERSHIP:error", "errno:setsockopt:EINVAL"],
)
@pytest.mark.parametrize("kind", ["multicast", "unicast"])
def test_a_membership_has_an_address_as_long_as_the_links(wire, kind):
    """On Ethernet an address of 0, 5 or 7 bytes fails with EINVAL, and the link does not take it; it takes 6 bytes."""
    socket, (number, address) = wire.left.packet_socket(protocol=0), KINDS[kind]
    index = wire.left.ifindex

    for length in (0, 5, 7):
        wrong = request(index, number, address + b"\xa5\xa5", length)
        assert socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, wrong) == refused(EINVAL)
    assert not has_address(wire.left, address)
    assert socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request(index, number, address)) == SUCCESS
    assert has_address(wire.left, address)
