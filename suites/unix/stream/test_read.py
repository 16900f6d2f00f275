"""Reading an AF_UNIX stream: what one call takes, what it leaves, what ends it."""

import os
from errno import EAGAIN, EFAULT

import pytest

from fixtures.clauses import clause
from helpers.endpoints import name_of, named
from helpers.kinds import UNIX_STREAM
from helpers.memory import Buffer
from helpers.messages import Message, receive
from helpers.net.addresses import unix
from helpers.options import covers
from helpers.process import start
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    MSG_PEEK,
    MSG_TRUNC,
    MSG_WAITALL,
    SHUT_WR,
    SOL_SOCKET,
    sockaddr_storage,
)
from helpers.uapi.socket_options import SO_RCVLOWAT
from helpers.unix_ends import got

SYSCALL = "recvfrom"
READ = "src:net/unix/af_unix.c:unix_stream_read_generic"
EMPTY = refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:unix(7)", READ])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 9, 10, 11])
def test_one_read_takes_from_several_sends(sockets, size):
    """A read takes as many bytes as are there and fit, over the bounds of sends, and leaves the rest in order."""
    sender, receiver = sockets.pair()
    for data in (b"abc", b"d", b"", b"efghij"):
        assert sender.send(data) == returned(len(data))

    seen = [got(receiver, size), got(receiver, 64)]

    assert seen == [b"abcdefghij"[:size], b"abcdefghij"[size:] or EMPTY]


@clause(since="2.2", level="source", refs=[READ])
def test_msg_trunc_means_nothing_to_a_stream(sockets):
    """MSG_TRUNC on a stream copies the bytes and returns their number, no more, and what did not fit stays."""
    sender, receiver = sockets.pair()
    sender.must.send(b"data")
    message = Message([3])

    result = receiver.recvmsg(message.header, MSG_TRUNC | MSG_DONTWAIT)

    assert (result, message.data(3), message.header.msg_flags) == (returned(3), b"dat", 0)
    assert got(receiver) == b"a"


@clause(since="2.2", level="documented", refs=["man:recv(2)", "man:socket(7)", READ],
        covers=["msg:MSG_WAITALL", *covers(["SO_RCVLOWAT"], "effect")])  # fmt: skip
@pytest.mark.parametrize("enough", ["MSG_WAITALL", "SO_RCVLOWAT"])
def test_a_read_waits_until_there_is_enough(sockets, enough):
    """A read with MSG_WAITALL, or up to SO_RCVLOWAT, goes on waiting until it has so much, over several sends."""
    sender, receiver = sockets.pair()
    receiver.must.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 6 if enough == "SO_RCVLOWAT" else 1)
    flags = MSG_WAITALL if enough == "MSG_WAITALL" else 0
    sender.must.send(b"ab")

    def read():
        buffer = Buffer(6)
        return receiver.recv(buffer.array, 6, flags), bytes(buffer[:6])

    with start(read) as child:
        child.wait_blocked("recvfrom")
        sender.must.send(b"cd")
        child.wait_blocked("recvfrom")
        sender.must.send(b"efgh")
        result = child.result()

    assert result == (returned(6), b"abcdef")
    assert got(receiver) == b"gh"


@clause(since="2.2", level="documented", refs=["man:recv(2)", READ], covers=["msg:MSG_WAITALL"])
@pytest.mark.parametrize("end", ["shutdown", "reset"])
def test_what_there_is_comes_before_the_end_of_the_wait(sockets, end):
    """MSG_WAITALL returns what there is when the peer ends the stream or resets it."""
    sender, receiver = sockets.pair()
    sender.must.send(b"data")
    if end == "reset":
        receiver.must.send(b"unread")  # which the sender does not read
        sender.must.close()
    else:
        sender.must.shutdown(SHUT_WR)

    buffer = Buffer(9)
    result = receiver.recv(buffer.array, 9, MSG_WAITALL)

    assert (result, buffer[:4]) == (returned(4), b"data")
    got(receiver)
    assert got(receiver) == b""


@clause(since="2.2", level="documented", refs=["man:recv(2)", READ], covers=["msg:MSG_WAITALL", "msg:MSG_DONTWAIT"])
def test_waitall_that_may_not_wait_returns_what_there_is(sockets):
    """MSG_WAITALL with MSG_DONTWAIT returns what there is, and is EAGAIN without any data."""
    sender, receiver = sockets.pair()
    sender.must.send(b"data")

    assert [got(receiver, 9, MSG_WAITALL) for _ in range(2)] == [b"data", EMPTY]


@clause(since="2.2", level="source", refs=[READ])
def test_a_fault_behind_the_first_send_keeps_the_rest(sockets, memory):
    """Where the buffer ends within the second send a read returns the first one whole; the second stays."""
    sender, receiver = sockets.pair()
    sender.must.send(b"first")
    sender.must.send(b"second")

    results = [receiver.recv(memory.before_end(b"-" * 5), 11, MSG_DONTWAIT)]
    results.append(receiver.recv(memory.unmapped, 6, MSG_DONTWAIT))

    assert results == [returned(5), refused(EFAULT)]
    assert got(receiver) == b"second"


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:unix_copy_addr", READ])
@pytest.mark.parametrize("flags", [0, MSG_PEEK], ids=["taken", "peeked"])
def test_the_name_of_the_peer_comes_with_the_bytes(sockets, flags):
    """msg_name is the address of the peer, if it has one; of a peer without a name msg_namelen is 0."""
    listener, name = UNIX_STREAM.ready(sockets)
    client = UNIX_STREAM.open(sockets)
    client.must.connect(name)
    server = sockets.adopt(listener.must.accept4())
    client.must.send(b"one")
    first = receive(server.fd, name=sockaddr_storage(), flags=flags | MSG_DONTWAIT)
    address = named(client)
    client.must.send(b"two")
    server.must.send(b"back")

    storages = [sockaddr_storage(), sockaddr_storage()]
    lengths = [
        receive(end.fd, name=storage, flags=flags | MSG_DONTWAIT).name_length
        for end, storage in zip((server, client), storages, strict=True)
    ]

    assert first.name_length == 0
    assert [bytes(storage)[:length] for storage, length in zip(storages, lengths, strict=True)] == [
        bytes(address), bytes(name),
    ]  # fmt: skip


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:unix_stream_connect"])
def test_an_accepted_socket_has_the_path_of_its_listener(sockets, tmp_path):
    """The accepted socket has its listener's path as name, also when the file is gone and the listener closed."""
    listener, client = UNIX_STREAM.open(sockets), UNIX_STREAM.open(sockets)
    path = tmp_path / "socket"
    name = unix(bytes(path) + b"\0")
    listener.must.bind(name)
    listener.must.listen(1)
    client.must.connect(name)
    server = sockets.adopt(listener.must.accept4())

    os.unlink(path)
    listener.must.close()

    assert [bytes(name_of(server)), bytes(name_of(client, peer=True))] == [bytes(name)] * 2
    assert (client.send(b"data"), got(server)) == (returned(4), b"data")
