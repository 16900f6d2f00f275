"""SCM_RIGHTS on AF_UNIX streams: descriptors come with the first byte of their send, and reads end there."""

import os
from errno import EAGAIN, EPERM

import pytest

from fixtures.clauses import clause
from helpers import descriptors
from helpers.memory import Buffer
from helpers.messages import Message, receive
from helpers.passed_descriptors import descriptors_in, files_of, pass_descriptors, rights, send_descriptors
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, MSG_OOB, MSG_PEEK, SOL_SOCKET
from helpers.uapi.socket_options import SO_PASSRIGHTS, SO_SNDBUF
from helpers.uapi.sockios import SIOCINQ
from helpers.unix_ends import TYPES, need_urgent_data, number

SYSCALL = "recvmsg"
READ = "src:net/unix/af_unix.c:unix_stream_read_generic"
SEND = "src:net/unix/af_unix.c:unix_stream_sendmsg"
REFS = ["man:unix(7)", READ]


def taken(receiver, size=64, flags=0):
    """Return the bytes of one receive and how many descriptors came with them, which are closed; None for EAGAIN."""
    received = receive(receiver.fd, size, flags=flags | MSG_DONTWAIT)
    return received and (received.data, len(files_of(descriptors_in(received))))


@clause(since="2.2", level="documented", refs=REFS)
def test_a_read_ends_behind_bytes_with_descriptors(sockets):
    """A read that meets bytes with descriptors ends behind that send: nothing later is joined, what was before is."""
    sender, receiver = sockets.pair()
    sender.must.send(b"a")
    pass_descriptors(sender, sender.fd, data=b"bc")
    sender.must.send(b"d")
    pass_descriptors(sender, sender.fd, receiver.fd, data=b"ef")
    pass_descriptors(sender, sender.fd, data=b"g")
    sender.must.send(b"h")

    seen = [taken(receiver) for _ in range(5)]

    assert seen == [(b"abc", 1), (b"def", 2), (b"g", 1), (b"h", 0), None]


@clause(since="2.2", level="documented", refs=REFS)
def test_descriptors_come_with_the_first_byte(sockets):
    """Descriptors come with the first byte of their send, once; the bytes behind come without, joined to the next."""
    sender, receiver = sockets.pair()
    pass_descriptors(sender, sender.fd, data=b"abc")
    sender.must.send(b"def")

    assert [taken(receiver, 1), taken(receiver, 9), taken(receiver, 9)] == [(b"a", 1), (b"bcdef", 0), None]


@clause(since="2.2", level="source", refs=REFS, covers=["msg:MSG_PEEK"])
def test_a_peek_ends_there_too(sockets):
    """A peek ends behind bytes with descriptors, too, and brings them each time; then they are taken."""
    sender, receiver = sockets.pair()
    sender.must.send(b"a")
    pass_descriptors(sender, sender.fd, data=b"bc")
    sender.must.send(b"d")

    seen = [taken(receiver, 9, flags) for flags in (MSG_PEEK, MSG_PEEK, 0, 0)]

    assert seen == [(b"abc", 1), (b"abc", 1), (b"abc", 1), (b"d", 0)]


@clause(since="2.2", level="source", refs=[SEND])
def test_a_send_that_is_split_passes_them_once(sockets):
    """Descriptors of a send that takes several buffers come once, with its first byte."""
    sender, receiver = sockets.pair()
    data = bytes(60_000)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 100_000)
    pass_descriptors(sender, sender.fd, data=data)

    seen = [taken(receiver, 1), taken(receiver, 59_999), taken(receiver, 60_000)]

    total = b"".join(one[0] for one in seen if one)
    assert (total, [one[1] for one in seen if one][:2]) == (data, [1, 0])


