"""PACKET_HDRLEN read fewer bytes of the version than an int has, and took the rest from the kernel's stack."""

import ctypes
from errno import EINVAL

from fixtures.clauses import clause
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import PACKET_HDRLEN, TPACKET_V2
from helpers.uapi.socket import SOL_PACKET


@clause(
    since="4.12",
    level="source",
    refs=["commit:fd2c83b35752", "src:net/packet/af_packet.c:packet_getsockopt"],
    covers=["option:PACKET_HDRLEN:error", "errno:getsockopt:EINVAL"],
)
def test_packet_hdrlen_wants_a_whole_int(sockets):
    """PACKET_HDRLEN with room for less than an int fails with EINVAL and writes nothing; with an int it succeeds."""
    socket, value = sockets.packet(), ctypes.c_int(TPACKET_V2)

    for length in range(4):
        assert socket.getsockopt(SOL_PACKET, PACKET_HDRLEN, value, ctypes.c_int(length)) == refused(EINVAL)
    assert value.value == TPACKET_V2
    assert socket.getsockopt(SOL_PACKET, PACKET_HDRLEN, value, ctypes.c_int(4)) == SUCCESS
    assert value.value == 32
