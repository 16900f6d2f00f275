"""PACKET_FANOUT_DATA: who may replace the program of a fanout group, and what is refused."""

from errno import EBADF, EFAULT, EINVAL, EPERM

from fixtures.clauses import clause
from helpers import bpf
from helpers.option_calls import packed, put, put_at
from helpers.options import option
from helpers.packet.fanout import DATA, Group, always, loaded, many
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.filter import BPF_LD, BPF_STMT, program
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_EBPF

SET = "src:net/packet/af_packet.c:fanout_set_data"
CHOOSE = "src:net/packet/af_packet.c:fanout_demux_bpf"
CBPF = ["fanout:CBPF", "option:PACKET_FANOUT:effect", "option:PACKET_FANOUT_DATA:effect"]
EBPF = ["fanout:EBPF", "option:PACKET_FANOUT:effect", "option:PACKET_FANOUT_DATA:effect"]
ERROR = [*CBPF, "option:PACKET_FANOUT_DATA:error"]


@clause(since="4.3", level="source", refs=[SET], covers=CBPF)
def test_any_member_may_replace_the_program_at_any_time(loopback):
    """A program set by one member steers all frames from then on, and stays when that member leaves."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3)

    results = [put(group.members[0], DATA, always(1))]
    got = [group.deliver(*many(2))]
    results.append(put(group.members[2], DATA, always(0)))
    got.append(group.deliver(*many(2)))
    results.append(put(group.members[2], DATA, always(3)))
    group.members[2].must.close()
    got.append(group.deliver(*many(2)))

    assert results == [SUCCESS] * 3
    assert got == ["1 1", "0 0", "1 1"]


@clause(since="4.3", level="source", refs=[SET], covers=ERROR)
def test_a_program_that_is_refused_changes_nothing(loopback, memory):
    """A CBPF group refuses a bad program or length, EINVAL, and an unreadable one, EFAULT; the one before goes on."""
    group, good = Group(loopback, PACKET_FANOUT_CBPF, 3), always(2)
    group.steer(always(1))
    wrong = [program([]), program([BPF_STMT(BPF_LD, 0)]), bytes(good) + b"\0", bytes(good)[:-1]]

    results = [put(group.members[0], DATA, value) for value in wrong]
    results += [put_at(group.members[0], DATA, memory.unmapped, len(bytes(good)))]

    assert results == [refused(EINVAL)] * 4 + [refused(EFAULT)]
    assert group.deliver(*many(2)) == "1 1"
    assert put(group.members[0], DATA, bytes(good)) == SUCCESS
    assert group.deliver(*many(2)) == "2 2"


@clause(
    since="4.3",
    level="uapi",
    refs=["uapi:linux/if_packet.h", f"{SET}_ebpf"],
    covers=[*EBPF, "option:PACKET_FANOUT_DATA:set", "option:PACKET_FANOUT_DATA:error"],
)
def test_an_extended_program_that_is_refused_changes_nothing(loopback, sockets):
    """A descriptor of anything but a socket filter is refused, EINVAL or EBADF, and the program before goes on."""
    group = Group(loopback, PACKET_FANOUT_EBPF, 3)
    member = group.members[0]
    must(put(member, DATA, loaded(sockets, 1).fd))
    good = packed(loaded(sockets, 2).fd)
    wrong = [loaded(sockets, 2, bpf.BPF_PROG_TYPE_SCHED_CLS).fd, member.fd, -1, good + b"\0", good[:3]]

    results = [put(member, DATA, value) for value in wrong]

    assert results == [refused(EINVAL), refused(EINVAL), refused(EBADF), refused(EINVAL), refused(EINVAL)]
    assert group.deliver(*many(2)) == "1 1"
    assert put(member, DATA, good) == SUCCESS
    assert group.deliver(*many(2)) == "2 2"


@clause(since="4.3", level="source", refs=[SET], covers=ERROR)
def test_a_locked_filter_locks_one_member_out_only(loopback):
    """A member whose filter is locked cannot replace the program (EPERM); another member still can."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3)
    group.steer(always(1))
    must(put(group.members[0], option("SO_LOCK_FILTER"), 1))

    results = [put(group.members[0], DATA, value) for value in (always(2), b"")]  # the lock is checked first
    first = group.deliver(*many(2))
    results.append(put(group.members[1], DATA, always(2)))

    assert results == [refused(EPERM), refused(EPERM), SUCCESS]
    assert (first, group.deliver(*many(2))) == ("1 1", "2 2")


@clause(since="4.3", level="source", refs=[CHOOSE], covers=CBPF)
def test_the_program_goes_with_the_group(loopback):
    """A group with an id that was used before starts without a program."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 2)
    group.steer(always(1))
    first = group.deliver(*many(1))
    for member in group.members:
        member.must.close()

    again = Group(loopback, PACKET_FANOUT_CBPF, 2)

    assert (first, again.deliver(*many(1))) == ("1", "0")
