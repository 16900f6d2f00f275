"""/proc about sockets: the link and fdinfo of a descriptor, and the tables of the network namespace."""

import contextlib
import os
import struct

import pytest

from fixtures.clauses import clause
from helpers import messages
from helpers.net import addresses, frames
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import (
    AF_PACKET,
    AF_UNIX,
    SCM_RIGHTS,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_PACKET,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
)

PTYPE = ["src:net/core/net-procfs.c:ptype_seq_show"]
FDINFO = ["man:proc(5)", "src:net/socket.c:sock_show_fdinfo", "src:net/unix/af_unix.c:unix_show_fdinfo"]


def table(name, namespace):
    """Return the lines of /proc/net/*name* in *namespace*, as lists of words."""
    with namespace or contextlib.nullcontext(), open(f"/proc/thread-self/net/{name}") as file:
        return [line.split() for line in file]


def fdinfo(fd):
    """Return the fields of a descriptor's fdinfo."""
    with open(f"/proc/self/fdinfo/{fd}") as file:
        return dict(line.rstrip("\n").split(":", 1) for line in file)


@clause(since="2.2", level="documented", refs=["man:proc(5)", "src:net/socket.c:sockfs_dname"], covers=["file:fd_link"])
@pytest.mark.parametrize("family", [AF_PACKET, AF_UNIX], ids=["packet", "unix"])
def test_link_of_a_descriptor_names_the_inode(sockets, family):
    """The link of a descriptor in /proc is "socket:[…]" with the inode's number."""
    fd = sockets.open(family, SOCK_DGRAM).fd

    assert os.readlink(f"/proc/self/fd/{fd}") == f"socket:[{os.fstat(fd).st_ino}]"


@clause(since="2.6.22", level="documented", refs=FDINFO, covers=["file:fdinfo"])
def test_fdinfo_tells_the_flags(sockets):
    """A descriptor's fdinfo shows position 0 and the flags in octal; a packet socket adds nothing of its own."""
    plain, other = sockets.packet(), sockets.packet(SOCK_RAW | SOCK_NONBLOCK)

    fields = [fdinfo(socket.fd) for socket in (plain, other)]

    flags = os.O_RDWR | os.O_CLOEXEC
    assert [int(field["flags"], 8) & ~0o100000 for field in fields] == [flags, flags | os.O_NONBLOCK]
    assert [int(field["pos"]) for field in fields] == [0, 0]
    assert "scm_fds" not in fields[0]


@clause(since="5.6", level="source", refs=FDINFO, covers=["file:fdinfo"])
@pytest.mark.parametrize("kind", [SOCK_STREAM, SOCK_DGRAM], ids=["stream", "dgram"])
def test_fdinfo_counts_the_descriptors_that_wait(sockets, kind):
    """The fdinfo of an AF_UNIX socket counts the descriptors in the messages of its receive queue."""
    left, right = sockets.pair(kind)
    control = messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("2i", left.fd, left.fd))
    counts = [fdinfo(right.fd)["scm_fds"]]

    left.must.sendmsg(messages.Message([b"x"], control=control).header)
    counts += [fdinfo(end.fd)["scm_fds"] for end in (right, left)]
    for fd in struct.unpack("2i", messages.receive(right.fd).controls[0][2]):
        sockets.adopt(fd)

    assert [int(count) for count in [*counts, fdinfo(right.fd)["scm_fds"]]] == [0, 2, 0, 0]


