"""Sending on packet sockets: frames that wait in the queue of the link, and waiting until it has taken them."""

import itertools
from errno import EAGAIN, ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.full_queues import fill
from helpers.net.frames import OWN
from helpers.net.qdiscs import hold_frames, unsent
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.if_packet import sockaddr_pkt
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

SND = "src:net/packet/af_packet.c:packet_snd"
IOCTL = "src:net/packet/af_packet.c:packet_ioctl"
ALLOC = "src:net/core/sock.c:sock_alloc_send_pskb"


@clause(since="2.2", level="documented", refs=["man:tty_ioctl(4)", IOCTL])
def test_siocoutq_tells_what_waits_in_the_queue(loopback):
    """SIOCOUTQ grows with each frame that waits in the queue of the link, and is 0 when they are gone."""
    sender, let_go = loopback.packet_socket(protocol=0), hold_frames(loopback)
    other = loopback.packet_socket(protocol=0)
    sender.must.send(bytes(400))

    told = [unsent(sender)]
    for _ in range(3):
        sender.must.send(bytes(400))
        told.append(unsent(sender))
    let_go()

    steps = {after - before for before, after in itertools.pairwise(told)}
    assert told[0] == 0
    assert len(steps) == 1
    assert 400 < steps.pop() < 8192
    assert (unsent(sender), unsent(other)) == (0, 0)


@clause(since="2.2", level="source", refs=[ALLOC, SND], covers=["errno:sendto:EAGAIN"])
@pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
def test_so_sndbuf_bounds_what_waits(loopback, type_):
    """While SIOCOUTQ is below SO_SNDBUF a frame is taken; from then on the send fails with EAGAIN, nothing is kept."""
    sender, let_go = loopback.packet_socket(type_, OWN), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    room, data = sender.option(SOL_SOCKET, SO_SNDBUF), bytes(400 if type_ == SOCK_RAW else 400 - ETH_HLEN)

    seen = []
    while not seen or seen[-1][1].ok:
        seen.append((unsent(sender), sender.send(data, MSG_DONTWAIT)))
        assert len(seen) < 100
    full = unsent(sender)
    let_go()

    assert [result for _, result in seen] == [returned(len(data))] * (len(seen) - 1) + [refused(EAGAIN)]
    assert [before < room for before, _ in seen] == [True] * (len(seen) - 1) + [False]
    assert full == seen[-1][0]
    assert sender.send(data, MSG_DONTWAIT) == returned(len(data))


@clause(
    since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_snd", ALLOC], covers=["errno:sendto:EAGAIN"]
)
def test_a_packet_socket_waits_until_the_link_has_taken_its_frames(loopback):
    """A send that finds its buffer full of frames waits until the link has taken them; one that may not is EAGAIN."""
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


@clause(
    since="2.0",
    level="source",
    refs=["src:net/packet/af_packet.c:packet_sendmsg_spkt"],
    covers=["errno:sendto:ENOBUFS"],
)
def test_sock_packet_does_not_wait(loopback):
    """SOCK_PACKET never waits: with its send buffer full of frames a send fails with ENOBUFS; later it succeeds."""
    sender, let_go = loopback.packet_socket(SOCK_PACKET, 0, False), hold_frames(loopback)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    name = sockaddr_pkt(spkt_device=b"lo")

    results = [sender.sendto(bytes(400), 0, name) for _ in range(50)]
    let_go()

    assert set(results) == {returned(400), refused(ENOBUFS)}
    assert sender.sendto(bytes(400), 0, name) == returned(400)
