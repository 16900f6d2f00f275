"""setsockopt(2), SOL_SOCKET: options that are on or off."""

from errno import EACCES, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, keeps_its_values, kept, packed, put, round_trip
from helpers.options import covers, option, options
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_INET, SOCK_DGRAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
CORE = ("SO_REUSEADDR", "SO_DONTROUTE", "SO_BROADCAST", "SO_KEEPALIVE", "SO_OOBINLINE", "SO_NO_CHECK")
LATER = ("SO_RXQ_OVFL", "SO_WIFI_STATUS", "SO_NOFCS", "SO_SELECT_ERR_QUEUE")
DEBUG, REUSEPORT = option("SO_DEBUG"), option("SO_REUSEPORT")


@clause(since="2.2", level="documented", refs=[MAN, SET, GET], covers=covers(CORE, "set", "get"))
@pytest.mark.parametrize("chosen", options(*CORE), ids=str)
def test_a_flag_of_the_old_core_reads_back(sockets, chosen):
    """A flag is off on a new socket, reads 1 after any value but 0 and 0 after 0."""
    keeps_its_values(sockets.packet(), chosen)


@clause(since="3.10", level="documented", refs=[MAN, SET, GET], covers=covers(LATER, "set", "get"))
@pytest.mark.parametrize("chosen", options(*LATER), ids=str)
def test_a_flag_up_to_linux_3_10_reads_back(sockets, chosen):
    """A flag is off on a new socket, reads 1 after any value but 0 and 0 after 0."""
    keeps_its_values(sockets.packet(), chosen)


@clause(
    since="5.19",
    level="uapi",
    refs=["uapi:asm-generic/socket.h", SET, GET],
    covers=covers(["SO_RCVMARK"], "set", "get"),
)
def test_so_rcvmark_reads_back(sockets):
    """SO_RCVMARK is off on a new socket, reads 1 after any value but 0 and 0 after 0."""
    keeps_its_values(sockets.packet(), option("SO_RCVMARK"))


@clause(
    since="6.14",
    level="uapi",
    refs=["uapi:asm-generic/socket.h", SET, GET],
    covers=covers(["SO_RCVPRIORITY"], "set", "get"),
)
def test_so_rcvpriority_reads_back(sockets):
    """SO_RCVPRIORITY is off on a new socket, reads 1 after any value but 0 and 0 after 0."""
    keeps_its_values(sockets.packet(), option("SO_RCVPRIORITY"))


@clause(
    since="2.6.0",
    level="documented",
    refs=[MAN, SET, GET],
    covers=["errno:EINVAL", *covers(["SO_BSDCOMPAT"], "set", "get")],
)
def test_so_bsdcompat_is_accepted_and_does_nothing(sockets):
    """SO_BSDCOMPAT takes any int, not less, and always reads 0."""
    socket, chosen = sockets.packet(), option("SO_BSDCOMPAT")

    short = put(socket, chosen, packed(1), 3)
    after = round_trip(socket, chosen)

    assert short == refused(EINVAL)
    assert after == kept(chosen)


@clause(since="2.2", level="documented", refs=[MAN, SET, GET], covers=covers(["SO_DEBUG"], "set", "get"))
def test_so_debug_reads_back(initial_user_namespace, sockets):
    """SO_DEBUG is off on a new socket, and a privileged process can switch it on and off."""
    socket = sockets.packet()
    before = get(socket, DEBUG)

    results = [(put(socket, DEBUG, value), get(socket, DEBUG)) for value in (256, 0)]

    assert before == answer(0)
    assert results == [(SUCCESS, answer(1)), (SUCCESS, answer(0))]


@clause(
    since="2.2", level="documented", refs=[MAN, SET], covers=["errno:EACCES", *covers(["SO_DEBUG"], "set", "error")]
)
def test_so_debug_needs_privilege_to_be_switched_on(sockets):
    """Without CAP_NET_ADMIN in the initial user namespace SO_DEBUG cannot be switched on (EACCES), only off."""
    socket = sockets.packet()

    results = in_child(lambda: [put(socket, DEBUG, value) for value in (1, 0)], without=["CAP_NET_ADMIN"])

    assert results == [refused(EACCES), SUCCESS]
    assert get(socket, DEBUG) == answer(0)


@clause(
    since="6.13",
    level="source",
    refs=[SET],
    covers=["errno:EOPNOTSUPP", *covers(["SO_REUSEPORT"], "set", "get", "error")],
)
def test_so_reuseport_is_for_internet_sockets(sockets):
    """SO_REUSEPORT reads back on an AF_INET socket; on a packet socket only 0 is accepted, 1 is EOPNOTSUPP."""
    internet, packet = sockets.open(AF_INET, SOCK_DGRAM), sockets.packet()

    keeps_its_values(internet, REUSEPORT)
    results = [put(packet, REUSEPORT, value) for value in (1, 0)]

    assert results == [refused(EOPNOTSUPP), SUCCESS]
    assert get(packet, REUSEPORT) == answer(0)
