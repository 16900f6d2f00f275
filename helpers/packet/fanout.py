"""Fanout groups for the clauses about them: members, distinguishable frames and flows, and who got what.

Source: packet(7), Documentation/networking/packet_mmap.rst, ``net/packet/af_packet.c:packet_rcv_fanout``.
"""

from errno import EPERM

from helpers import bpf
from helpers.net import ip_frames
from helpers.net.frames import OWN, STRANGER, Frame, new_marker
from helpers.net.wire import End
from helpers.option_calls import get, put
from helpers.options import option
from helpers.packet.packet_socket import PacketSocket
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket, must
from helpers.syscall import refused
from helpers.uapi.filter import BPF_A, BPF_ABS, BPF_B, BPF_LD, BPF_RET, BPF_STMT, program, sock_fprog
from helpers.uapi.if_packet import PACKET_ROLLOVER_STATS, tpacket_rollover_stats
from helpers.uapi.in_ import IPPROTO_TCP, IPPROTO_UDP
from helpers.uapi.socket import SOCK_RAW, SOL_PACKET
from helpers.unavailable import unavailable

FANOUT, DATA = option("PACKET_FANOUT"), option("PACKET_FANOUT_DATA")
ID = 0x4321
TCP, UDP = IPPROTO_TCP, IPPROTO_UDP
NUMBER_AT = 16  # where the number of a numbered frame is in its payload, in bytes: after the marker

_DESTINATION = b"\x02\x00\x00\x00\xee\x02"  # no link has it, so the host's own protocols pass the frame by


def request(mode: int, group: int = ID) -> int:
    """Return PACKET_FANOUT's value for *mode* (with flags) and the group's id."""
    return mode << 16 | group


def join(socket: PacketSocket, mode: int, group: int = ID) -> PacketSocket:
    """Have *socket* join a group, as set-up, and return it."""
    must(put(socket, FANOUT, request(mode, group)), "setsockopt(PACKET_FANOUT)")
    return socket


def numbered(*numbers: int) -> list[Frame]:
    """Return a frame of OWN for each of the *numbers* (0 to 255), which is the byte at NUMBER_AT of the payload."""
    made = []
    for number in numbers:
        payload = (marker := new_marker()) + bytes([number]) + bytes(29)
        made.append(Frame(_DESTINATION + STRANGER + OWN.to_bytes(2, "big") + payload, marker, payload, OWN))
    return made


def many(count: int) -> list[Frame]:
    """Return *count* frames of OWN that differ in nothing but their markers."""
    return numbered(*[0] * count)


def by_number() -> sock_fprog:
    """Return the program that chooses by the number of a ``numbered`` frame that a link receives."""
    return program([BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NUMBER_AT), BPF_STMT(BPF_RET | BPF_A, 0)])


def always(number: int) -> sock_fprog:
    """Return the program that returns *number* (32 bits)."""
    return program([BPF_STMT(BPF_RET, number)])


def loaded(sockets: Sockets, number: int, kind: int = bpf.BPF_PROG_TYPE_SOCKET_FILTER) -> Socket:
    """Return the descriptor, closed after the test, of an extended program that returns *number*; skip without root."""
    result = bpf.load(kind, number)
    if result == refused(EPERM):
        unavailable("bpf(2) is refused: loading programs needs root here")
    return sockets.adopt(must(result, "bpf(BPF_PROG_LOAD)"))


def datagram(
    source: tuple[str, int], destination: tuple[str, int], protocol: int = UDP, payload: bytes | None = None
) -> Frame:
    """Return an IP datagram (4 or 6, as the addresses are) from (address, port) to (address, port).

    UDP or TCP; the payload is a marker unless given.
    """
    marker = new_marker()
    ethertype, data = ip_frames.datagram(source, destination, protocol, marker if payload is None else payload)
    return Frame(_DESTINATION + STRANGER + ethertype.to_bytes(2, "big") + data, marker, data, ethertype)


class Group:
    """A fanout group of *mode* at *end* with *count* members for *protocol* on the link, on all links if not *bound*.

    ``deliver`` finds who got a frame by the members' statistics, so their queues stay as they are. Its witness, no
    member, was bound before the group: it receives a frame last, and when it has one the group has dealt with it.
    """

    def __init__(
        self, end: End, mode: int, count: int = 0, protocol: int = OWN, group: int = ID, bound: bool = True
    ) -> None:
        self.end = end
        self.mode = mode
        self.protocol = protocol
        self.group = group
        self.bound = bound
        self.witness = end.packet_socket(protocol=protocol)
        self.members: list[PacketSocket] = []
        self.add(count)

    def add(self, count: int = 1, type: int = SOCK_RAW) -> None:  # noqa: A002
        """Make *count* sockets and have them join."""
        for _ in range(count):
            self.admit(self.end.packet_socket(type, self.protocol, self.bound))

    def admit(self, socket: PacketSocket) -> None:
        """Have *socket* join as the next member; what it has counted so far is forgotten."""
        self.members.append(join(socket, self.mode, self.group))
        socket.statistics()

    def steer(self, code: sock_fprog, member: int = 0) -> None:
        """Give the group a program, as set-up."""
        must(put(self.members[member], DATA, code), "setsockopt(PACKET_FANOUT_DATA)")

    def deliver(self, *frames: Frame, via: End | None = None) -> str:
        """Send frames one by one (from *via*, else the group's own end); return who got each, as one line of words.

        "0" is the first member, "0!" the first member, which dropped it, "-" nobody, "0+1" both.
        """
        words = []
        for frame in frames:
            (via or self.end).inject(frame)
            self.witness.receive(frame.marker)
            words.append(self.counted())
        return " ".join(words)

    def counted(self) -> str:
        """Return who got frames since the last time."""
        words = []
        for number, member in enumerate(self.members):
            if member.fd >= 0:
                statistics = member.statistics()
                words += [f"{number}!"] * statistics.tp_drops
                words += [str(number)] * (statistics.tp_packets - statistics.tp_drops)
        return "+".join(words) or "-"

    def drained(self, frames: list[Frame]) -> list[list[bytes]]:
        """Empty the members' queues and return the markers of *frames* that each had, in order."""
        return [member.received_markers(frames) for member in self.members]

    def rollovers(self, member: int = 0) -> tuple[int, int, int]:
        """Return a member's PACKET_ROLLOVER_STATS: all, huge, failed."""
        stats = self.members[member].option(SOL_PACKET, PACKET_ROLLOVER_STATS, tpacket_rollover_stats)
        return stats.tp_all, stats.tp_huge, stats.tp_failed


def share(group: Group, frames: list[Frame], via: End | None = None) -> list[int]:
    """Send *frames* and return for each which member has it in its queue; SetupError unless each is in exactly one.

    Quicker than ``deliver`` where there are many and the order in which they are sent does not matter.
    """
    for frame in frames:
        (via or group.end).inject(frame)
        group.witness.receive(frame.marker)
    holder: dict[bytes, int] = {}
    for number, markers in enumerate(group.drained(frames)):
        for marker in markers:
            if marker in holder:
                raise SetupError(f"members {holder[marker]} and {number} got the same frame")
            holder[marker] = number
    return [holder.get(frame.marker, -1) for frame in frames]


def groups_id(socket: PacketSocket) -> int:
    """Return the id that PACKET_FANOUT reads back, as set-up."""
    return int.from_bytes(get(socket, FANOUT).data[:2], "little")