@clause(since="5.15", level="source", refs=["src:net/unix/af_unix.c:queue_oob", SEND], covers=["msg:MSG_OOB"])
@pytest.mark.parametrize("data", [b"!", b"ab!"], ids=["urgent-byte-only", "with-bytes-before"])
def test_descriptors_of_an_urgent_send(sockets, data):
    """Descriptors sent with MSG_OOB come with the bytes before the urgent one; sent with that alone they are queued."""
    need_urgent_data(sockets)
    sender, receiver = sockets.pair()

    result = sender.sendmsg(Message([data], control=rights(sender.fd)).header, MSG_OOB)

    assert result == returned(len(data))
    if len(data) > 1:
        assert taken(receiver) == (b"ab", 1)
    with open(f"/proc/self/fdinfo/{receiver.fd}") as info:
        assert ("scm_fds: 0\n" in info.read()) == (len(data) > 1)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/core/scm.c:scm_recv_unix"])
@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_a_plain_read_closes_what_came_along(sockets, kind):
    """Descriptors that come with bytes read by a call without msg_control are closed: none is left open."""
    sender, receiver = sockets.pair(kind)
    reader, writer = (sockets.adopt(fd) for fd in os.pipe())
    pass_descriptors(sender, writer.fd)
    writer.must.close()
    buffer = Buffer(8)

    result, opened = descriptors.opened_by(lambda: receiver.recv(buffer.array, 8))

    assert (result, opened) == (returned(1), [])
    assert os.read(reader.fd, 1) == b""
    assert receiver.recv(buffer.array, 8, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/core/scm.c:scm_detach_fds"])
@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_the_same_open_file_arrives(sockets, kind):
    """The received descriptor is of the very open file, not of another of the same name: it shares the offset."""
    sender, receiver = sockets.pair(kind)
    file = sockets.adopt(os.memfd_create("passed"))
    os.write(file.fd, b"12345678")
    os.lseek(file.fd, 3, os.SEEK_SET)
    pass_descriptors(sender, file.fd)

    (fd,) = descriptors_in(receive(receiver.fd, 1))

    received = sockets.adopt(fd)
    os.lseek(file.fd, 5, os.SEEK_SET)
    assert os.read(received.fd, 2) == b"67"
    assert os.lseek(file.fd, 0, os.SEEK_CUR) == 7
    assert send_descriptors(sender, 1) == files_of(descriptors_in(receive(receiver.fd, 1)))[0][0]


@clause(since="4.2", level="source", refs=["src:net/unix/af_unix.c:unix_stream_splice_read", READ])
def test_a_splice_closes_what_came_along(sockets):
    """A splice from a stream moves bytes alone: descriptors that came with them are closed."""
    sender, receiver = sockets.pair()
    reader, writer = (sockets.adopt(fd) for fd in os.pipe())
    target, into = (sockets.adopt(fd) for fd in os.pipe())
    pass_descriptors(sender, writer.fd, data=b"data")
    writer.must.close()

    moved = os.splice(receiver.fd, into.fd, 9)

    assert (moved, os.read(target.fd, 9)) == (4, b"data")
    assert os.read(reader.fd, 1) == b""


@clause(since="6.16", level="source", refs=["src:net/unix/af_unix.c:queue_oob"], covers=["msg:MSG_OOB"])
def test_an_urgent_byte_with_descriptors_for_who_takes_none_is_eperm(sockets):
    """An urgent byte with descriptors for a socket without SO_PASSRIGHTS is EPERM, and nothing is queued."""
    need_urgent_data(sockets)
    sender, receiver = sockets.pair()
    message = Message([b"!"], control=rights(sender.fd))
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 0)

    result = sender.sendmsg(message.header, MSG_OOB)
    waiting = number(receiver, SIOCINQ)
    receiver.must.setsockopt(SOL_SOCKET, SO_PASSRIGHTS, 1)

    assert (result, waiting) == (refused(EPERM), 0)
    assert sender.sendmsg(message.header, MSG_OOB) == returned(1)
    assert number(receiver, SIOCINQ) == 1
