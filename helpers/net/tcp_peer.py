"""A TCP end written by hand, at the right end of a wire; its other end is a socket of the kernel, at the left.

It answers nothing by itself: a test says each segment, and sees each one that the kernel sends. After packetdrill.

Source: RFC 9293.
"""

import time
from dataclasses import replace
from typing import Any

from helpers import wait
from helpers.kinds import INET_TCP
from helpers.net import addresses, ip_frames, segments
from helpers.net.frames import Frame
from helpers.net.segments import ACK, FIN, RST, SYN, Segment
from helpers.net.wire import Wire
from helpers.sockets import Socket
from helpers.uapi.if_ether import ETH_P_IP
from helpers.uapi.socket import SOCK_CLOEXEC, SOCK_NONBLOCK

HERE, THERE = ip_frames.SOURCE, ip_frames.DESTINATION
"""The address of the kernel's end, and that of the end written by hand."""
PORT = 4711
ISS = 1000
"""The first sequence number of the end written by hand."""
CLOSED = 9  # a port of the kernel's end on which no one listens
LISTENING = 8080  # the port of its listener; one below 1024 takes CAP_NET_BIND_SERVICE


class TcpPeer:
    """The end at the right: ``seq`` is what it sends next, ``ack`` what it has seen.

    What the kernel sends again, because a busy machine let its timers run out, is passed over unless ``repeats``.
    """

    def __init__(self, wire: Wire) -> None:
        self.left, self.right = wire.left, wire.right
        netlink = self.left.links.netlink
        netlink.addr("add", index=self.left.ifindex, address=HERE, prefixlen=24)
        netlink.neigh(
            "add", dst=THERE, lladdr=self.right.mac.hex(":"), ifindex=self.left.ifindex, state="permanent"
        )  # fmt: skip
        self._socket = self.right.packet_socket(protocol=ETH_P_IP)
        self.port, self.other = PORT, 0
        self.seq, self.ack, self.window = ISS, 0, 65535
        self.repeats = False
        self._ends: dict[tuple[int, int], int] = {}

    def datagram(self, payload: bytes) -> None:
        """Send an IPv4 datagram, whatever it holds."""
        whole = self.left.mac + self.right.mac + ETH_P_IP.to_bytes(2, "big") + payload
        self.right.inject(Frame(whole, b"", payload, ETH_P_IP))

    def send(self, flags: int = ACK, data: bytes = b"", **fields: Any) -> Segment:
        """Send a segment and return it; *fields* of Segment replace those of the state, which goes on by its length.

        With a ``seq`` of its own the state stays as it is.
        """
        segment = Segment(self.port, self.other, self.seq, self.ack, flags, self.window, 0, b"", data)
        if "seq" not in fields:
            self.seq = segment.end
        segment = replace(segment, **fields)
        self.datagram(segments.datagram(segment, THERE, HERE))
        return segment

    def receive(self, seconds: float = wait.DEADLINE) -> Segment:
        """Return the kernel's next segment, and acknowledge it in what is sent from now on; DeadlineError if none."""
        end = time.monotonic() + wait.scaled(seconds)
        while True:
            packet = self._socket.receive(b"", max(end - time.monotonic(), 0) / wait.scaled(1))
            segment = segments.parse(packet.data)
            if segment is not None and (not self._is_repeat(segment) or self.repeats):
                break
        if segment.source != CLOSED and not segment.flags & RST and not self._before(segment):
            self.ack = segment.end
        return segment

    def _before(self, segment: Segment) -> bool:
        return not segment.flags & SYN and (segment.end - self.ack) % (1 << 32) >= 1 << 31

    def _is_repeat(self, segment: Segment) -> bool:
        """Return whether it takes sequence numbers, and all of them have come before."""
        if segment.end == segment.seq:
            return False
        key = segment.source, segment.flags & (SYN | ACK) if segment.flags & SYN else 0
        known = self._ends.get(key)
        if known is not None and not 0 < (segment.end - known) % (1 << 32) < 1 << 31:
            return not segment.flags & SYN or segment.end == known
        self._ends[key] = segment.end
        return False

    def heard(self) -> list[Segment]:
        """Return what the kernel has sent up to now in answer to all that was sent to it.

        A SYN to a port that is closed comes last: its RST comes after every answer to what went before.
        """
        self.send(SYN, seq=ISS, ack=0, destination=CLOSED)
        found = []
        while (segment := self.receive()).source != CLOSED:
            found.append(segment)
        return found

    def open(self, flags: int = SOCK_NONBLOCK) -> Socket:
        """Return a new socket at the kernel's end."""
        return INET_TCP.open(self.left.sockets, self.left.namespace, flags)

    def syn_of(self, socket: Socket) -> Segment:
        """Have a nonblocking *socket* connect to this end, and return its SYN."""
        socket.connect(addresses.inet(self.port, THERE))
        syn = self.receive()
        self.other = syn.source
        return syn

    def accept(self, socket: Socket, options: bytes = b"") -> Segment:
        """Have a nonblocking *socket* connect to this end, which answers with *options*; return the SYN."""
        syn = self.syn_of(socket)
        self.send(SYN | ACK, options=options)
        self.receive()
        return syn

    def connect(self, listener: Socket, port: int, options: bytes = b"") -> tuple[Socket, Segment]:
        """Connect to *listener* with these *options*; return the accepted socket and the SYN that it answered with."""
        answer = self.begin(port, options)
        self.send()
        assert wait.readable(listener.fd)
        return self.left.sockets.adopt(listener.must.accept4(flags=SOCK_CLOEXEC | SOCK_NONBLOCK)), answer

    def begin(self, port: int, options: bytes = b"") -> Segment:
        """Send a SYN to a port and return the answer."""
        self.other = port
        self.send(SYN, ack=0, options=options)
        return self.receive()

    def listener(self, port: int = LISTENING, backlog: int = 8) -> Socket:
        """Return a socket that listens at the kernel's end."""
        socket = self.open()
        socket.must.bind(addresses.inet(port, HERE))
        socket.must.listen(backlog)
        return socket


def connected(wire: Wire, options: bytes = b"") -> tuple[Socket, TcpPeer]:
    """Return a nonblocking socket that has connected to an end written by hand, which sent *options*, and that end."""
    peer = TcpPeer(wire)
    socket = peer.open()
    peer.accept(socket, options)
    return socket, peer


__all__ = ["ACK", "FIN", "HERE", "ISS", "PORT", "RST", "SYN", "THERE", "TcpPeer", "connected"]