def waiting_at_a_listener(sockets):
    """Return the count in a listener's fdinfo with two queued connections that hold a descriptor each, and with one."""
    socket, name = sockets.open(AF_UNIX, SOCK_STREAM), addresses.abstract()
    socket.must.bind(name)
    socket.must.listen(2)
    for _ in range(2):
        client = sockets.open(AF_UNIX, SOCK_STREAM)
        client.must.connect(name)
        control = messages.cmsg(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", client.fd))
        client.must.sendmsg(messages.Message([b"x"], control=control).header)

    waiting = int(fdinfo(socket.fd)["scm_fds"])
    sockets.adopt(socket.must.accept())
    return waiting, int(fdinfo(socket.fd)["scm_fds"])


@clause(since="6.1", level="source", refs=FDINFO, covers=["file:fdinfo"])
def test_fdinfo_of_a_listener_counts_those_of_its_connections(sockets):
    """The fdinfo of a listening socket counts the descriptors queued at connections not yet accepted."""
    assert waiting_at_a_listener(sockets) == (2, 1)


@clause(since="5.6", until="6.0", level="source", refs=FDINFO)
def test_fdinfo_of_a_listener_did_not_count(sockets):
    """The fdinfo of a listening socket does not count the descriptors queued at its connections."""
    assert waiting_at_a_listener(sockets) == (0, 0)


@clause(since="2.6.26", level="documented", refs=["man:proc(5)", "src:net/core/sock.c:proto_seq_show"],
        covers=["file:proc_protocols"])  # fmt: skip
def test_table_of_protocols_counts_packet_sockets(sockets, namespace):
    """/proc/net/protocols has a row PACKET that counts the packet sockets of the namespace."""

    def count():
        [row] = [row for row in table("protocols", namespace) if row[0] == "PACKET"]
        return int(row[2])

    counts = [count()]
    made = []
    for kind in (SOCK_RAW, SOCK_PACKET):
        made.append(sockets.packet(kind, namespace=namespace))
        counts.append(count())
    for socket in made:
        socket.close()
        counts.append(count())

    assert counts == [0, 1, 2, 1, 0]


@clause(since="2.6.24", level="documented", refs=["man:proc(5)", "src:net/socket.c:socket_seq_show"],
        covers=["file:proc_sockstat"])  # fmt: skip
def test_sockstat_counts_sockets_of_every_family(sockets, namespace):
    """The line "sockets: used" of /proc/net/sockstat counts the sockets of the namespace, whatever their family."""

    def used():
        [row] = [row for row in table("sockstat", namespace) if row[0] == "sockets:"]
        return row[1], int(row[2])

    (word, before) = used()
    packet = sockets.packet(namespace=namespace)
    unix = sockets.open(AF_UNIX, SOCK_STREAM, namespace=namespace)
    during = used()
    packet.close()
    unix.close()

    assert (word, during, used()) == ("used", ("used", before + 2), ("used", before))


def rows_of_a_packet_socket(loopback, protocol, bound):
    """Return the rows with the function of packet sockets before, during and after the life of one that receives."""

    def heard():
        return [words for words in table("ptype", loopback.namespace) if words[-1] == "packet_rcv"]

    before = heard()
    socket = loopback.packet_socket(protocol=protocol, bound=bound)
    during = heard()
    socket.close()

    return before, during, heard()


@clause(since="2.6.25", level="source", refs=PTYPE, covers=["file:proc_ptype"])
@pytest.mark.parametrize(
    ("protocol", "row"), [(ETH_P_ALL, "ALL"), (frames.OWN, f"{frames.OWN:04x}")], ids=["all", "one"]
)
def test_table_of_packet_types_tells_who_hears(loopback, protocol, row):
    """/proc/net/ptype has a row with protocol and function for a packet socket while it receives."""
    assert rows_of_a_packet_socket(loopback, protocol, bound=False) == ([], [[row, "packet_rcv"]], [])


# some kernels before that, from 4.0 on, did not show these
@clause(since="5.17", level="source", refs=[*PTYPE, "commit:1d10f8a1f40b"], covers=["file:proc_ptype"])
def test_table_of_packet_types_tells_who_hears_all_of_a_link(loopback):
    """/proc/net/ptype has a row with the link, too, for a packet socket that receives all protocols of that link."""
    assert rows_of_a_packet_socket(loopback, ETH_P_ALL, bound=True) == ([], [["ALL", "lo", "packet_rcv"]], [])
