"""Receiving on packet sockets: frames that a program or a firewall drops on their way in or out."""

from errno import EPERM

import pytest

from fixtures.clauses import clause
from helpers.memory import Buffer
from helpers.net import addresses, frames, ip_frames
from helpers.net.hooks import dropping
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_P_ALL, ETH_P_IP
from helpers.uapi.in_ import IPPROTO_UDP
from helpers.uapi.socket import AF_INET, MSG_DONTWAIT, SOCK_DGRAM

RECEIVE = "src:net/core/dev.c:__netif_receive_skb_core"
SEND = "src:net/core/dev.c:__dev_queue_xmit"
PAGE = "man:packet(7)"
THERE, HERE = (ip_frames.SOURCE, 4000), (ip_frames.DESTINATION, 4001)


def udp_on(tap):
    """Give a tap the address of HERE, and return a UDP socket bound to that and connected to THERE."""
    tap.links.netlink.addr("add", index=tap.ifindex, address=HERE[0], prefixlen=24)
    tap.links.netlink.neigh("add", dst=THERE[0], lladdr=frames.STRANGER.hex(":"), ifindex=tap.ifindex)
    socket = tap.sockets.open(AF_INET, SOCK_DGRAM, namespace=tap.namespace)
    socket.must.bind(addresses.inet(HERE[1], HERE[0]))
    socket.must.connect(addresses.inet(THERE[1], THERE[0]))
    return socket


def datagram_to(tap):
    """Return a frame that carries a UDP datagram from THERE to HERE."""
    marker = frames.new_marker()
    ethertype, data = ip_frames.datagram(THERE, HERE, IPPROTO_UDP, marker)
    header = tap.mac + frames.STRANGER + ethertype.to_bytes(2, "big")
    return frames.Frame(header + data, marker, data, ethertype)


@clause(since="4.12", level="source", refs=[PAGE, RECEIVE])
@pytest.mark.parametrize(
    ("hook", "all_protocols"),
    [("xdp-native", False), ("xdp-generic", False), ("tc-ingress", True), ("nft-ingress", True)],
)
def test_a_frame_dropped_on_ingress_reaches_only_the_sockets_before_the_hook(tap, hook, all_protocols):
    """A frame dropped by XDP reaches no packet socket; one dropped by tc or nftables ingress only ETH_P_ALL sockets."""
    sockets = [tap.packet_socket(protocol=protocol) for protocol in (ETH_P_ALL, frames.OWN)]
    dropped, after = frames.ethernet(), frames.ethernet()

    with dropping(tap, hook):
        tap.arrive(dropped)
    tap.arrive(after)

    found = [socket.received_markers([dropped, after]) for socket in sockets]
    assert found == [[dropped.marker] * all_protocols + [after.marker], [after.marker]]


@clause(since="4.12", level="source", refs=[PAGE, RECEIVE])
def test_a_datagram_dropped_by_the_input_hook_of_ip_reaches_packet_sockets(tap):
    """A datagram that a firewall drops in the input hook of IP is received by packet sockets of either protocol."""
    receiver, sockets = udp_on(tap), [tap.packet_socket(protocol=protocol) for protocol in (ETH_P_ALL, ETH_P_IP)]
    dropped, after = datagram_to(tap), datagram_to(tap)

    with dropping(tap, "ip-input"):
        tap.arrive(dropped)
    tap.arrive(after)

    buffer = Buffer(64)
    assert (receiver.recv(buffer.array, 64, MSG_DONTWAIT), buffer[:16]) == (returned(16), after.marker)
    markers = [dropped.marker, after.marker]
    assert [socket.received_markers([dropped, after]) for socket in sockets] == [markers, markers]


@clause(since="4.12", level="source", refs=[PAGE, SEND, "src:net/packet/af_packet.c:packet_snd"])
def test_the_output_hook_of_ip_drops_nothing_that_a_packet_socket_sends(tap):
    """Where a firewall drops in the output hook of IP a UDP socket gets EPERM, and packet sockets send as ever."""
    sender, witness, frame = udp_on(tap), tap.packet_socket(protocol=ETH_P_ALL), datagram_to(tap)
    tap.left()

    with dropping(tap, "ip-output"):
        result = sender.send(b"data")
        tap.inject(frame)
        left = tap.left()
    control = sender.send(b"data")

    assert (result, control) == (refused(EPERM), returned(4))
    assert left == [frame.data]
    assert witness.received_markers([frame]) == [frame.marker]
    assert [data[-4:] for data in tap.left()] == [b"data"]


@clause(since="4.12", level="source", refs=[PAGE, SEND])
@pytest.mark.parametrize("hook", ["tc-egress", "nft-egress"])
def test_a_frame_dropped_on_egress_neither_leaves_nor_is_received_here(tap, hook):
    """A frame dropped by tc or nftables egress does not leave, and no packet socket of this host receives it."""
    witness, sender = tap.packet_socket(protocol=ETH_P_ALL), tap.packet_socket(protocol=0)
    dropped, after = frames.ethernet(), frames.ethernet()
    tap.left()

    with dropping(tap, hook):
        sender.send(dropped.data)
    sender.must.send(after.data)

    assert tap.left() == [after.data]
    assert witness.received_markers([dropped, after]) == [after.marker]
