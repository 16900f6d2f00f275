"""UDP_SEGMENT and UDP_GRO: one call sends many datagrams of one size, and receives many."""

import struct
from errno import EINVAL, EMSGSIZE, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ip_versions, ipv4
from helpers import messages, wait
from helpers.arrivals import drain
from helpers.messages import Message, cmsg
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import sum_is_right
from helpers.option_calls import answer, get, put
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import SOL_SOCKET, SOL_UDP
from helpers.uapi.socket_options import SO_NO_CHECK
from helpers.uapi.udp import UDP_ENCAP_GTP0, UDP_ENCAP_L2TPINUDP, UDP_ENCAP_RXRPC, UDP_GRO, UDP_SEGMENT

SYSCALL = "sendmsg"
SEND = "src:net/ipv4/udp.c:udp_send_skb"
CMSG = "src:net/ipv4/udp.c:__udp_cmsg_send"
RECEIVE = "src:net/ipv4/udp.c:udp_recvmsg"
REFS = ["man:udp(7)", SEND, CMSG]


def size_of(size, length=2):
    """Return the control message."""
    return cmsg(SOL_UDP, UDP_SEGMENT, size.to_bytes(length, "little"))


def pattern(size):
    """Return bytes that are not the same anywhere."""
    return b"".join(struct.pack("!H", number) for number in range(size // 2 + 1))[:size]


def segments(host, socket):
    """Return the payloads that left before one more datagram; their sums and lengths are right."""
    last = new_data()
    socket.must.sendto(last, 0, host.peer)
    *before, _ = host.seen_until(last)
    assert all(sum_is_right(one) for one in before)
    assert all(int.from_bytes(one.data[4:6]) == len(one.data) for one in before)
    return [one.payload for one in before]


@clause(since="6.11", level="documented", refs=REFS, covers=covers(["UDP_SEGMENT"], "set", "effect"))
@ip_versions
@pytest.mark.parametrize("by", ["option", "control-message"])
@pytest.mark.parametrize(("total", "size"), [(3000, 1000), (3001, 1000), (999, 1000), (1000, 1000), (10, 3)])
def test_data_leave_in_datagrams_of_that_size(host, ip, by, total, size):
    """UDP_SEGMENT, as an option or for one call, divides data into datagrams of its size, the last of the rest."""
    socket, other = host.connected(), host.connected()
    data = pattern(total)
    if by == "option":
        assert socket.setsockopt(SOL_UDP, UDP_SEGMENT, size) == SUCCESS

    result = socket.sendmsg(Message([data], None, size_of(size) if by != "option" else 0).header)

    assert result == returned(total)
    assert segments(host, other) == [data[at : at + size] for at in range(0, total, size)]


@clause(since="6.11", level="source", refs=REFS)
@ip_versions
def test_a_control_message_counts_more_than_the_option(host, ip):
    """The size of a control message counts for its call; 0 in it sends the data whole; the option stays."""
    socket, other = host.connected(), host.connected()
    socket.must.setsockopt(SOL_UDP, UDP_SEGMENT, 100)

    found = []
    for control in (size_of(200), size_of(0), 0):
        assert socket.sendmsg(Message([pattern(400)], None, control).header) == returned(400)
        found.append([len(one) for one in segments(host, other)])

    assert found == [[200, 200], [400], [100] * 4]


@clause(
    since="6.11",
    level="source",
    refs=REFS,
    covers=["errno:EINVAL", "errno:EMSGSIZE", *covers(["UDP_SEGMENT"], "error")],
)
@ip_versions
def test_what_cannot_be_divided_is_refused(host, ip):
    """More segments than 128, or segments beyond the MTU, are refused, and so are data beyond a datagram."""
    socket = host.connected()
    header = ip.header + 8

    def send(total, size):
        return socket.sendmsg(Message([bytes(total)], None, size_of(size)).header)

    assert send(3 * 1500, 1500 - header + 1) in (refused(EINVAL), refused(EMSGSIZE))
    assert send(3 * (1500 - header), 1500 - header) == returned(3 * (1500 - header))
    assert send(65536, 1000) == refused(EMSGSIZE)
    assert send(60000, 1000) == returned(60000)
    assert send(200, 1) == refused(EINVAL)


@clause(since="6.11", level="source", refs=REFS, covers=["errno:EINVAL"])
@ip_versions
@pytest.mark.parametrize("length", [1, 4])
def test_a_control_message_of_another_size_is_refused_with_einval(host, ip, length):
    """A control message UDP_SEGMENT has two bytes, else it is EINVAL; another type of SOL_UDP is, too."""
    socket = host.connected()

    def send(control):
        return socket.sendmsg(Message([bytes(4)], None, control).header)

    assert send(size_of(2, length)) == refused(EINVAL)
    assert send(cmsg(SOL_UDP, 4711, bytes(2))) == refused(EINVAL)
    assert send(size_of(2)) == returned(4)


@clause(since="6.11", level="source", refs=REFS, covers=["errno:EINVAL"])
@ipv4
def test_segments_need_a_checksum(host, ip):
    """A socket without checksums (SO_NO_CHECK) does not divide data: EINVAL; with them it does."""
    socket = host.connected()
    message = Message([bytes(400)], None, size_of(100))
    socket.must.setsockopt(SOL_SOCKET, SO_NO_CHECK, 1)

    before = socket.sendmsg(message.header)
    socket.must.setsockopt(SOL_SOCKET, SO_NO_CHECK, 0)

    assert (before, socket.sendmsg(message.header)) == (refused(EINVAL), returned(400))


@clause(since="5.11", level="documented", refs=["man:udp(7)", RECEIVE], covers=covers(["UDP_GRO"], "set", "effect"))
@ip_versions
@pytest.mark.parametrize("on", [0, 1])
def test_udp_gro_receives_several_with_their_size(loopback6, sockets, ip, on):
    """With UDP_GRO segments come as one message with their size as an int beside it, else each by itself."""
    receiver, name = ip.udp.named(sockets, loopback6.namespace)
    sender = ip.udp.open(sockets, loopback6.namespace)
    assert receiver.setsockopt(SOL_UDP, UDP_GRO, on) == SUCCESS
    data = pattern(2500)

    assert sender.sendmsg(Message([data], name, size_of(1000)).header) == returned(2500)
    assert wait.readable(receiver.fd)
    first = messages.receive(receiver.fd)
    rest = drain(receiver)

    if on:
        assert (first.data, rest) == (data, [])
        assert first.controls == [(SOL_UDP, UDP_GRO, struct.pack("=i", 1000))]
    else:
        assert (first.controls, [first.data, *rest]) == ([], [data[:1000], data[1000:2000], data[2000:]])


@clause(
    since="2.6",
    level="documented",
    refs=["man:udp(7)", "src:net/ipv4/udp.c:udp_lib_setsockopt"],
    covers=["errno:setsockopt:ENOPROTOOPT", *covers(["UDP_ENCAP"], "set", "get", "error")],
)
@ip_versions
def test_udp_encap_is_one_that_a_program_may_ask_for(host, ip):
    """UDP_ENCAP is 0 on a new socket and takes 0 and L2TP; the kernel's own kinds are refused with ENOPROTOOPT."""
    socket, one = host.open(), option("UDP_ENCAP")

    before = get(socket, one)
    results = [put(socket, one, value) for value in (UDP_ENCAP_GTP0, UDP_ENCAP_RXRPC, 99, -1, UDP_ENCAP_L2TPINUDP)]

    assert before == answer(0)
    assert results == [*[refused(ENOPROTOOPT)] * 4, SUCCESS]
    assert get(socket, one) == answer(UDP_ENCAP_L2TPINUDP)
    assert (put(socket, one, 0), get(socket, one)) == (SUCCESS, answer(0))
