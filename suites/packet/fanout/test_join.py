"""setsockopt(2): PACKET_FANOUT, making and joining groups. How frames are spread is not the subject here."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.net.frames import OWN
from helpers.option_calls import answer, get, put
from helpers.options import covers
from helpers.packet.fanout import FANOUT, request
from helpers.syscall import SUCCESS, refused
from helpers.uapi import if_packet as ip

SYSCALL = "setsockopt"
JOIN = "src:net/packet/af_packet.c:fanout_add"
MODES = {name: getattr(ip, f"PACKET_FANOUT_{name}") for name in ("HASH", "LB", "CPU", "ROLLOVER", "RND", "QM")}
BPF_MODES = {name: getattr(ip, f"PACKET_FANOUT_{name}") for name in ("CBPF", "EBPF")}


def _joins(member, mode):
    socket = member()
    before = get(socket, FANOUT)

    results = [put(socket, FANOUT, request(mode)), put(member(), FANOUT, request(mode))]

    assert results == [SUCCESS] * 2
    assert (before, get(socket, FANOUT)) == (answer(0), answer(request(mode)))


@clause(
    since="3.14",
    level="documented",
    refs=["man:packet(7)", JOIN],
    covers=[*covers(["PACKET_FANOUT"], "set", "get"), *(f"fanout:{mode}" for mode in MODES)],
)
@pytest.mark.parametrize("mode", MODES)
def test_a_fanout_group_reads_back(member, mode):
    """A socket that is in no group reads 0, one that has joined reads the group's id and mode."""
    _joins(member, MODES[mode])


@clause(
    since="4.3", level="uapi", refs=["uapi:linux/if_packet.h", JOIN], covers=[f"fanout:{mode}" for mode in BPF_MODES]
)
@pytest.mark.parametrize("mode", BPF_MODES)
def test_a_fanout_group_that_a_program_steers_reads_back(member, mode):
    """A group of a BPF mode is joined before it has a program, and reads back like any other."""
    _joins(member, BPF_MODES[mode])


def _keeps_its_flag(member, flag):
    socket, value = member(), request(flag)

    results = [
        put(socket, FANOUT, value),
        put(member(), FANOUT, request(ip.PACKET_FANOUT_HASH)),
        put(member(), FANOUT, value),
    ]

    assert results == [SUCCESS, refused(EINVAL), SUCCESS]
    assert get(socket, FANOUT) == answer(value)


@clause(
    since="3.10",
    level="documented",
    refs=["man:packet(7)", JOIN],
    covers=["fanout_flag:ROLLOVER", "fanout_flag:DEFRAG"],
)
@pytest.mark.parametrize("flag", ["ROLLOVER", "DEFRAG"])
def test_a_flag_of_a_fanout_group_reads_back(member, flag):
    """A group's flags read back above its mode; a socket that asks for other flags is refused with EINVAL."""
    _keeps_its_flag(member, getattr(ip, f"PACKET_FANOUT_FLAG_{flag}"))


@clause(since="6.2", level="uapi", refs=["uapi:linux/if_packet.h", JOIN, "commit:58ba426388d9"],
        covers=["fanout_flag:IGNORE_OUTGOING"])  # fmt: skip
def test_the_newest_flag_of_a_fanout_group_reads_back(member):
    """PACKET_FANOUT_FLAG_IGNORE_OUTGOING reads back; a socket without it cannot join the group: EINVAL."""
    _keeps_its_flag(member, ip.PACKET_FANOUT_FLAG_IGNORE_OUTGOING)


@clause(since="3.1", level="documented", refs=["man:packet(7)", JOIN], covers=["option:PACKET_FANOUT:set"])
def test_every_namespace_has_groups_of_its_own(member, loopback):
    """A group of the same id in another network namespace is another group, with a mode of its own."""
    here, there = loopback.packet_socket(protocol=OWN, bound=False), member()
    values = request(ip.PACKET_FANOUT_HASH), request(ip.PACKET_FANOUT_LB)

    results = [put(socket, FANOUT, value) for socket, value in zip((here, there), values, strict=True)]

    assert results == [SUCCESS] * 2
    assert [get(socket, FANOUT) for socket in (here, there)] == [answer(value) for value in values]
