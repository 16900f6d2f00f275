"""/proc/net/packet: which sockets it lists, and how it is read."""

import os

import pytest

from fixtures.clauses import clause
from helpers.capabilities import ALL
from helpers.net import frames
from helpers.packet.procfs import lines_of, path, rows_of
from helpers.process import in_child

SEQ = ["man:proc(5)", "src:net/packet/af_packet.c:packet_seq_start"]
COVERS = ["file:proc_packet"]


def inodes(namespace):
    """Return the inodes of the table's rows."""
    return [row.inode for row in rows_of(namespace)]


def inode_of(socket):
    """Return the inode of a socket."""
    return os.fstat(socket.fd).st_ino


@clause(since="2.6.24", level="documented", refs=["man:network_namespaces(7)", *SEQ], covers=COVERS)
def test_lists_the_sockets_of_its_own_namespace(wire):
    """Each network namespace lists its own packet sockets."""
    left, right = wire.left.packet_socket(), wire.right.packet_socket()

    assert inodes(wire.left.namespace) == [inode_of(left)]
    assert inodes(wire.right.namespace) == [inode_of(right)]


@clause(since="2.2", level="source", refs=SEQ, covers=COVERS)
def test_lists_the_sockets_that_are_open(sockets, namespace):
    """A socket is listed from its creation until its close; the others stay in their order, oldest first."""
    first, second, third = (sockets.packet(protocol=frames.OWN, namespace=namespace) for _ in range(3))
    before, gone = inodes(namespace), inode_of(second)

    second.must.close()

    assert before == [inode_of(first), gone, inode_of(third)]
    assert inodes(namespace) == [inode_of(first), inode_of(third)]


@clause(since="2.2", level="source", refs=SEQ, covers=COVERS)
@pytest.mark.parametrize("size", [1, 100, 65536])
def test_reads_the_same_in_pieces_of_any_size(sockets, namespace, size):
    """More rows than a page holds, read in pieces of any size, are each there once, in order."""
    made = [inode_of(sockets.packet(namespace=namespace)) for _ in range(70)]
    whole = "".join(f"{line}\n" for line in lines_of(namespace)).encode()
    with namespace:
        fd = os.open(path(), os.O_RDONLY)

    pieces = []
    while piece := os.read(fd, size):
        pieces.append(piece)
    os.close(fd)

    assert inodes(namespace) == made
    assert b"".join(pieces) == whole
    assert max(map(len, pieces)) <= size


@clause(since="2.2", level="source", refs=SEQ, covers=COVERS)
def test_reads_from_any_position(sockets, namespace):
    """The table can be read again from the start, and from any position in it."""
    for _ in range(5):
        sockets.packet(namespace=namespace)
    with namespace:
        fd = os.open(path(), os.O_RDONLY)
    whole = os.read(fd, 65536)

    tails = [os.pread(fd, 65536, at) for at in (0, 1, len(whole) // 2, len(whole) - 1, len(whole))]
    os.close(fd)

    assert tails == [whole[at:] for at in (0, 1, len(whole) // 2, len(whole) - 1, len(whole))]
    assert whole.count(b"\n") == 6


@clause(
    since="2.6.12", level="source", refs=["man:proc(5)", "src:net/packet/af_packet.c:packet_net_init"], covers=COVERS
)
def test_anyone_may_read_it(sockets, namespace):
    """The file is readable for everyone without a capability, and writable for no one."""
    sockets.packet(namespace=namespace)

    assert in_child(lambda: len(lines_of()), namespace=namespace, without=ALL) == 2
    with namespace:
        assert os.stat(path()).st_mode & 0o7777 == 0o444
