"""What the clauses about the end of AF_UNIX connections share."""

from helpers.socket_pool import Sockets
from helpers.sockets import Socket
from helpers.unix_ends import got


def left_by_its_peer(sockets: Sockets, kind: int, unread: bool) -> Socket:
    """Return a socket of type *kind* whose peer has closed, with data of it *unread* or with none."""
    near, far = sockets.pair(kind)
    near.must.send(b"data")
    if not unread:
        got(far)
    far.must.close()
    return near
