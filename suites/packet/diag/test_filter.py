"""PACKET_DIAG: the filter of a packet socket (PACKET_SHOW_FILTER), and who may see it."""

import ctypes
import os
import struct

import pytest

from fixtures.clauses import clause
from helpers import bpf, messages
from helpers.net.namespaces import unshare
from helpers.net.sock_diag import SockDiag
from helpers.packet.diag import diag_of, told_of
from helpers.process import in_child
from helpers.uapi.filter import BPF_ABS, BPF_H, BPF_K, BPF_LD, BPF_RET, BPF_STMT, program
from helpers.uapi.packet_diag import PACKET_DIAG_FILTER, PACKET_SHOW_FILTER
from helpers.uapi.sched import CLONE_NEWUSER
from helpers.uapi.socket import SCM_RIGHTS, SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_BPF, SO_ATTACH_FILTER, SO_DETACH_FILTER

FILTER = ["uapi:linux/packet_diag.h", "src:net/core/sock_diag.c:sock_diag_put_filterinfo"]
CAPABLE = ["man:capabilities(7)", "src:net/packet/diag.c:packet_diag_dump"]
NET_CAPABLE = "src:net/netlink/af_netlink.c:netlink_net_capable"
COVERS = ["diag:FILTER"]
CODE = [BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_STMT(BPF_RET | BPF_K, 0x1234)]
BYTES = b"".join(bytes(instruction) for instruction in CODE)


def filtered(sockets, namespace=None):
    """Return a packet socket with CODE as its filter."""
    socket = sockets.packet(namespace=namespace)
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(CODE))
    return socket


@clause(since="3.10", level="uapi", refs=FILTER, covers=COVERS)
def test_the_filter_is_told_as_it_was_attached(sockets):
    """The attribute has the instructions of the attached program; it comes only when it is requested."""
    diag, socket = diag_of(sockets), filtered(sockets)

    told = [told_of(diag, socket, show).attributes for show in (PACKET_SHOW_FILTER, 0)]

    assert told == [{PACKET_DIAG_FILTER: BYTES}, {}]


@clause(since="3.10", level="source", refs=FILTER, covers=COVERS)
def test_without_a_classic_filter_there_is_none_to_tell(sockets):
    """A socket without a filter, with a detached one, or with an extended program has no such attribute."""
    diag, plain, detached, extended = diag_of(sockets), sockets.packet(), filtered(sockets), sockets.packet()
    detached.must.setsockopt(SOL_SOCKET, SO_DETACH_FILTER, 0)
    loaded = bpf.load(bpf.BPF_PROG_TYPE_SOCKET_FILTER, 1)
    if loaded.ok:
        extended.must.setsockopt(SOL_SOCKET, SO_ATTACH_BPF, ctypes.c_int(loaded.value))
        os.close(loaded.value)

    told = [told_of(diag, socket, PACKET_SHOW_FILTER).attributes for socket in (plain, detached, extended)]

    assert told == [{}, {}, {}]


@clause(since="3.10", level="documented", refs=[*CAPABLE, *FILTER], covers=COVERS)
@pytest.mark.parametrize(
    ("without", "seen"),
    [(["CAP_NET_ADMIN"], b""), (["CAP_NET_RAW", "CAP_SYS_ADMIN"], BYTES)],
    ids=["net_admin", "others"],
)
def test_needs_cap_net_admin(sockets, without, seen):
    """To a requester without CAP_NET_ADMIN the attribute is empty, whatever the filter; no other capability counts."""
    diag_of(sockets)
    socket = filtered(sockets)

    told = in_child(lambda: told_of(diag_of(sockets), socket, PACKET_SHOW_FILTER).attributes, without=without)

    assert told == {PACKET_DIAG_FILTER: seen}


@clause(
    since="3.16", level="source", refs=[*CAPABLE, "src:net/netlink/af_netlink.c:netlink_net_capable"], covers=COVERS
)
def test_both_who_opened_the_netlink_socket_and_who_asks_need_it(sockets):
    """A netlink socket of a privileged process shows no filter to an unprivileged one, and the other way round."""
    opened_here, socket = diag_of(sockets), filtered(sockets)
    left, right = sockets.pair()

    def ask_and_open():
        control = messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", diag_of(sockets).socket.fd))
        left.must.sendmsg(messages.Message([b"x"], control=control).header)
        return told_of(opened_here, socket, PACKET_SHOW_FILTER).attributes

    asked_there = in_child(ask_and_open, without=["CAP_NET_ADMIN"])
    [(_, _, data)] = messages.receive(right.fd).controls
    opened_there = SockDiag(sockets.adopt(struct.unpack("i", data)[0]))

    assert asked_there == {PACKET_DIAG_FILTER: b""}
    assert told_of(opened_there, socket, PACKET_SHOW_FILTER).attributes == {PACKET_DIAG_FILTER: b""}
    assert told_of(opened_here, socket, PACKET_SHOW_FILTER).attributes == {PACKET_DIAG_FILTER: BYTES}


@clause(since="3.10", level="source", refs=[*CAPABLE, *FILTER], covers=COVERS)
def test_hides_whether_there_is_a_filter(sockets):
    """Without CAP_NET_ADMIN a socket that has no filter looks like one that has: the attribute is there, and empty."""
    diag_of(sockets)
    socket = sockets.packet()

    told = in_child(lambda: told_of(diag_of(sockets), socket, PACKET_SHOW_FILTER).attributes, without=["CAP_NET_ADMIN"])

    assert told == {PACKET_DIAG_FILTER: b""}


@clause(since="3.16", level="documented", refs=["man:user_namespaces(7)", *CAPABLE], covers=COVERS)
def test_the_capability_counts_in_the_owner_of_the_network_namespace(sockets):
    """CAP_NET_ADMIN in another user namespace than the one that owns the network namespace shows no filter."""
    diag_of(sockets)
    socket = filtered(sockets)

    def asked_from_another():
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            return str(error)
        return told_of(diag_of(sockets), socket, PACKET_SHOW_FILTER).attributes

    outcome = in_child(asked_from_another)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    assert outcome == {PACKET_DIAG_FILTER: b""}
