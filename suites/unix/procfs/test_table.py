"""/proc/net/unix: a row for each socket of the network namespace, its columns."""

import os
import re

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening, named
from helpers.kinds import UNIX_DGRAM, UNIX_STREAM
from helpers.net.addresses import unix
from helpers.uapi.socket import AF_UNIX, SOCK_RAW
from helpers.unix_ends import TYPES
from suites.unix.procfs.support import row, table

REFS = ["man:proc(5)", "src:net/unix/af_unix.c:unix_seq_show"]
EACH = ["src:net/unix/af_unix.c:unix_get_first", *REFS]
HEADING = "Num       RefCount Protocol Flags    Type St Inode Path"


@clause(since="2.2", level="documented", refs=REFS)
def test_starts_with_the_names_of_the_columns(namespace):
    """The first line names the columns, and is the only one where there is no socket."""
    assert table(namespace) == [HEADING]


@clause(since="2.2", level="documented", refs=REFS)
@pytest.mark.parametrize(("kind", "number"), [*((kind, kind) for kind in TYPES.values()), (SOCK_RAW, 2)])
def test_a_row_has_the_type_of_its_socket(sockets, namespace, kind, number):
    """A new socket has a row with its type, protocol and flags 0, state 01, no name: and none any more when closed."""
    socket = sockets.open(AF_UNIX, kind, namespace=namespace)

    found = row(socket, namespace)
    socket.must.close()

    assert found[1:] == ("00000000", "00000000", f"{number:04X}", "01", "")
    assert int(found[0], 16) == 2
    assert table(namespace) == [HEADING]


@clause(since="2.2", level="documented", refs=REFS)
def test_state_and_flags_of_a_connection(sockets, namespace):
    """A listener has the flag 00010000 and state 01, a connected socket 03; one not accepted is 02, of inode 0."""
    listener, client = UNIX_STREAM.open(sockets, namespace), UNIX_STREAM.open(sockets, namespace)
    name = listening(listener)
    client.must.connect(name)

    found = [row(end, namespace)[2:5] for end in (listener, client)]
    waiting = [line for line in table(namespace) if re.search(r" 02     0 @", line)]
    server = sockets.adopt(listener.must.accept4())

    assert found == [("00010000", "0001", "01"), ("00000000", "0001", "03")]
    assert len(waiting) == 1
    assert row(server, namespace)[2:] == ("00000000", "0001", "03", row(listener, namespace)[5])


@clause(since="2.2", level="documented", refs=REFS)
@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"\0abc", " @abc"), (b"\0a\0b\0", " @a@b@"), (b"\0", " @"), (b"\0\xff", " @\xff")],
    ids=["abstract", "with-nul", "empty", "not-ascii"],
)
def test_an_abstract_name_is_shown_with_an_at_for_each_nul(sockets, namespace, name, shown):
    """An abstract name is shown with @ in place of its first byte and of every other NUL, in its whole length."""
    socket = UNIX_DGRAM.open(sockets, namespace)
    socket.must.bind(unix(name))

    assert row(socket, namespace)[5] == shown


@clause(since="2.2", level="documented", refs=REFS)
def test_a_path_is_shown_as_it_was_bound(sockets, namespace, tmp_path, monkeypatch):
    """A path is shown as it was given to bind, without its NUL, also when the file is gone."""
    monkeypatch.chdir(tmp_path)
    socket = UNIX_DGRAM.open(sockets, namespace)
    socket.must.bind(unix(b"./a b"))
    os.unlink("a b")

    assert row(socket, namespace)[5] == " ./a b"


@clause(since="2.6.24", level="documented", refs=EACH)
def test_every_socket_of_the_namespace_has_one_row(sockets, namespace):
    """Each of many sockets, bound or not, has one row in the table of its namespace, and none in another's."""
    made = [UNIX_DGRAM.open(sockets, namespace) for _ in range(60)]
    for socket in made[::2]:
        named(socket)
    elsewhere = UNIX_DGRAM.open(sockets)

    lines = table(namespace)

    inodes = sorted(int(line.split()[6]) for line in lines[1:])
    assert inodes == sorted(os.fstat(socket.fd).st_ino for socket in made)
    assert os.fstat(elsewhere.fd).st_ino not in inodes


@clause(since="2.6.24", level="source", refs=EACH)
@pytest.mark.parametrize("size", [1, 100, 1000])
def test_reading_it_in_pieces_gives_the_same(sockets, namespace, size):
    """Read by calls of any size the table has each line once, as read at once."""
    made = [UNIX_DGRAM.open(sockets, namespace) for _ in range(20)]
    with namespace, open("/proc/thread-self/net/unix", "rb", buffering=0) as file:
        pieces = []
        while piece := file.read(size):
            pieces.append(piece)

    assert len(made) == 20
    assert sorted(b"".join(pieces).decode("latin-1").splitlines()) == sorted(table(namespace))


@clause(since="2.2", level="source", refs=REFS)
def test_the_count_of_references(sockets, namespace):
    """RefCount is one more for each socket that has this one as its peer."""
    (receiver, name), sender = UNIX_DGRAM.named(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)
    counts = [int(row(receiver, namespace)[0], 16)]

    sender.must.connect(name)
    counts.append(int(row(receiver, namespace)[0], 16))

    assert counts[1] == counts[0] + 1
