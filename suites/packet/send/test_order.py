"""sendto(2) on packet sockets: which of two faults a program is told."""

from errno import EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENXIO

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.packet.packet_socket import address
from helpers.syscall import refused
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

SYSCALL = "sendto"

LL = 20  # bytes of a sockaddr_ll
LO, NONE = 1, 4711  # interface indexes: of lo in every namespace, of no link
TOO_MUCH = 65536 + ETH_HLEN + 4 + 1  # bytes: more than lo's MTU, a header and the room for a VLAN tag


@clause(since="4.6", level="source", refs=["src:net/packet/af_packet.c:packet_snd"])
@pytest.mark.parametrize(
    ("type_", "length", "ifindex", "size", "errno"),
    [
        (SOCK_RAW, LL - 1, NONE, TOO_MUCH, EINVAL),
        (SOCK_RAW, LL, NONE, TOO_MUCH, ENXIO),
        (SOCK_RAW, LL, LO, TOO_MUCH, EMSGSIZE),
        (SOCK_RAW, LL, LO, TOO_MUCH - 1, EFAULT),
        (SOCK_RAW, LL, LO, ETH_HLEN - 1, EFAULT),
        (SOCK_DGRAM, LL, LO, TOO_MUCH - ETH_HLEN, EMSGSIZE),
        (SOCK_DGRAM, LL, LO, TOO_MUCH - ETH_HLEN - 1, EFAULT),
    ],
    ids=["address", "link", "size", "data", "short-data", "dgram-size", "dgram-data"],
)
def test_packet_sockets_tell_faults_in_order(loopback, memory, type_, length, ifindex, size, errno):
    """Errors take precedence in this order: address, link, size beyond MTU and a tag, data, size of the frame.

    The size is looked at twice: only with the data at hand the kernel knows whether a VLAN tag excuses it.
    """
    sender = loopback.packet_socket(type_, 0, False)

    result = syscall.sendto(sender.fd, memory.unmapped, size, 0, address(ifindex, OWN), length)

    assert result == refused(errno)


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_snd"], covers=["errno:ENETDOWN"])
def test_a_link_that_is_down_is_told_before_the_data(namespace, sockets, memory):
    """A link that is down is refused with ENETDOWN before size and data are checked."""
    sender = sockets.packet(SOCK_RAW, 0, namespace)

    result = syscall.sendto(sender.fd, memory.unmapped, TOO_MUCH, 0, address(LO, OWN), LL)
    set_link(sender, "lo", IFF_UP)
    control = syscall.sendto(sender.fd, memory.unmapped, TOO_MUCH, 0, address(LO, OWN), LL)

    assert result == refused(ENETDOWN)
    assert control == refused(EMSGSIZE)
