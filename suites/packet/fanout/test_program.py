"""PACKET_FANOUT_CBPF and PACKET_FANOUT_EBPF: a program chooses the member for a frame."""

import pytest

from fixtures.clauses import clause
from helpers.option_calls import put
from helpers.packet.fanout import DATA, NUMBER_AT, Group, always, by_number, loaded, many, numbered
from helpers.sockets import must
from helpers.syscall import SUCCESS
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_FANOUT_CBPF, PACKET_FANOUT_EBPF

CHOOSE = "src:net/packet/af_packet.c:fanout_demux_bpf"
CBPF = ["fanout:CBPF", "option:PACKET_FANOUT:effect", "option:PACKET_FANOUT_DATA:effect"]
EBPF = ["fanout:EBPF", "option:PACKET_FANOUT:effect", "option:PACKET_FANOUT_DATA:effect"]


@clause(since="4.3", level="source", refs=[CHOOSE], covers=[*CBPF, *EBPF])
@pytest.mark.parametrize("mode", [PACKET_FANOUT_CBPF, PACKET_FANOUT_EBPF], ids=["cbpf", "ebpf"])
def test_without_a_program_the_first_member_gets_all(loopback, mode):
    """A group whose mode needs a program delivers every frame to its first member as long as it has none."""
    group = Group(loopback, mode, 3)

    got = group.deliver(*numbered(0, 1, 2, 3))

    assert got == "0 0 0 0"


@clause(since="4.3", level="source", refs=[CHOOSE], covers=CBPF)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_classic_program_chooses_for_each_frame(loopback, count):
    """PACKET_FANOUT_CBPF runs the program on the frame's network header and takes the result modulo the members."""
    group, numbers = Group(loopback, PACKET_FANOUT_CBPF, count), [0, 1, 2, 3, 5, 255, 0]

    result = put(group.members[-1], DATA, by_number())

    assert result == SUCCESS
    assert group.deliver(*numbered(*numbers)) == " ".join(str(number % count) for number in numbers)


@clause(since="4.3", level="source", refs=[CHOOSE], covers=CBPF)
@pytest.mark.parametrize("number", [0, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF], ids=hex)
def test_what_a_program_returns_is_a_number_without_sign(loopback, number):
    """The result of the program is taken as an unsigned 32-bit number, modulo the number of members."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3)
    group.steer(always(number))

    got = group.deliver(*many(2))

    assert got == f"{number % 3} {number % 3}"


@clause(since="4.3", level="source", refs=[CHOOSE], covers=CBPF)
def test_a_program_sees_an_outgoing_frame_from_its_link_header_on(loopback):
    """A group's program sees an outgoing frame from its link-layer header on, others from the network header."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3, ETH_P_ALL)
    group.steer(by_number())
    frame = numbered(2)[0]
    elsewhere = frame.data[NUMBER_AT]  # counted from the link-layer header on, that is a letter of the marker

    loopback.inject(frame)

    for _ in range(2):  # sent, and received
        group.witness.receive(frame.marker)
    assert elsewhere % 3 == 1
    assert group.drained([frame]) == [[], [frame.marker], [frame.marker]]


@clause(since="4.3", level="source", refs=[CHOOSE], covers=EBPF)
def test_an_extended_program_chooses_for_each_frame(loopback, sockets):
    """PACKET_FANOUT_EBPF takes the result of the program modulo the members, also after its descriptor is closed."""
    group, got = Group(loopback, PACKET_FANOUT_EBPF, 3), []

    for number in (1, 5, 3):
        code = loaded(sockets, number)
        must(put(group.members[0], DATA, code.fd))
        code.must.close()
        got.append(group.deliver(*many(2)))

    assert got == ["1 1", "2 2", "0 0"]
