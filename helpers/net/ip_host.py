"""A host with addresses on the left end of a wire; a packet socket on the right end sees and sends packets as bytes.

The right end has no addresses of its own: nothing but the test answers there.
"""

import contextlib
import itertools
import os
from typing import Any

from helpers import wait
from helpers.endpoints import name_of
from helpers.net.frames import Frame
from helpers.net.ip_packets import Seen, dissect, group_mac, icmp, packet, udp
from helpers.net.ip_versions import Version
from helpers.net.link_kinds import without_checksum_offload
from helpers.net.rtnetlink import Rtnetlink
from helpers.net.sysctl import set_sysctl
from helpers.net.wire import End, Wire
from helpers.packet.packet_socket import PacketSocket
from helpers.sockets import Socket
from helpers.uapi.in_ import IPPROTO_UDP
from helpers.uapi.socket import SOCK_RAW
from helpers.unavailable import unavailable

_number = itertools.count(1)
PORT = 4711  # of the neighbour


def new_data() -> bytes:
    """Return 16 bytes that no other packet of this run contains."""
    return b"inet" + os.getpid().to_bytes(4, "big") + next(_number).to_bytes(8, "big")


class Host:
    """``wire.left`` with *version*'s addresses ``here`` and a neighbour ``there``, whose end is ``wire.right``."""

    def __init__(self, wire: Wire, version: Version) -> None:
        self.ip, self.near, self.far = version, wire.left, wire.right
        version.udp.open(self.near.sockets, self.near.namespace).must.close()  # skips where the kernel has no IPv6
        if version.number == 6:
            _speak_ipv6(self.near)
        without_checksum_offload(self.near.namespace, self.near.name)
        self.near.links.up("lo")
        self.route = self._rtnetlink()
        self.add(version.here)
        self.route.add_neighbour(self.near.ifindex, version.there, self.far.mac)
        self.tap: PacketSocket = self.far.packet_socket(SOCK_RAW, version.ethertype)

    def _rtnetlink(self) -> Rtnetlink:
        with self.near.namespace:
            route = Rtnetlink()
        self.near.sockets.keep(_Closed(route))
        return route

    def add(self, address: str, prefix: int | None = None) -> None:
        """Give the host another address, and wait for its route: IPv6 adds that a moment later."""
        self.route.add_address(self.near.ifindex, address, self.ip.prefix if prefix is None else prefix)
        wait.until(lambda: self.route.is_local(address), f"a route for {address}")

    def open(self, kind: Any = None) -> Socket:
        """Return a new socket of the host, of UDP unless another kind is given."""
        return (kind or self.ip.udp).open(self.near.sockets, self.near.namespace)

    def bound(self, host: str | None = None, port: int = 0) -> tuple[Socket, int]:
        """Return a UDP socket that is bound to an address (``here``) and a port, and that port."""
        socket = self.open()
        socket.must.bind(self.ip.address(port, self.ip.here if host is None else host))
        return socket, self.ip.sockaddr_of(name_of(socket))[1]

    def connected(self, port: int = PORT) -> Socket:
        """Return a UDP socket that is connected to the neighbour."""
        socket = self.open()
        socket.must.connect(self.ip.address(port, self.ip.there))
        return socket

    @property
    def peer(self) -> Any:
        """The socket address of the neighbour's port."""
        return self.ip.address(PORT, self.ip.there)

    def seen(self, data: bytes) -> Seen:
        """Return the packet with these data that left the host; DeadlineError if none did."""
        return dissect(self.tap.receive(data).data)

    def seen_until(self, last: bytes) -> list[Seen]:
        """Return every packet of UDP that left the host up to the one with *last* in it, this one too."""
        found: list[Seen] = []
        while True:
            found.append(dissect(self.tap.receive(b"").data))
            if last in found[-1].data:
                return [one for one in found if one.protocol == IPPROTO_UDP]

    def deliver(self, whole: bytes, mac: bytes | None = None) -> None:
        """Have a packet arrive at the host."""
        head = (mac or self.near.mac) + self.far.mac + self.ip.ethertype.to_bytes(2, "big")
        self.far.inject(Frame(head + whole, b"", whole, self.ip.ethertype))

    def deliver_udp(
        self, port: int, data: bytes, source: tuple[str, int] | None = None, to: str | None = None, **fields: Any
    ) -> None:
        """Have a UDP datagram arrive at a port of the host; *fields* as those of ``packet``, *check* as of ``udp``."""
        source, to = source or (self.ip.there, PORT), to or self.ip.here
        check = fields.pop("check", None)
        segment = udp(self.ip, source, (to, port), data, check)
        group = to.startswith(("22", "23", "ff"))
        whole = packet(self.ip, IPPROTO_UDP, segment, source[0], to, **fields)
        self.deliver(whole, group_mac(self.ip, to) if group else None)

    def deliver_icmp(self, kind: int, code: int, word: int, data: bytes, source: str | None = None) -> None:
        """Have an ICMP message arrive at the host, from the neighbour unless another *source* is given."""
        source = source or self.ip.there
        message = icmp(self.ip, kind, code, word, data, source, self.ip.here)
        self.deliver(packet(self.ip, self.ip.icmp, message, source, self.ip.here))

    def settled(self) -> None:
        """Return once the host has received everything that was sent to it before."""
        socket, port = self.bound()
        data = new_data()
        self.deliver_udp(port, data)
        if not wait.readable(socket.fd):
            raise wait.DeadlineError("the host did not receive a datagram")
        socket.must.close()


class _Closed:
    """What a pool of sockets closes at the end of a test."""

    def __init__(self, route: Rtnetlink) -> None:
        self._route = route

    def release(self) -> None:
        self._route.close()


def _speak_ipv6(end: End) -> None:
    """Let a link have IPv6 addresses, though none that it makes itself."""
    with end.namespace, contextlib.closing(Rtnetlink()) as route:
        try:
            route.speak_no_ipv6(end.ifindex)
        except OSError as error:
            unavailable(f"this link has no IPv6: {error.strerror}")
    if not end.namespace.speaking:
        set_sysctl(end.namespace, f"ipv6/conf/{end.name}/disable_ipv6", "0")
