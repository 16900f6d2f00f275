"""The flags of a link, set through a socket of its namespace.

Source: netdevice(7).
"""

from helpers.sockets import Socket
from helpers.uapi.if_ import ifreq
from helpers.uapi.sockios import SIOCSIFFLAGS


def set_link(socket: Socket, name: str, flags: int) -> None:
    """Set the flags of a link of the socket's namespace: IFF_UP, or 0 for down."""
    request = ifreq()
    request.ifr_name, request.ifr_flags = name.encode(), flags
    socket.must.ioctl(SIOCSIFFLAGS, request)
