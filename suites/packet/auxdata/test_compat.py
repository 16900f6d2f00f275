"""PACKET_AUXDATA, and the program of a fanout group, in the layout of 32-bit programs."""

import ctypes
from errno import EINVAL

import pytest

from fixtures.clauses import clause
from helpers.compat32 import Direct
from helpers.compat_messages import CompatMessage, vector
from helpers.net import frames
from helpers.net.hardware import link_address
from helpers.packet.auxdata import TAGGED, listening
from helpers.packet.compat_rings import put
from helpers.packet.fanout import Group, always, many
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.compat import compat_sock_fprog
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT
from helpers.uapi.if_arp import ARPHRD_ETHER
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_AUXDATA,
    PACKET_BROADCAST,
    PACKET_FANOUT_CBPF,
    PACKET_FANOUT_DATA,
    TP_STATUS_USER,
    sockaddr_ll,
    tpacket_auxdata,
)
from helpers.uapi.socket import SOL_PACKET

RECEIVE = "src:net/packet/af_packet.c:packet_recvmsg"
PUT = "src:net/compat.c:put_cmsg_compat"
FPROG = "src:net/core/filter.c:copy_bpf_fprog_from_user"
COVERS = ["option:PACKET_AUXDATA:effect"]
LENGTH = 12 + ctypes.sizeof(tpacket_auxdata)


def told(message):
    """Return the only control message's length, level and type, and all fields of the auxiliary data in it."""
    ((length, level, kind, data),) = message.controls()
    auxdata = tpacket_auxdata.from_buffer_copy(data)
    return (length, level, kind), tuple(getattr(auxdata, name) for name, _ in tpacket_auxdata._fields_)


@clause(since="3.14", level="source", refs=[RECEIVE, PUT], covers=COVERS)
@pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])
def test_a_removed_tag_is_told_to_a_32_bit_program(wire, lowmem, tpid):
    """A 32-bit program gets a removed VLAN tag in auxdata of 20 bytes after a cmsghdr of 12."""
    receiver, frame = listening(wire.right), frames.tagged(tpid, 0x2007)
    message = CompatMessage(lowmem, [100], name=20, control=LENGTH)

    wire.left.inject(frame)
    result = Direct.recvmsg(receiver.fd, message.address)

    untagged = frame.data[:12] + frame.data[16:]
    assert result == returned(len(untagged))
    assert message.data()[0][: len(untagged)] == untagged
    where = (LENGTH, SOL_PACKET, PACKET_AUXDATA)
    size = len(untagged)
    assert told(message) == (where, (TAGGED, size, size, 0, ETH_HLEN, 0x2007, tpid))
    name = message.name()[: sockaddr_ll.sll_addr.offset]
    assert (
        name == link_address(wire.right.ifindex, ARPHRD_ETHER, frame.data[6:12], pkttype=PACKET_BROADCAST)[: len(name)]
    )


@clause(since="2.6.33", level="source", refs=[RECEIVE, PUT], covers=COVERS)
def test_each_message_of_a_vector_has_its_own_auxdata(wire, lowmem):
    """recvmmsg(2) of a 32-bit program gives each frame its own auxdata, with both lengths of a truncated one."""
    receiver, sent = listening(wire.right), [frames.ethernet(size=size) for size in (60, 200)]
    witness = wire.right.packet_socket(protocol=ETH_P_ALL)
    messages = [CompatMessage(lowmem, [100], control=LENGTH) for _ in sent]
    entries = vector(lowmem, messages)

    wire.left.inject(*sent)
    witness.receive(sent[1].marker)
    result = Direct.recvmmsg(receiver.fd, ctypes.addressof(entries), 2)

    assert (result, [entry.msg_len for entry in entries]) == (returned(2), [60, 100])
    for message, entry, frame in zip(messages, entries, sent, strict=True):
        message.header.msg_controllen = entry.msg_hdr.msg_controllen
        _, auxdata = told(message)
        assert auxdata == (TP_STATUS_USER, len(frame), len(frame), 0, ETH_HLEN, 0, 0)


@clause(since="4.3", level="source", refs=[FPROG, "src:net/packet/af_packet.c:fanout_set_data_cbpf"])
def test_the_program_of_a_fanout_group_is_a_32_bit_programs(loopback, lowmem):
    """PACKET_FANOUT_DATA takes the 8-byte sock_fprog of a 32-bit program; any other length fails with EINVAL."""
    group = Group(loopback, PACKET_FANOUT_CBPF, 3)
    group.steer(always(1))
    code = lowmem.before_end(bytes(BPF_STMT(BPF_RET | BPF_K, 2)))
    program = bytes(compat_sock_fprog(1, code))

    refusals = [put(lowmem, group.members[0], PACKET_FANOUT_DATA, wrong) for wrong in (program[:7], program + bytes(8))]
    before = group.deliver(*many(2))
    result = put(lowmem, group.members[0], PACKET_FANOUT_DATA, program)

    assert (refusals, before, result) == ([refused(EINVAL)] * 2, "1 1", SUCCESS)
    assert group.deliver(*many(2)) == "2 2"
