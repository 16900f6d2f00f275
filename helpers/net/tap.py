"""Links whose other end the program holds: what is written to the descriptor arrives at the link, in the same call."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from helpers import closer
from helpers.net import link_kinds
from helpers.net.frames import Frame
from helpers.net.links import Links
from helpers.net.namespaces import Namespace
from helpers.net.wire import End
from helpers.socket_pool import Sockets
from helpers.uapi.if_tun import IFF_TAP


@dataclass
class Tap(End):
    """A tap (frames) or tun (packets) link that is up; *fd* is its other end."""

    fd: int = -1

    def arrive(self, *frames: Frame | bytes) -> None:
        """Have frames arrive at the link.

        When this returns they have been delivered to every packet socket, but for a link made with IFF_NAPI.
        """
        for frame in frames:
            os.write(self.fd, frame if isinstance(frame, bytes) else frame.data)

    def left(self) -> list[bytes]:
        """Return what the link has sent and was not read yet."""
        found = []
        while True:
            try:
                found.append(os.read(self.fd, 70000))
            except BlockingIOError:
                return found


Taps = Callable[..., Tap]


def make_tap(
    sockets: Sockets,
    undo: ExitStack,
    flags: int = IFF_TAP,
    namespace: Namespace | None = None,
    name: str = "tap",
) -> Tap:
    """Return a new tap that is up, in its own namespace unless given one; *undo* gets what takes it down again."""
    if namespace is None:
        namespace = Namespace.create()
        undo.callback(namespace.close)
    fd = link_kinds.tun(namespace, name, flags)
    undo.callback(closer.close_soon, fd)
    links = Links(namespace)
    undo.callback(links.close)
    links.up(name)
    return Tap(namespace, links, name, links.index(name), links.mac(name), sockets, fd=fd)


def bridged(taps: Taps, flags: int = IFF_TAP) -> tuple[Tap, Tap]:
    """Return two taps, the first with *flags*, that a bridge joins: what arrives at one may leave by the other."""
    first = taps(flags, name="in")
    second = taps(namespace=first.namespace, name="out")
    bridge = first.links.add("bridge", "bridge")
    for port in (first, second):
        first.links.set(port.name, master=bridge)
    first.links.up("bridge")
    return first, second
