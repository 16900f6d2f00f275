"""setsockopt(2), SOL_IP, SOL_IPV6 and SOL_UDP: the options that hold an int keep it, of every length that they take."""

from errno import EFAULT, EINVAL, ENOPROTOOPT, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET6_RAW, INET6_UDP, INET_RAW, INET_UDP
from helpers.option_calls import Answer, answer, get, keeps_its_values, put, put_at, refusal
from helpers.options import OPTIONS, covers, option, options
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import SOL_IP, SOL_IPV6, SOL_UDP

SYSCALL = "setsockopt"
IP = ["man:ip(7)", "src:net/ipv4/ip_sockglue.c:do_ip_setsockopt", "src:net/ipv4/ip_sockglue.c:do_ip_getsockopt"]
IP6 = ["man:ipv6(7)", "src:net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt"]
UDP = ["man:udp(7)", "src:net/ipv4/udp.c:udp_lib_setsockopt", "src:net/ipv4/udp.c:udp_lib_getsockopt"]
REFS = [*IP, *IP6, *UDP]
RAW = ("IP_HDRINCL", "IP_NODEFRAG", "IPV6_HDRINCL")
LATER = {"IP_LOCAL_PORT_RANGE"}
HOLDING = [one for one in OPTIONS if one.level in (SOL_IP, SOL_IPV6, SOL_UDP) and one.samples and one.name not in LATER]
WITH_BYTES = [one for one in HOLDING if one.level == SOL_IP]
OF_INTS = [one for one in HOLDING if one.level != SOL_IP and one.name != "IPV6_HDRINCL"]
# what takes no value shorter than an int at all: what of SOL_IPV6 and SOL_UDP does so by a check of its own
LENIENT = ("IPV6_AUTOFLOWLABEL", "IPV6_DONTFRAG", "IPV6_RECVFRAGSIZE")
NEEDS_A_BYTE = (
    "IP_TTL", "IP_MINTTL", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP", "IP_MULTICAST_ALL", "IP_FREEBIND", "IP_TRANSPARENT",
)  # fmt: skip


def named(holding):
    """Parametrise with options."""
    return pytest.mark.parametrize("chosen", holding, ids=str)


def make(sockets, chosen):
    """Return a socket that has the option, on this machine."""
    families = {SOL_IP: (INET_UDP, INET_RAW), SOL_IPV6: (INET6_UDP, INET6_RAW), SOL_UDP: (INET_UDP, INET_UDP)}
    return families[chosen.level][chosen.name in RAW].open(sockets)


@clause(since="5.9", level="documented", refs=REFS, covers=covers(HOLDING, "set", "get"))
@named(HOLDING)
def test_keeps_its_values(sockets, chosen):
    """The option has its default on a new socket, and reads back what was set; a flag reads 1 after any value but 0."""
    keeps_its_values(make(sockets, chosen), chosen)


@clause(since="6.3", level="documented", refs=REFS, covers=covers(LATER, "set", "get"))
@named(options(*LATER))
def test_a_later_one_keeps_its_values(sockets, chosen):
    """The option has its default on a new socket, and reads back what was set, also half a range."""
    keeps_its_values(make(sockets, chosen), chosen)


@clause(since="5.9", level="source", refs=IP)
@named(WITH_BYTES)
def test_sol_ip_takes_a_byte_and_returns_one(sockets, chosen):
    """An option of SOL_IP takes the first byte of a value shorter than an int, and returns one if there is no room."""
    for length in (1, 3):
        socket = make(sockets, chosen)

        result = put(socket, chosen, b"\x01\xff\xff"[:length])

        assert result == SUCCESS
        assert get(socket, chosen) == answer(1)
        assert get(socket, chosen, length) == Answer(SUCCESS, 1, b"\x01" + b"\xa5" * (length + 7))
    assert get(socket, chosen, 0) == answer(1, 0)
    assert get(socket, chosen, 8) == Answer(SUCCESS, 4, answer(1).data[:4] + b"\xa5" * 12)


