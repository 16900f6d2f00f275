"""Links to send and receive on: a wire (veth pair in two private namespaces), a loopback device."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from helpers.net.addresses import raw
from helpers.net.frames import Frame
from helpers.net.links import Links, veth
from helpers.net.namespaces import Namespace
from helpers.packet.packet_socket import PacketSocket
from helpers.socket_pool import Sockets
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_PACKET, SOCK_PACKET, SOCK_RAW


@dataclass
class End:
    """A link with its namespace: one end of a wire, or the loopback device."""

    namespace: Namespace
    links: Links
    name: str
    ifindex: int
    mac: bytes
    sockets: Sockets = field(repr=False)
    _injector: PacketSocket | None = field(default=None, repr=False)

    def packet_socket(
        self,
        type: int = SOCK_RAW,  # noqa: A002  (the man page's name)
        protocol: int = ETH_P_ALL,
        bound: bool = True,
    ) -> PacketSocket:
        """Return a packet socket in this end's namespace, bound to the link if *bound*; *protocol* in host order.

        It is made without a protocol and bound to link and protocol at once, so it never receives from another link. A
        SOCK_PACKET socket has its protocol from the start and receives from every link until it is bound.
        """
        if bound and type == SOCK_PACKET:
            socket = self.sockets.packet(type, protocol, self.namespace)
            socket.must.bind(raw(AF_PACKET, self.name.encode().ljust(14, b"\0")))
            return socket
        socket = self.sockets.packet(type, 0 if bound else protocol, self.namespace)
        if bound:
            socket.attach(self.ifindex, protocol)
        return socket

    def inject(self, *frames: Frame) -> None:
        """Send whole frames out of this link, from a socket that receives nothing itself. Set-up: raises SetupError."""
        if self._injector is None:
            self._injector = self.packet_socket(protocol=0)
        for frame in frames:
            self._injector.must.send(frame.data)


@dataclass
class Wire:
    """Two ends, up and running: what is sent on one arrives at the other."""

    left: End
    right: End

    def wait_running(self) -> None:
        """Return once frames pass both ways; DeadlineError if they never do."""
        self.left.links.wait_running("left")
        self.right.links.wait_running("right")


def _end(namespace: Namespace, name: str, sockets: Sockets, undo: ExitStack) -> End:
    links = Links(namespace)
    undo.callback(links.close)
    return End(namespace, links, name, links.index(name), links.mac(name), sockets)


def _namespace(undo: ExitStack, ipv6: bool = False) -> Namespace:
    namespace = Namespace.create(ipv6)
    undo.callback(namespace.close)
    return namespace


def make_wire(sockets: Sockets) -> Wire:
    """Return a new wire; ``close_wire`` undoes it."""
    with ExitStack() as undo:
        near, far = _namespace(undo), _namespace(undo)
        veth(near, far, "left", "right")
        left, right = _end(near, "left", sockets, undo), _end(far, "right", sockets, undo)
        right.links.up("right")
        wire = Wire(left, right)
        wire.wait_running()
        undo.pop_all()
        return wire


def close_end(end: End) -> None:
    """Drop the namespace of *end*; with the last socket in it, its links vanish."""
    end.links.close()
    end.namespace.close()


def close_wire(wire: Wire) -> None:
    """Drop both namespaces of *wire*."""
    close_end(wire.left)
    close_end(wire.right)


@contextmanager
def pair(namespace: Namespace, sockets: Sockets, queues: int | None = None) -> Iterator[list[End]]:
    """Both ends, near and far, of a veth pair within one namespace, up and running, with *queues* each way."""
    several = {"num_tx_queues": queues, "num_rx_queues": queues} if queues else {}
    names = ("near", "far")
    with closing(Links(namespace)) as links:
        links.add("near", "veth", peer={"ifname": "far", **several}, **several)
        for name in names:
            links.up(name)
        for name in names:
            links.wait_running(name)
        yield [End(namespace, links, name, links.index(name), links.mac(name), sockets) for name in names]


@contextmanager
def loopback_device(sockets: Sockets, ipv6: bool = False) -> Iterator[End]:
    """The loopback device of a private namespace, up: 127.0.0.1, and ::1 where the kernel has IPv6.

    *ipv6* says whether links that come later have IPv6, too.
    """
    with ExitStack() as undo:
        end = _end(_namespace(undo, ipv6), "lo", sockets, undo)
        end.links.up("lo")
        yield end
