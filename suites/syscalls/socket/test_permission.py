"""socket(2): permissions that no one family asks for, and who is refused with EACCES."""

from errno import EACCES, EPERM

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net.namespaces import unshare
from helpers.net.sysctl import set_sysctl
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.in_ import IPPROTO_ICMP
from helpers.uapi.sched import CLONE_NEWNET, CLONE_NEWUSER
from helpers.uapi.socket import AF_INET, AF_PACKET, SOCK_DGRAM, SOCK_RAW

PACKET = "src:net/packet/af_packet.c:packet_create"
INET = "src:net/ipv4/af_inet.c:inet_create"
PING = "src:net/ipv4/ping.c:ping_init_sock"


def errnos_of(*calls: tuple[int, int, int]) -> list[int]:
    """Return the errnos of socket(2) with each of these arguments."""
    return [syscall.socket(*arguments).errno for arguments in calls]


@clause(since="3.8", level="documented", refs=["man:user_namespaces(7)", "man:capabilities(7)", PACKET, INET])
def test_the_capability_counts_in_the_owner_of_the_network_namespace():
    """CAP_NET_RAW must be held in the user namespace that owns the network namespace; one's own is not enough."""
    calls = [(AF_PACKET, SOCK_RAW, 0), (AF_INET, SOCK_RAW, IPPROTO_ICMP)]

    def steps() -> tuple[list[int], list[int]] | str:
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            return str(error)
        in_others = errnos_of(*calls)
        unshare(CLONE_NEWNET)
        return in_others, errnos_of(*calls)

    outcome = in_child(steps)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    assert outcome == ([EPERM] * 2, [0] * 2)


@clause(since="3.0", level="documented", refs=["man:socket(2)", "man:icmp(7)", PING], covers=["errno:EACCES"])
def test_icmp_sockets_are_for_the_groups_of_ping_group_range(namespace, sockets):
    """An ICMP socket of type SOCK_DGRAM is refused with EACCES to a group that is not in ping_group_range."""
    with namespace:
        result = syscall.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
    set_sysctl(namespace, "ipv4/ping_group_range", "0 0")

    assert result == refused(EACCES)
    assert sockets.open(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, namespace).fd >= 0
