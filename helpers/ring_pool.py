"""Rings on packet sockets (see helpers/rings) that are made for a test and unmapped after it.

helpers.rings is imported when the first ring is made: NumPy, which it needs, starts threads, and a process with
threads cannot enter a user namespace any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.net.wire import End
    from helpers.packet.packet_socket import PacketSocket
    from helpers.rings import BlockRing, Geometry, Rings, SlotRing, TransmitRing, Version
    from helpers.sockets import Socket
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import SOCK_RAW


class RingMaker:
    """Makes rings as set-up and keeps their mappings to undo."""

    def __init__(self) -> None:
        self._kept: list[Rings] = []

    def on(
        self,
        socket: Socket,
        version: Version | None = None,
        rx: Geometry | None = None,
        tx: Geometry | None = None,
    ) -> Rings:
        """Return the rings of *socket*, V2 unless a version is given, of which nothing is set yet."""
        from helpers.rings import V2, Rings

        rings = Rings(socket, version or V2, rx, tx)
        self._kept.append(rings)
        return rings

    def both(
        self,
        end: End,
        version: Version | None = None,
        rx: Geometry | None = None,
        tx: Geometry | None = None,
        type: int = SOCK_RAW,  # noqa: A002  (the man page's name)
        protocol: int = ETH_P_ALL,
        options: Mapping[int, int] | None = None,
    ) -> Rings:
        """Return both rings, mapped, of a new socket bound to *end*; V2, and Geometry() for each, unless given.

        *protocol* in host order. *options* of SOL_PACKET are set before the rings. The socket gets no frame before its
        rings are there.
        """
        return self._bound(end, version, rx or self._default(), tx or self._default(), type, protocol, options)

    @staticmethod
    def _default() -> Geometry:
        from helpers.rings import Geometry

        return Geometry()

    def _bound(
        self,
        end: End,
        version: Version | None,
        rx: Geometry | None,
        tx: Geometry | None,
        type: int,  # noqa: A002
        protocol: int,
        options: Mapping[int, int] | None,
    ) -> Rings:
        socket: PacketSocket = end.packet_socket(type, 0)
        for option, value in (options or {}).items():
            socket.enable(option, value)
        rings = self.on(socket, version, rx, tx).setup()
        if protocol:
            socket.attach(end.ifindex, protocol)
        return rings

    def receive(
        self,
        end: End,
        version: Version | None = None,
        geometry: Geometry | None = None,
        type: int = SOCK_RAW,  # noqa: A002
        protocol: int = ETH_P_ALL,
        options: Mapping[int, int] | None = None,
    ) -> SlotRing | BlockRing:
        """Return the receive ring of a new socket bound to *end*: a SlotRing, of V3 a BlockRing; else as ``both``."""
        return self._bound(end, version, geometry or self._default(), None, type, protocol, options).rx

    def transmit(
        self,
        end: End,
        version: Version | None = None,
        geometry: Geometry | None = None,
        type: int = SOCK_RAW,  # noqa: A002
        protocol: int = 0,
        options: Mapping[int, int] | None = None,
    ) -> TransmitRing:
        """Return the transmit ring of a new socket bound to *end*, which receives nothing; else as ``both``."""
        return self._bound(end, version, None, geometry or self._default(), type, protocol, options).tx

    def release(self) -> None:
        """Unmap what is still mapped."""
        while self._kept:
            self._kept.pop().close()
