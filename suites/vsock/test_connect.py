"""AF_VSOCK over its loopback: names, connections, refusals, records and the end of a connection."""

import ctypes
import select
from errno import EADDRINUSE, EADDRNOTAVAIL, ECONNRESET, EINVAL, EISCONN, ENOTCONN, EPIPE

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.endpoints import name_of
from helpers.kinds import VSOCK_SEQPACKET, VSOCK_STREAM
from helpers.net import addresses
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_INET, MSG_DONTWAIT, MSG_EOR, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, SHUT_RD, SHUT_WR
from helpers.uapi.vm_sockets import VMADDR_CID_ANY, VMADDR_CID_LOCAL, VMADDR_PORT_ANY, sockaddr_vm

SYSCALL = "connect"
MAN = "man:vsock(7)"
CONNECT = "src:net/vmw_vsock/af_vsock.c:vsock_connect"
BIND = "src:net/vmw_vsock/af_vsock.c:__vsock_bind"
SEND = "src:net/vmw_vsock/af_vsock.c:vsock_connectible_sendmsg"
RECEIVE = "src:net/vmw_vsock/af_vsock.c:vsock_connectible_recvmsg"
both_kinds = of_kinds(VSOCK_STREAM, VSOCK_SEQPACKET)


@clause(
    since="5.15",
    level="documented",
    refs=[MAN, BIND],
    covers=["errno:bind:EADDRINUSE", "errno:bind:EADDRNOTAVAIL", "errno:bind:EINVAL"],
)
@both_kinds
def test_a_socket_has_the_name_it_is_bound_to(sockets, kind):
    """A bound socket has its CID and port, one that asks for any port a port of its own; a port is taken once."""
    (first, name), second, third = kind.named(sockets), kind.open(sockets), kind.open(sockets)
    told = sockaddr_vm.from_buffer_copy(name)

    assert (told.svm_cid, told.svm_flags, told.svm_reserved1) == (VMADDR_CID_LOCAL, 0, 0)
    assert 0 < told.svm_port < VMADDR_PORT_ANY
    assert second.bind(name) == refused(EADDRINUSE)
    assert second.bind(addresses.vsock(cid=77777)) == refused(EADDRNOTAVAIL)
    assert second.bind(addresses.vsock(), 15) == refused(EINVAL)
    assert second.bind(sockaddr_vm(AF_INET, 0, VMADDR_PORT_ANY, VMADDR_CID_LOCAL)).errno
    assert second.bind(addresses.vsock()) == SUCCESS
    assert second.bind(addresses.vsock()) == refused(EINVAL)
    assert third.bind(addresses.vsock(cid=VMADDR_CID_ANY)) == SUCCESS
    assert sockaddr_vm.from_buffer_copy(name_of(third)).svm_cid == VMADDR_CID_ANY
    assert first.fd >= 0


@clause(since="5.15", level="documented", refs=[MAN, CONNECT], covers=["errno:EISCONN", "errno:EINVAL"])
@both_kinds
def test_connects_once_to_who_listens(sockets, kind):
    """A connect reaches the listener, and both ends name each other; a second is EISCONN, a listener's EINVAL."""
    (listener, name), client = kind.ready(sockets), kind.open(sockets)

    result = client.connect(name)
    accepted = sockets.adopt(listener.must.accept())

    assert result == SUCCESS
    assert bytes(name_of(client, peer=True)) == bytes(name)
    assert bytes(name_of(accepted)) == bytes(name)
    seen, own = (sockaddr_vm.from_buffer_copy(one) for one in (name_of(accepted, peer=True), name_of(client)))
    assert (seen.svm_cid, seen.svm_port) == (VMADDR_CID_LOCAL, own.svm_port)
    assert client.connect(name) == refused(EISCONN)
    assert listener.connect(name) == refused(EINVAL)


@clause(since="5.15", level="disputed", refs=[MAN, CONNECT, "man:connect(2)"])
@both_kinds
def test_is_reset_where_no_one_listens(sockets, kind):
    """A connect to a port without a listener is ECONNRESET (connect(2): ECONNREFUSED), and the socket may go on."""
    _, name = kind.named(sockets)
    (_, open_name), client = kind.ready(sockets), kind.open(sockets)

    result = client.connect(name)

    assert result == refused(ECONNRESET)
    assert client.getpeername(bytearray(16), ctypes.c_int(16)) == refused(ENOTCONN)
    assert client.connect(open_name) == SUCCESS


@clause(
    since="5.15", level="documented", refs=[MAN, SEND, RECEIVE], covers=["errno:sendto:EPIPE", "errno:sendto:ENOTCONN"]
)
@both_kinds
def test_shutting_down_ends_one_direction(sockets, kind):
    """After SHUT_WR a send is EPIPE and the peer receives the end; the other direction still works."""
    near, far = kind.pair(sockets)
    fresh = kind.open(sockets)

    result = near.shutdown(SHUT_WR)

    assert result == SUCCESS
    assert near.send(b"x", MSG_NOSIGNAL) == refused(EPIPE)
    assert wait.readable(far.fd)
    assert far.recv(bytearray(9), 9) == returned(0)
    assert far.send(b"back") == returned(4)
    assert wait.readable(near.fd)
    assert near.recv(bytearray(9), 9) == returned(4)
    assert near.shutdown(SHUT_RD) == SUCCESS
    assert fresh.shutdown(SHUT_WR) == refused(ENOTCONN)
    assert fresh.send(b"x", MSG_NOSIGNAL) == refused(ENOTCONN)


@clause(
    since="5.15",
    level="documented",
    refs=["man:recv(2)", "src:net/vmw_vsock/virtio_transport_common.c", MAN],
    covers=["msg:MSG_EOR", "msg:MSG_TRUNC"],
)
@pytest.mark.parametrize("flags", [0, MSG_EOR], ids=["plain", "eor"])
def test_a_record_is_cut_to_the_buffer(sockets, flags):
    """A record of SOCK_SEQPACKET longer than the buffer is cut, told by MSG_TRUNC, whose length is the whole one's."""
    near, far = VSOCK_SEQPACKET.pair(sockets)
    for data in (b"longer than eight", b"longer than eight", b"next"):
        near.must.send(data, flags)
    wait.readable(far.fd)

    results = [far.recv(bytearray(8), 8), far.recv(bytearray(8), 8, MSG_TRUNC), far.recv(bytearray(8), 8)]

    assert results == [returned(8), returned(17), returned(4)]


@clause(
    since="6.9",
    level="documented",
    refs=["man:recv(2)", "src:net/vmw_vsock/virtio_transport_common.c", MAN],
    covers=["msg:MSG_PEEK"],
)
@both_kinds
def test_a_peek_takes_nothing(sockets, kind):
    """MSG_PEEK returns the first bytes or the first record, time after time."""
    near, far = kind.pair(sockets)
    near.must.send(b"data")
    wait.readable(far.fd)
    buffer = bytearray(9)

    results = [far.recv(buffer, 9, flags | MSG_DONTWAIT) for flags in (MSG_PEEK, MSG_PEEK, 0)]

    assert results == [returned(4)] * 3
    assert bytes(buffer[:4]) == b"data"
    assert wait.poll(far.fd, select.POLLIN, 0) == 0
