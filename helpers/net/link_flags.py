"""The flags of a link, set through a socket of its namespace.

Source: netdevice(7).
"""

from helpers.sockets import Socket
from helpers.uapi.if_ import ifreq_of
from helpers.uapi.sockios import SIOCSIFFLAGS


def set_link(socket: Socket, name: str, flags: int) -> None:
    """Set the flags of a link of the socket's namespace: IFF_UP, or 0 for down."""
    socket.must.ioctl(SIOCSIFFLAGS, ifreq_of(name, ifr_flags=flags))
