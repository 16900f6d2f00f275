"""UDP_CORK and MSG_MORE: what is sent in pieces leaves as one datagram."""

from errno import EMSGSIZE

from fixtures.clauses import clause
from fixtures.parameters import ip_versions
from helpers.messages import Message, cmsg
from helpers.net.ip_host import PORT, new_data
from helpers.net.ip_packets import sum_is_right
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_MORE, SHUT_WR, SOL_UDP
from helpers.uapi.udp import UDP_CORK

SYSCALL = "setsockopt"
SEND = "src:net/ipv4/udp.c:udp_sendmsg"
SET = "src:net/ipv4/udp.c:udp_lib_setsockopt"
SEND6 = "src:net/ipv6/udp.c:udpv6_sendmsg"
REFS = ["man:udp(7)", SET, SEND, SEND6]


def sent(host, socket):
    """Send one more datagram, and return the payloads that left before it."""
    last = new_data()
    socket.must.sendto(last, 0, host.peer)
    *before, end = host.seen_until(last)
    assert all(sum_is_right(one) for one in before)
    assert end.payload == last
    return [one.payload for one in before]


@clause(since="2.6", level="documented", refs=REFS, covers=covers(["UDP_CORK"], "set", "effect"))
@ip_versions
def test_a_corked_socket_sends_when_it_is_uncorked(host, ip):
    """What is sent while UDP_CORK is on leaves as one datagram when it is set to 0, and not before."""
    socket = host.connected()
    other = host.connected()

    assert socket.setsockopt(SOL_UDP, UDP_CORK, 1) == SUCCESS
    assert [socket.send(data) for data in (b"one ", b"", b"two ", b"three")] == [returned(n) for n in (4, 0, 4, 5)]
    assert sent(host, other) == []
    assert socket.setsockopt(SOL_UDP, UDP_CORK, 0) == SUCCESS

    assert sent(host, other) == [b"one two three"]
    assert socket.send(b"again") == returned(5)
    assert sent(host, other) == [b"again"]


@clause(since="2.6", level="documented", refs=["man:send(2)", *REFS], covers=["msg:MSG_MORE"])
@ip_versions
def test_msg_more_keeps_until_a_send_without(host, ip):
    """What is sent with MSG_MORE leaves with the next data sent without, also none; UDP_CORK set to 0 sends it."""
    socket, other = host.connected(), host.connected()

    socket.must.send(b"one ", MSG_MORE)
    socket.must.send(b"two", MSG_MORE)
    before = sent(host, other)
    socket.must.send(b"")
    first = sent(host, other)
    socket.must.send(b"three", MSG_MORE)
    socket.must.setsockopt(SOL_UDP, UDP_CORK, 0)

    assert (before, first, sent(host, other)) == ([], [b"one two"], [b"three"])


@clause(since="2.6", level="source", refs=REFS)
@ip_versions
def test_the_first_piece_decides_the_destination(host, ip):
    """The destination and the TTL of a corked datagram are those of its first piece; another address is passed over."""
    socket, data = host.open(), new_data()
    elsewhere = ip.address(PORT + 1, ip.there)
    ttl = cmsg(ip.level, ip.RECEIVED_TTL, (9).to_bytes(4, "little"))

    assert socket.sendmsg(Message([data], host.peer, ttl).header, MSG_MORE) == returned(16)
    socket.must.setsockopt(ip.level, ip.TTL, 99)
    assert socket.sendto(b"two", 0, elsewhere) == returned(3)

    seen = host.seen(data)
    assert (seen.payload, seen.ports[1], seen.ttl) == (data + b"two", PORT, 9)


@clause(since="2.6", level="source", refs=REFS)
@ip_versions
def test_a_piece_too_many_drops_the_datagram(host, ip):
    """A piece that makes the datagram longer than 65535 bytes is EMSGSIZE and drops what was kept."""
    socket, other = host.connected(), host.connected()
    most = 65507 if ip is V4 else 65527

    socket.must.send(b"lost", MSG_MORE)
    result = socket.send(bytes(most - 3), MSG_MORE)
    socket.must.setsockopt(SOL_UDP, UDP_CORK, 0)

    assert result == refused(EMSGSIZE)
    assert sent(host, other) == []
    assert socket.send(b"new") == returned(3)
    assert sent(host, other) == [b"new"]


@clause(since="2.6", level="source", refs=[*REFS, "src:net/ipv4/udp.c:udp_destroy_sock"])
@ip_versions
def test_close_drops_what_is_corked(host, ip):
    """A socket that is closed while it is corked sends nothing of what was kept; one that is shut down keeps it."""
    socket, shut, other = host.connected(), host.connected(), host.connected()
    for one in (socket, shut):
        one.must.setsockopt(SOL_UDP, UDP_CORK, 1)
        one.must.send(b"kept")

    socket.must.close()
    shut.must.shutdown(SHUT_WR)
    nothing = sent(host, other)
    shut.must.setsockopt(SOL_UDP, UDP_CORK, 0)

    assert nothing == []
    assert sent(host, other) == [b"kept"]
