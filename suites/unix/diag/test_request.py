"""UNIX_DIAG: which sockets a request is answered with, and which requests are refused."""

from errno import EINVAL, ENOENT, ESTALE

from fixtures.clauses import clause
from helpers.kinds import UNIX_DGRAM, UNIX_STREAM
from helpers.net.unix_diag import NO_COOKIE, diag_of, entry_of, request
from helpers.uapi.netlink import NLM_F_ACK
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM
from helpers.uapi.tcp_states import TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN
from helpers.uapi.unix_diag import UNIX_DIAG_ICONS, UNIX_DIAG_NAME
from suites.unix.diag.support import inode_of, words

MAN = ["man:sock_diag(7)", "uapi:linux/unix_diag.h"]
DUMP = [*MAN, "src:net/unix/diag.c:unix_diag_dump"]
EXACT = [*MAN, "src:net/unix/diag.c:unix_diag_get_exact"]
EVERYTHING = 0x7F


@clause(since="3.3", level="documented", refs=DUMP)
def test_the_states_asked_for(sockets, namespace):
    """A request lists the sockets whose state is among udiag_states, each once, and none of another namespace."""
    diag, (near, far) = diag_of(sockets, namespace), UNIX_STREAM.pair(sockets, namespace)
    listener, _ = UNIX_STREAM.ready(sockets, namespace)
    closed = [UNIX_DGRAM.open(sockets, namespace) for _ in range(40)]
    UNIX_DGRAM.open(sockets)

    def listed(*states):
        mask = sum(1 << state for state in states)
        return sorted(entry.message.udiag_ino for entry in diag.listed(EVERYTHING, udiag_states=mask))

    assert listed() == []
    assert listed(TCP_ESTABLISHED) == sorted([inode_of(near), inode_of(far)])
    assert listed(TCP_LISTEN) == [inode_of(listener)]
    assert listed(TCP_CLOSE) == sorted(map(inode_of, closed))
    assert listed(TCP_LISTEN, TCP_CLOSE, TCP_ESTABLISHED) == sorted(map(inode_of, [near, far, listener, *closed]))


@clause(since="3.3", level="source", refs=EXACT)
def test_one_socket_by_inode_and_cookie(sockets, namespace):
    """A request for one inode is answered alone: inode 0 is EINVAL, one not there ENOENT, a wrong cookie ESTALE."""
    diag, socket = diag_of(sockets, namespace), UNIX_DGRAM.open(sockets, namespace)
    cookie = diag.of(socket).message.udiag_cookie

    assert diag.one(0) == EINVAL
    assert diag.one(inode_of(UNIX_DGRAM.open(sockets))) == ENOENT
    assert diag.one(inode_of(socket), udiag_cookie=(cookie[0] + 1, cookie[1])) == ESTALE
    for right in (cookie, (NO_COOKIE, NO_COOKIE)):
        assert diag.one(inode_of(socket), udiag_cookie=tuple(right)).message.udiag_ino == inode_of(socket)


@clause(since="3.3", level="source", refs=[*MAN, "src:net/unix/diag.c:unix_diag_handler_dump"])
def test_a_short_request_is_einval(sockets, namespace):
    """A request shorter than the 24 bytes of a unix_diag_req is EINVAL, to list and for one; one of 24 is answered."""
    diag, socket = diag_of(sockets, namespace), sockets.open(AF_UNIX, SOCK_STREAM, namespace=namespace)
    whole = request(udiag_ino=inode_of(socket))

    assert (diag.errno(whole[:23]), diag.errno(whole[:23], NLM_F_ACK)) == (EINVAL, EINVAL)
    assert (len(whole), diag.errno(whole), diag.errno(whole, NLM_F_ACK)) == (24, 0, 0)


@clause(since="3.3", level="source", refs=EXACT)
def test_many_connections_that_wait_are_all_told(sockets, namespace):
    """An answer grows with what it has to report: all of many connections that wait at a listener with a name."""
    diag, (listener, name) = diag_of(sockets, namespace), UNIX_STREAM.named(sockets, namespace)
    listener.must.listen(200)
    clients = [UNIX_STREAM.open(sockets, namespace) for _ in range(100)]
    for client in clients:
        client.must.connect(name)

    entry = diag.of(listener, EVERYTHING)

    assert words(entry.attributes[UNIX_DIAG_ICONS]) == [inode_of(client) for client in clients]
    assert len(entry.attributes[UNIX_DIAG_NAME]) == len(name) - 2


@clause(since="3.3", level="source", refs=DUMP)
def test_a_list_in_several_parts_has_each_socket_once(sockets, namespace):
    """A list that does not fit into one datagram goes on in the next: each socket comes once, wherever it is cut."""
    diag = diag_of(sockets, namespace, room=4096)
    made = [UNIX_DGRAM.open(sockets, namespace) for _ in range(150)]

    *answers, _ = diag.ask(request(EVERYTHING))

    assert answers[-1].part > 0
    assert sorted(entry_of(answer).message.udiag_ino for answer in answers) == sorted(map(inode_of, made))
