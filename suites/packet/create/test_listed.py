"""socket(2): where the kernel lists and counts packet sockets."""

import os
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.net.frames import OWN
from helpers.uapi.socket import AF_PACKET, SOCK_DGRAM, SOCK_PACKET, SOCK_RAW

SYSCALL = "socket"
CREATE = "src:net/packet/af_packet.c:packet_create"


def table(namespace, name: str) -> list[list[str]]:
    """Return the lines of /proc/net/*name*, without its header, as words."""
    with namespace, open(f"/proc/thread-self/net/{name}") as file:
        return [line.split() for line in file.readlines()[1:]]


def counted(namespace) -> int:
    """Return how many sockets of the protocol PACKET there are."""
    return next(int(words[2]) for words in table(namespace, "protocols") if words[0] == "PACKET")


@clause(since="2.4", level="source", refs=["man:proc(5)", CREATE, "src:net/packet/af_packet.c:packet_seq_show"])
@pytest.mark.parametrize("kind", [SOCK_RAW, SOCK_DGRAM, SOCK_PACKET], ids=["raw", "dgram", "packet"])
@pytest.mark.parametrize("protocol", [0, OWN], ids=["deaf", "hearing"])
def test_a_packet_socket_is_listed(namespace, sockets, kind, protocol):
    """/proc/net/packet lists a packet socket with its type, protocol, whether it hears, its owner and inode."""
    with namespace:
        result = syscall.socket(AF_PACKET, kind, htons(protocol))

    assert result.ok
    file = os.fstat(sockets.adopt(result.value).fd)
    lines = [words[2:] for words in table(namespace, "packet")]
    expected = [str(kind), f"{protocol:04x}", "0", str(int(protocol != 0)), "0", str(file.st_uid), str(file.st_ino)]
    assert lines == [expected]


@clause(since="2.6.26", level="source", refs=[CREATE, "src:net/packet/af_packet.c:packet_release"])
def test_packet_sockets_are_counted(namespace, sockets):
    """/proc/net/protocols counts the packet sockets of the namespace: each that is made, less those closed."""
    before = counted(namespace)
    with namespace:
        results = [syscall.socket(AF_PACKET, kind, 0) for kind in (SOCK_RAW, SOCK_PACKET)]

    assert [result.ok for result in results] == [True, True]
    made = [sockets.adopt(result.value) for result in results]
    after = counted(namespace)
    made[0].must.close()
    assert (before, after, counted(namespace)) == (0, 2, 1)
