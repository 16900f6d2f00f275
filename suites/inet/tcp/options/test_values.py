"""getsockopt(2), setsockopt(2), SOL_TCP: options of one int, their defaults, their ranges, and refused forms."""

from errno import EFAULT, EINVAL, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.option_calls import answer, get, keeps_its_values, packed, put, put_at, refusal
from helpers.options import covers, option, options
from helpers.options.option import INT_MIN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_TCP

SYSCALL = "setsockopt"
SET = "src:net/ipv4/tcp.c:do_tcp_setsockopt"
GET = "src:net/ipv4/tcp.c:do_tcp_getsockopt"
MAN = "man:tcp(7)"
INTS = (
    "TCP_NODELAY", "TCP_CORK", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_SYNCNT",
    "TCP_LINGER2", "TCP_DEFER_ACCEPT", "TCP_WINDOW_CLAMP", "TCP_QUICKACK", "TCP_THIN_LINEAR_TIMEOUTS",
    "TCP_THIN_DUPACK", "TCP_USER_TIMEOUT", "TCP_FASTOPEN", "TCP_NOTSENT_LOWAT", "TCP_SAVE_SYN",
    "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_NO_COOKIE", "TCP_INQ",
)  # fmt: skip
# option: values just out of its range, on either side
REFUSED = {
    "TCP_MAXSEG": (1, 87, 32768, -1),
    "TCP_KEEPIDLE": (0, -1, 32768),
    "TCP_KEEPINTVL": (0, -1, 32768),
    "TCP_KEEPCNT": (0, -1, 128),
    "TCP_SYNCNT": (0, -1, 128),
    "TCP_USER_TIMEOUT": (-1, INT_MIN),
    "TCP_THIN_LINEAR_TIMEOUTS": (2, -1),
    "TCP_THIN_DUPACK": (2, -1),
    "TCP_SAVE_SYN": (3, -1),
    "TCP_FASTOPEN": (-1, INT_MIN),
    "TCP_FASTOPEN_CONNECT": (2, -1),
    "TCP_FASTOPEN_NO_COOKIE": (2, -1),
    "TCP_INQ": (2, -1),
}
UNKNOWN = 4711
ONE_WAY = ("TCP_INFO", "TCP_CC_INFO", "TCP_SAVED_SYN", "TCP_REPAIR_OPTIONS", "TCP_MD5SIG", "TCP_MD5SIG_EXT")


@clause(since="5.10", level="documented", refs=[MAN, SET, GET], covers=covers(INTS, "set", "get"))
@of_kinds(INET_TCP, INET6_TCP)
@pytest.mark.parametrize("chosen", options(*INTS), ids=str)
def test_keeps_what_it_is_set_to(sockets, kind, chosen):
    """Each int option of a new TCP socket has its default and keeps what it takes, rounded where it counts in steps."""
    keeps_its_values(kind.open(sockets), chosen)


@clause(since="5.10", level="documented", refs=[MAN, SET], covers=["errno:EINVAL", *covers(REFUSED, "error")])
@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_is_out_of_range_with_einval(sockets, name):
    """A value just below or above the range of an int option is EINVAL and changes nothing; its edges are taken."""
    socket, chosen = INET_TCP.open(sockets), option(name)
    before = get(socket, chosen)

    results = {value: put(socket, chosen, value) for value in REFUSED[name]}

    assert results == dict.fromkeys(REFUSED[name], refused(EINVAL))
    assert get(socket, chosen) == before
    assert [put(socket, chosen, value) for value, _ in chosen.samples] == [SUCCESS] * len(chosen.samples)


@clause(
    since="5.10", level="documented", refs=[MAN, SET], covers=["errno:EFAULT", "errno:EINVAL", *covers(INTS, "error")]
)
def test_every_int_option_wants_an_int(sockets, memory):
    """Each int option of SOL_TCP refuses three bytes with EINVAL, unreadable ones with EFAULT, and stays."""
    socket, chosen = INET_TCP.open(sockets), options(*INTS)
    before = [get(socket, each) for each in chosen]

    results = {
        each.name: (put(socket, each, bytes(3)), put_at(socket, each, memory.before_end(bytes(3)), 4))
        for each in chosen
    }

    assert results == dict.fromkeys(INTS, (refused(EINVAL), refused(EFAULT)))
    assert [get(socket, each) for each in chosen] == before
    assert [put(socket, each, packed(1), 4).errno for each in options("TCP_NODELAY", "TCP_INQ")] == [0, 0]


