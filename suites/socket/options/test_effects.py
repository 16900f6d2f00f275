"""setsockopt(2), SOL_SOCKET: the effect of some options, where one message shows it."""

import ctypes
import os
import struct
import time
from errno import EACCES, EADDRINUSE

import pytest

from fixtures.clauses import clause
from helpers import messages, times, wait
from helpers.net import addresses, frames
from helpers.option_calls import get, put
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import AF_INET, MSG_PEEK, SCM_CREDENTIALS, SOCK_DGRAM, SOL_SOCKET, ucred
from helpers.uapi.time_types import timespec

SYSCALL = "setsockopt"
RECEIVING = "src:net/socket.c:__sock_recv_cmsgs"
STAMPING = "src:net/socket.c:__sock_recv_timestamp"
MAN = "man:socket(7)"
SOFTWARE = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
# option: the value that switches it on, the size of its control message, how many of its seconds a fraction has
STAMPS = {
    "SO_TIMESTAMP_OLD": (1, 16, 1_000_000),
    "SO_TIMESTAMP_NEW": (1, 16, 1_000_000),
    "SO_TIMESTAMPNS_OLD": (1, 16, 1_000_000_000),
    "SO_TIMESTAMPNS_NEW": (1, 16, 1_000_000_000),
    "SO_TIMESTAMPING_OLD": (SOFTWARE, 48, 1_000_000_000),
    "SO_TIMESTAMPING_NEW": (SOFTWARE, 48, 1_000_000_000),
}


@clause(since="5.1", level="documented", refs=[MAN, STAMPING], covers=covers(STAMPS, "effect"))
@pytest.mark.parametrize("name", STAMPS)
def test_a_time_stamp_comes_with_a_frame(loopback, name):
    """Once a time stamp is on, a control message of its own type says when the frame came; before there is none."""
    value, size, fraction = STAMPS[name]
    socket, chosen = loopback.packet_socket(protocol=frames.OWN), option(name)

    def controls_of_a_frame():
        frame = frames.ethernet()
        loopback.inject(frame)
        return socket.receive(frame.marker).controls

    before = controls_of_a_frame()
    result = put(socket, chosen, value)
    start = time.time()
    # the kernel begins to stamp a moment later; until then SO_TIMESTAMPING has nothing to report
    controls = wait.until(controls_of_a_frame, "a frame with a time stamp")

    assert (before, result) == ({}, SUCCESS)
    assert {kind: len(data) for kind, data in controls.items()} == {(SOL_SOCKET, chosen.number): size}
    seconds, rest = times.words(timespec, controls[SOL_SOCKET, chosen.number])
    assert start - 0.001 <= seconds + rest / fraction <= time.time() + 0.001
    assert 0 <= rest < fraction


def _carried(loopback, sent, wanted):
    """Return the control messages of a frame sent with option *sent* set to 5, received with *wanted* on."""
    sender, receiver = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=frames.OWN)
    frame = frames.ethernet()
    must(put(sender, option(sent), 5))
    must(put(receiver, option(wanted), 1))
    sender.must.send(frame.data)
    return receiver.receive(frame.marker).controls


@clause(since="5.19", level="source", refs=[RECEIVING], covers=covers(["SO_MARK", "SO_RCVMARK"], "effect"))
def test_so_rcvmark_tells_the_mark_that_so_mark_gave(loopback):
    """A frame carries its sender's SO_MARK, and a receiver with SO_RCVMARK gets it in a control message."""
    controls = _carried(loopback, "SO_MARK", "SO_RCVMARK")

    assert controls == {(SOL_SOCKET, option("SO_MARK").number): struct.pack("=I", 5)}


@clause(since="6.14", level="source", refs=[RECEIVING], covers=covers(["SO_PRIORITY", "SO_RCVPRIORITY"], "effect"))
def test_so_rcvpriority_tells_the_priority_that_so_priority_gave(loopback):
    """A frame carries its sender's SO_PRIORITY, and a receiver with SO_RCVPRIORITY gets it in a control message."""
    controls = _carried(loopback, "SO_PRIORITY", "SO_RCVPRIORITY")

    assert controls == {(SOL_SOCKET, option("SO_PRIORITY").number): struct.pack("=I", 5)}


@clause(since="2.2", level="documented", refs=[MAN, "man:unix(7)"], covers=covers(["SO_PASSCRED"], "effect"))
def test_so_passcred_tells_who_sent(sockets):
    """A receiver with SO_PASSCRED gets pid, uid and gid of the sender in a control message, one without does not."""
    receiver, sender = sockets.pair(SOCK_DGRAM)

    told = []
    for value in (0, 1):
        must(put(receiver, option("SO_PASSCRED"), value))
        sender.must.send(b"x")
        told.append(messages.receive(receiver.fd).controls)

    me = bytes(ucred(os.getpid(), os.getuid(), os.getgid()))
    assert told == [[], [(SOL_SOCKET, SCM_CREDENTIALS, me)]]


@clause(since="3.4", level="documented", refs=[MAN, "man:unix(7)"], covers=covers(["SO_PEEK_OFF"], "effect"))
def test_so_peek_off_moves_on_with_what_is_peeked(sockets):
    """A peek begins at SO_PEEK_OFF, which moves on by what was peeked and back by what was read."""
    socket, peer = sockets.pair()
    chosen, buffer = option("SO_PEEK_OFF"), (ctypes.c_char * 2)()
    peer.must.send(b"aabbccddeeff")
    must(put(socket, chosen, 4))

    seen = []
    for flags in (MSG_PEEK, MSG_PEEK, 0, MSG_PEEK):
        result = socket.recv(buffer, 2, flags)
        seen.append((result, buffer.raw, get(socket, chosen).data[0]))

    assert seen == [(returned(2), text, offset) for text, offset in [(b"cc", 6), (b"dd", 8), (b"aa", 6), (b"ee", 8)]]


@clause(since="2.2", level="documented", refs=[MAN, "man:ip(7)"], covers=covers(["SO_BROADCAST"], "effect"))
def test_so_broadcast_allows_broadcasts(loopback):
    """A UDP socket may send to a broadcast address only with SO_BROADCAST; without it the send fails with EACCES."""
    socket = loopback.sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace)
    everyone = addresses.inet(4711, "127.255.255.255")

    results = []
    for value in (0, 1, 0):
        must(put(socket, option("SO_BROADCAST"), value))
        results.append(socket.sendto(b"x", 0, everyone))

    assert results == [refused(EACCES), returned(1), refused(EACCES)]


@clause(
    since="3.9", level="documented", refs=[MAN, "man:ip(7)"], covers=covers(["SO_REUSEADDR", "SO_REUSEPORT"], "effect")
)
@pytest.mark.parametrize("name", ["SO_REUSEADDR", "SO_REUSEPORT"])
def test_an_address_is_shared_by_those_who_agree_to_it(loopback, name):
    """UDP sockets that all have the option may be bound to one address; one without it is refused with EADDRINUSE."""
    bound = [loopback.sockets.open(AF_INET, SOCK_DGRAM, namespace=loopback.namespace) for _ in range(3)]
    for socket in bound[:2]:
        must(put(socket, option(name), 1))

    results = [socket.bind(addresses.inet(4711)) for socket in bound]

    assert results == [SUCCESS, SUCCESS, refused(EADDRINUSE)]
