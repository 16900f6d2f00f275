"""sendmsg(2): the memory of header, vector and pieces, and which error takes precedence."""

import ctypes
from errno import EBADF, EFAULT, EINVAL, EMSGSIZE, ENOBUFS, ENOTSOCK

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import arrivals, drain
from helpers.memory import PAGE, Memory
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_DONTWAIT, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, iovec, msghdr
from helpers.uapi.socket_options import SO_SNDBUF

SENDMSG = "src:net/socket.c:__sys_sendmsg"
COPY = "src:net/socket.c:copy_msghdr_from_user"
IMPORT = "src:lib/iov_iter.c:__import_iovec"


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", SENDMSG], covers=["errno:EBADF", "errno:ENOTSOCK"])
@pytest.mark.parametrize("kind", ["negative", "path", "pipe"])
def test_the_descriptor_is_of_an_open_socket(sockets, kind):
    """What is no open descriptor (O_PATH neither) is refused with EBADF, and what is no socket with ENOTSOCK."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([b"data"])
    bad = odd_descriptor(sockets, kind, sender)

    result = syscall.sendmsg(bad, message.header)

    assert result == refused(ODD[kind])
    assert sender.sendmsg(message.header) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("part", ["header", "vector"])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
def test_a_structure_that_cannot_be_read_is_refused_with_efault(sockets, memory, part, where):
    """A header or vector that cannot be read to its last byte is refused with EFAULT, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([b"one", b"two"])
    raw = bytes(message.header if part == "header" else message.iov)
    place = {"unmapped": memory.unmapped, "page end": memory.before_end(raw[:-1])}[where]

    def send(place):
        if part == "header":
            return sender.sendmsg(place)
        message.header.msg_iov = place
        return sender.sendmsg(message.header)

    assert send(place) == refused(EFAULT)
    assert drain(receiver) == []
    assert send(memory.before_end(raw)) == returned(6)
    assert drain(receiver) == [b"onetwo"]


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", IMPORT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
@pytest.mark.parametrize("before", [[], [b"head"]], ids=["only", "second"])
def test_a_piece_that_cannot_be_read_is_refused_with_efault(loopback, memory, where, before):
    """When one piece cannot be read to its last byte the call is refused with EFAULT, and none of them is sent."""
    sender, receiver = loopback.packet_socket(protocol=0), loopback.packet_socket(protocol=OWN)
    last = frames.ethernet()
    message = Message([*before, last.data])
    bad = {"unmapped": memory.unmapped, "page end": memory.before_end(last.data[:-1])}
    message.iov[len(before)].iov_base = bad[where]

    result = sender.sendmsg(message.header)
    control = sender.sendmsg(Message([last.data[:9], last.data[9:]]).header)

    assert result == refused(EFAULT)
    assert control == returned(len(last))
    assert arrivals(receiver, last.marker) == [last.data]


@clause(since="2.2", level="source", refs=["src:lib/iov_iter.c:iovec_from_user"], covers=["errno:EINVAL"])
@pytest.mark.parametrize(("count", "length"), [(1, 2**63), (2, 2**64 - 1)], ids=["only", "last"])
def test_a_length_that_is_negative_as_ssize_t_is_refused_with_einval(sockets, count, length):
    """A piece with a length above SSIZE_MAX is refused with EINVAL, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    message = Message([b"data"] * count)
    message.iov[count - 1].iov_len = length

    assert sender.sendmsg(message.header) == refused(EINVAL)
    assert drain(receiver) == []
    message.iov[count - 1].iov_len = 4
    assert sender.sendmsg(message.header) == returned(4 * count)


@clause(since="2.6.35", level="source", refs=[IMPORT])
@pytest.mark.parametrize("lengths", [[2**31], [2**30, 2**30, 2**30]], ids=["one", "sum"])
def test_a_sum_beyond_what_one_call_moves_is_cut(sockets, lengths):
    """Pieces that add up to more than one call can move are cut, not refused: a stream takes what fits."""
    sender, receiver = sockets.pair(SOCK_STREAM)
    sender.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    data = bytes(range(256)) * (PAGE // 16)
    message = Message([data] * len(lengths))
    for piece, length in zip(message.iov, lengths, strict=True):
        piece.iov_len = length

    result = sender.sendmsg(message.header, MSG_DONTWAIT)

    assert 0 < result.value < len(data)
    assert b"".join(drain(receiver)) == data[: result.value]


BAD = Memory.KERNEL
PIECES = (iovec * 2)(iovec(None, 0), iovec(BAD, 0))
PIECE = PIECES[1]
ORDER = {
    "descriptor-before-header": ("negative", None, EBADF),
    "socket-before-header": ("pipe", None, ENOTSOCK),
    "name-length-before-name": ("good", {"msg_namelen": -1}, EINVAL),
    "name-before-count": ("good", {}, EFAULT),
    "count-before-vector": ("good", {"msg_namelen": 0}, EMSGSIZE),
    "vector-before-control-length": ("good", {"msg_namelen": 0, "msg_iovlen": 1}, EFAULT),
    "piece-before-control-length": (
        "good",
        {"msg_namelen": 0, "msg_iov": ctypes.addressof(PIECE), "msg_iovlen": 1},
        EFAULT,
    ),
    "second-piece-before-control-length": (
        "good",
        {"msg_namelen": 0, "msg_iov": ctypes.addressof(PIECES), "msg_iovlen": 2},
        EFAULT,
    ),
    "control-length-before-control": ("good", {"msg_namelen": 0, "msg_iovlen": 0}, ENOBUFS),
    "control-before-family": ("good", {"msg_namelen": 0, "msg_iovlen": 0, "msg_controllen": 16}, EFAULT),
}


@clause(since="3.13", level="source", refs=[SENDMSG, "src:net/socket.c:__copy_msghdr"])
@pytest.mark.parametrize(("kind", "changes", "errno"), ORDER.values(), ids=ORDER)
def test_faults_are_told_in_order(sockets, kind, changes, errno):
    """Errors take precedence in this order: descriptor, header, name, count, vector, control, family."""
    sender = sockets.packet()  # which can send nothing: it has no link
    header = msghdr(msg_name=BAD, msg_namelen=20, msg_iov=BAD, msg_iovlen=1025, msg_control=BAD, msg_controllen=2**31)
    for field, value in (changes or {}).items():
        setattr(header, field, value)

    good = kind == "good"
    result = sender.sendmsg(header) if good else syscall.sendmsg(odd_descriptor(sockets, kind, sender), BAD)

    assert result == refused(errno)
