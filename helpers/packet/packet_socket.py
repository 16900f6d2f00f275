"""AF_PACKET sockets: addresses, typed options and messages as packet(7) describes them."""

import ctypes
import select
import time
from dataclasses import dataclass, field
from socket import htons
from typing import Any

from helpers import messages, wait
from helpers.sockets import SetupError, Socket
from helpers.uapi.if_packet import PACKET_AUXDATA, PACKET_STATISTICS, sockaddr_ll, tpacket_auxdata, tpacket_stats
from helpers.uapi.socket import AF_PACKET, MSG_DONTWAIT, SOL_PACKET


def address(
    ifindex: int = 0,
    protocol: int = 0,
    hardware: bytes = b"",
    halen: int | None = None,
    family: int = AF_PACKET,
) -> sockaddr_ll:
    """Return a sockaddr_ll; *protocol* in host order, *halen* is the length of *hardware* unless given."""
    result = sockaddr_ll(sll_family=family, sll_protocol=htons(protocol), sll_ifindex=ifindex)
    result.sll_halen = len(hardware) if halen is None else halen
    ctypes.memmove(ctypes.addressof(result) + sockaddr_ll.sll_addr.offset, hardware, min(len(hardware), 8))
    return result


@dataclass
class Packet:
    """One received frame: its bytes, the length that the call returned, source address, flags, control messages."""

    data: bytes
    value: int
    address: sockaddr_ll
    address_length: int
    flags: int
    controls: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def aux(self) -> tpacket_auxdata:
        """The PACKET_AUXDATA message; KeyError if none came."""
        return tpacket_auxdata.from_buffer_copy(self.controls[SOL_PACKET, PACKET_AUXDATA])


class PacketSocket(Socket):
    """A packet socket; *namespace* and *ifindex* say where it lives, when they are known."""

    def __init__(self, fd: int, ifindex: int = 0) -> None:
        super().__init__(fd)
        self.ifindex = ifindex

    def attach(self, ifindex: int, protocol: int) -> None:
        """Bind to a link and protocol (host order), as set-up."""
        self.must.bind(address(ifindex, protocol))
        self.ifindex = ifindex

    def name(self) -> sockaddr_ll:
        """Return the socket's own address (getsockname)."""
        result, length = sockaddr_ll(), ctypes.c_int(ctypes.sizeof(sockaddr_ll))
        self.must.getsockname(result, length)
        return result

    def enable(self, option: int, value: int = 1) -> None:
        """Set an int option of SOL_PACKET, as set-up."""
        self.must.setsockopt(SOL_PACKET, option, value)

    def statistics(self) -> tpacket_stats:
        """Read PACKET_STATISTICS, which clears them."""
        return self.option(SOL_PACKET, PACKET_STATISTICS, tpacket_stats)

    def take(self, size: int = 65536, control: int = 1024, flags: int = 0) -> Packet | None:
        """Receive one frame without waiting; None if there is none. Set-up: any other failure is SetupError."""
        source = sockaddr_ll()
        received = messages.receive(self.fd, size, control, flags | MSG_DONTWAIT, source)
        if received is None:
            return None
        return Packet(
            received.data,
            received.value,
            source,
            received.name_length,
            received.flags,
            {(level, kind): data for level, kind, data in received.controls},
        )

    def receive(self, marker: bytes, seconds: float = wait.DEADLINE, **how: Any) -> Packet:
        """Return the first frame that contains *marker*, passing over those of others; DeadlineError if none comes."""
        end = time.monotonic() + wait.scaled(seconds)
        while True:
            left = end - time.monotonic()  # asked first, as in wait.until
            packet = self.take(**how)
            if packet is None:
                if left <= 0:
                    raise wait.DeadlineError(f"no frame with {marker!r} within {wait.scaled(seconds):g} s")
                wait.poll(self.fd, select.POLLIN, left / wait.scaled(1))
            elif marker in packet.data:
                return packet

    def heard_until(self, frame: Any, copies: int = 1) -> list[Packet]:
        """Return what comes up to the *copies*-th packet of *frame*, this one too. Raises as receive."""
        found: list[Packet] = []
        while copies:
            packet = self.receive(b"")
            found.append(packet)
            copies -= frame.marker in packet.data
        return found

    def received_markers(self, frames: list[Any]) -> list[bytes]:
        """Drain the queue and return the markers of *frames* that were in it, in order of arrival."""
        found = []
        while (packet := self.take()) is not None:
            found += [frame.marker for frame in frames if frame.marker in packet.data]
        return found


__all__ = ["Packet", "PacketSocket", "SetupError", "address"]
