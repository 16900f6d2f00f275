"""SIOCINQ and SIOCOUTQ, which are FIONREAD and TIOCOUTQ: how much waits to be read, and how much to be sent."""

from errno import EFAULT, EINVAL, ENOTTY

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.memory import Buffer
from helpers.net import addresses, frames
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_UNIX, MSG_OOB, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM
from helpers.uapi.sockios import SIOCATMARK, SIOCINQ, SIOCOUTQ

QUEUE = ["man:socket(7)", "src:net/packet/af_packet.c:packet_ioctl", "src:net/unix/af_unix.c:unix_ioctl"]


def amount(socket, request):
    """Return the int that the ioctl writes; a byte beyond it or a refusal is an error of the test."""
    answer = Buffer(8)
    socket.must.ioctl(request, answer.array)
    assert answer.untouched(4)
    return int.from_bytes(answer[:4], "little", signed=True)


@clause(since="2.2", level="source", refs=QUEUE, covers=["file:ioctl_SIOCINQ"])
def test_siocinq_of_a_packet_socket_is_the_length_of_the_next_frame(loopback):
    """SIOCINQ returns the length of the first queued frame, not of all of them; 0 when none is queued."""
    socket = loopback.packet_socket(protocol=frames.OWN)

    empty = amount(socket, SIOCINQ)
    loopback.inject(frames.ethernet(size=60), frames.ethernet(size=100))
    lengths = [empty]
    for _ in range(2):
        wait.readable(socket.fd)
        lengths.append(amount(socket, SIOCINQ))
        socket.receive(b"SOCK")

    assert [*lengths, amount(socket, SIOCINQ)] == [0, 60, 100, 0]


@clause(since="2.2", level="documented", refs=["man:unix(7)", *QUEUE], covers=["file:ioctl_SIOCINQ"])
@pytest.mark.parametrize(("kind", "waiting"), [(SOCK_STREAM, 7), (SOCK_DGRAM, 3)], ids=["stream", "dgram"])
def test_siocinq_of_a_unix_socket_is_what_a_read_can_get(sockets, kind, waiting):
    """SIOCINQ returns all bytes that wait in a stream, and the length of the first datagram."""
    left, right = sockets.pair(kind)
    left.must.send(b"one")
    left.must.send(b"four")

    assert amount(right, SIOCINQ) == waiting
    assert syscall.call("read", right.fd, bytearray(16), 16) == returned(waiting)


@clause(since="2.2", level="documented", refs=["man:unix(7)", *QUEUE], covers=["file:ioctl_SIOCINQ"])
def test_siocinq_of_a_listening_socket_is_einval(sockets):
    """SIOCINQ of a socket that listens is EINVAL, and writes nothing."""
    socket, answer = sockets.open(AF_UNIX, SOCK_STREAM), Buffer(4)
    socket.must.bind(addresses.abstract())
    assert amount(socket, SIOCINQ) == 0
    socket.must.listen(1)

    assert socket.ioctl(SIOCINQ, answer.array) == refused(EINVAL)
    assert answer.untouched()


@clause(since="2.2", level="source", refs=QUEUE, covers=["file:ioctl_SIOCOUTQ"])
def test_siocoutq_counts_what_was_sent_and_not_yet_read(sockets):
    """SIOCOUTQ returns the memory that the peer's unread data take: more with each send, 0 when all is read."""
    left, right = sockets.pair(SOCK_DGRAM)

    amounts = [amount(left, SIOCOUTQ)]
    for _ in range(2):
        left.must.send(bytes(1000))
        amounts.append(amount(left, SIOCOUTQ))
    for _ in range(2):
        right.must.recv(bytearray(1000), 1000)

    assert amounts[0] == 0
    assert amounts[1] >= 1000
    assert amounts[2] == 2 * amounts[1]
    assert (amount(left, SIOCOUTQ), amount(right, SIOCOUTQ)) == (0, 0)


@clause(since="2.2", level="source", refs=QUEUE, covers=["file:ioctl_SIOCOUTQ"])
def test_siocoutq_of_a_packet_socket_is_0_when_all_is_sent(loopback):
    """SIOCOUTQ of a packet socket is 0 before and after frames that the link has taken."""
    socket = loopback.packet_socket(protocol=0)

    before = amount(socket, SIOCOUTQ)
    socket.must.send(frames.ethernet().data)

    assert before == 0
    wait.until(lambda: amount(socket, SIOCOUTQ) == 0, "the frame is sent")


@clause(since="2.2", level="source", refs=QUEUE, covers=["file:ioctl_SIOCINQ", "file:ioctl_SIOCOUTQ"])
@pytest.mark.parametrize("request_", [SIOCINQ, SIOCOUTQ], ids=["SIOCINQ", "SIOCOUTQ"])
@pytest.mark.parametrize("kind", ["packet", "unix"])
def test_amount_that_cannot_be_written_is_efault(sockets, memory, kind, request_):
    """Memory that cannot take the amount is EFAULT; 4 bytes at the end of a page suffice."""
    socket = sockets.packet() if kind == "packet" else sockets.pair()[0]

    assert socket.ioctl(request_, memory.readonly(b"1234")) == refused(EFAULT)
    assert socket.ioctl(request_, memory.before_end(b"123")) == refused(EFAULT)
    assert socket.ioctl(request_, memory.before_end(b"1234")) == SUCCESS


@clause(since="5.15", level="source", refs=["man:unix(7)", *QUEUE], covers=["file:ioctl_SIOCATMARK", "msg:MSG_OOB"])
def test_siocatmark_tells_when_the_urgent_byte_is_next(sockets):
    """SIOCATMARK of a stream is 1 when all before the urgent byte is read, and 0 before; a packet socket is ENOTTY."""
    left, right = sockets.pair()
    left.must.send(b"ab")
    if not left.send(b"!", MSG_OOB).ok:
        pytest.skip("AF_UNIX streams have no urgent data here (CONFIG_AF_UNIX_OOB)")

    before = amount(right, SIOCATMARK)
    read = syscall.call("read", right.fd, bytearray(8), 8)

    assert (before, read, amount(right, SIOCATMARK)) == (0, returned(2), 1)
    assert sockets.packet().ioctl(SIOCATMARK, bytearray(64)) == refused(ENOTTY)


@clause(since="2.2", level="source", refs=["man:unix(7)", *QUEUE], covers=["file:ioctl_SIOCINQ", "file:ioctl_SIOCOUTQ"])
@pytest.mark.parametrize("type_", [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET], ids=["stream", "dgram", "seqpacket"])
def test_the_queues_of_an_unconnected_unix_socket_are_empty(sockets, type_):
    """SIOCINQ and SIOCOUTQ of an AF_UNIX socket without a peer are 0, bound or not."""
    socket = sockets.open(AF_UNIX, type_)

    fresh = [amount(socket, request) for request in (SIOCINQ, SIOCOUTQ)]
    socket.must.bind(addresses.abstract())

    assert [fresh, [amount(socket, request) for request in (SIOCINQ, SIOCOUTQ)]] == [[0, 0]] * 2
