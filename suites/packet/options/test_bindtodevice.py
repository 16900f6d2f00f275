"""SO_BINDTODEVICE on packet sockets, which only bind(2) attaches to a link."""

from errno import ENXIO

from fixtures.clauses import clause
from helpers.net import frames
from helpers.option_calls import get
from helpers.options import covers, option
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_BINDTODEVICE

SYSCALL = "setsockopt"
REFS = ["man:packet(7)", "man:socket(7)", "src:net/packet/af_packet.c:packet_rcv"]


@clause(since="2.2", level="documented", refs=REFS, covers=covers(["SO_BINDTODEVICE"], "effect"))
def test_so_bindtodevice_restricts_nothing_on_a_packet_socket(tap, sockets):
    """SO_BINDTODEVICE reads back on a packet socket, which receives from every link and needs an address to send."""
    frame, socket = frames.ethernet(), tap.packet_socket(protocol=frames.OWN, bound=False)
    socket.must.setsockopt(SOL_SOCKET, SO_BINDTODEVICE, b"lo\0")

    tap.arrive(frame)

    assert get(socket, option("SO_BINDTODEVICE"), 16).data[:3] == b"lo\0"
    assert socket.received_markers([frame]) == [frame.marker]
    assert socket.send(frame.data) == refused(ENXIO)
    assert socket.sendto(frame.data, 0, address(tap.ifindex, frames.OWN)) == returned(len(frame))
