"""sendmsg(2): msg_control, its length and its layout."""

import ctypes
from errno import EFAULT, EINVAL, ENOBUFS

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.kinds import UNIX_DGRAM
from helpers.messages import Message, cmsg
from helpers.net import frames
from helpers.net.sysctl import set_sysctl
from helpers.syscall import refused, returned
from helpers.uapi.socket import SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET, cmsghdr

GENERIC = "src:net/socket.c:____sys_sendmsg"
SOCKET = "src:net/core/sock.c:sock_cmsg_send"
SCM = "src:net/core/scm.c:__scm_send"
HEADER = ctypes.sizeof(cmsghdr)
ON_STACK = 36  # bytes: what the kernel takes without allocating
FOREIGN = 4711  # a level that no protocol has


def with_control(address, length):
    """Return a Message whose control lies at *address*."""
    message = Message([b"data"])
    message.header.msg_control, message.header.msg_controllen = address, length
    return message


@pytest.fixture(params=["packet", "unix"])
def send(request, sockets):
    """Send a frame's worth of data with the control bytes; the two families have walkers of their own."""
    if request.param == "unix":
        sender, _ = sockets.pair(SOCK_DGRAM)
    else:
        sender = request.getfixturevalue("loopback").packet_socket(protocol=0)
    data = frames.ethernet().data

    def send(control):
        result = sender.sendmsg(Message([data], control=control).header)
        return "sent" if result == returned(len(data)) else result

    return send


@clause(since="2.2", level="source", refs=[GENERIC], covers=["errno:ENOBUFS"])
@pytest.mark.parametrize("length", [2**31, 2**32], ids=["2^31", "2^32"])
def test_a_length_above_int_max_is_refused_with_enobufs(sockets, memory, length):
    """A msg_controllen above INT_MAX is refused with ENOBUFS before the control messages are read."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    assert sender.sendmsg(with_control(memory.unmapped, length).header) == refused(ENOBUFS)
    assert drain(receiver) == []
    assert sender.sendmsg(with_control(memory.unmapped, 0).header) == returned(4)


@clause(since="6.8", level="source", refs=[GENERIC, "src:net/core/sock.c:sock_kmalloc"], covers=["errno:ENOBUFS"])
def test_control_messages_stay_below_optmem_max(namespace, sockets, memory):
    """Control messages of net.core.optmem_max bytes are refused with ENOBUFS; those of fewer are taken, each time."""
    sender, (_, name) = (UNIX_DGRAM.named(sockets, namespace) for _ in range(2))
    set_sysctl(namespace, "core/optmem_max", "1000")
    longest = cmsg(FOREIGN, 0, bytes(999 - HEADER))[:999]

    assert sender[0].sendmsg(Message([b"data"], name, longest + b"\0").header) == refused(ENOBUFS)
    beyond = with_control(memory.unmapped, len(longest)).header
    assert sender[0].sendmsg(beyond) == refused(EFAULT)
    for _ in range(2):
        assert sender[0].sendmsg(Message([b"data"], name, longest).header) == returned(4)


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", GENERIC], covers=["errno:EFAULT"])
@pytest.mark.parametrize("size", [ON_STACK, ON_STACK + 1])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
def test_control_that_cannot_be_read_is_refused_with_efault(sockets, memory, size, where):
    """Control messages that cannot be read to their last byte are refused with EFAULT, and nothing is sent."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    control = cmsg(FOREIGN, 0, bytes(size - HEADER))[:size]
    bad = memory.unmapped if where == "unmapped" else memory.before_end(control[:-1])

    assert sender.sendmsg(with_control(bad, size).header) == refused(EFAULT)
    assert drain(receiver) == []
    assert sender.sendmsg(with_control(memory.before_end(control), size).header) == returned(4)


IGNORED = {
    "less-than-a-header": bytes(HEADER - 1),
    "other-level": cmsg(FOREIGN, SCM_RIGHTS, b"data"),
    "rest-behind": cmsg(FOREIGN, 0, b"data") + bytes(HEADER - 1),
}


@clause(since="2.2", level="source", refs=[SOCKET, SCM])
@pytest.mark.parametrize("control", IGNORED.values(), ids=IGNORED)
def test_what_is_not_for_the_socket_is_passed_over(send, control):
    """A control message of another level, and a rest shorter than a cmsghdr, are ignored: the data is sent."""
    assert send(control) == "sent"


REFUSED = {
    "length-below-header": cmsg(FOREIGN, 0, b"data", length=HEADER - 1),
    "length-above-room": cmsg(FOREIGN, 0, b"12345678", length=HEADER + 9),
    "second-above-room": cmsg(FOREIGN, 0, b"data") + cmsg(FOREIGN, 0, b"12345678", length=HEADER + 9),
    "unknown-type": cmsg(SOL_SOCKET, FOREIGN, b"data"),
    "unknown-type-second": cmsg(FOREIGN, 0, b"data") + cmsg(SOL_SOCKET, FOREIGN, b"data"),
}
GOOD = cmsg(FOREIGN, 0, b"12345678")


@clause(since="2.2", level="source", refs=[SOCKET, SCM], covers=["errno:EINVAL"])
@pytest.mark.parametrize("control", REFUSED.values(), ids=REFUSED)
def test_a_broken_or_unknown_control_message_is_refused_with_einval(send, control):
    """A cmsg_len below a cmsghdr or beyond the room, and a type unknown to SOL_SOCKET, are EINVAL at any place."""
    assert send(control) == refused(EINVAL)
    assert send(GOOD + GOOD) == "sent"
