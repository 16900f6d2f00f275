"""SO_CNX_ADVICE and SO_TXREHASH: the flow label of IPv6, which the hash of a TCP connection gives."""

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET6_TCP
from helpers.option_calls import put
from helpers.options import covers, option
from helpers.sockets import must
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_IPV6
from helpers.uapi.if_packet import PACKET_IGNORE_OUTGOING

SYSCALL = "setsockopt"
ADVICE, REHASH = option("SO_CNX_ADVICE"), option("SO_TXREHASH")
RETHINK = "src:include/net/sock.h:sk_rethink_txhash"


@pytest.fixture
def label(loopback6):
    """Return the socket of a TCP connection over IPv6, and what sends a segment on it and returns its flow label."""
    watcher = loopback6.packet_socket(protocol=ETH_P_IPV6)
    watcher.enable(PACKET_IGNORE_OUTGOING)
    near, _ = INET6_TCP.pair(loopback6.sockets, loopback6.namespace)
    number = iter(range(100))

    def send():
        data = b"segment %d of a connection" % next(number)
        near.must.send(data)
        return int.from_bytes(watcher.receive(data).data[ETH_HLEN : ETH_HLEN + 4]) & 0xFFFFF

    return near, send


@clause(
    since="5.18",
    level="source",
    refs=["uapi:asm-generic/socket.h", RETHINK, "src:net/core/sock.c:sk_setsockopt"],
    covers=covers([ADVICE.name], "effect"),
)
def test_advice_of_1_gives_the_connection_another_flow_label(label):
    """A connection keeps its flow label, which is not 0, until SO_CNX_ADVICE is set to 1; others change nothing."""
    socket, send = label
    labels = [send(), send()]

    for value in (0, 2, -1, 1):
        must(put(socket, ADVICE, value))
        labels.append(send())

    *kept, changed = labels
    assert kept == kept[:1] * 5
    assert 0 not in labels
    assert changed != kept[0]


@clause(
    since="5.18",
    level="documented",
    refs=["doc:admin-guide/sysctl/net.rst", RETHINK],
    covers=covers([REHASH.name], "effect"),
)
def test_a_connection_without_txrehash_keeps_its_flow_label(label):
    """With SO_TXREHASH 0 SO_CNX_ADVICE leaves the flow label as it is, with 1 again it changes it."""
    socket, send = label
    labels = [send()]

    for value in (0, 1):
        must(put(socket, REHASH, value))
        must(put(socket, ADVICE, 1))
        labels.append(send())

    assert labels[0] == labels[1] != labels[2]
