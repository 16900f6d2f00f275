"""sock_diag for the clauses about packet sockets, which therefore need CONFIG_PACKET_DIAG."""

import os
from errno import ENOENT

from helpers.net.namespaces import Namespace
from helpers.net.sock_diag import Entry, SockDiag, request
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.uapi.netlink import NETLINK_SOCK_DIAG
from helpers.uapi.socket import AF_NETLINK, SOCK_RAW
from helpers.unavailable import unavailable


def diag_of(sockets: Sockets, namespace: Namespace | None = None, room: int = 32768) -> SockDiag:
    """Return the sock_diag of *namespace* (of the caller without one); skip where it supports no packet sockets."""
    diag = SockDiag(sockets.open(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, namespace), room)
    if diag.errno(request()) == ENOENT:
        unavailable("this kernel is built without sock_diag for packet sockets (CONFIG_PACKET_DIAG)")
    return diag


def told_of(diag: SockDiag, socket: Socket, show: int = 0) -> Entry:
    """Return what sock_diag reports of *socket*; SetupError if there is not exactly one entry for it."""
    inode = os.fstat(socket.fd).st_ino
    found = [entry for entry in diag.dump(show) if entry.inode == inode]
    if len(found) != 1:
        raise SetupError(f"sock_diag has {len(found)} entries for the socket")
    return found[0]
