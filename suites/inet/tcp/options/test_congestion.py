"""TCP_CONGESTION, TCP_CC_INFO and TCP_ULP: options that are names, and what the algorithm does to the window."""

import struct
from errno import EFAULT, EINVAL, ENOENT, EPERM

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.kinds import INET_TCP
from helpers.net import segments
from helpers.net.segments import SACK, SACK_PERMITTED
from helpers.net.sysctl import set_sysctl
from helpers.net.tcp_peer import ACK, connected
from helpers.option_calls import answer, get, put, put_at
from helpers.options import covers, option
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_counts
from helpers.uapi.socket import SOL_TCP
from helpers.uapi.tcp import TCP_CONGESTION, TCP_NODELAY
from helpers.unavailable import unavailable

SYSCALL = "setsockopt"
SET = "src:net/ipv4/tcp_cong.c:tcp_set_congestion_control"
MAN = "man:tcp(7)"
CONGESTION, CC_INFO, ULP = map(option, ("TCP_CONGESTION", "TCP_CC_INFO", "TCP_ULP"))
ROOM = 16  # TCP_CA_NAME_MAX and TCP_ULP_NAME_MAX


def padded(name):
    """Return a name as the kernel keeps it."""
    return name.encode().ljust(ROOM, b"\0")


def knob(namespace, name):
    """Return the words of a sysctl of TCP in *namespace*."""
    with namespace, open(f"/proc/sys/net/ipv4/{name}") as file:
        return file.read().split()


@clause(since="2.6.13", level="documented", refs=[MAN, SET], covers=covers(["TCP_CONGESTION"], "set", "get"))
def test_tcp_congestion_is_a_name(namespace, sockets):
    """TCP_CONGESTION of a new socket is net.ipv4.tcp_congestion_control; any one that is available may be set."""
    socket = INET_TCP.open(sockets, namespace)
    (default,), available = (
        knob(namespace, "tcp_congestion_control"),
        knob(namespace, "tcp_available_congestion_control"),
    )

    before = get(socket, CONGESTION, ROOM)
    results = [(put(socket, CONGESTION, name.encode()), get(socket, CONGESTION, ROOM)) for name in ("reno", *available)]

    assert before == answer(padded(default), ROOM)
    assert "reno" in available
    assert results == [(SUCCESS, answer(padded(name), ROOM)) for name in ("reno", *available)]
    assert get(socket, CONGESTION, 3) == answer(padded(available[-1])[:3], 3)
    assert get(socket, CONGESTION, 100) == answer(padded(available[-1]), 100)


@clause(
    since="2.6.13", level="documented", refs=[MAN, SET],
    covers=["errno:ENOENT", "errno:EINVAL", "errno:EFAULT", *covers(["TCP_CONGESTION"], "error")],
)  # fmt: skip
def test_tcp_congestion_refuses_other_names(namespace, sockets, memory):
    """An unknown TCP_CONGESTION is ENOENT, no byte of a name EINVAL, an unreadable one EFAULT; the old one stays."""
    socket = INET_TCP.open(sockets, namespace)
    socket.must.setsockopt(SOL_TCP, TCP_CONGESTION, b"reno")

    results = [
        put(socket, CONGESTION, b"nonesuch"),
        put(socket, CONGESTION, b"re"),
        put(socket, CONGESTION, b"reno", 0),
    ]
    fault = put_at(socket, CONGESTION, memory.unmapped, 4)
    ended = put(socket, CONGESTION, b"reno\0xyz")

    assert results == [refused(ENOENT), refused(ENOENT), refused(EINVAL)]
    assert fault == refused(EFAULT)
    assert ended == SUCCESS
    assert get(socket, CONGESTION, ROOM) == answer(padded("reno"), ROOM)


@clause(
    since="2.6.25", level="documented", refs=[MAN, SET], covers=["errno:EPERM", *covers(["TCP_CONGESTION"], "error")]
)
def test_tcp_congestion_may_be_restricted(namespace, sockets):
    """An algorithm that tcp_allowed_congestion_control lacks is EPERM without CAP_NET_ADMIN; one in it is taken."""
    socket = INET_TCP.open(sockets, namespace)
    allowed, available = (knob(namespace, f"tcp_{which}_congestion_control") for which in ("allowed", "available"))
    restricted = sorted(set(available) - set(allowed))
    if not restricted:
        unavailable("every available congestion control is allowed to all")

    def attempt():
        return [put(socket, CONGESTION, name.encode()) for name in (restricted[0], allowed[0])]

    assert in_child(attempt, without=["CAP_NET_ADMIN"]) == [refused(EPERM), SUCCESS]
    assert put(socket, CONGESTION, restricted[0].encode()) == SUCCESS


