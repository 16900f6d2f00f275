"""SO_SNDBUF: from which amount on there is no room."""

from errno import EAGAIN

from fixtures.clauses import clause
from helpers.net.qdiscs import unsent
from helpers.options import covers
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_SNDBUF

SYSCALL = "setsockopt"


@clause(
    since="2.2",
    level="source",
    refs=["man:socket(7)", "src:net/core/sock.c:sock_alloc_send_pskb"],
    covers=covers(["SO_SNDBUF"], "effect"),
)
def test_a_send_finds_room_while_less_than_so_sndbuf_waits(sockets):
    """A socket with exactly SO_SNDBUF bytes of memory under way has no room (EAGAIN); with two more of it, it has."""
    sender, _ = sockets.pair(SOCK_DGRAM)
    sender.must.send(bytes(9000))
    waiting = unsent(sender)
    seen = []

    for size in (waiting // 2, waiting // 2 + 1):
        sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, size)
        seen.append((sender.option(SOL_SOCKET, SO_SNDBUF), sender.send(b"x", MSG_DONTWAIT)))

    assert seen == [(waiting, refused(EAGAIN)), (waiting + 2, returned(1))]
