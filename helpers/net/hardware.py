"""Links that claim to be other hardware than Ethernet, and the addresses of packet sockets on them."""

import fcntl
from socket import htons

from helpers.net.frames import OWN
from helpers.net.tap import Tap
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.if_tun import TUNSETLINK
from helpers.uapi.socket import AF_PACKET


def link_address(ifindex: int, hatype: int, hardware: bytes = b"", protocol: int = OWN, pkttype: int = 0) -> bytes:
    """Return a sockaddr_ll that ends with its hardware address; *protocol* in host order."""
    address = sockaddr_ll(AF_PACKET, htons(protocol), ifindex, hatype, pkttype, len(hardware))
    return bytes(address)[: sockaddr_ll.sll_addr.offset] + hardware


def says_it_is(tap: Tap, hatype: int) -> None:
    """Have a tap, which is set down for it, claim another hardware type; its address is as before."""
    tap.links.down(tap.name)
    fcntl.ioctl(tap.fd, TUNSETLINK, hatype)
