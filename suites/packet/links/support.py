"""What the clauses about links share: a link whose place another takes, and what is heard of it."""

from helpers.net import frames
from helpers.net.frames import OWN, Frame
from helpers.net.wire import End, Wire
from helpers.packet.packet_socket import PacketSocket

LO = 1  # the index of lo in every namespace


def on_lo(end: End, ethertype: int = OWN) -> Frame:
    """Send a frame over lo, which is up in the namespace of *end*, and return it."""
    frame, sender = frames.ethernet(ethertype=ethertype), end.packet_socket(protocol=0, bound=False)
    sender.attach(LO, 0)
    sender.must.send(frame.data)
    return frame


def heard(wire: Wire, *sockets: PacketSocket) -> list[int]:
    """Send a frame to the right end and return how often each socket got it.

    Once a witness has received a second frame, the first has reached every socket.
    """
    first, second = frames.ethernet(), frames.ethernet()
    witness = wire.right.packet_socket(protocol=OWN)
    wire.left.inject(first, second)
    witness.receive(second.marker)
    return [socket.received_markers([first]).count(first.marker) for socket in sockets]
