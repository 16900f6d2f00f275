"""PACKET_DIAG: who owns a packet socket, its fanout group, its memory."""

import ctypes
import os
import struct

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.net import frames
from helpers.net.namespaces import unshare
from helpers.packet.diag import diag_of, told_of
from helpers.process import in_child
from helpers.uapi.if_packet import (
    PACKET_FANOUT,
    PACKET_FANOUT_FLAG_ROLLOVER,
    PACKET_FANOUT_LB,
    PACKET_FANOUT_ROLLOVER,
)
from helpers.uapi.netlink import SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_VARS
from helpers.uapi.packet_diag import (
    PACKET_DIAG_FANOUT,
    PACKET_DIAG_INFO,
    PACKET_DIAG_MEMINFO,
    PACKET_DIAG_UID,
    PACKET_SHOW_FANOUT,
    PACKET_SHOW_INFO,
    PACKET_SHOW_MEMINFO,
)
from helpers.uapi.sched import CLONE_NEWUSER
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_MEMINFO, SO_RCVBUF

FANOUT = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:pdiag_put_fanout"]
FILL = ["uapi:linux/packet_diag.h", "src:net/packet/diag.c:sk_diag_fill"]


@clause(since="3.10", level="uapi", refs=FILL, covers=["diag:UID"])
@pytest.mark.needs_capability("CAP_CHOWN")
def test_info_brings_the_owner(sockets, namespace, other_uid):
    """PACKET_SHOW_INFO brings the uid that owns the socket: its creator's, and after fchown(2) another."""
    diag = diag_of(sockets, namespace)
    socket, plain = (sockets.packet(namespace=namespace) for _ in range(2))
    os.fchown(socket.fd, other_uid, -1)

    told = [told_of(diag, each, PACKET_SHOW_INFO) for each in (socket, plain)]

    assert [entry.words(PACKET_DIAG_UID) for entry in told] == [[other_uid], [os.getuid()]]
    assert [sorted(entry.attributes) for entry in told] == [[PACKET_DIAG_INFO, PACKET_DIAG_UID]] * 2


@clause(since="3.10", level="source", refs=["man:user_namespaces(7)", *FILL], covers=["diag:UID"])
def test_the_owner_is_told_in_the_askers_user_namespace(sockets, namespace):
    """An owner unknown to the requester's user namespace is reported as the overflow uid."""
    diag_of(sockets, namespace)
    socket = sockets.packet(namespace=namespace)

    def asked_from_another():
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            return str(error)
        return told_of(diag_of(sockets), socket, PACKET_SHOW_INFO).words(PACKET_DIAG_UID)

    outcome = in_child(asked_from_another, namespace=namespace)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    with open("/proc/sys/kernel/overflowuid") as file:
        assert outcome == [int(file.read())]


@clause(since="3.7", level="uapi", refs=FANOUT, covers=["diag:FANOUT"])
@pytest.mark.parametrize(
    ("mode", "flags"),
    [(PACKET_FANOUT_LB, PACKET_FANOUT_FLAG_ROLLOVER), (PACKET_FANOUT_ROLLOVER, 0)],
    ids=["lb-with-a-flag", "rollover"],
)
def test_fanout_is_id_and_mode(loopback, sockets, mode, flags):
    """A member of a fanout group has the group's id in the lower half and its mode in the upper, without flags."""
    diag = diag_of(sockets, loopback.namespace)
    member, other = (loopback.packet_socket(protocol=frames.OWN) for _ in range(2))
    member.enable(PACKET_FANOUT, (mode | flags) << 16 | 0xABCD)

    told = [told_of(diag, socket, PACKET_SHOW_FANOUT) for socket in (member, other)]

    assert told[0].attributes == {PACKET_DIAG_FANOUT: struct.pack("=I", mode << 16 | 0xABCD)}
    assert told[1].attributes == {}
    assert told_of(diag, member).attributes == {}


@clause(since="3.10", level="uapi", refs=FILL, covers=["diag:MEMINFO"])
def test_memory_is_what_so_meminfo_tells(loopback, sockets):
    """PACKET_SHOW_MEMINFO reports the nine words of SO_MEMINFO, with what waits in the queue counted."""
    diag, socket = diag_of(sockets, loopback.namespace), loopback.packet_socket(protocol=frames.OWN)
    socket.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 50000)
    loopback.inject(frames.ethernet())
    assert wait.readable(socket.fd)

    told = told_of(diag, socket, PACKET_SHOW_MEMINFO)

    words = told.words(PACKET_DIAG_MEMINFO)
    assert words == list(socket.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * SK_MEMINFO_VARS))
    assert words[SK_MEMINFO_RMEM_ALLOC] > 0
    assert list(told.attributes) == [PACKET_DIAG_MEMINFO]
