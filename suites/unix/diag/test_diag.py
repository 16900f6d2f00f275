"""UNIX_DIAG: each attribute of a socket, and which sockets a request is answered with."""

import ctypes
import os

import pytest

from fixtures.clauses import clause
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.net.addresses import unix
from helpers.net.unix_diag import diag_of
from helpers.uapi.socket import AF_UNIX, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_COOKIE, SO_MEMINFO
from helpers.uapi.sockios import SIOCINQ, SIOCOUTQ
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN
from helpers.uapi.unix_diag import (
    UDIAG_SHOW_ICONS,
    UDIAG_SHOW_MEMINFO,
    UDIAG_SHOW_NAME,
    UDIAG_SHOW_PEER,
    UDIAG_SHOW_RQLEN,
    UDIAG_SHOW_UID,
    UDIAG_SHOW_VFS,
    UNIX_DIAG_ICONS,
    UNIX_DIAG_MEMINFO,
    UNIX_DIAG_NAME,
    UNIX_DIAG_PEER,
    UNIX_DIAG_RQLEN,
    UNIX_DIAG_SHUTDOWN,
    UNIX_DIAG_UID,
    UNIX_DIAG_VFS,
    unix_diag_rqlen,
    unix_diag_vfs,
)
from helpers.unix_ends import TYPES, number
from suites.unix.diag.support import inode_of, words

MAN = ["man:sock_diag(7)", "uapi:linux/unix_diag.h"]
FILL = [*MAN, "src:net/unix/diag.c:sk_diag_fill"]
DUMP = [*MAN, "src:net/unix/diag.c:unix_diag_dump"]
EXACT = [*MAN, "src:net/unix/diag.c:unix_diag_get_exact"]
EVERYTHING = 0x7F


def queues(diag, socket):
    """Return the two numbers of UNIX_DIAG_RQLEN."""
    found = diag.of(socket, UDIAG_SHOW_RQLEN).structure(UNIX_DIAG_RQLEN, unix_diag_rqlen)
    return found.udiag_rqueue, found.udiag_wqueue


@clause(since="3.3", level="documented", refs=FILL)
@pytest.mark.parametrize(("kind", "shown"), [*((kind, kind) for kind in TYPES.values()), (SOCK_RAW, 2)])
def test_a_socket_without_name_and_peer(sockets, namespace, kind, shown):
    """A new socket is reported with family, type, state, inode and cookie; nothing but its shutdown unasked."""
    diag, socket = diag_of(sockets, namespace), sockets.open(AF_UNIX, kind, namespace=namespace)

    entry = diag.of(socket)

    message = entry.message
    assert (message.udiag_family, message.udiag_type, message.udiag_state) == (AF_UNIX, shown, TCP_CLOSE)
    assert (message.pad, message.udiag_ino) == (0, inode_of(socket))
    cookie = socket.option(SOL_SOCKET, SO_COOKIE, ctypes.c_uint64)
    assert message.udiag_cookie[0] | message.udiag_cookie[1] << 32 == cookie
    assert entry.attributes == {UNIX_DIAG_SHUTDOWN: b"\0"}
    assert sorted(diag.of(socket, EVERYTHING).attributes) == [
        UNIX_DIAG_RQLEN, UNIX_DIAG_MEMINFO, UNIX_DIAG_SHUTDOWN, *extra(diag, socket),
    ]  # fmt: skip


def extra(diag, socket):
    """Return UNIX_DIAG_UID where the kernel has it (5.3)."""
    return [UNIX_DIAG_UID] if UNIX_DIAG_UID in diag.of(socket, UDIAG_SHOW_UID).attributes else []


@clause(since="3.3", level="documented", refs=FILL)
@pytest.mark.parametrize("name", [b"\0abc", b"\0a\0b", b"socket"], ids=["abstract", "with-nul", "path"])
def test_the_name_is_all_its_bytes(sockets, namespace, tmp_path, monkeypatch, name):
    """UNIX_DIAG_NAME is the name with all its bytes, a path with its NUL; UNIX_DIAG_VFS its file's device and inode."""
    monkeypatch.chdir(tmp_path)
    diag, socket = diag_of(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)
    socket.must.bind(unix(name))

    attributes = diag.of(socket, UDIAG_SHOW_NAME).attributes
    entry = diag.of(socket, UDIAG_SHOW_VFS)

    assert attributes == {UNIX_DIAG_NAME: name if name[:1] == b"\0" else name + b"\0", UNIX_DIAG_SHUTDOWN: b"\0"}
    assert (UNIX_DIAG_VFS in entry.attributes) == (name == b"socket")
    if name == b"socket":
        file, found = os.lstat("socket"), entry.structure(UNIX_DIAG_VFS, unix_diag_vfs)
        assert found.udiag_vfs_ino == file.st_ino & 0xFFFFFFFF
        assert found.udiag_vfs_dev == os.major(file.st_dev) << 20 | os.minor(file.st_dev)


