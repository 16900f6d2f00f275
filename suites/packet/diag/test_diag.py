"""PACKET_DIAG: sock_diag lists the packet sockets of a network namespace, as ``ss -0`` asks for it."""

import ctypes
import os
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.packet.diag import diag_of, told_of
from helpers.packet.packet_socket import address
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.netlink import NLM_F_MULTI, SOCK_DIAG_BY_FAMILY, sockaddr_nl
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOL_SOCKET
from helpers.uapi.socket_options import SO_COOKIE

DUMP = ["man:sock_diag(7)", "uapi:linux/packet_diag.h", "src:net/packet/diag.c:packet_diag_dump"]
FILL = ["man:sock_diag(7)", "uapi:linux/packet_diag.h", "src:net/packet/diag.c:sk_diag_fill"]


def cookie_of(socket):
    """Return the two halves of the socket's cookie, the lower first."""
    cookie = socket.option(SOL_SOCKET, SO_COOKIE, ctypes.c_uint64)
    return [cookie & 0xFFFFFFFF, cookie >> 32]


def port_of(diag):
    """Return the netlink port of the asker, which the kernel has chosen for it."""
    name, length = sockaddr_nl(), ctypes.c_int(ctypes.sizeof(sockaddr_nl))
    diag.socket.must.getsockname(name, length)
    return name.nl_pid


@clause(since="3.7", level="uapi", refs=FILL, covers=["diag:message"])
@pytest.mark.parametrize(
    ("type_", "protocol"),
    [(SOCK_RAW, ETH_P_ALL), (SOCK_RAW, 0), (SOCK_DGRAM, frames.OWN), (SOCK_PACKET, frames.OWN)],
    ids=["raw-all", "raw-none", "dgram-own", "packet-own"],
)
def test_tells_family_type_protocol_and_inode(sockets, namespace, type_, protocol):
    """The message of a socket has its family, type, protocol in host order and inode, and only requested attributes."""
    diag = diag_of(sockets, namespace)
    socket = sockets.packet(type_, protocol, namespace)

    [entry] = diag.dump()

    told = entry.message
    assert (told.pdiag_family, told.pdiag_type, told.pdiag_num) == (AF_PACKET, type_, protocol)
    assert told.pdiag_ino == os.fstat(socket.fd).st_ino
    assert entry.attributes == {}


@clause(since="4.12", level="uapi", refs=["man:sock_diag(7)", *FILL], covers=["diag:message"])
def test_tells_the_cookie_of_the_socket(sockets, namespace):
    """The cookie is the socket's own, as SO_COOKIE reports it: lower half first, the same in every answer."""
    diag = diag_of(sockets, namespace)
    pair = [sockets.packet(namespace=namespace) for _ in range(2)]

    answers = [[list(entry.message.pdiag_cookie) for entry in diag.dump()] for _ in range(2)]

    assert answers[0] == answers[1]
    assert sorted(answers[0]) == sorted(cookie_of(socket) for socket in pair)


@clause(since="3.7", level="uapi", refs=FILL, covers=["diag:message"])
def test_the_protocol_is_that_of_the_last_bind(sockets, namespace):
    """After a bind the message has the new protocol."""
    diag = diag_of(sockets, namespace)
    socket = sockets.packet(protocol=frames.OWN, namespace=namespace)
    before = told_of(diag, socket).message.pdiag_num

    socket.must.bind(address(0, frames.OTHER))

    assert (before, told_of(diag, socket).message.pdiag_num) == (frames.OWN, frames.OTHER)
    assert socket.name().sll_protocol == htons(frames.OTHER)


@clause(since="3.7", level="documented", refs=["man:netlink(7)", *FILL], covers=["diag:message"])
def test_the_header_repeats_the_request(sockets, namespace):
    """Each message is of type SOCK_DIAG_BY_FAMILY, flagged NLM_F_MULTI, with the request's sequence number and port."""
    diag = diag_of(sockets, namespace)
    sockets.packet(namespace=namespace)
    sockets.packet(namespace=namespace)

    headers = [entry.header for entry in diag.dump()]

    port = port_of(diag)
    assert [(header.nlmsg_type, header.nlmsg_flags, header.nlmsg_pid) for header in headers] == [
        (SOCK_DIAG_BY_FAMILY, NLM_F_MULTI, port)
    ] * 2
    assert port > 0


@clause(since="3.7", level="documented", refs=["man:network_namespaces(7)", *DUMP], covers=["diag:request"])
def test_lists_the_sockets_of_its_own_namespace(wire, sockets):
    """The sockets listed are those of the netlink socket's namespace, wherever the request is sent from."""
    near, far = diag_of(sockets, wire.left.namespace), diag_of(sockets, wire.right.namespace)
    left, right = wire.left.packet_socket(), wire.right.packet_socket()

    with wire.right.namespace:
        lists = [[entry.inode for entry in diag.dump()] for diag in (near, far)]

    assert lists == [[os.fstat(socket.fd).st_ino] for socket in (left, right)]


@clause(since="3.7", level="source", refs=DUMP, covers=["diag:request"])
def test_a_closed_socket_is_no_longer_listed(sockets, namespace):
    """A socket is listed from its creation until its close, and not after it."""
    diag = diag_of(sockets, namespace)
    before = diag.dump()
    socket, other = (sockets.packet(namespace=namespace) for _ in range(2))
    during = [entry.inode for entry in diag.dump()]

    socket.must.close()

    assert before == []
    assert len(during) == 2
    assert [entry.inode for entry in diag.dump()] == [os.fstat(other.fd).st_ino]


@clause(since="5.10", level="source", refs=DUMP, covers=["diag:request"])
def test_lists_the_oldest_socket_first(sockets, namespace):
    """Sockets are listed in the order in which they were made."""
    diag = diag_of(sockets, namespace)
    made = [sockets.packet(namespace=namespace) for _ in range(5)]

    listed = [entry.inode for entry in diag.dump()]

    assert listed == [os.fstat(socket.fd).st_ino for socket in made]
