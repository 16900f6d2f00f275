"""socketpair(2) of packet sockets, which come in no pairs."""

import ctypes
from errno import EOPNOTSUPP, EPERM

from fixtures.clauses import clause
from helpers import syscall
from helpers.process import in_child
from helpers.syscall import Result, refused
from helpers.uapi.socket import AF_PACKET, SOCK_RAW

SYSCALL = "socketpair"


def make(family: int, type_: int, protocol: int = 0) -> Result:
    """Try to make a pair."""
    return syscall.socketpair(family, type_, protocol, (ctypes.c_int * 2)())


@clause(since="2.2", level="source", refs=["src:net/packet/af_packet.c:packet_create"], covers=["errno:EOPNOTSUPP"])
def test_a_packet_pair_needs_cap_net_raw_before_it_is_refused():
    """A pair of packet sockets is EPERM without CAP_NET_RAW, where it is EOPNOTSUPP with it."""
    result = in_child(make, AF_PACKET, SOCK_RAW, without=["CAP_NET_RAW"])

    assert result == refused(EPERM)
    assert make(AF_PACKET, SOCK_RAW) == refused(EOPNOTSUPP)