@clause(since="2.6.12", level="source", refs=["man:getsockopt(2)", GET], covers=["errno:getsockopt:EINVAL"])
def test_writes_as_much_of_an_int_as_there_is_room(sockets):
    """An int option of SOL_TCP is written as far as there is room for it."""
    socket, chosen = INET_TCP.open(sockets), option("TCP_KEEPIDLE")

    results = [get(socket, chosen, room) for room in (0, 1, 2, 3, 4, 5, 100)]

    assert results == [answer(7200, room) for room in (0, 1, 2, 3, 4, 5, 100)]


@clause(since="6.9", level="documented", refs=["man:getsockopt(2)", GET], covers=["errno:getsockopt:EINVAL"])
@pytest.mark.parametrize("room", [-1, INT_MIN])
def test_refuses_a_negative_length_with_einval(sockets, room):
    """A negative length for an int option of SOL_TCP is EINVAL, and nothing is written."""
    socket, chosen = INET_TCP.open(sockets), option("TCP_KEEPIDLE")

    assert get(socket, chosen, room) == refusal(EINVAL, room)
    assert get(socket, chosen) == answer(7200)


@clause(since="6.4", level="documented", refs=[MAN, SET, GET], covers=covers(["TCP_MAXSEG"], "set", "get", "error"))
@of_kinds(INET_TCP, INET6_TCP)
def test_tcp_maxseg_of_an_unconnected_socket_is_what_was_set(loopback, sockets, kind):
    """TCP_MAXSEG is 536 until it is set, and again after it was set to 0; connected it is that of the connection."""
    socket, chosen = kind.open(sockets), option("TCP_MAXSEG")
    near, _ = kind.pair(sockets, loopback.namespace)

    keeps_its_values(socket, chosen)
    inside = int.from_bytes(get(near, chosen).data[:4], "little")
    results = put(near, chosen, 1000), put(near, chosen, bytes(3))

    assert inside > 30000
    assert results == (SUCCESS, refused(EINVAL))
    assert get(near, chosen) == answer(inside)


@clause(
    since="2.2", level="documented", refs=[MAN, SET, GET], covers=["errno:ENOPROTOOPT", "errno:getsockopt:ENOPROTOOPT"]
)
@of_kinds(INET_TCP, INET6_TCP)
def test_refuses_an_option_that_there_is_not_with_enoprotoopt(sockets, kind):
    """An unknown option of SOL_TCP is ENOPROTOOPT to set and to get; a short length is EINVAL before that."""
    socket = kind.open(sockets)

    class Unknown:
        level, number = SOL_TCP, UNKNOWN

    assert put(socket, Unknown, 1) == refused(ENOPROTOOPT)
    assert get(socket, Unknown) == refusal(ENOPROTOOPT)
    assert put(socket, Unknown, bytes(3)) == refused(EINVAL)
    assert put(socket, option("TCP_NODELAY"), 1) == SUCCESS


@clause(since="5.10", level="source", refs=[SET, GET, MAN], covers=["errno:ENOPROTOOPT", *covers(ONE_WAY, "error")])
@pytest.mark.parametrize("name", ONE_WAY)
def test_what_goes_one_way_is_refused_the_other_with_enoprotoopt(sockets, name):
    """An option that is only told is ENOPROTOOPT to set, and one that is only set is ENOPROTOOPT to get."""
    socket, chosen = INET_TCP.open(sockets), option(name)

    if chosen.access == "get":
        assert [put(socket, chosen, value) for value in (0, 1, bytes(100))] == [refused(ENOPROTOOPT)] * 3
        assert get(socket, chosen, 4).result == SUCCESS
    else:
        assert get(socket, chosen, 100) == refusal(ENOPROTOOPT, 100)
