"""A packet socket from its creation to its first bind: what it receives, its state, its protocol hook."""

from errno import EAGAIN, EPERM, ESOCKTNOSUPPORT
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net import frames
from helpers.packet.link_changes import errors_of, events_of
from helpers.packet.procfs import rows_of
from helpers.process import in_child
from helpers.syscall import refused
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_PACKET, MSG_DONTWAIT, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW, SOCK_SEQPACKET

CREATE = ["man:packet(7)", "src:net/packet/af_packet.c:packet_create"]
TYPES = pytest.mark.parametrize("type_", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
PROTOCOLS = pytest.mark.parametrize("protocol", [frames.OWN, ETH_P_ALL], ids=["own", "all"])


def listeners(namespace):
    """Return the rows of /proc/net/ptype that are about packet sockets: protocol, perhaps a link, function."""
    with namespace, open("/proc/thread-self/net/ptype") as table:
        return [line.split() for line in table if "packet_rcv" in line]


@clause(since="2.2", level="documented", refs=CREATE)
@TYPES
@PROTOCOLS
def test_hears_every_link_that_there_is_and_will_be(taps, type_, protocol):
    """Before a bind a socket receives from every link of its namespace, including links created after it."""
    one = taps(name="one")
    two = taps(namespace=one.namespace, name="two")
    socket = one.packet_socket(type_, protocol, bound=False)
    three = taps(namespace=one.namespace, name="three")
    sent = [frames.ethernet() for _ in range(3)]

    for tap, frame in zip((two, three, one), sent, strict=True):
        tap.arrive(frame)

    assert socket.received_markers(sent) == [frame.marker for frame in sent]


@clause(since="2.2", level="documented", refs=CREATE)
@TYPES
def test_hears_on_while_others_bind_and_close(tap, type_):
    """What a socket receives does not depend on others of its protocol being created, bound or closed."""
    socket = tap.packet_socket(type_, frames.OWN, bound=False)
    sent = [frames.ethernet() for _ in range(3)]

    tap.arrive(sent[0])
    other = tap.packet_socket(type_, frames.OWN, bound=False)
    tap.arrive(sent[1])
    other.must.close()
    tap.arrive(sent[2])

    assert socket.received_markers(sent) == [frame.marker for frame in sent]


@clause(since="2.2", level="source", refs=CREATE)
@TYPES
@PROTOCOLS
def test_is_empty_and_without_error(tap, type_, protocol):
    """A new socket has no error and nothing to read, whatever arrived before its creation."""
    tap.arrive(frames.ethernet())

    socket = tap.packet_socket(type_, protocol, bound=False)

    assert events_of(socket) == 0
    assert errors_of(socket) == [0]
    assert socket.recv(bytearray(64), 64, MSG_DONTWAIT) == refused(EAGAIN)


@clause(since="2.2", level="source", refs=CREATE)
@pytest.mark.parametrize(
    ("type_", "without", "errno"),
    [(SOCK_RAW, ["CAP_NET_RAW"], EPERM), (SOCK_SEQPACKET, [], ESOCKTNOSUPPORT)],
    ids=["not-allowed", "no-such-type"],
)
def test_a_refused_socket_leaves_nothing(namespace, type_, without, errno):
    """A refused socket is not in the table of the namespace, and no protocol hook is registered for it."""

    def try_it():
        return tuple(syscall.socket(AF_PACKET, type_, htons(ETH_P_ALL)))

    result = in_child(try_it, namespace=namespace, without=without)

    assert syscall.Result(*result) == refused(errno)
    assert rows_of(namespace) == []
    assert listeners(namespace) == []


@clause(since="2.6.25", level="source", refs=["src:net/packet/af_packet.c:packet_create"], covers=["file:proc_ptype"])
@pytest.mark.parametrize(
    ("type_", "function"),
    [(SOCK_RAW, "packet_rcv"), (SOCK_DGRAM, "packet_rcv"), (SOCK_PACKET, "packet_rcv_spkt")],
    ids=["raw", "dgram", "packet"],
)
def test_is_hooked_in_once_if_it_has_a_protocol(sockets, namespace, type_, function):
    """A socket with a protocol is in /proc/net/ptype once, with the receive function of its type; others are not."""
    sockets.packet(type_, 0, namespace)
    sockets.packet(type_, frames.OWN, namespace)

    assert listeners(namespace) == [[f"{frames.OWN:04x}", function]]


@clause(since="5.17", level="source", refs=["src:net/packet/af_packet.c:packet_create"], covers=["file:proc_ptype"])
@TYPES
def test_is_hooked_in_for_its_own_namespace(sockets, wire, type_):
    """An unbound socket is in the /proc/net/ptype of its own namespace and of no other."""
    sockets.packet(type_, frames.OWN, wire.left.namespace)

    assert [len(listeners(end.namespace)) for end in (wire.left, wire.right)] == [1, 0]