@clause(since="5.9", level="source", refs=IP, covers=["errno:EINVAL"])
@named(WITH_BYTES)
def test_sol_ip_takes_nothing_for_zero(sockets, chosen):
    """An option of SOL_IP without a value is set to 0; EINVAL refuses it for those that are no plain flag."""
    socket = make(sockets, chosen)
    socket.must.setsockopt(chosen.level, chosen.number, 1)

    result = put(socket, chosen, b"")

    if chosen.name in NEEDS_A_BYTE:
        assert (result, get(socket, chosen)) == (refused(EINVAL), answer(1))
    else:
        assert (result, get(socket, chosen)) == (SUCCESS, answer(0))
    assert put(socket, chosen, b"\x01") == SUCCESS


@clause(since="5.9", level="source", refs=[*IP6, *UDP], covers=["errno:EINVAL"])
@named(OF_INTS)
def test_others_refuse_what_is_shorter_than_an_int_with_einval(sockets, chosen):
    """Less than an int is refused with EINVAL by SOL_IPV6 and SOL_UDP, and nothing changes; three take 0 of it."""
    socket = make(sockets, chosen)
    socket.must.setsockopt(chosen.level, chosen.number, 1)
    before = get(socket, chosen)

    for length in (0, 3):
        result = put(socket, chosen, b"\x01\x01\x01"[:length])

        if chosen.name in LENIENT:
            assert (result, get(socket, chosen)) == (SUCCESS, answer(0))
        else:
            assert (result, get(socket, chosen)) == (refused(EINVAL), before)
    assert put(socket, chosen, b"\x01\0\0\0", 4) == SUCCESS
    assert get(socket, chosen) == before


@clause(since="5.9", level="source", refs=[*IP6, *UDP])
@named(OF_INTS)
def test_others_return_what_there_is_room_for(sockets, chosen):
    """An option of SOL_IPV6 or SOL_UDP returns as many bytes of its int as there is room for, four at most."""
    socket = make(sockets, chosen)
    socket.must.setsockopt(chosen.level, chosen.number, 1)
    whole = get(socket, chosen).data[:4]

    for room in (0, 1, 3):
        assert get(socket, chosen, room) == answer(whole, room)
    assert get(socket, chosen, 9) == Answer(SUCCESS, 4, whole + b"\xa5" * 13)


@clause(
    since="5.9",
    level="documented",
    refs=["man:setsockopt(2)", *REFS],
    covers=["errno:EFAULT", "errno:getsockopt:EFAULT", *covers([*HOLDING, *LATER], "error")],
)
@named(HOLDING)
def test_refuses_memory_that_is_not_there_with_efault(sockets, memory, chosen):
    """A value or a length at an address of no memory is EFAULT for both calls, and the option keeps its value."""
    socket = make(sockets, chosen)
    before = get(socket, chosen)
    word = bytearray(b"\4\0\0\0")

    results = [
        put_at(socket, chosen, memory.unmapped, 4),
        socket.getsockopt(chosen.level, chosen.number, memory.unmapped, word),
        socket.getsockopt(chosen.level, chosen.number, bytearray(4), memory.unmapped),
    ]

    assert results == [refused(EFAULT)] * 3
    assert get(socket, chosen) == before


@clause(since="2.2", level="documented", refs=["man:getsockopt(2)", *REFS], covers=["errno:getsockopt:EINVAL"])
@named(WITH_BYTES)
def test_refuses_a_negative_length_with_einval(sockets, chosen):
    """A length below 0 is EINVAL for getsockopt(2), and nothing is written."""
    socket = make(sockets, chosen)

    assert get(socket, chosen, -1) == refusal(EINVAL, -1)
    assert get(socket, chosen).result == SUCCESS


