"""What still has to work after a race: a socket hears, a ring fills. Late frames of the race may be in the way."""

from helpers import wait
from helpers.net import frames
from helpers.net.wire import End
from helpers.packet.packet_socket import PacketSocket
from helpers.rings import Rings

_TRY = 0.5  # seconds after which a frame was lost to a full queue, and another one is sent


def _comes(end: End, receive: object) -> bool:
    frame = frames.ethernet()
    end.inject(frame)
    try:
        return receive(frame.marker, _TRY).data == frame.data
    except wait.DeadlineError:
        return False


def still_hears(socket: PacketSocket, end: End) -> bool:
    """Tell whether *socket* hears a frame that *end* sends, as it was sent; DeadlineError if none comes."""
    return wait.until(lambda: _comes(end, socket.receive), "a frame heard")


def still_fills(made: Rings, end: End) -> bool:
    """Make the ring of *made*, which has none, and tell whether a frame that *end* sends comes by it as it was sent."""
    ring = made.setup().rx
    return wait.until(lambda: _comes(end, ring.receive), "a frame in the ring")
