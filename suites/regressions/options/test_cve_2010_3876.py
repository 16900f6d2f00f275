"""CVE-2010-3876: getsockname(2) of a SOCK_PACKET socket leaked bytes of the kernel's stack behind the name."""

import ctypes

from fixtures.clauses import clause
from helpers.net.addresses import raw
from helpers.uapi.socket import AF_PACKET, SOCK_PACKET


@clause(since="2.6.37", level="source", refs=["cve:CVE-2010-3876", "src:net/packet/af_packet.c:packet_getname_spkt"])
def test_the_name_of_a_sock_packet_socket_is_filled_up_with_zeros(loopback):
    """The 14 bytes of the name are the link's name and zeros, and all zeros before the socket is bound."""
    socket = loopback.packet_socket(SOCK_PACKET, 0, bound=False)
    names = []

    for address in (None, raw(AF_PACKET, b"lo".ljust(14, b"\0"))):
        if address is not None:
            socket.must.bind(address)
        socket.bind(raw(AF_PACKET, b"\xa5" * 126))  # refused for its length, but it was on the stack
        name = (ctypes.c_char * 16)()
        socket.must.getsockname(name, ctypes.c_int(16))
        names.append(bytes(name)[2:])

    assert names == [bytes(14), b"lo".ljust(14, b"\0")]
