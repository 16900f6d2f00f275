"""Asking sock_diag about packet sockets: requests byte by byte, answers taken apart.

Source: sock_diag(7), netlink(7), ``uapi/linux/packet_diag.h``, ``net/packet/diag.c``.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpers import messages
from helpers.sockets import SetupError, Socket
from helpers.uapi.netlink import (
    NLA_ALIGN,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_ALIGN,
    NLMSG_DONE,
    NLMSG_ERROR,
    NLMSG_HDRLEN,
    SOCK_DIAG_BY_FAMILY,
    nlattr,
    nlmsghdr,
)
from helpers.uapi.packet_diag import packet_diag_msg, packet_diag_req
from helpers.uapi.socket import AF_PACKET

_ATTRIBUTE = ctypes.sizeof(nlattr)
_MESSAGE = ctypes.sizeof(packet_diag_msg)


@dataclass
class Answer:
    """One netlink message: its *header*, the *payload* behind it, and the number of the datagram that brought it."""

    header: nlmsghdr
    payload: bytes
    part: int

    @property
    def error(self) -> int:
        """The errno of an NLMSG_ERROR or NLMSG_DONE message, positive; 0 for success."""
        return -ctypes.c_int.from_buffer_copy(self.payload).value


@dataclass
class Entry:
    """What an answer reports of one socket: the fixed part, and the attributes by number, in order."""

    header: nlmsghdr
    message: packet_diag_msg
    attributes: dict[int, bytes]
    part: int

    @property
    def inode(self) -> int:
        """The inode's number, as fstat(2) returns it."""
        return self.message.pdiag_ino

    def structure(self, number: int, kind: Any) -> Any:
        """Return the attribute as a ctypes structure; SetupError if its length is another."""
        data = self.attributes[number]
        if len(data) != ctypes.sizeof(kind):
            raise SetupError(f"attribute {number} has {len(data)} bytes, not {ctypes.sizeof(kind)}")
        return kind.from_buffer_copy(data)

    def words(self, number: int) -> list[int]:
        """Return the attribute as a list of 32-bit words."""
        data = self.attributes[number]
        return list((ctypes.c_uint32 * (len(data) // 4)).from_buffer_copy(data))


def request(show: int = 0, **fields: Any) -> bytes:
    """Return a packet_diag_req that asks for *show* (PACKET_SHOW_*); other *fields* by their names."""
    return bytes(packet_diag_req(**{"sdiag_family": AF_PACKET, "pdiag_show": show, **fields}))


def attributes_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (number, data) of each attribute in *data*; SetupError for a broken one."""
    at = 0
    while at + _ATTRIBUTE <= len(data):
        header = nlattr.from_buffer_copy(data, at)
        if not _ATTRIBUTE <= header.nla_len <= len(data) - at:
            raise SetupError(f"an attribute of {header.nla_len} bytes where {len(data) - at} are left")
        yield header.nla_type, data[at + _ATTRIBUTE : at + header.nla_len]
        at += NLA_ALIGN(header.nla_len)


def _entry(answer: Answer) -> Entry:
    found = list(attributes_in(answer.payload[_MESSAGE:]))
    attributes = dict(found)
    if len(attributes) != len(found):
        raise SetupError(f"an attribute came twice: {[number for number, _ in found]}")
    return Entry(answer.header, packet_diag_msg.from_buffer_copy(answer.payload), attributes, answer.part)


class SockDiag:
    """The sock_diag of the namespace of *socket*, a NETLINK_SOCK_DIAG socket.

    *room*: the bytes to receive at a time, by which the kernel chooses the size of its datagrams (4096 or more).
    """

    def __init__(self, socket: Socket, room: int = 32768) -> None:
        self.socket = socket
        self._room = room
        self._sequence = 0x5EA0

    def ask(self, payload: bytes, flags: int = NLM_F_DUMP, kind: int = SOCK_DIAG_BY_FAMILY) -> list[Answer]:
        """Send one request and return every answer up to its end, the NLMSG_DONE or NLMSG_ERROR message.

        SetupError if the request cannot be sent or its answer stops short: the kernel answers while it is asked.
        """
        self._sequence += 1
        header = nlmsghdr(NLMSG_HDRLEN + len(payload), kind, flags | NLM_F_REQUEST, self._sequence, 0)
        self.socket.must.send(bytes(header) + payload)
        answers: list[Answer] = []
        part = 0
        while not answers or answers[-1].header.nlmsg_type not in (NLMSG_DONE, NLMSG_ERROR):
            received = messages.receive(self.socket.fd, self._room, 0)
            if received is None:
                raise SetupError("the answer has no end")
            answers += self._messages(received.data, part)
            part += 1
        return answers

    def _messages(self, data: bytes, part: int) -> Iterator[Answer]:
        at = 0
        while at + NLMSG_HDRLEN <= len(data):
            header = nlmsghdr.from_buffer_copy(data, at)
            if header.nlmsg_seq == self._sequence:
                yield Answer(header, data[at + NLMSG_HDRLEN : at + header.nlmsg_len], part)
            at += max(NLMSG_ALIGN(header.nlmsg_len), NLMSG_HDRLEN)

    def errno(self, payload: bytes, flags: int = NLM_F_DUMP, kind: int = SOCK_DIAG_BY_FAMILY) -> int:
        """Send one request and return the errno with which its answer ends, 0 for success."""
        return self.ask(payload, flags, kind)[-1].error

    def dump(self, show: int = 0, **fields: Any) -> list[Entry]:
        """Return an entry for each packet socket of the namespace; OSError with the errno of a refusal."""
        *answers, last = self.ask(request(show, **fields))
        if last.error:
            raise OSError(last.error, "sock_diag request refused")
        return [_entry(answer) for answer in answers]


__all__ = ["Answer", "Entry", "SockDiag", "attributes_in", "request"]
