"""CVE-2014-0181: anybody could read the filters of packet sockets by PACKET_DIAG."""

from fixtures.clauses import clause
from helpers.packet.diag import diag_of, told_of
from helpers.process import in_child
from helpers.uapi.filter import BPF_K, BPF_RET, BPF_STMT, program
from helpers.uapi.packet_diag import PACKET_DIAG_FILTER, PACKET_SHOW_FILTER
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ATTACH_FILTER


@clause(
    since="3.15",
    level="source",
    refs=["cve:CVE-2014-0181", "src:net/packet/diag.c:packet_diag_dump"],
    covers=["diag:FILTER"],
)
def test_a_filter_is_shown_to_the_networks_administrator_only(sockets):
    """To a request without CAP_NET_ADMIN the filter of a packet socket is not reported."""
    socket, code = sockets.packet(), [BPF_STMT(BPF_RET | BPF_K, 0x1234)]
    socket.must.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, program(code))

    def ask():
        return told_of(diag_of(sockets), socket, PACKET_SHOW_FILTER).attributes.get(PACKET_DIAG_FILTER)

    assert in_child(ask) == bytes(code[0])
    assert not in_child(ask, without=["CAP_NET_ADMIN"])
