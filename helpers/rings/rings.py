"""The rings of a packet socket and their mapping, each step of the set-up as its own raw call."""

import mmap
from typing import Any

from helpers.rings.blocks import BlockRing
from helpers.rings.geometry import NO_RING, V2, V3, Geometry, Version
from helpers.rings.mapping import READ_WRITE, Mapping, map_socket
from helpers.rings.slots import SlotRing
from helpers.rings.transmit import TransmitRing
from helpers.sockets import Must, SetupError, Socket
from helpers.syscall import Result
from helpers.uapi.if_packet import PACKET_RX_RING, PACKET_TX_RING, PACKET_VERSION
from helpers.uapi.socket import SOL_PACKET


class Rings:
    """The receive ring, the transmit ring or both of *socket*.

    *rx*, *tx*: the geometry that ``set_rx`` and ``set_tx`` ask for (None: no such ring). Nothing is done until a step
    is called; ``setup()`` does them all. Every step makes one system call and returns its Result; ``must.…`` is the
    step as set-up.
    """

    def __init__(
        self, socket: Socket, version: Version = V2, rx: Geometry | None = None, tx: Geometry | None = None
    ) -> None:
        self.socket = socket
        self.version = version
        self.wanted = {PACKET_RX_RING: rx, PACKET_TX_RING: tx}
        self.set: dict[int, Geometry] = {}
        self.mapping: Mapping | None = None
        self._kept: list[Mapping] = []

    @property
    def must(self) -> Any:
        """The steps as set-up: SetupError when one is refused."""
        return Must(self)

    def set_version(self, version: Version | None = None) -> Result:
        """setsockopt(2) of PACKET_VERSION."""
        self.version = self.version if version is None else version
        return self.socket.setsockopt(SOL_PACKET, PACKET_VERSION, self.version.number)

    def set_ring(self, option: int, geometry: Geometry | None = None) -> Result:
        """setsockopt(2) of *option*, PACKET_RX_RING or PACKET_TX_RING."""
        geometry = self.wanted[option] if geometry is None else geometry
        if geometry is None:
            raise SetupError("no geometry given")
        result = self.socket.setsockopt(SOL_PACKET, option, geometry.request(self.version))
        if result.ok:
            self.set.pop(option, None)
            if geometry.block_nr:
                self.set[option] = geometry
        return result

    def set_rx(self, geometry: Geometry | None = None) -> Result:
        """setsockopt(2) of PACKET_RX_RING."""
        return self.set_ring(PACKET_RX_RING, geometry)

    def set_tx(self, geometry: Geometry | None = None) -> Result:
        """setsockopt(2) of PACKET_TX_RING."""
        return self.set_ring(PACKET_TX_RING, geometry)

    def remove(self, option: int) -> Result:
        """setsockopt(2) of *option* with a request of zeros."""
        return self.set_ring(option, NO_RING)

    def remove_rx(self) -> Result:
        """setsockopt(2) of PACKET_RX_RING with a request of zeros."""
        return self.remove(PACKET_RX_RING)

    def remove_tx(self) -> Result:
        """setsockopt(2) of PACKET_TX_RING with a request of zeros."""
        return self.remove(PACKET_TX_RING)

    @property
    def size(self) -> int:
        """Bytes of all rings that are set: the one length that mmap(2) takes."""
        return sum(geometry.size for geometry in self.set.values())

    def map(
        self,
        size: int | None = None,
        offset: int = 0,
        protection: int = READ_WRITE,
        flags: int = mmap.MAP_SHARED,
        address: int = 0,
    ) -> Result:
        """mmap(2) of all rings (*size* unless given is right); ``mapping``, ``rx`` and ``tx`` are the latest one's."""
        result, mapping = map_socket(
            self.socket.fd, self.size if size is None else size, offset, protection, flags, address
        )
        if mapping is not None:
            self.mapping = mapping
            self._kept.append(mapping)
        return result

    def unmap(self) -> Result:
        """munmap(2) of the whole latest mapping."""
        if self.mapping is None:
            raise SetupError("nothing is mapped")
        mapping, self.mapping = self.mapping, None
        return mapping.unmap()

    def setup(self) -> "Rings":
        """Set the version and the rings and map them. Raises SetupError."""
        self.must.set_version()
        if self.wanted[PACKET_RX_RING] is not None:
            self.must.set_rx()
        if self.wanted[PACKET_TX_RING] is not None:
            self.must.set_tx()
        self.must.map()
        return self

    def _memory(self, option: int) -> Any:
        if self.mapping is None or option not in self.set:
            raise SetupError("there is no such ring, or it is not mapped")
        start = self.set[PACKET_RX_RING].size if option == PACKET_TX_RING and PACKET_RX_RING in self.set else 0
        return self.mapping.bytes[start : start + self.set[option].size]

    @property
    def rx(self) -> SlotRing | BlockRing:
        """A new view of the mapped receive ring, its cursor at the first slot or block."""
        memory, geometry = self._memory(PACKET_RX_RING), self.set[PACKET_RX_RING]
        if self.version is V3:
            return BlockRing(self.socket, geometry, memory)
        return SlotRing(self.socket, self.version, geometry, memory)

    @property
    def tx(self) -> TransmitRing:
        """A new view of the mapped transmit ring, which lies behind the receive ring if there is one."""
        return TransmitRing(self.socket, self.version, self.set[PACKET_TX_RING], self._memory(PACKET_TX_RING))

    def close(self) -> None:
        """Unmap everything; the rings themselves go with the socket."""
        self.mapping = None
        while self._kept:
            self._kept.pop().close()