@clause(since="3.3", level="documented", refs=FILL)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
def test_peers_and_connections_that_wait(sockets, namespace, kind):
    """UNIX_DIAG_PEER is the peer's inode, 0 before it is accepted; UNIX_DIAG_ICONS those who wait at a listener."""
    diag, (listener, name) = diag_of(sockets, namespace), kind.ready(sockets, namespace)
    clients = [kind.open(sockets, namespace) for _ in range(2)]
    for client in clients:
        client.must.connect(name)

    waiting = words(diag.of(listener, UDIAG_SHOW_ICONS).attributes[UNIX_DIAG_ICONS])
    peer = words(diag.of(clients[0], UDIAG_SHOW_PEER).attributes[UNIX_DIAG_PEER])
    server = sockets.adopt(listener.must.accept4())

    assert (waiting, peer) == ([inode_of(client) for client in clients], [0])
    assert words(diag.of(listener, UDIAG_SHOW_ICONS).attributes[UNIX_DIAG_ICONS]) == [inode_of(clients[1])]
    pairs = [(clients[0], server), (server, clients[0])]
    for end, other in pairs:
        entry = diag.of(end, UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS)
        assert entry.message.udiag_state == TCP_ESTABLISHED
        assert entry.attributes == {
            UNIX_DIAG_PEER: inode_of(other).to_bytes(4, "little"), UNIX_DIAG_SHUTDOWN: b"\0",
        }  # fmt: skip
    assert diag.of(listener).message.udiag_state == TCP_LISTEN


@clause(since="3.3", level="documented", refs=FILL)
def test_the_lengths_of_the_queues(sockets, namespace):
    """UNIX_DIAG_RQLEN is what SIOCINQ and SIOCOUTQ say; of a listener how many connections wait, and the backlog."""
    diag, (near, far) = diag_of(sockets, namespace), UNIX_STREAM.pair(sockets, namespace)
    near.must.send(b"data")
    listener, name = UNIX_STREAM.named(sockets, namespace)
    listener.must.listen(5)
    empty = queues(diag, listener)
    UNIX_STREAM.open(sockets, namespace).must.connect(name)

    assert (empty, queues(diag, listener)) == ((0, 5), (1, 5))
    assert queues(diag, near) == (0, number(near, SIOCOUTQ))
    assert queues(diag, far) == (4, 0) == (number(far, SIOCINQ), 0)


@clause(since="3.7", level="source", refs=FILL)
@pytest.mark.parametrize(("how", "mask"), [(None, 0), (SHUT_RD, 1), (SHUT_WR, 2), (SHUT_RDWR, 3)])
def test_what_is_shut_down(sockets, namespace, how, mask):
    """UNIX_DIAG_SHUTDOWN has bit 0 when receiving is shut down, bit 1 when sending is; the peer has the other one."""
    diag, (near, far) = diag_of(sockets, namespace), UNIX_STREAM.pair(sockets, namespace)
    if how is not None:
        near.must.shutdown(how)

    found = [diag.of(end).attributes[UNIX_DIAG_SHUTDOWN][0] for end in (near, far)]

    assert found == [mask, (mask & 1) << 1 | mask >> 1]


@clause(since="5.3", level="source", refs=FILL)
def test_the_owner_and_the_memory(sockets, namespace, other_uid):
    """UNIX_DIAG_UID is the owner of the socket's inode, UNIX_DIAG_MEMINFO what SO_MEMINFO returns."""
    diag, (near, far) = diag_of(sockets, namespace), UNIX_STREAM.pair(sockets, namespace)
    near.must.send(b"data")
    before = words(diag.of(near, UDIAG_SHOW_UID).attributes[UNIX_DIAG_UID])

    os.fchown(near.fd, other_uid, -1)

    assert before == [os.geteuid()]
    assert words(diag.of(near, UDIAG_SHOW_UID).attributes[UNIX_DIAG_UID]) == [other_uid]
    for end in (near, far):
        memory = end.option(SOL_SOCKET, SO_MEMINFO, ctypes.c_uint32 * 9)
        assert words(diag.of(end, UDIAG_SHOW_MEMINFO).attributes[UNIX_DIAG_MEMINFO]) == list(memory)
