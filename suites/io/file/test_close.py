"""close(2): a socket lives as long as its last descriptor, wherever that is."""

import os
import struct
from errno import EBADF, ECONNREFUSED

import pytest

from fixtures.clauses import clause
from helpers import messages, process, syscall, wait
from helpers.net import frames
from helpers.packet.packet_socket import PacketSocket
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SCM_RIGHTS, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET

REFS = ["man:close(2)", "src:net/socket.c:sock_close"]


def packet_inodes(namespace):
    """Return the inodes of the packet sockets in *namespace*."""
    with namespace, open("/proc/thread-self/net/packet") as table:
        return {int(line.split()[-1]) for line in list(table)[1:]}


@clause(since="2.2", level="documented", refs=REFS, covers=["file:close", "file:proc_packet"])
def test_packet_socket_is_gone_when_close_returns(sockets, namespace):
    """A packet socket is in /proc/net/packet while it is open, and no longer once its last descriptor is closed."""
    socket = sockets.packet(namespace=namespace)
    inode, spare = os.fstat(socket.fd).st_ino, os.dup(socket.fd)
    seen = [inode in packet_inodes(namespace)]

    for fd in (socket.fd, spare):
        assert syscall.close(fd) == SUCCESS
        seen.append(inode in packet_inodes(namespace))

    socket.fd = -1
    assert seen == [True, True, False]
    assert syscall.close(spare) == refused(EBADF)


@clause(since="2.2", level="documented", refs=["man:dup(2)", *REFS], covers=["file:close"])
def test_duplicate_keeps_the_socket(loopback):
    """A socket of which one descriptor is closed still receives through another."""
    socket = loopback.packet_socket(protocol=frames.OWN)
    spare = loopback.sockets.keep(PacketSocket(os.dup(socket.fd)))
    frame = frames.ethernet()

    assert socket.close() == SUCCESS
    loopback.inject(frame)

    assert spare.receive(frame.marker).data == frame.data


@clause(since="2.2", level="documented", refs=["man:unix(7)", *REFS], covers=["file:close"])
def test_descriptor_on_its_way_keeps_the_socket(loopback, sockets):
    """A socket whose only descriptor is in a queued message still receives, and is intact when that is received."""
    left, right = sockets.pair()
    socket = loopback.packet_socket(protocol=frames.OWN)
    inode, frame = os.fstat(socket.fd).st_ino, frames.ethernet()
    control = messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", socket.fd))
    left.must.sendmsg(messages.Message([b"x"], control=control).header)

    assert socket.close() == SUCCESS
    loopback.inject(frame)
    [(_, _, data)] = messages.receive(right.fd).controls

    arrived = sockets.keep(PacketSocket(struct.unpack("i", data)[0]))
    assert os.fstat(arrived.fd).st_ino == inode
    assert arrived.receive(frame.marker).data == frame.data


@clause(since="2.2", level="documented", refs=["man:unix(7)", *REFS], covers=["file:close"])
def test_descriptor_in_a_message_that_is_lost_is_closed(sockets):
    """A descriptor in a message that is never received is closed with the socket in whose queue it is."""
    left, right = sockets.pair()
    inner, other = sockets.pair()
    control = messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", inner.fd))
    left.must.sendmsg(messages.Message([b"x"], control=control).header)
    inner.close()
    alive = wait.poll(other.fd, 1, 0)

    right.close()

    assert alive == 0
    assert wait.readable(other.fd)
    assert other.recv(bytearray(1), 1, MSG_DONTWAIT) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:fork(2)", *REFS], covers=["file:close"])
def test_descriptor_of_a_child_keeps_the_socket(sockets):
    """A socket that its creator has closed lives while a child has it, and ends with the child."""
    left, right = sockets.pair()
    reader, writer = os.pipe()

    with process.start(lambda: (os.close(writer), os.read(reader, 1))) as child:
        child.wait_started()
        os.close(reader)
        left.close()
        alive = wait.poll(right.fd, 1, 0)
        os.close(writer)
        child.result()

    assert alive == 0
    assert wait.readable(right.fd)
    assert os.read(right.fd, 1) == b""


@clause(since="2.2", level="documented", refs=["man:unix(7)", *REFS], covers=["file:close"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
def test_peer_learns_of_the_end(sockets, kind):
    """What was sent before the close is received; then a stream is at its end, and a datagram cannot be sent."""
    left, right = sockets.pair(kind)
    left.must.send(b"last")

    assert left.close() == SUCCESS

    assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == returned(4)
    if kind == SOCK_STREAM:
        assert right.recv(bytearray(8), 8, MSG_DONTWAIT) == SUCCESS
    else:
        assert right.send(b"x") == refused(ECONNREFUSED)


@clause(since="2.2", level="documented", refs=["man:dup(2)", *REFS], covers=["file:close"])
def test_dup3_onto_a_socket_closes_it(sockets):
    """dup3(2) of another file onto the only descriptor of a socket closes the socket."""
    left, right = sockets.pair()

    assert syscall.call("dup3", right.fd, left.fd, os.O_CLOEXEC) == returned(left.fd)

    assert os.fstat(left.fd).st_ino == os.fstat(right.fd).st_ino
    assert right.recv(bytearray(1), 1, MSG_DONTWAIT) == SUCCESS
