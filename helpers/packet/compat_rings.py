"""Rings as 32-bit programs make them: options and mapping through the 32-bit system call entry.

Source: ``arch/x86/entry/syscalls/syscall_32.tbl``, mmap2(2), ``net/packet/af_packet.c:packet_setsockopt``.
"""

import mmap
import struct

from helpers.compat32 import Direct
from helpers.lowmem import LIMIT, LowMemory
from helpers.packet.packet_socket import PacketSocket
from helpers.rings import V3, BlockRing, Geometry, Mapping, SlotRing, TransmitRing, Version
from helpers.sockets import must
from helpers.syscall import Result
from helpers.uapi.if_packet import PACKET_TX_RING, PACKET_VERSION
from helpers.uapi.socket import SOL_PACKET


def put(lowmem: LowMemory, socket: PacketSocket, option: int, value: bytes) -> Result:
    """setsockopt(2) of SOL_PACKET as a 32-bit program makes it; the byte after *value* cannot be read."""
    return Direct.setsockopt(socket.fd, SOL_PACKET, option, lowmem.before_end(value), len(value))


def get(lowmem: LowMemory, socket: PacketSocket, option: int, value: bytes) -> tuple[Result, bytes]:
    """getsockopt(2) of SOL_PACKET as a 32-bit program makes it: the Result, and what the buffer, at first *value*, has.

    Of the buffer the length that the kernel returned is taken.
    """
    buffer, length = lowmem.place(value), lowmem.place(struct.pack("=i", len(value)))
    result = Direct.getsockopt(socket.fd, SOL_PACKET, option, buffer, length)
    return result, lowmem.read(buffer, struct.unpack("=i", lowmem.read(length, 4))[0])


def map_low(socket: PacketSocket, size: int) -> tuple[Result, Mapping | None]:
    """mmap2(2) of a socket as a 32-bit program makes it: what it returned, and the mapping if it succeeded."""
    protection = mmap.PROT_READ | mmap.PROT_WRITE
    result = Direct.call("mmap", 0, size, protection, mmap.MAP_SHARED, socket.fd, 0)
    result = Result(result.value % LIMIT, 0) if result.ok else result
    return result, Mapping(result.value, size) if result.ok else None


def ring_of(
    lowmem: LowMemory, socket: PacketSocket, version: Version, option: int, geometry: Geometry
) -> tuple[SlotRing | BlockRing | TransmitRing, Mapping]:
    """Return a ring that was made, as set-up, by a 32-bit program, and its mapping, which is the caller's to close."""
    must(put(lowmem, socket, PACKET_VERSION, struct.pack("=i", version.number)), "setsockopt(PACKET_VERSION)")
    must(put(lowmem, socket, option, bytes(geometry.request(version))), "setsockopt of a ring")
    result, mapping = map_low(socket, geometry.size)
    must(result, "mmap2")
    if option == PACKET_TX_RING:
        return TransmitRing(socket, version, geometry, mapping.bytes), mapping
    if version is V3:
        return BlockRing(socket, geometry, mapping.bytes), mapping
    return SlotRing(socket, version, geometry, mapping.bytes), mapping
