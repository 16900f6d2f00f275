"""sendto(2): MSG_* flags whose effect UDP and TCP show."""

from errno import ENETUNREACH

import pytest

from fixtures.clauses import clause
from helpers.arrivals import arrivals
from helpers.kinds import INET_UDP
from helpers.net import addresses
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.tcp import tcp_segments
from helpers.uapi.rtnetlink import RT_SCOPE_LINK
from helpers.uapi.socket import MSG_CONFIRM, MSG_DONTROUTE, MSG_EOR, MSG_MORE, MSG_PROBE

SYSCALL = "sendto"
UDP = "src:net/ipv4/udp.c:udp_sendmsg"


def connected(end):
    """Return a UDP socket and the one to which it is connected."""
    sender = INET_UDP.open(end.sockets, end.namespace)
    receiver, name = INET_UDP.named(end.sockets, end.namespace)
    sender.must.connect(name)
    return sender, receiver


@clause(since="2.6", level="documented", refs=["man:send(2)", UDP], covers=["msg:MSG_MORE"])
def test_msg_more_gathers_a_datagram(loopback):
    """UDP keeps data sent with MSG_MORE, and sends it as one datagram with the next data sent without."""
    sender, receiver = connected(loopback)

    assert [by_sendto(sender.fd, data, MSG_MORE) for data in (b"one ", b"two ")] == [returned(4)] * 2
    assert by_sendto(sender.fd, b"three") == returned(5)

    assert arrivals(receiver, b"three") == [b"one two three"]


@clause(since="2.6", level="source", refs=[UDP, "src:net/ipv4/ip_output.c:ip_make_skb"], covers=["msg:MSG_PROBE"])
@pytest.mark.parametrize("data", [b"", b"data"], ids=["empty", "data"])
def test_msg_probe_sends_nothing(loopback, data):
    """With MSG_PROBE UDP only looks up the route: it returns the length and sends nothing; MSG_CONFIRM alone sends."""
    sender, receiver = connected(loopback)

    assert by_sendto(sender.fd, data, MSG_PROBE | MSG_CONFIRM) == returned(len(data))
    assert by_sendto(sender.fd, data, MSG_CONFIRM) == returned(len(data))
    assert by_sendto(sender.fd, b"last") == returned(4)

    assert arrivals(receiver, b"last") == [data, b"last"]


@clause(
    since="2.2",
    level="documented",
    refs=["man:send(2)", UDP],
    covers=["errno:ENETUNREACH", "msg:MSG_DONTROUTE"],
)
def test_msg_dontroute_wants_the_destination_on_the_link(loopback):
    """With MSG_DONTROUTE a destination behind a gateway is ENETUNREACH; one on the link is reached."""
    sender = INET_UDP.open(loopback.sockets, loopback.namespace)
    loopback.links.netlink.route("add", dst="192.0.2.0/24", oif=loopback.ifindex, scope=0)
    loopback.links.netlink.route("add", dst="198.51.100.0/24", oif=loopback.ifindex, scope=RT_SCOPE_LINK)
    behind, near = addresses.inet(9, "192.0.2.1"), addresses.inet(9, "198.51.100.1")

    assert by_sendto(sender.fd, b"data", MSG_DONTROUTE, behind) == refused(ENETUNREACH)
    assert by_sendto(sender.fd, b"data", 0, behind) == returned(4)
    assert by_sendto(sender.fd, b"data", MSG_DONTROUTE, near) == returned(4)


@clause(since="4.7", level="documented", refs=["man:send(2)", "src:net/ipv4/tcp.c"], covers=["msg:MSG_EOR"])
@pytest.mark.parametrize(("flags", "segments"), [(0, 1), (MSG_EOR, 2)], ids=["without", "with"])
def test_msg_eor_ends_a_record(loopback, flags, segments):
    """TCP puts what follows a send with MSG_EOR into another segment, and joins it otherwise."""

    def send(fd):
        assert by_sendto(fd, b"1", flags) == by_sendto(fd, b"2") == returned(1)

    assert tcp_segments(loopback, send) == segments
