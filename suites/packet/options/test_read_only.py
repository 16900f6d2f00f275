"""getsockopt(2), SOL_PACKET: the options that can only be read."""

import ctypes
import struct
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net import frames
from helpers.option_calls import Answer, answer, get, packed, put, refusal
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import (
    PACKET_FANOUT_CPU,
    PACKET_FANOUT_FLAG_ROLLOVER,
    PACKET_FANOUT_ROLLOVER,
    TPACKET_V1,
    TPACKET_V2,
    TPACKET_V3,
    tpacket2_hdr,
    tpacket3_hdr,
    tpacket_hdr,
)
from helpers.uapi.socket import SOL_PACKET

SYSCALL = "getsockopt"
GET = "src:net/packet/af_packet.c:packet_getsockopt"
STATISTICS, HDRLEN, ROLLOVER_STATS = map(option, ("PACKET_STATISTICS", "PACKET_HDRLEN", "PACKET_ROLLOVER_STATS"))
VERSION, RCVBUF, FANOUT = map(option, ("PACKET_VERSION", "SO_RCVBUF", "PACKET_FANOUT"))
HEADERS = {TPACKET_V1: tpacket_hdr, TPACKET_V2: tpacket2_hdr, TPACKET_V3: tpacket3_hdr}


def _counts(*numbers):
    return struct.pack(f"={len(numbers)}I", *numbers)


def _hears(end, count):
    """Return a socket that has received *count* frames."""
    socket = end.packet_socket(protocol=frames.OWN)
    sent = [frames.ethernet() for _ in range(count)]
    end.inject(*sent)
    for frame in sent:
        socket.receive(frame.marker)
    return socket


@clause(since="2.4", level="documented", refs=["man:packet(7)", GET], covers=covers([STATISTICS.name], "get", "effect"))
def test_statistics_count_since_they_were_read_last(loopback):
    """PACKET_STATISTICS returns the frames received and dropped, and resets both counters."""
    socket = _hears(loopback, 3)

    replies = [get(socket, STATISTICS, 8), get(socket, STATISTICS, 8)]

    assert replies == [answer(_counts(3, 0), 8), answer(_counts(0, 0), 8)]


@clause(since="3.2", level="documented", refs=["man:packet(7)", GET], covers=covers([STATISTICS.name], "get", "effect"))
def test_statistics_of_version_3_have_a_third_number(loopback):
    """With TPACKET_V3 the statistics are 12 bytes: how often the queue was frozen follows the two others."""
    socket = _hears(loopback, 2)
    must(put(socket, VERSION, TPACKET_V3))

    replies = [get(socket, STATISTICS, 16), get(socket, STATISTICS, 12)]

    assert replies == [answer(_counts(2, 0, 0), 16), answer(_counts(0, 0, 0), 12)]


@clause(since="2.4", level="source", refs=[GET], covers=covers([STATISTICS.name], "get", "effect"))
@pytest.mark.parametrize("room", [0, 4])
def test_statistics_are_gone_even_when_only_a_part_was_read(loopback, room):
    """A buffer that is too small gets the first bytes of the statistics; all counters are reset."""
    socket = _hears(loopback, 1)

    replies = [get(socket, STATISTICS, room), get(socket, STATISTICS, 8)]

    assert replies == [answer(_counts(1, 0), room), answer(_counts(0, 0), 8)]


@clause(since="2.4", level="source", refs=[GET], covers=covers([STATISTICS.name], "effect"))
def test_statistics_count_what_was_dropped_among_the_packets(loopback):
    """Frames that find the receive queue full count as drops, and among the packets too."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    must(put(socket, RCVBUF, 0))
    sent = [frames.ethernet(size=1000) for _ in range(20)]
    loopback.inject(*sent)
    packets = drops = 0

    while packets < len(sent):
        reply = get(socket, STATISTICS, 8)
        assert reply.result == SUCCESS
        packets += struct.unpack_from("=I", reply.data)[0]
        drops += struct.unpack_from("=I", reply.data, 4)[0]

    heard = len(socket.received_markers(sent))
    assert 0 < heard < len(sent)
    assert (packets, drops) == (len(sent), len(sent) - heard)


@clause(
    since="3.2", level="documented", refs=["doc:networking/packet_mmap.rst", GET], covers=covers([HDRLEN.name], "get")
)
@pytest.mark.parametrize("version", HEADERS)
def test_packet_hdrlen_gives_the_length_of_the_header_that_is_asked_for(sockets, version):
    """PACKET_HDRLEN reads a ring version from the buffer and puts the length of its slot header there."""
    socket = sockets.packet()

    replies = [get(socket, HDRLEN, room, packed(version)) for room in (4, 8)]

    length = ctypes.sizeof(HEADERS[version])
    assert replies == [answer(length, 4), answer(length, 8)]


@clause(since="3.2", level="source", refs=[GET], covers=["errno:EINVAL", *covers([HDRLEN.name], "error")])
@pytest.mark.parametrize("version", [3, -1])
def test_packet_hdrlen_refuses_a_version_that_does_not_exist(sockets, version):
    """PACKET_HDRLEN refuses an unknown ring version with EINVAL and leaves the buffer as it was."""
    socket = sockets.packet()

    reply = get(socket, HDRLEN, 4, packed(version))

    assert reply == Answer(refused(EINVAL), 4, packed(version) + refusal(0, 4).data[4:])
    assert get(socket, HDRLEN, 4, packed(TPACKET_V2)).result.ok


@clause(
    since="3.2", level="source", refs=[GET], covers=["errno:EINVAL", "errno:EFAULT", *covers([HDRLEN.name], "error")]
)
def test_packet_hdrlen_reads_a_whole_int(sockets, memory):
    """PACKET_HDRLEN refuses a buffer shorter than an int with EINVAL, one that cannot be read with EFAULT."""
    socket = sockets.packet()

    short = get(socket, HDRLEN, 3, packed(TPACKET_V1)).result
    unread = syscall.getsockopt(socket.fd, SOL_PACKET, HDRLEN.number, memory.unmapped, ctypes.c_int(4))

    assert (short, unread) == (refused(EINVAL), refused(EFAULT))


@clause(
    since="4.2",
    level="uapi",
    refs=["uapi:linux/if_packet.h", GET],
    covers=covers([ROLLOVER_STATS.name], "get", "error"),
)
@pytest.mark.parametrize(
    "mode", [PACKET_FANOUT_ROLLOVER, PACKET_FANOUT_CPU | PACKET_FANOUT_FLAG_ROLLOVER], ids=["mode", "flag"]
)
def test_a_socket_that_may_roll_over_has_rollover_statistics(sockets, namespace, mode):
    """PACKET_ROLLOVER_STATS is EINVAL before the socket joins a rollover group, then has three 64-bit counts."""
    socket = sockets.packet(protocol=frames.OWN, namespace=namespace)
    before = get(socket, ROLLOVER_STATS, 24)
    must(put(socket, FANOUT, mode << 16))

    replies = [get(socket, ROLLOVER_STATS, room) for room in (23, 24, 32)]

    assert before == refusal(EINVAL, 24)
    assert replies == [answer(bytes(24), room) for room in (23, 24, 32)]