@clause(since="6.9", level="documented", refs=["man:getsockopt(2)", *UDP], covers=["errno:getsockopt:EINVAL"])
@named([one for one in HOLDING if one.level == SOL_UDP])
def test_sol_udp_refuses_a_negative_length_with_einval(sockets, chosen):
    """A length below 0 is EINVAL for getsockopt(2) of SOL_UDP, and nothing is written."""
    socket = make(sockets, chosen)

    assert get(socket, chosen, -1) == refusal(EINVAL, -1)
    assert get(socket, chosen).result == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=["man:getsockopt(2)", *REFS],
    covers=["errno:ENOPROTOOPT", "errno:getsockopt:ENOPROTOOPT"],
)
@pytest.mark.parametrize(
    ("kind", "level", "got"),
    [
        (INET_UDP, SOL_IP, ENOPROTOOPT),
        (INET_UDP, SOL_UDP, ENOPROTOOPT),
        (INET_UDP, SOL_IPV6, EOPNOTSUPP),
        (INET_RAW, SOL_IP, ENOPROTOOPT),
        (INET_RAW, SOL_IPV6, EOPNOTSUPP),
        (INET_RAW, SOL_UDP, EOPNOTSUPP),
        (INET6_UDP, SOL_IP, ENOPROTOOPT),
        (INET6_UDP, SOL_UDP, ENOPROTOOPT),
        (INET6_UDP, SOL_IPV6, ENOPROTOOPT),
        (INET6_RAW, SOL_IPV6, ENOPROTOOPT),
    ],
    ids=str,
)
def test_refuses_an_unknown_option_with_enoprotoopt(sockets, kind, level, got):
    """An option that a level does not have is ENOPROTOOPT; read of a level that an AF_INET socket lacks, EOPNOTSUPP."""
    socket = kind.open(sockets)

    for number in (4711, -1):
        assert socket.setsockopt(level, number, 1) == refused(ENOPROTOOPT)
        assert socket.getsockopt(level, number, bytearray(4), bytearray(b"\4\0\0\0")) == refused(got)


@clause(since="2.2", level="source", refs=REFS, covers=["errno:ENOPROTOOPT"])
@named(options("IP_HDRINCL", "IP_NODEFRAG"))
def test_is_for_raw_sockets_with_enoprotoopt(sockets, chosen):
    """IP_HDRINCL and IP_NODEFRAG are refused with ENOPROTOOPT by sockets that are not raw."""
    assert put(INET_UDP.open(sockets), chosen, 1) == refused(ENOPROTOOPT)
    assert put(INET_RAW.open(sockets), chosen, 1) == SUCCESS


@clause(
    since="4.15",
    level="source",
    refs=REFS,
    covers=["errno:EINVAL", *covers(["IPV6_MULTICAST_LOOP", "IP_MULTICAST_ALL"], "error")],
)
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("IP_MULTICAST_ALL", (0, 1), (2, -1)),
        ("IPV6_MULTICAST_LOOP", (0, 1), (2, -1)),
        ("IP_RECVERR_RFC4884", (0, 1), (2, -1)),
        ("IPV6_RECVERR_RFC4884", (0, 1), (2, -1)),
        ("IP_MTU_DISCOVER", (0, 5), (6, -1)),
        ("IPV6_MTU_DISCOVER", (0, 5), (6, -1)),
        ("UDP_SEGMENT", (0, 65535), (65536, -1)),
        ("UDP_ENCAP", (0,), ()),
    ],
)
def test_values_out_of_range_are_refused_with_einval(sockets, name, good, bad):
    """A value beyond those that mean something is EINVAL, and the last good one stays."""
    chosen = option(name)
    socket = make(sockets, chosen)

    assert [put(socket, chosen, value) for value in good] == [SUCCESS] * len(good)
    assert [put(socket, chosen, value) for value in bad] == [refused(EINVAL)] * len(bad)
    assert get(socket, chosen) == answer(good[-1])
