"""A link with long addresses read the destination beyond the end of the sockaddr_ll that was given."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.net.hardware import says_it_is
from helpers.packet.packet_socket import address
from helpers.rings import V2
from helpers.syscall import refused, returned
from helpers.uapi.if_arp import ARPHRD_TUNNEL6
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.if_tun import IFF_TUN
from helpers.uapi.socket import SOCK_DGRAM, sockaddr_storage

WHOLE = sockaddr_ll.sll_addr.offset + 16  # bytes of a sockaddr_ll with an address as such a link has it


@clause(
    since="5.12",
    level="source",
    refs=["commit:99137b7888f4", "commit:486efdc8f6ce", "src:net/packet/af_packet.c:packet_snd"],
    covers=["errno:sendto:EINVAL"],
)
@pytest.mark.parametrize("ring", [False, True], ids=["send", "ring"])
def test_sock_dgram_gives_an_address_as_long_as_the_links(taps, rings, ring):
    """On a link with 16-byte addresses SOCK_DGRAM takes 16 bytes of address; with less it fails with EINVAL, unsent."""
    tun = taps(IFF_TUN)
    says_it_is(tun, ARPHRD_TUNNEL6)
    tun.links.up(tun.name)
    name = sockaddr_storage.from_buffer_copy(bytes(address(tun.ifindex, OWN)).ljust(128, b"\0"))
    if ring:
        slots = rings.transmit(tun, V2, type=SOCK_DGRAM)
        slots.put(b"E")
    sender = slots.socket if ring else tun.packet_socket(SOCK_DGRAM, 0)

    refusals = [sender.sendto(b"E" * (not ring), 0, name, length) for length in (20, WHOLE - 1)]
    nothing = tun.left()

    assert (refusals, nothing) == ([refused(EINVAL)] * 2, [])
    assert sender.sendto(b"E" * (not ring), 0, name, WHOLE) == returned(1)
    assert tun.left() == [b"E"]
