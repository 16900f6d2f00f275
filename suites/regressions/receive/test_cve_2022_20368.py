"""CVE-2022-20368: the copy of a frame too long for its slot had an uninitialised address, and length of it."""

from errno import EPERM

import pytest

from fixtures.clauses import clause
from helpers import bpf
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.rings import V1, V2, Geometry
from helpers.sockets import must
from helpers.syscall import refused
from helpers.uapi.bpf import BPF_ALU64, BPF_MOV, __sk_buff
from helpers.uapi.filter import BPF_K, BPF_MEM, BPF_STX, BPF_W
from helpers.uapi.if_packet import PACKET_COPY_THRESH
from helpers.uapi.socket import SOL_SOCKET, sockaddr_storage
from helpers.uapi.socket_options import SO_ATTACH_BPF

# writes ones to all that a filter may write to in the skb's control buffer, and keeps the frame
WRITER = b"".join(
    [
        bpf.instruction(BPF_ALU64 | BPF_MOV | BPF_K, 2, value=-1),
        *(bpf.instruction(BPF_STX | BPF_MEM | BPF_W, 1, 2, __sk_buff.cb.offset + 4 * word) for word in range(5)),
        bpf.returning(-1),
    ]
)


@clause(
    since="5.17",
    level="source",
    refs=["cve:CVE-2022-20368", "commit:c700525fcc06", "src:net/packet/af_packet.c:tpacket_rcv"],
    covers=["option:PACKET_COPY_THRESH:effect"],
)
@pytest.mark.parametrize("version", [V1, V2], ids=str)
@pytest.mark.parametrize("written", [False, True], ids=["plain", "filter-writes"])
def test_the_copy_of_a_frame_has_an_address_of_zeros(sockets, wire, rings, version, written):
    """The address of a copy is 20 bytes: family and protocol, zeros for all else, whatever a filter left behind."""
    ring = rings.receive(wire.right, version, Geometry(frame_size=512), protocol=OWN, options={PACKET_COPY_THRESH: 1})
    if written:
        program = bpf.load_code(bpf.BPF_PROG_TYPE_SOCKET_FILTER, WRITER)
        if program == refused(EPERM):
            pytest.skip("bpf(2) is refused: loading programs needs root here")
        sockets.adopt(must(program, "bpf(BPF_PROG_LOAD)"))
        ring.socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_BPF, program.value)
    frame = frames.ethernet(size=1000)
    name = sockaddr_storage.from_buffer_copy(b"\xa5" * 128)
    message = Message([2048], name)

    wire.left.inject(frame)
    ring.receive(frame.marker)
    length = ring.socket.must.recvmsg(message.header)

    assert message.data(length) == frame.data
    assert message.header.msg_namelen == 20
    assert bytes(name)[:20] == bytes(address(0, OWN))
