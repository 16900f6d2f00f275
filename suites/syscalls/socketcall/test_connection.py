"""socketcall(2): the sub-calls that make, name and connect sockets do what the native calls do."""

import ctypes
import fcntl
import os
from errno import EAGAIN, EINVAL
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.compat32 import SocketCall
from helpers.memory import PATTERN
from helpers.net import addresses
from helpers.packet.packet_socket import PacketSocket, address
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.if_ether import ETH_P_ARP
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import (
    AF_PACKET,
    AF_UNIX,
    MSG_DONTWAIT,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_DOMAIN, SO_TYPE
from helpers.value_result import address_from

COMPAT = "src:net/compat.c"
BOTH_FLAGS = (fcntl.FD_CLOEXEC, os.O_NONBLOCK)


def identity(socket):
    return tuple(socket.option(SOL_SOCKET, name) for name in (SO_DOMAIN, SO_TYPE))


def descriptor_flags(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFD), fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK


@pytest.fixture
def listener(sockets):
    """A listening AF_UNIX socket and its address."""
    socket, name = sockets.open(AF_UNIX, SOCK_STREAM), addresses.abstract()
    socket.must.bind(name)
    socket.must.listen(4)
    return socket, name


@pytest.fixture
def client(sockets, listener):
    """A named AF_UNIX socket connected to the listener, and its address."""
    socket, name = sockets.open(AF_UNIX, SOCK_STREAM), addresses.abstract()
    socket.must.bind(name)
    socket.must.connect(listener[1])
    return socket, name


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:socket(2)", COMPAT])
def test_socket_has_the_family_type_protocol_and_flags_asked_for(lowmem, sockets):
    """The sub-call socket makes a packet socket of the type, protocol and flags that the array names."""
    result = SocketCall.socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ARP))

    assert result.ok
    socket = PacketSocket(sockets.adopt(result.value).fd)
    assert identity(socket) == (AF_PACKET, SOCK_DGRAM)
    assert socket.name().sll_protocol == htons(ETH_P_ARP)
    assert descriptor_flags(socket.fd) == BOTH_FLAGS


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:socketpair(2)", COMPAT])
def test_socketpair_gives_two_connected_sockets(lowmem, sockets):
    """The sub-call socketpair stores two connected sockets of the asked type where the fourth word points."""
    fds = lowmem.before_end(bytes(8))

    result = SocketCall.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)

    assert result == SUCCESS
    left, right = (sockets.adopt(fd) for fd in lowmem.view(ctypes.c_int * 2, fds))
    assert identity(left) == identity(right) == (AF_UNIX, SOCK_SEQPACKET)
    assert descriptor_flags(left.fd) == descriptor_flags(right.fd) == (fcntl.FD_CLOEXEC, 0)
    assert left.send(b"over") == returned(4)
    assert os.read(right.fd, 8) == b"over"


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:bind(2)", COMPAT])
def test_bind_binds_to_the_given_address(lowmem, loopback):
    """The sub-call bind takes a sockaddr_ll of the given length, and one that is too short is EINVAL."""
    socket = loopback.packet_socket(protocol=0, bound=False)
    where = address(loopback.ifindex, ETH_P_ARP)

    assert SocketCall.bind(socket.fd, lowmem.place(where), ctypes.sizeof(where) - 1) == refused(EINVAL)
    assert SocketCall.bind(socket.fd, lowmem.before_end(bytes(where)), ctypes.sizeof(where)) == SUCCESS
    name = socket.name()
    assert (name.sll_ifindex, name.sll_protocol) == (loopback.ifindex, htons(ETH_P_ARP))


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:getsockname(2)", COMPAT])
@pytest.mark.parametrize("room", [0, 5, 20])
def test_getsockname_gives_the_name_and_its_whole_length(lowmem, loopback, room):
    """The sub-call getsockname writes at most the given length, and returns the whole length."""
    socket = loopback.packet_socket()
    place, length = lowmem.place(bytes([PATTERN]) * 32), lowmem.before_end(bytes(ctypes.c_int(room)))
    whole = address_from(socket.getsockname)

    result = SocketCall.getsockname(socket.fd, place, length)

    assert result == SUCCESS
    assert lowmem.view(ctypes.c_int, length).value == len(whole) == sockaddr_ll.sll_addr.offset + 6
    assert lowmem.read(place, 32) == whole[:room].ljust(32, bytes([PATTERN]))


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:getpeername(2)", COMPAT])
@pytest.mark.parametrize("call", ["getsockname", "getpeername"])
def test_getpeername_gives_the_name_of_the_other_side(lowmem, listener, client, call):
    """The sub-call getpeername returns the peer's name, where getsockname returns the socket's own."""
    place, length = lowmem.alloc(110), lowmem.place(ctypes.c_int(110))

    result = SocketCall.call(call, client[0].fd, place, length)

    assert result == SUCCESS
    name = listener[1] if call == "getpeername" else client[1]
    assert lowmem.read(place, lowmem.view(ctypes.c_int, length).value) == bytes(name)


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:listen(2)", "man:connect(2)", COMPAT])
def test_listen_and_connect_make_a_queue_of_the_given_length(lowmem, sockets):
    """After the sub-call listen with backlog 1 two sub-calls connect succeed, and the third finds the queue full."""
    socket, name = sockets.open(AF_UNIX, SOCK_STREAM), addresses.abstract()
    socket.must.bind(name)
    clients = [sockets.open(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK) for _ in range(3)]
    where = lowmem.before_end(bytes(name))

    listening = SocketCall.listen(socket.fd, 1)
    results = [SocketCall.connect(client.fd, where, len(name)) for client in clients]

    assert listening == SUCCESS
    assert results == [SUCCESS, SUCCESS, refused(EAGAIN)]


