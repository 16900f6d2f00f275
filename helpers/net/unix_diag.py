"""Asking sock_diag about AF_UNIX sockets.

Source: sock_diag(7), ``uapi/linux/unix_diag.h``, ``net/unix/diag.c``.
"""

import ctypes
import os
from dataclasses import dataclass
from errno import ENOENT
from typing import Any

from helpers.net.namespaces import Namespace
from helpers.net.sock_diag import Answer, SockDiag, attributes_in
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError, Socket
from helpers.uapi.netlink import NETLINK_SOCK_DIAG, NLM_F_ACK
from helpers.uapi.socket import AF_NETLINK, AF_UNIX, SOCK_RAW
from helpers.uapi.unix_diag import UDIAG_SHOW_UID, UNIX_DIAG_UID, unix_diag_msg, unix_diag_req
from helpers.unavailable import unavailable

NO_COOKIE = 0xFFFFFFFF
ANY_STATE = 0xFFFFFFFF


@dataclass
class Entry:
    """What is reported of one socket: the fixed part *message*, and the *attributes* by number."""

    message: unix_diag_msg
    attributes: dict[int, bytes]

    def structure(self, number: int, kind: Any) -> Any:
        """Return an attribute as a ctypes structure; SetupError if its length is another."""
        data = self.attributes[number]
        if len(data) != ctypes.sizeof(kind):
            raise SetupError(f"attribute {number} has {len(data)} bytes, not {ctypes.sizeof(kind)}")
        return kind.from_buffer_copy(data)


def request(show: int = 0, **fields: Any) -> bytes:
    """Return a unix_diag_req for *show* (UDIAG_SHOW_*) and any state and cookie; other *fields* by their names."""
    told = {"udiag_states": ANY_STATE, "udiag_cookie": (NO_COOKIE, NO_COOKIE), **fields}
    return bytes(unix_diag_req(**{"sdiag_family": AF_UNIX, "udiag_show": show, **told}))


def entry_of(answer: Answer) -> Entry:
    """Take an answer apart."""
    size = ctypes.sizeof(unix_diag_msg)
    return Entry(unix_diag_msg.from_buffer_copy(answer.payload), dict(attributes_in(answer.payload[size:])))


class UnixDiag(SockDiag):
    """The sock_diag of a namespace, asked about AF_UNIX sockets."""

    def listed(self, show: int = 0, **fields: Any) -> list[Entry]:
        """Return an entry for each socket of the namespace that matches; SetupError if the request is refused."""
        *answers, last = self.ask(request(show, **fields))
        if last.error:
            raise SetupError(f"set-up failed: the request is refused with errno {last.error}")
        return [entry_of(answer) for answer in answers]

    def one(self, inode: int, show: int = 0, **fields: Any) -> Entry | int:
        """Return the entry of the socket with that inode, or the errno with which it is refused."""
        *answers, last = self.ask(request(show, udiag_ino=inode, **fields), NLM_F_ACK)
        return last.error or entry_of(answers[0])

    def of(self, socket: Socket, show: int = 0) -> Entry:
        """Return the entry of *socket*, which is listed once and asked for by its inode: both must be alike.

        AssertionError if they are not. UDIAG_SHOW_UID is not asked for by the inode: see CVE-2023-28327.
        """
        inode = os.fstat(socket.fd).st_ino
        listed = [entry for entry in self.listed(show) if entry.message.udiag_ino == inode]
        asked = self.one(inode, show & ~UDIAG_SHOW_UID)
        assert len(listed) == 1
        assert not isinstance(asked, int)
        alike = {name: data for name, data in listed[0].attributes.items() if name != UNIX_DIAG_UID}
        assert (bytes(listed[0].message), alike) == (bytes(asked.message), asked.attributes)
        return listed[0]


def diag_of(sockets: Sockets, namespace: Namespace | None = None, room: int = 32768) -> UnixDiag:
    """Return the sock_diag of *namespace* (of the caller without one); skip where it knows no AF_UNIX sockets."""
    diag = UnixDiag(sockets.open(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, namespace), room)
    if diag.errno(request()) == ENOENT:
        unavailable("this kernel is built without sock_diag for AF_UNIX sockets (CONFIG_UNIX_DIAG)")
    return diag
