"""The calls that receive and send, by name, as ``call(socket, …)``."""

from collections.abc import Callable

from helpers import syscall
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.sockets import Socket
from helpers.syscall import Result
from helpers.uapi.socket import iovec


def _readv(socket: Socket, buffer: Buffer, flags: int) -> Result:
    return syscall.call("readv", socket.fd, iovec(buffer.address, len(buffer)), 1)


RECEIVE: dict[str, Callable[[Socket, Buffer, int], Result]] = {
    "recvfrom": lambda socket, buffer, flags: socket.recv(buffer.array, len(buffer), flags),
    "recvmsg": lambda socket, buffer, flags: socket.recvmsg(Message([buffer.array]).header, flags),
    "read": lambda socket, buffer, flags: syscall.call("read", socket.fd, buffer.array, len(buffer)),
    "readv": _readv,
}
"""Each receives into a Buffer; read and readv have no flags."""
SEND: dict[str, Callable[[Socket, bytes, int], Result]] = {
    "sendto": lambda socket, data, flags: socket.send(data, flags),
    "sendmsg": lambda socket, data, flags: socket.sendmsg(Message([data]).header, flags),
    "write": lambda socket, data, flags: syscall.call("write", socket.fd, data, len(data)),
}
"""Each sends bytes; write has no flags."""
