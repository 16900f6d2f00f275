"""IP_OPTIONS: the options of IPv4's header that are sent; IP_RECVOPTS and IP_RETOPTS: those that are received."""

import ctypes
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import ipv4
from helpers import messages, wait
from helpers.messages import Message, cmsg
from helpers.net.ip_frames import checksum
from helpers.net.ip_host import new_data
from helpers.net.ip_packets import header_sum_is_right
from helpers.net.ip_versions import V4
from helpers.options import covers
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in_ import IP_CHECKSUM, IP_OPTIONS, IP_RECVOPTS, IP_RETOPTS

SYSCALL = "setsockopt"
SET = "src:net/ipv4/ip_options.c:ip_options_compile"
RECEIVE = "src:net/ipv4/ip_sockglue.c:ip_cmsg_recv_opts"
REFS = ["man:ip(7)", SET, "src:net/ipv4/ip_options.c:ip_options_build"]
RECORD = bytes([7, 7, 4, 0, 0, 0, 0])  # record route, room for one address
ALERT = bytes([148, 4, 0, 0])
NOP, END = b"\x01", b"\0"


def read(socket, room=40):
    """Return the options that getsockopt(2) tells, and what it returned."""
    buffer, length = bytearray(b"\xa5" * 40), ctypes.c_int(room)
    result = socket.getsockopt(V4.level, IP_OPTIONS, buffer, length)
    return result, bytes(buffer)[: length.value]


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["IP_OPTIONS"], "set", "get", "effect"))
@ipv4
@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (NOP * 4, NOP * 4),
        (ALERT, ALERT),
        (NOP * 3, NOP * 3 + END),
        (RECORD, bytes([7, 7, 8]) + bytes([192, 0, 2, 1]) + END),
        (NOP * 40, NOP * 40),
    ],
    ids=["nop", "router-alert", "padded", "record-route", "longest"],
)
def test_options_leave_in_the_header(host, ip, value, sent):
    """Options leave in the header of every datagram, padded to words, and a route is recorded."""
    socket, data = host.connected(), [new_data() for _ in range(3)]

    empty = read(socket)
    result = socket.setsockopt(ip.level, IP_OPTIONS, value)
    socket.must.send(data[0])
    socket.must.send(data[1])
    kept = read(socket)
    ended = socket.setsockopt(ip.level, IP_OPTIONS, b"")
    socket.must.send(data[2])
    seen = [host.seen(one) for one in data]

    assert (empty, result, ended) == ((SUCCESS, b""), SUCCESS, SUCCESS)
    assert [one.options for one in seen] == [sent, sent, b""]
    assert all(header_sum_is_right(one) for one in seen)
    assert kept == (SUCCESS, value.ljust(-(-len(value) // 4) * 4, b"\0"))
    assert read(socket) == (SUCCESS, b"")


@clause(since="2.2", level="documented", refs=REFS, covers=["errno:EINVAL", *covers(["IP_OPTIONS"], "error")])
@ipv4
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (NOP * 40, NOP * 41),
        (RECORD, bytes([7, 2, 4])),
        (RECORD, bytes([7, 7, 3, 0, 0, 0, 0])),
        (RECORD, bytes([7, 9, 4, 0, 0, 0, 0])),
        (bytes([68, 8, 5, 0, 0, 0, 0, 0]), bytes([68, 8, 4, 0, 0, 0, 0, 0])),
        (bytes([0x83, 7, 4, 192, 0, 2, 2]), bytes([0x83, 6, 4, 192, 0, 2])),
    ],
    ids=["length", "record-short", "record-pointer", "record-long", "timestamp-pointer", "source-route"],
)
def test_broken_options_are_refused_with_einval(host, ip, good, bad):
    """Options that break their rules are EINVAL, and those that were set stay."""
    socket, data = host.open(), new_data()
    socket.must.setsockopt(ip.level, IP_OPTIONS, ALERT)

    result = socket.setsockopt(ip.level, IP_OPTIONS, bad)
    socket.must.sendto(data, 0, host.peer)

    assert result == refused(EINVAL)
    assert host.seen(data).options == ALERT
    assert socket.setsockopt(ip.level, IP_OPTIONS, good) == SUCCESS


@clause(since="2.2", level="source", refs=REFS)
@ipv4
def test_unknown_options_need_a_capability(host, ip):
    """An option that the kernel does not know is EINVAL without CAP_NET_RAW, and is sent as it is with it."""
    socket, value = host.open(), bytes([0x9E, 4, 1, 2])

    def attempt(*given):
        return socket.setsockopt(ip.level, IP_OPTIONS, *given)

    assert in_child(attempt, value, without=["CAP_NET_RAW"]) == refused(EINVAL)
    assert in_child(attempt, value, without=["CAP_NET_ADMIN"]) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:ip(7)", "src:net/ipv4/ip_sockglue.c:ip_cmsg_send"])
@ipv4
def test_options_of_a_control_message_are_for_one_datagram(host, ip):
    """IP_RETOPTS as a control message sends its options with one datagram, in the place of the socket's."""
    socket, data = host.connected(), [new_data(), new_data()]
    socket.must.setsockopt(ip.level, IP_OPTIONS, NOP * 4)

    assert socket.sendmsg(Message([data[0]], None, cmsg(ip.level, IP_RETOPTS, ALERT)).header) == returned(16)
    assert socket.send(data[1]) == returned(16)
    assert socket.sendmsg(Message([b"x"], None, cmsg(ip.level, IP_RETOPTS, bytes([7, 2, 4]))).header) == refused(EINVAL)

    assert [host.seen(one).options for one in data] == [ALERT, NOP * 4]


@clause(
    since="2.2",
    level="documented",
    refs=["man:ip(7)", RECEIVE],
    covers=covers(["IP_RECVOPTS", "IP_RETOPTS"], "effect"),
)
@ipv4
@pytest.mark.parametrize("kind", [IP_RECVOPTS, IP_RETOPTS], ids=["recvopts", "retopts"])
def test_options_are_received_on_request(host, ip, kind):
    """With IP_RECVOPTS a datagram's options come as they are, with IP_RETOPTS those for a reply."""
    socket, port = host.bound()
    socket.must.setsockopt(ip.level, kind, 1)
    options = bytes([7, 11, 8, 198, 51, 100, 1, 0, 0, 0, 0]) + END
    found = []
    for given in (options, b""):
        host.deliver_udp(port, b"data", options=given)
        assert wait.readable(socket.fd)
        found.append(messages.receive(socket.fd).controls)

    assert found[1] == []
    ((level, told, value),) = found[0]
    assert (level, told) == (ip.level, kind)
    if kind == IP_RECVOPTS:
        assert value == bytes([7, 11, 12, 198, 51, 100, 1, 192, 0, 2, 1]) + END  # this host has recorded itself
    else:
        assert value[:2] == bytes([7, 11])
        assert len(value) == 12


@clause(
    since="4.0",
    level="source",
    refs=["man:ip(7)", "src:net/ipv4/ip_sockglue.c:ip_cmsg_recv_checksum"],
    covers=covers(["IP_CHECKSUM"], "effect"),
)
@ipv4
def test_ip_checksum_is_the_sum_of_the_data(host, ip):
    """With IP_CHECKSUM a datagram comes with the sum of its data, of 32 bits to be folded."""
    socket, port = host.bound()
    socket.must.setsockopt(ip.level, IP_CHECKSUM, 1)
    data = new_data() + b"odd"

    host.deliver_udp(port, data)
    assert wait.readable(socket.fd)

    ((level, kind, value),) = messages.receive(socket.fd).controls
    total = int.from_bytes(value, "little")
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert (level, kind, len(value)) == (ip.level, IP_CHECKSUM, 4)
    assert total.to_bytes(2, "little") == (~checksum(data) & 0xFFFF).to_bytes(2)
