"""What /proc/net says of the life of AF_UNIX sockets: the state of datagram sockets, and how many there are."""

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.net.addresses import raw
from helpers.uapi.socket import AF_UNSPEC
from suites.unix.procfs.support import row

CONNECT = "src:net/unix/af_unix.c:unix_dgram_connect"
CREATE = "src:net/unix/af_unix.c:unix_create1"
FREE, CONNECTED = "01", "03"


@clause(since="6.10", level="source", refs=["man:proc(5)", CONNECT, "commit:26bfb8b57063"])
@pytest.mark.parametrize("back", [False, True], ids=["one-way", "mutual"])
def test_the_state_of_datagram_sockets(sockets, namespace, back):
    """A datagram socket has state 03 while it has a peer or was made one, 01 when that was left and it has none."""
    (near, near_name), (far, far_name) = UNIX_DGRAM.named(sockets, namespace), UNIX_DGRAM.named(sockets, namespace)
    seen = [[row(end, namespace)[4] for end in (near, far)]]

    near.must.connect(far_name)
    if back:
        far.must.connect(near_name)
    seen.append([row(end, namespace)[4] for end in (near, far)])
    near.must.connect(raw(AF_UNSPEC))
    seen.append([row(end, namespace)[4] for end in (near, far)])

    assert seen == [[FREE, FREE], [CONNECTED, CONNECTED], [FREE, CONNECTED if back else FREE]]


@clause(since="5.15", level="source", refs=["man:proc(5)", "src:net/unix/af_unix.c:unix_dgram_sendmsg"])
def test_the_state_after_the_peer_is_lost(sockets, namespace):
    """A datagram socket keeps state 03 when its peer closes, until a send finds that: then it has 01."""
    near, (far, name) = UNIX_DGRAM.open(sockets, namespace), UNIX_DGRAM.named(sockets, namespace)
    near.must.connect(name)

    far.must.close()
    seen = [row(near, namespace)[4]]
    near.send(b"lost")

    assert [*seen, row(near, namespace)[4]] == [CONNECTED, FREE]


@clause(since="5.15", level="documented", refs=["man:proc(5)", "src:net/core/sock.c:proto_seq_show", CREATE],
        covers=["file:proc_protocols"])  # fmt: skip
def test_the_table_of_protocols_counts_unix_sockets(sockets, namespace):
    """/proc/net/protocols counts streams in UNIX-STREAM, others in UNIX, connections not accepted yet among them."""

    def counts():
        with namespace, open("/proc/thread-self/net/protocols") as file:
            found = {fields[0]: int(fields[2]) for fields in map(str.split, file) if fields[0].startswith("UNIX")}
        return found["UNIX-STREAM"], found["UNIX"]

    seen = [counts()]
    for kind in (UNIX_STREAM, UNIX_SEQPACKET):
        listener, client = kind.open(sockets, namespace), kind.open(sockets, namespace)
        name = listening(listener)
        seen.append(counts())
        client.must.connect(name)
        seen.append(counts())
        for end in (listener, client):
            end.must.close()
        seen.append(counts())
    datagram = UNIX_DGRAM.open(sockets, namespace)
    seen.append(counts())
    datagram.must.close()

    stream, seqpacket = [(2, 0), (3, 0), (0, 0)], [(0, 2), (0, 3), (0, 0)]
    assert [*seen, counts()] == [(0, 0), *stream, *seqpacket, (0, 1), (0, 0)]
