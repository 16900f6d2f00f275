"""Sending on packet sockets: sll_halen, and links whose addresses are longer than a sockaddr_ll has room for."""

import fcntl
from errno import EINVAL, ENETDOWN

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_arp import ARPHRD_TUNNEL6
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.if_tun import IFF_TUN, TUNSETLINK
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW, sockaddr_storage

SND = "src:net/packet/af_packet.c:packet_snd"
HEAD = sockaddr_ll.sll_addr.offset
LONG = 16  # bytes of the address of such a link


@pytest.fixture
def tunnel(taps):
    """A link without link-layer header whose addresses have 16 bytes."""
    tun = taps(IFF_TUN)
    set_link(tun.packet_socket(protocol=0), tun.name, 0)
    fcntl.ioctl(tun.fd, TUNSETLINK, ARPHRD_TUNNEL6)
    tun.links.up(tun.name)
    return tun


def long_name(end, halen):
    return sockaddr_storage.from_buffer_copy(bytes(address(end.ifindex, OWN, halen=halen)).ljust(128, b"\0"))


@clause(since="5.12", level="source", refs=[SND], covers=["errno:sendto:EINVAL"])
@pytest.mark.parametrize("halen", [0, 8])
def test_sock_dgram_gives_an_address_as_long_as_the_link_has(tunnel, halen):
    """On a link with 16-byte addresses SOCK_DGRAM takes 16 bytes of address; with one less it fails with EINVAL."""
    sender, name = tunnel.packet_socket(SOCK_DGRAM, 0, False), long_name(tunnel, halen)

    assert sender.sendto(b"E", 0, name, HEAD + LONG - 1) == refused(EINVAL)
    assert tunnel.left() == []
    assert sender.sendto(b"E", 0, name, HEAD + LONG) == returned(1)
    assert tunnel.left() == [b"E"]


@clause(since="5.12", level="source", refs=[SND])
def test_sock_raw_gives_no_address(tunnel):
    """SOCK_RAW has the address in its frame, so a plain sockaddr_ll is enough on a link with 16-byte addresses."""
    sender = tunnel.packet_socket(SOCK_RAW, 0, False)

    assert sender.sendto(b"E", 0, address(tunnel.ifindex, OWN)) == returned(1)


@clause(since="5.12", level="source", refs=[SND])
def test_a_short_address_is_told_before_a_link_that_is_down(tunnel):
    """An address too short for the link fails with EINVAL even if the link is down, which alone is ENETDOWN."""
    sender, name = tunnel.packet_socket(SOCK_DGRAM, 0, False), long_name(tunnel, 0)
    set_link(sender, tunnel.name, 0)

    results = [sender.sendto(b"E", 0, name, HEAD + LONG - less) for less in (1, 0)]

    assert results == [refused(EINVAL), refused(ENETDOWN)]


def padded(ifindex, halen=6):
    """Return a sockaddr_storage that starts with a sockaddr_ll."""
    name = address(ifindex, OWN, frames.STRANGER, halen)
    return sockaddr_storage.from_buffer_copy(bytes(name).ljust(128, b"\0"))


@clause(since="2.2", level="source", refs=[SND], covers=["errno:sendto:EINVAL"])
@pytest.mark.parametrize(("length", "halen"), [(20, 8), (21, 9), (128, 116)])
def test_the_hardware_address_lies_within_the_given_length(loopback, length, halen):
    """sll_halen may count up to the end of the address; one byte beyond it is refused with EINVAL."""
    sender, frame = loopback.packet_socket(protocol=0, bound=False), frames.ethernet().data

    assert sender.sendto(frame, 0, padded(loopback.ifindex, halen + 1), length) == refused(EINVAL)
    assert sender.sendto(frame, 0, padded(loopback.ifindex, halen), length) == returned(len(frame))
