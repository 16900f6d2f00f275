"""sendmsg(2): the mark and the priority that one message of a socket of IP is sent with."""

import sys
from errno import EINVAL, EPERM

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import messages, process, wait
from helpers.kinds import INET6_RAW, INET6_TCP, INET6_UDP, INET_RAW, INET_TCP, INET_UDP, kinds_of
from helpers.payloads import arrived
from helpers.syscall import refused
from helpers.uapi.net_tstamp import (
    SOF_TIMESTAMPING_OPT_TSONLY,
    SOF_TIMESTAMPING_SOFTWARE,
)
from helpers.uapi.socket import AF_INET, AF_INET6, SOL_SOCKET
from helpers.uapi.socket_options import (
    SO_MARK,
    SO_PRIORITY,
    SO_RCVMARK,
    SO_RCVPRIORITY,
    SO_TIMESTAMPING_NEW,
    SO_TIMESTAMPING_OLD,
)
from suites.socket.control.support import SENT_DATA, send_data, word

SYSCALL = "sendmsg"
SOCKET = "src:net/core/sock.c:__sock_cmsg_send"
STAMPED = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY
ip_kinds = of_kinds(*kinds_of(AF_INET, AF_INET6))
datagrams = of_kinds(INET_UDP, INET_RAW, INET6_UDP, INET6_RAW)


def sizes_taken(loopback, sockets, kind, type_):
    """Return which sizes of data a number is taken with, and what arrives; the others are to be EINVAL."""
    near, far = kind.pair(sockets, loopback.namespace)
    answers = {size: send_data(near, word(type_, 0, size)) for size in (0, 3, 4, 5, 8)}
    assert {answer for answer in answers.values() if answer != SENT_DATA} == {refused(EINVAL)}
    return [size for size, answer in answers.items() if answer == SENT_DATA], arrived(kind, near, far)


@clause(since="4.7", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
@ip_kinds
@pytest.mark.parametrize("type_", [SO_MARK, SO_TIMESTAMPING_OLD], ids=["SO_MARK", "SO_TIMESTAMPING"])
def test_a_number_has_exactly_four_bytes(loopback, sockets, kind, type_):
    """SO_MARK and SO_TIMESTAMPING have 4 bytes on each kind of IP, TCP too; any other size is EINVAL, nothing sent."""
    assert sizes_taken(loopback, sockets, kind, type_) == ([4], [b"data"])


@clause(since="6.14", level="source", refs=[SOCKET], covers=["errno:EINVAL"])
@ip_kinds
@pytest.mark.parametrize("type_", [SO_PRIORITY, SO_TIMESTAMPING_NEW], ids=["SO_PRIORITY", "SO_TIMESTAMPING_NEW"])
def test_a_newer_number_has_exactly_four_bytes(loopback, sockets, kind, type_):
    """SO_PRIORITY and SO_TIMESTAMPING_NEW have 4 bytes on each kind of IP; any other size is EINVAL, nothing sent."""
    assert sizes_taken(loopback, sockets, kind, type_) == ([4], [b"data"])


def carried(loopback, sockets, kind, option, shown, controls):
    """Set *option* to 3, send a message with each of *controls*; return what SO_RCV… shows of each at the receiver."""
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.setsockopt(SOL_SOCKET, option, 3)
    far.must.setsockopt(SOL_SOCKET, shown, 1)
    found = []
    for control in controls:
        assert send_data(near, control) == SENT_DATA
        assert wait.readable(far.fd)
        ((level, type_, data),) = messages.receive(far.fd).controls
        found.append((level, type_, int.from_bytes(data, sys.byteorder)))
    return found


@clause(since="6.0", level="source", refs=[SOCKET, "man:socket(7)"])
@datagrams
def test_so_mark_outranks_the_option_for_one_message(loopback, sockets, kind):
    """SO_MARK gives its message that mark, 0 too, the last of several; the next has the socket's own again."""
    controls = [b"", word(SO_MARK, 0xCAFEBABE), b"", word(SO_MARK, 0), word(SO_MARK, 1) + word(SO_MARK, 2), b""]

    found = carried(loopback, sockets, kind, SO_MARK, SO_RCVMARK, controls)

    assert found == [(SOL_SOCKET, SO_MARK, value) for value in (3, 0xCAFEBABE, 3, 0, 2, 3)]


@clause(since="6.14", level="source", refs=[SOCKET, "man:socket(7)"])
@datagrams
def test_so_priority_outranks_the_option_for_one_message(loopback, sockets, kind):
    """SO_PRIORITY gives its message that rank, 0 too, the last of several; the next has the socket's own again."""
    controls = [b"", word(SO_PRIORITY, 6), b"", word(SO_PRIORITY, 0), word(SO_PRIORITY, 1) + word(SO_PRIORITY, 2), b""]

    found = carried(loopback, sockets, kind, SO_PRIORITY, SO_RCVPRIORITY, controls)

    assert found == [(SOL_SOCKET, SO_PRIORITY, value) for value in (3, 6, 3, 0, 2, 3)]


def with_capabilities(loopback, sockets, kind):
    """Send a mark without both capabilities, then without either; return the results and what arrives."""
    near, far = kind.pair(sockets, loopback.namespace)
    lacking = (["CAP_NET_ADMIN", "CAP_NET_RAW"], ["CAP_NET_ADMIN"], ["CAP_NET_RAW"])
    answers = [process.in_child(send_data, near, word(SO_MARK, 0), without=names) for names in lacking]
    return answers, b"".join(arrived(kind, near, far))


@clause(since="5.18", level="documented", refs=["man:socket(7)", SOCKET], covers=["errno:EPERM"])
@datagrams
def test_so_mark_needs_a_capability(loopback, sockets, kind):
    """SO_MARK needs CAP_NET_ADMIN or CAP_NET_RAW on UDP and raw sockets, else it is EPERM, and nothing is sent."""
    answers, data = with_capabilities(loopback, sockets, kind)

    assert (answers, data) == ([refused(EPERM), SENT_DATA, SENT_DATA], b"data" * 2)


@clause(since="6.18", level="documented", refs=["man:socket(7)", SOCKET], covers=["errno:EPERM"])
@of_kinds(INET_TCP, INET6_TCP)
def test_so_mark_needs_a_capability_on_tcp(loopback, sockets, kind):
    """SO_MARK needs CAP_NET_ADMIN or CAP_NET_RAW on TCP, too, else it is EPERM (it was EINVAL), and nothing is sent."""
    answers, data = with_capabilities(loopback, sockets, kind)

    assert (answers, data) == ([refused(EPERM), SENT_DATA, SENT_DATA], b"data" * 2)


@clause(since="6.14", level="documented", refs=["man:socket(7)", SOCKET], covers=["errno:EPERM"])
@datagrams
def test_a_high_priority_needs_a_capability(loopback, sockets, kind):
    """SO_PRIORITY above 6 needs CAP_NET_ADMIN or CAP_NET_RAW, else it is EPERM, and nothing is sent; 0 to 6 do not."""
    near, far = kind.pair(sockets, loopback.namespace)

    def ranks(near):
        return [send_data(near, word(SO_PRIORITY, value)) for value in (7, 6, 0, 2**32 - 1)]

    answers = process.in_child(ranks, near, without=["CAP_NET_ADMIN", "CAP_NET_RAW"])

    assert answers == [refused(EPERM), SENT_DATA, SENT_DATA, refused(EPERM)]
    assert process.in_child(ranks, near, without=["CAP_NET_ADMIN"]) == [SENT_DATA] * 4
    assert b"".join(arrived(kind, near, far)) == b"data" * 6
