"""setsockopt(2): SO_TIMESTAMPING, old and new: which flags it takes, and how they read back."""

from errno import EFAULT, EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, packed, put, put_at
from helpers.options import covers, option
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi import net_tstamp as ts
from helpers.uapi.socket import AF_INET, SOCK_STREAM

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sock_set_timestamping"
OPTION = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
DOC = "doc:networking/timestamping.rst"
OLD, NEW = option("SO_TIMESTAMPING_OLD"), option("SO_TIMESTAMPING_NEW")
BOTH = (OLD.name, NEW.name)
EARLY = (ts.SOF_TIMESTAMPING_OPT_TX_SWHW << 1) - 1  # the 15 flags that need nothing else


def _timestamping(flags, phc=0):
    return bytes(ts.so_timestamping(flags, phc))


@clause(since="5.14", level="documented", refs=[DOC, OPTION, SET, GET], covers=covers([OLD.name], "set", "get"))
def test_so_timestamping_reads_back(sockets):
    """SO_TIMESTAMPING keeps its flags, set as an int or as a structure, and reads as a structure."""
    socket = sockets.packet()
    before = get(socket, OLD, 8)

    values = [packed(1), _timestamping(EARLY), packed(0), _timestamping(1 << 14), packed(EARLY)]
    results = [(put(socket, OLD, value), get(socket, OLD, 8)) for value in values]

    assert before == answer(_timestamping(0), 8)
    assert results == [(SUCCESS, answer(value.ljust(8, b"\0"), 8)) for value in values]


@clause(since="6.8", level="source", refs=[SET, GET], covers=covers(BOTH, "set", "get"))
def test_the_new_so_timestamping_reads_only_what_it_has_set(sockets):
    """SO_TIMESTAMPING_NEW reads 0 while the flags were set by the old option; the old one reads them in any case."""
    socket = sockets.packet()

    results = [
        (put(socket, chosen, _timestamping(flags)), get(socket, OLD, 8), get(socket, NEW, 8))
        for chosen, flags in [(NEW, 3), (OLD, 5), (NEW, 0)]
    ]

    assert results == [
        (SUCCESS, *[answer(_timestamping(value), 8) for value in pair]) for pair in [(3, 3), (5, 0), (0, 0)]
    ]


@clause(since="5.14", level="source", refs=[SET], covers=["errno:EINVAL", *covers(BOTH, "error")])
@pytest.mark.parametrize("chosen", [OLD, NEW], ids=str)
def test_so_timestamping_refuses_unknown_flags(sockets, chosen):
    """SO_TIMESTAMPING refuses a flag that it does not know with EINVAL and keeps what it has."""
    socket = sockets.packet()
    must(put(socket, chosen, EARLY))

    unknown = (1 << 31, 1 << 30, 1 << 25 | 1)
    results = [put(socket, chosen, form(flags)) for form in (packed, _timestamping) for flags in unknown]

    assert results == [refused(EINVAL)] * 6
    assert get(socket, OLD, 8) == answer(_timestamping(EARLY), 8)


@clause(since="4.10", level="documented", refs=[DOC, SET], covers=["errno:EINVAL", *covers([OLD.name], "error")])
def test_statistics_come_only_without_the_packet(sockets):
    """SOF_TIMESTAMPING_OPT_STATS without OPT_TSONLY is refused with EINVAL."""
    socket, stats = sockets.packet(), ts.SOF_TIMESTAMPING_OPT_STATS

    results = [put(socket, OLD, flags) for flags in (stats, stats | ts.SOF_TIMESTAMPING_OPT_TSONLY)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="6.2", level="documented", refs=[DOC, SET], covers=["errno:EINVAL", *covers([OLD.name], "error")])
def test_the_tcp_form_of_an_id_comes_only_with_an_id(sockets):
    """SOF_TIMESTAMPING_OPT_ID_TCP without OPT_ID is refused with EINVAL."""
    socket, tcp = sockets.packet(), ts.SOF_TIMESTAMPING_OPT_ID_TCP

    results = [put(socket, OLD, flags) for flags in (tcp, tcp | ts.SOF_TIMESTAMPING_OPT_ID)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="3.17", level="source", refs=[SET], covers=["errno:EINVAL", *covers([OLD.name], "error")])
def test_a_tcp_socket_without_connection_has_nothing_to_number(sockets):
    """SOF_TIMESTAMPING_OPT_ID is refused with EINVAL on a TCP socket that is not connected, not on a packet socket."""
    tcp, packet = sockets.open(AF_INET, SOCK_STREAM), sockets.packet()

    results = [put(socket, OLD, ts.SOF_TIMESTAMPING_OPT_ID) for socket in (tcp, packet)]

    assert results == [refused(EINVAL), SUCCESS]


@clause(since="5.14", level="source", refs=[SET], covers=["errno:EOPNOTSUPP", *covers([OLD.name], "error")])
def test_a_clock_can_only_be_that_of_the_sockets_device(sockets):
    """SOF_TIMESTAMPING_BIND_PHC is EOPNOTSUPP on a socket bound to no device, EINVAL for a clock it does not have."""
    socket, request = sockets.packet(), _timestamping(ts.SOF_TIMESTAMPING_BIND_PHC, 0)

    unbound = put(socket, OLD, request)
    must(put(socket, option("SO_BINDTOIFINDEX"), 1))  # lo
    bound = put(socket, OLD, request)

    assert (unbound, bound) == (refused(EOPNOTSUPP), refused(EINVAL))
    assert get(socket, OLD, 8) == answer(_timestamping(0), 8)


@clause(since="5.14", level="source", refs=[OPTION], covers=["errno:EFAULT", "errno:EINVAL", *covers(BOTH, "error")])
@pytest.mark.parametrize("chosen", [OLD, NEW], ids=str)
def test_so_timestamping_reads_its_structure_or_only_an_int(sockets, memory, chosen):
    """Eight bytes are read as a structure, any other length from four on as an int, and less is EINVAL."""
    socket = sockets.packet()
    word = memory.before_end(packed(EARLY))

    results = [put_at(socket, chosen, word, length) for length in (3, 8, 7, 9)]

    assert results == [refused(EINVAL), refused(EFAULT), SUCCESS, SUCCESS]
    assert get(socket, OLD, 8) == answer(_timestamping(EARLY), 8)
