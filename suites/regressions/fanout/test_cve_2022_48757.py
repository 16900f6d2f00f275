"""CVE-2022-48757: /proc/net/ptype showed the packet sockets of every network namespace."""

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.packet.fanout import join
from helpers.process import in_child
from helpers.uapi.if_ether import ETH_P_ALL


def listed(end):
    """Return the lines about packet sockets without a link that a process in the namespace of *end* reads."""

    def read():
        with open("/proc/thread-self/net/ptype") as file:
            return [line for line in file if "packet_rcv" in line]

    return in_child(read, namespace=end.namespace)


@clause(
    since="5.17",
    level="source",
    refs=["cve:CVE-2022-48757", "commit:47934e06b656", "src:net/core/net-procfs.c:ptype_seq_show"],
)
@pytest.mark.parametrize("protocol", [ETH_P_ALL, OWN], ids=["all", "one"])
@pytest.mark.parametrize("grouped", [False, True], ids=["alone", "fanout"])
def test_a_packet_socket_is_listed_in_its_own_namespace_only(wire, protocol, grouped):
    """A packet socket bound to no link is in /proc/net/ptype of its own namespace, and in no other's."""
    before = listed(wire.left), listed(wire.right)
    socket = wire.left.packet_socket(protocol=protocol, bound=False)
    if grouped:
        join(socket, 0)

    after = listed(wire.left), listed(wire.right)

    assert before == ([], [])
    assert (len(after[0]), after[1]) == (1, [])
