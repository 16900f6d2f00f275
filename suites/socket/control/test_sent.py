"""sendmsg(2): control messages of SOL_SOCKET on packet sockets."""

import sys
from errno import EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.arrivals import arrivals
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.syscall import refused
from helpers.uapi.socket import SCM_CREDENTIALS, SCM_RIGHTS, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_MARK,
    SO_PRIORITY,
    SO_RCVMARK,
    SO_RCVPRIORITY,
    SO_TIMESTAMPING_OLD,
)
from suites.socket.control.support import SENT, TYPES, make, send, word

SYSCALL = "sendmsg"
SOCKET = "src:net/core/sock.c:__sock_cmsg_send"
SPKT = "src:net/packet/af_packet.c:packet_sendmsg_spkt"


def carried(loopback, type_, kind, shown, value):
    """Send one frame with *value* in a control message, one without; return what each has at the receiver."""
    (sender, name), receiver = make(loopback, type_), loopback.packet_socket(protocol=OWN)
    receiver.must.setsockopt(SOL_SOCKET, shown, 1)
    with_it, without = frames.ethernet(), frames.ethernet()

    results = send(sender, word(kind, value), with_it, name), send(sender, b"", without, name)

    assert results == (SENT, SENT)
    packets = [receiver.receive(frame.marker) for frame in (with_it, without)]
    return [int.from_bytes(packet.controls[SOL_SOCKET, kind], sys.byteorder) for packet in packets]


@clause(since="6.0", level="source", refs=[SOCKET, "man:socket(7)"])
def test_so_mark_marks_this_message_alone(loopback):
    """A control message SO_MARK gives its frame that mark; the next frame has the socket's own again."""
    assert carried(loopback, SOCK_RAW, SO_MARK, SO_RCVMARK, 0xCAFEBABE) == [0xCAFEBABE, 0]


@clause(since="6.15", level="source", refs=[SOCKET, SPKT, "commit:6ad861519a69"])
def test_so_mark_marks_a_message_of_sock_packet(loopback):
    """On a SOCK_PACKET socket, too, a control message SO_MARK marks its frame and no other."""
    assert carried(loopback, SOCK_PACKET, SO_MARK, SO_RCVMARK, 0xCAFEBABE) == [0xCAFEBABE, 0]


@clause(since="6.0", until="6.14", level="source", refs=[SOCKET, SPKT])
def test_so_mark_did_not_mark_a_message_of_sock_packet(loopback):
    """On a SOCK_PACKET socket a control message SO_MARK is accepted without effect: its frame has the socket's mark."""
    assert carried(loopback, SOCK_PACKET, SO_MARK, SO_RCVMARK, 0xCAFEBABE) == [0, 0]


@clause(since="6.14", level="source", refs=[SOCKET, "man:socket(7)", "commit:a32f3e9d1ed1"])
def test_so_priority_ranks_this_message_alone(loopback):
    """A control message SO_PRIORITY gives its frame that priority; the next frame has the socket's own again."""
    assert carried(loopback, SOCK_RAW, SO_PRIORITY, SO_RCVPRIORITY, 6) == [6, 0]


@clause(since="6.15", level="source", refs=[SOCKET, SPKT, "commit:6ad861519a69"])
def test_so_priority_ranks_a_message_of_sock_packet(loopback):
    """On a SOCK_PACKET socket, too, a control message SO_PRIORITY ranks its frame and no other."""
    assert carried(loopback, SOCK_PACKET, SO_PRIORITY, SO_RCVPRIORITY, 6) == [6, 0]


@clause(since="4.7", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
@pytest.mark.parametrize("size", [3, 8])
@pytest.mark.parametrize("kind", [SO_MARK, SO_TIMESTAMPING_OLD], ids=["SO_MARK", "SO_TIMESTAMPING"])
@TYPES
def test_a_number_of_another_size_is_refused_with_einval(loopback, type_, kind, size):
    """SO_MARK and SO_TIMESTAMPING take 4 bytes of data; any other size is refused with EINVAL, and nothing is sent."""
    (sender, name), receiver = make(loopback, type_), loopback.packet_socket(protocol=OWN)
    good = frames.ethernet()

    assert send(sender, word(kind, 0, size), name=name) == refused(EINVAL)
    assert send(sender, word(kind, 0), good, name) == SENT
    assert arrivals(receiver, good.marker) == [good.data]


@clause(since="6.14", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
def test_a_priority_of_another_size_is_refused_with_einval(loopback):
    """SO_PRIORITY takes 4 bytes of data; another size is refused with EINVAL."""
    sender = loopback.packet_socket(protocol=0)

    assert [send(sender, word(SO_PRIORITY, 0, size)) for size in (3, 8)] == [refused(EINVAL)] * 2
    assert send(sender, word(SO_PRIORITY, 0)) == SENT


@clause(since="2.2", level="source", refs=[SOCKET])
@pytest.mark.parametrize("kind", [SCM_RIGHTS, SCM_CREDENTIALS], ids=["SCM_RIGHTS", "SCM_CREDENTIALS"])
def test_what_is_for_af_unix_is_passed_over(loopback, kind):
    """SCM_RIGHTS and SCM_CREDENTIALS are ignored by a packet socket: the frame is sent."""
    assert send(loopback.packet_socket(protocol=0), word(kind, 2**32 - 1)) == SENT


@clause(since="4.7", level="documented", refs=["man:socket(7)", SOCKET], covers=["errno:EPERM"])
def test_so_mark_needs_a_capability(loopback):
    """A control message SO_MARK without CAP_NET_ADMIN and CAP_NET_RAW is refused with EPERM."""
    sender = loopback.packet_socket(protocol=0)
    control = word(SO_MARK, 1)

    both = process.in_child(send, sender, control, without=["CAP_NET_ADMIN", "CAP_NET_RAW"])

    assert both == refused(EPERM)
    assert process.in_child(send, sender, control, without=["CAP_NET_RAW"]) == SENT


@clause(since="5.18", level="source", refs=[SOCKET])
def test_so_mark_is_content_with_cap_net_raw(loopback):
    """A control message SO_MARK needs no CAP_NET_ADMIN where there is CAP_NET_RAW."""
    sender = loopback.packet_socket(protocol=0)

    assert process.in_child(send, sender, word(SO_MARK, 1), without=["CAP_NET_ADMIN"]) == SENT


@clause(since="6.14", level="documented", refs=["man:socket(7)", SOCKET], covers=["errno:EPERM"])
def test_a_high_priority_needs_a_capability(loopback):
    """SO_PRIORITY above 6 without CAP_NET_ADMIN and CAP_NET_RAW is refused with EPERM; up to 6 anybody may."""
    sender = loopback.packet_socket(protocol=0)

    def results():
        return send(sender, word(SO_PRIORITY, 7)), send(sender, word(SO_PRIORITY, 6))

    assert process.in_child(results, without=["CAP_NET_ADMIN", "CAP_NET_RAW"]) == (refused(EPERM), SENT)
    assert process.in_child(results, without=["CAP_NET_ADMIN"]) == (SENT, SENT)
