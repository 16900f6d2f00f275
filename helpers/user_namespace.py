"""The user namespace of this process, by the kernel's own facts: is it the initial one, which ids has it.

Source: user_namespaces(7); ``include/linux/proc_ns.h`` (PROC_USER_INIT_INO).
"""

import os
import signal
from collections.abc import Callable
from typing import NamedTuple

from helpers import kernel

PROC_USER_INIT_INO = 0xEFFFFFFD
WHOLE = 2**32 - 1  # ids of a map that leaves none out


class Extent(NamedTuple):
    """A line of /proc/PID/uid_map: *count* ids from *inside* on are those from *outside* on."""

    inside: int
    outside: int
    count: int


def id_map(kind: str) -> list[Extent]:
    """Return /proc/self/uid_map (*kind* "uid") or gid_map ("gid"), empty if unwritten; OSError without /proc."""
    with open(f"/proc/self/{kind}_map") as file:
        return [Extent(*map(int, line.split())) for line in file]


def has_id(kind: str, number: int) -> bool:
    """Return whether the namespace has the id *number* of *kind* ("uid", "gid")."""
    return any(extent.inside <= number < extent.inside + extent.count for extent in id_map(kind))


def initial() -> bool:
    """Return whether this process is in the initial user namespace, whoever made the one that it is in.

    The kernel gives that one a fixed inode number. A kernel that numbers otherwise (gVisor) has it if no id is missing.
    """
    if os.stat("/proc/self/ns/user").st_ino == PROC_USER_INIT_INO:
        return True
    return kernel.runs_on() == "gVisor" and id_map("uid") == [Extent(0, 0, WHOLE)]


def enter_with_all_ids(unshare: Callable[[], None]) -> None:
    """Call *unshare*, which enters a new user namespace, and give that every id of the one left, as it is there.

    Takes CAP_SETUID and CAP_SETGID in the namespace left: a child that stays in it writes the maps. OSError.
    """
    maps = {
        kind: "".join(f"{extent.inside} {extent.inside} {extent.count}\n" for extent in id_map(kind))
        for kind in ("uid", "gid")
    }
    reader, writer = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(writer)
            if os.read(reader, 1):
                for kind, text in maps.items():
                    with open(f"/proc/{parent}/{kind}_map", "w") as file:
                        file.write(text)
                status = 0
        finally:
            os._exit(status)
    try:
        unshare()
        os.write(writer, b"!")
    except OSError:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reader)
        os.close(writer)
        written = os.waitpid(child, 0)[1] == 0
    if not written:
        raise PermissionError("the maps of a user namespace cannot be written")
