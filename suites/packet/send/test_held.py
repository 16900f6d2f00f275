"""sendto(2) on packet sockets: frames that wait in the queue of the link."""

from errno import EAGAIN, ENOBUFS

from fixtures.clauses import clause
from helpers import process
from helpers.full_queues import fill
from helpers.net.qdiscs import hold_frames
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_PACKET, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

SYSCALL = "sendto"
ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_snd", ALLOC], covers=["errno:EAGAIN"])
def test_a_packet_socket_waits_until_the_link_has_taken_its_frames(loopback):
    """Frames waiting in a link's queue fill their packet socket's send buffer: EAGAIN, or a wait until they go."""
    sender, frame, let_go = loopback.packet_socket(protocol=0), bytes(400), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    fill(sender, 400)

    refusal = by_sendto(sender.fd, frame, MSG_DONTWAIT)
    with process.start(by_sendto, sender.fd, frame) as child:
        child.wait_blocked("sendto")
        let_go()
        result = child.result()

    assert refusal == refused(EAGAIN)
    assert result == returned(400)


@clause(since="2.0", level="source", refs=["src:net/packet/af_packet.c:packet_sendmsg_spkt"], covers=["errno:ENOBUFS"])
def test_sock_packet_does_not_wait(loopback):
    """SOCK_PACKET never waits: with its send buffer full of frames a send is ENOBUFS; later it goes on."""
    sender, let_go = loopback.packet_socket(SOCK_PACKET, 0, False), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    name = sockaddr_pkt(spkt_device=b"lo")

    results = [sender.sendto(bytes(400), 0, name) for _ in range(50)]
    let_go()

    assert set(results) == {returned(400), refused(ENOBUFS)}
    assert sender.sendto(bytes(400), 0, name) == returned(400)
