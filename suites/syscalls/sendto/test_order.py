"""sendto(2): the descriptor, and which of two faults a program is told."""

from errno import EBADF, EFAULT, EINVAL, EMSGSIZE, ENETDOWN, ENOTSOCK, ENXIO

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import drain
from helpers.memory import Memory
from helpers.net.frames import OWN
from helpers.net.link_flags import set_link
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

GENERIC = "src:net/socket.c:__sys_sendto"
LL = 20  # bytes of a sockaddr_ll
LO, NONE = 1, 4711  # interface indexes: of lo in every namespace, of no link
TOO_MUCH = 65536 + ETH_HLEN + 4 + 1  # bytes: more than lo's MTU, a header and the room for a VLAN tag


@clause(
    since="2.2",
    level="documented",
    refs=["man:send(2)", "man:open(2)", GENERIC],
    covers=["errno:EBADF", "errno:ENOTSOCK"],
)
@pytest.mark.parametrize("kind", ODD)
def test_the_descriptor_is_of_an_open_socket(sockets, kind):
    """What is no open descriptor (O_PATH neither) is refused with EBADF, and what is no socket with ENOTSOCK."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    bad = odd_descriptor(sockets, kind, sender)

    result = syscall.sendto(bad, b"lost", 4)
    control = syscall.sendto(sender.fd, b"sent", 4)

    assert result == refused(ODD[kind])
    assert control == returned(4)
    assert drain(receiver) == [b"sent"]


@clause(since="4.0", level="source", refs=[GENERIC, "src:net/socket.c:move_addr_to_kernel"])
@pytest.mark.parametrize(
    ("fd", "data", "length", "errno"),
    [
        ("negative", Memory.KERNEL, LL, EFAULT),
        ("negative", 0, 129, EBADF),
        ("device", 0, 129, ENOTSOCK),
        ("good", Memory.KERNEL, 129, EFAULT),
        ("good", 0, 129, EINVAL),
        ("good", 0, LL, EFAULT),
    ],
    ids=[
        "data-of-kernel-before-descriptor",
        "descriptor-before-length",
        "socket-before-length",
        "data-of-kernel-before-length",
        "length-before-data",
        "address-before-link",
    ],
)
def test_faults_are_told_in_order(sockets, memory, fd, data, length, errno):
    """Of several faults the first counts: data beyond user space, descriptor, socket, address length, address."""
    sender = sockets.packet()
    number = sender.fd if fd == "good" else odd_descriptor(sockets, fd, sender)

    result = syscall.sendto(number, data, 60, 0, memory.unmapped, length)

    assert result == refused(errno)


@clause(since="4.6", level="source", refs=["src:net/packet/af_packet.c:packet_snd"])
@pytest.mark.parametrize(
    ("kind", "length", "ifindex", "size", "errno"),
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
def test_packet_sockets_tell_faults_in_order(loopback, memory, kind, length, ifindex, size, errno):
    """Of several faults the first counts: address, link, size beyond MTU and a tag, data, size of the frame.

    The size is looked at twice: only with the data at hand the kernel knows whether a VLAN tag excuses it.
    """
    sender = loopback.packet_socket(kind, 0, False)

    result = syscall.sendto(sender.fd, memory.unmapped, size, 0, address(ifindex, OWN), length)

    assert result == refused(errno)


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_snd"], covers=["errno:ENETDOWN"])
def test_a_link_that_is_down_is_told_before_the_data(namespace, sockets, memory):
    """A link that is down is refused with ENETDOWN before size and data are looked at."""
    sender = sockets.packet(SOCK_RAW, 0, namespace)

    result = syscall.sendto(sender.fd, memory.unmapped, TOO_MUCH, 0, address(LO, OWN), LL)
    set_link(sender, "lo", IFF_UP)
    control = syscall.sendto(sender.fd, memory.unmapped, TOO_MUCH, 0, address(LO, OWN), LL)

    assert result == refused(ENETDOWN)
    assert control == refused(EMSGSIZE)