@clause(
    since="4.14",
    level="documented",
    refs=[MAN, "src:net/ipv4/tcp_cong.c:tcp_assign_congestion_control"],
    covers=covers(["TCP_CONGESTION"], "get"),
)
@pytest.mark.parametrize("who", ["listener", "sysctl"])
def test_an_accepted_socket_has_the_listeners_algorithm(loopback, sockets, who):
    """An accepted socket has the TCP_CONGESTION that was set on its listener, else that of net.ipv4."""
    listener, name = INET_TCP.named(sockets, loopback.namespace)
    wanted = "reno"
    if who == "listener":
        listener.must.setsockopt(SOL_TCP, TCP_CONGESTION, wanted.encode())
    listener.must.listen(1)
    if who == "sysctl":
        set_sysctl(loopback.namespace, "ipv4/tcp_congestion_control", wanted)
    client = INET_TCP.open(sockets, loopback.namespace)
    client.must.connect(name)

    accepted = sockets.adopt(listener.must.accept())

    assert get(accepted, CONGESTION, ROOM) == answer(padded(wanted), ROOM)


@clause(
    since="2.6.13",
    level="source",
    refs=["src:net/ipv4/tcp_cong.c:tcp_reno_ssthresh", "src:net/ipv4/tcp_cubic.c:cubictcp_recalc_ssthresh", MAN],
    covers=covers(["TCP_CONGESTION"], "effect"),
)
@pytest.mark.parametrize(("name", "threshold"), [("reno", 5), ("cubic", 7)])
def test_the_algorithm_decides_what_a_loss_leaves(wire, name, threshold):
    """After a loss at a window of ten segments reno goes on with half of it, cubic with seven tenths."""
    if name not in knob(wire.left.namespace, "tcp_available_congestion_control"):
        unavailable(f"this kernel has no congestion control {name}")
    set_sysctl(wire.left.namespace, "ipv4/tcp_early_retrans", "0")
    socket, peer = connected(wire, segments.mss(1000) + segments.option(SACK_PERMITTED))
    socket.must.setsockopt(SOL_TCP, TCP_CONGESTION, name.encode())
    socket.must.setsockopt(SOL_TCP, TCP_NODELAY, 1)
    start, window = peer.ack, tcp_counts(socket).tcpi_snd_cwnd
    for _ in range(5):
        socket.must.send(bytes(1000))
    left = 5000
    while left:
        left -= len(peer.receive().data)

    block = segments.option(SACK, struct.pack("!II", start + 1000 & 0xFFFFFFFF, start + 5000 & 0xFFFFFFFF))
    peer.send(ACK, ack=start, options=b"\x01\x01" + block)
    wait.until(lambda: tcp_counts(socket).tcpi_snd_ssthresh < 1000, "the loss is seen")

    assert window == 10
    assert tcp_counts(socket).tcpi_snd_ssthresh == threshold


@clause(
    since="4.1",
    level="uapi",
    refs=["uapi:linux/inet_diag.h", "src:net/ipv4/tcp.c:do_tcp_getsockopt"],
    covers=covers(["TCP_CC_INFO"], "get", "error"),
)
def test_tcp_cc_info_of_an_algorithm_that_says_nothing_is_empty(sockets, memory):
    """TCP_CC_INFO of a socket with reno has no bytes, whatever there is room for; an unreadable length is EFAULT."""
    socket = INET_TCP.open(sockets)
    socket.must.setsockopt(SOL_TCP, TCP_CONGESTION, b"reno")

    results = [get(socket, CC_INFO, room) for room in (0, 4, 20)]

    assert results == [answer(b"", room) for room in (0, 4, 20)]
    assert socket.getsockopt(SOL_TCP, CC_INFO.number, memory.unmapped, memory.unmapped) == refused(EFAULT)


@clause(
    since="4.13",
    level="source",
    refs=["src:net/ipv4/tcp_ulp.c:tcp_set_ulp", "doc:networking/tls.rst"],
    covers=["errno:ENOENT", "errno:EINVAL", "errno:EFAULT", *covers(["TCP_ULP"], "get", "error")],
)
def test_tcp_ulp_refuses_unknown_protocols(loopback, sockets, memory):
    """TCP_ULP of a connection is empty; an unknown name is ENOENT, none EINVAL, an unreadable one EFAULT."""
    near, _ = INET_TCP.pair(sockets, loopback.namespace)

    results = [put(near, ULP, b"nonesuch"), put(near, ULP, b"tls", 0), put_at(near, ULP, memory.unmapped, 3)]

    assert results == [refused(ENOENT), refused(EINVAL), refused(EFAULT)]
    assert [get(near, ULP, room) for room in (0, 4, ROOM)] == [answer(b"", room) for room in (0, 4, ROOM)]
