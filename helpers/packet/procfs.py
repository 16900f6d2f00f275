"""The rows of /proc/net/packet, for the clauses that read it."""

import os
from contextlib import nullcontext
from typing import NamedTuple

from helpers.net.namespaces import Namespace
from helpers.sockets import SetupError, Socket


class Row(NamedTuple):
    """One socket of the table; *running* is the column R, *memory* is Rmem in bytes."""

    pointer: str
    references: int
    type: int
    protocol: str
    interface: int
    running: int
    memory: int
    user: int
    inode: int


def path() -> str:
    """Return the path of the table of the calling thread's namespace."""
    return "/proc/thread-self/net/packet"


def lines_of(namespace: Namespace | None = None) -> list[str]:
    """Return the lines of the table of *namespace* (of the caller's without one)."""
    with namespace or nullcontext(), open(path()) as file:
        return file.read().splitlines()


def rows_of(namespace: Namespace | None = None) -> list[Row]:
    """Return the rows of the table, in its order."""
    rows = []
    for line in lines_of(namespace)[1:]:
        pointer, references, kind, protocol, *numbers = line.split()
        rows.append(Row(pointer, int(references), int(kind), protocol, *map(int, numbers)))
    return rows


def row_of(socket: Socket, namespace: Namespace | None = None) -> Row:
    """Return the row of *socket*; SetupError if there is not exactly one."""
    inode = os.fstat(socket.fd).st_ino
    found = [row for row in rows_of(namespace) if row.inode == inode]
    if len(found) != 1:
        raise SetupError(f"/proc/net/packet has {len(found)} rows for the socket")
    return found[0]