@clause(since="2.2", level="source", refs=["man:socketcall(2)", "man:accept(2)", COMPAT])
def test_accept_takes_no_flags(lowmem, sockets, listener, client):
    """The sub-call accept returns the peer's name and ignores the word in which accept4 has its flags."""
    place, length = lowmem.alloc(110), lowmem.place(ctypes.c_int(110))

    result = SocketCall.call("accept", listener[0].fd, place, length, SOCK_CLOEXEC | SOCK_NONBLOCK)

    assert result.ok
    assert descriptor_flags(sockets.adopt(result.value).fd) == (0, 0)
    assert lowmem.read(place, lowmem.view(ctypes.c_int, length).value) == bytes(client[1])


@clause(since="2.6.28", level="documented", refs=["man:socketcall(2)", "man:accept4(2)", COMPAT])
def test_accept4_takes_flags(lowmem, sockets, listener, client):
    """The sub-call accept4 gives the new descriptor the flags of the fourth word, and refuses unknown ones."""
    place, length = lowmem.alloc(110), lowmem.place(ctypes.c_int(110))

    assert SocketCall.accept4(listener[0].fd, place, length, SOCK_CLOEXEC | 1) == refused(EINVAL)
    result = SocketCall.accept4(listener[0].fd, place, length, SOCK_CLOEXEC | SOCK_NONBLOCK)

    assert result.ok
    assert descriptor_flags(sockets.adopt(result.value).fd) == BOTH_FLAGS
    assert lowmem.read(place, lowmem.view(ctypes.c_int, length).value) == bytes(client[1])


@clause(since="2.2", level="documented", refs=["man:socketcall(2)", "man:shutdown(2)", COMPAT])
@pytest.mark.parametrize(("how", "left_reads", "right_reads"), [(SHUT_RD, True, False), (SHUT_WR, False, True)])
def test_shutdown_closes_the_given_direction(lowmem, sockets, how, left_reads, right_reads):
    """The sub-call shutdown ends the direction that the second word names, and no other value is taken."""
    left, right = sockets.pair()

    assert SocketCall.shutdown(left.fd, SHUT_RDWR + 1) == refused(EINVAL)
    assert SocketCall.shutdown(left.fd, how) == SUCCESS

    ended = [syscall.recvfrom(end.fd, lowmem.alloc(1), 1, MSG_DONTWAIT) for end in (left, right)]
    assert ended == [SUCCESS if end else refused(EAGAIN) for end in (left_reads, right_reads)]
