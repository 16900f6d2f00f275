"""/proc/net/packet: what it shows of owners and addresses."""

import os
import struct

import pytest

from fixtures.clauses import clause
from helpers.net.namespaces import unshare
from helpers.packet.procfs import lines_of, row_of
from helpers.process import in_child
from helpers.uapi.sched import CLONE_NEWUSER

SHOW = ["man:proc(5)", "src:net/packet/af_packet.c:packet_seq_show"]
COVERS = ["file:proc_packet"]


@clause(since="2.2", level="source", refs=SHOW, covers=COVERS)
@pytest.mark.needs_capability("CAP_CHOWN")
def test_user_is_the_owner(sockets, namespace, other_uid):
    """User is the uid that owns the socket: its creator's, and after fchown(2) another."""
    socket = sockets.packet(namespace=namespace)
    before = row_of(socket, namespace).user

    os.fchown(socket.fd, other_uid, -1)

    assert (before, row_of(socket, namespace).user) == (os.getuid(), other_uid)


@clause(since="3.8", level="source", refs=["man:user_namespaces(7)", *SHOW], covers=COVERS)
def test_user_is_told_in_the_readers_user_namespace(sockets, namespace):
    """An owner unknown to the user namespace of the file's opener is shown as the overflow uid."""
    socket = sockets.packet(namespace=namespace)

    def read_from_another():
        try:
            unshare(CLONE_NEWUSER)
        except OSError as error:
            return str(error)
        return row_of(socket).user

    outcome = in_child(read_from_another, namespace=namespace)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    with open("/proc/sys/kernel/overflowuid") as file:
        assert outcome == int(file.read())


@clause(since="4.15", level="documented", refs=["doc:core-api/printk-formats.rst", *SHOW], covers=COVERS)
def test_sk_is_no_kernel_address_for_the_unprivileged(sockets, namespace):
    """To a reader without CAP_SYSLOG sk is a hash or zeros, in as many digits as a pointer has, not an address."""
    for _ in range(3):
        sockets.packet(namespace=namespace)

    shown = in_child(lambda: [line.split()[0] for line in lines_of()[1:]], namespace=namespace, without=["CAP_SYSLOG"])

    digits = 2 * struct.calcsize("P")
    assert [len(pointer) for pointer in shown] == [digits] * 3
    assert [int(pointer, 16) >> 32 for pointer in shown] == [0] * 3
    assert len(set(shown)) in ((3,) if int(shown[0], 16) else (1,))
