"""Anonymous network namespaces: they have no name in the file system and vanish with their last descriptor.

Source: namespaces(7), network_namespaces(7), setns(2).
"""

import errno
import os
from types import TracebackType

from helpers import wait
from helpers.libc import check, libc
from helpers.uapi.sched import CLONE_NEWNET
from helpers.unavailable import unavailable

_CURRENT = "/proc/thread-self/ns/net"


def unshare(flags: int) -> None:
    """Put the calling thread into new namespaces (CLONE_NEW*); OSError as unshare(2)."""
    check(libc.unshare(flags), "unshare")


def current() -> int:
    """Return the inode number that identifies the calling thread's network namespace."""
    return os.stat(_CURRENT).st_ino


def _return_to(outer: int) -> None:
    """Put the calling thread into the namespace of the descriptor *outer*, and close that."""
    try:
        check(libc.setns(outer, CLONE_NEWNET), "setns back")
    finally:
        os.close(outer)


def _unshare_network() -> None:
    """Enter a new network namespace; wait for dropped ones to end, or skip, where no more may be made."""

    def entered() -> bool:
        try:
            unshare(CLONE_NEWNET)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return False
        return True

    try:
        wait.until(entered, "fewer network namespaces")
    except wait.DeadlineError:
        unavailable("user.max_net_namespaces allows no further network namespace")


class Namespace:
    """A network namespace. ``with namespace:`` puts the calling thread into it; sockets made there stay in it.

    *fd* refers to an existing namespace and is owned by the object. *speaking* is whether each new link has to be kept
    from speaking IPv6 by itself, because the namespace as a whole could not (helpers/net/links.py does).
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.speaking = False
        self._outer: list[int] = []

    @classmethod
    def create(cls, ipv6: bool = False) -> "Namespace":
        """Make a namespace. Without *ipv6* its links send nothing of their own accord (no ND, no MLD)."""
        outer = os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _unshare_network()
            namespace = cls.here()
            if not ipv6:
                try:
                    cls._silence_ipv6()
                except OSError as error:
                    if error.errno != errno.EROFS:
                        namespace.close()
                        raise
                    namespace.speaking = True
        finally:
            _return_to(outer)
        return namespace

    @staticmethod
    def _silence_ipv6() -> None:
        """Switch IPv6 off for the links to come; a kernel without IPv6 is silent anyway."""
        path = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
        if os.path.exists(path):
            with open(path, "w") as knob:
                knob.write("1")

    @classmethod
    def here(cls) -> "Namespace":
        """Return the calling thread's namespace as an object."""
        return cls(os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC))

    @property
    def inode(self) -> int:
        """The number that identifies the namespace in /proc."""
        return os.fstat(self.fd).st_ino

    def __enter__(self) -> "Namespace":
        outer = os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)
        try:
            check(libc.setns(self.fd, CLONE_NEWNET), "setns")
        except OSError:
            os.close(outer)
            raise
        self._outer.append(outer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _return_to(self._outer.pop())

    def close(self) -> None:
        """Drop this reference; the namespace ends when no process, socket or descriptor holds it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
