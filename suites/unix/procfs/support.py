"""What the clauses about /proc/net/unix share: its lines, and the row of one socket."""

import os
import re


def table(namespace):
    """Return the lines of the table of a network namespace; bytes of names are characters of latin-1."""
    with namespace, open("/proc/thread-self/net/unix", encoding="latin-1") as file:
        return file.read().split("\n")[:-1]


def row(socket, namespace):
    """Return the columns RefCount, Protocol, Flags, Type, St and what follows the inode of the row of *socket*."""
    inode = os.fstat(socket.fd).st_ino
    word = "([0-9A-F]{8})"
    pattern = re.compile(
        rf"[0-9a-fA-F]+: {word} {word} {word} ([0-9A-F]{{4}}) ([0-9A-F]{{2}}) {inode:5d}(.*)", re.DOTALL
    )
    found = [match.groups() for line in table(namespace) if (match := pattern.fullmatch(line))]
    assert len(found) == 1
    return found[0]
