"""The rows of /proc/net/{tcp,udp,raw} and their IPv6 twins, by socket.

Source: proc(5), Documentation/networking/proc_net_tcp.rst.
"""

import os
from typing import NamedTuple

from helpers.net.namespaces import Namespace
from helpers.sockets import SetupError, Socket
from helpers.uapi.socket import AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_DOMAIN, SO_TYPE

TIMER_NONE, TIMER_RETRANSMIT, TIMER_KEEPALIVE, TIMER_TIME_WAIT, TIMER_PROBE = range(5)
_TABLES = {SOCK_STREAM: "tcp", SOCK_DGRAM: "udp", SOCK_RAW: "raw"}
_TICKS = os.sysconf("SC_CLK_TCK")


class Row(NamedTuple):
    """One socket. *local*, *remote*: address:port in hex as the kernel writes them; *state*: TCP_*.

    *unsent*, *unread*: bytes in the queues. *timer*: TIMER_*, which *expires* in so many seconds. *user*: its uid.
    """

    local: str
    remote: str
    state: int
    unsent: int
    unread: int
    timer: int
    expires: float
    retransmits: int
    user: int
    inode: int


def _row(line: str) -> Row:
    _, local, remote, state, queues, timer, retransmits, user, _, inode, *_ = line.split()
    unsent, unread = (int(number, 16) for number in queues.split(":"))
    kind, ticks = (int(number, 16) for number in timer.split(":"))
    return Row(
        local, remote, int(state, 16), unsent, unread, kind, ticks / _TICKS, int(retransmits, 16), int(user), int(inode)
    )


def row_of(socket: Socket, namespace: Namespace) -> Row:
    """Return the row of a TCP, UDP or raw socket of *namespace*; SetupError if there is not exactly one."""
    table = _TABLES[socket.option(SOL_SOCKET, SO_TYPE)]
    if socket.option(SOL_SOCKET, SO_DOMAIN) == AF_INET6:
        table += "6"
    inode = os.fstat(socket.fd).st_ino
    with namespace, open(f"/proc/thread-self/net/{table}") as file:
        rows = [row for row in map(_row, file.read().splitlines()[1:]) if row.inode == inode]
    if len(rows) != 1:
        raise SetupError(f"/proc/net/{table} has {len(rows)} rows for the socket")
    return rows[0]
