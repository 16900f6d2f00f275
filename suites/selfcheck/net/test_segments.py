"""TCP segments that the tests write are read as they were meant, by us and by the kernel."""

import pytest

from helpers.net import segments
from helpers.net.ip_frames import checksum
from helpers.net.segments import ACK, FIN, MSS, SACK_PERMITTED, SYN, TIMESTAMP, Segment, datagram, parse
from helpers.net.tcp_peer import connected
from helpers.uapi.if_ether import ETH_P_IP, ETH_P_IPV6

SEGMENT = Segment(4000, 4001, 0xFFFFFFF0, 7, ACK | FIN, 512, 3, segments.mss(1000) + segments.timestamp(1, 2), b"odd")


@pytest.mark.parametrize(
    ("ends", "ethertype", "size"),
    [(("192.0.2.1", "192.0.2.2"), ETH_P_IP, 20), (("2001:db8::1", "2001:db8::2"), ETH_P_IPV6, 40)],
    ids=["inet", "inet6"],
)
def test_what_is_written_is_read(ends, ethertype, size):
    packet = datagram(SEGMENT, *ends)
    pseudo = packet[12:20] + b"\0\6" if size == 20 else packet[8:40] + bytes(3) + b"\6"
    length = len(packet) - size

    assert parse(bytes(12) + ethertype.to_bytes(2, "big") + packet + bytes(20)) == SEGMENT
    assert checksum(pseudo + length.to_bytes(2 if size == 20 else 4, "big") + packet[size:]) == 0


def test_options_are_taken_apart():
    assert SEGMENT.option_list() == [(MSS, b"\x03\xe8"), (TIMESTAMP, bytes([0, 0, 0, 1, 0, 0, 0, 2]))]
    assert SEGMENT.option(MSS) == b"\x03\xe8"
    assert SEGMENT.option(SACK_PERMITTED) is None
    assert Segment(1, 2, 3, 4, SYN, 5, options=b"\x01\x00\x02").option_list() == []


def test_numbers_go_round():
    assert SEGMENT.end == 0xFFFFFFF0 + 4
    assert Segment(1, 2, 0xFFFFFFFF, 0, SYN, 0, data=b"x").end == 1
    assert parse(bytes(60)) is None


def test_a_peer_passes_over_what_comes_again(wire):
    socket, peer = connected(wire)
    socket.must.send(b"data")
    first = peer.receive()
    peer.repeats = True
    again = peer.receive()
    peer.repeats = False
    peer.send()

    assert (again.seq, again.data) == (first.seq, b"data")
    socket.must.send(b"more")
    assert peer.receive().data == b"more"
    assert peer.heard() == []
