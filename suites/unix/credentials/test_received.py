"""SO_PASSCRED: whose credentials come with which bytes, and who is given a name for it."""

import os
import re

import pytest

from fixtures.clauses import clause
from helpers import process
from helpers.endpoints import named
from helpers.kinds import UNIX_DGRAM, UNIX_SEQPACKET, UNIX_STREAM
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.net.addresses import unix
from helpers.options import covers
from helpers.syscall import SUCCESS, returned
from helpers.uapi.socket import MSG_CTRUNC, MSG_DONTWAIT, MSG_PEEK, SOL_SOCKET
from helpers.uapi.socket_options import SO_PASSCRED, SO_PASSPIDFD
from helpers.unix_ends import TYPES
from helpers.value_result import address_from
from suites.unix.credentials.support import credentials, me, receiving, send, told

SYSCALL = "recvmsg"
ADD = "src:net/unix/af_unix.c:unix_maybe_add_creds"
RECEIVE = "src:net/core/scm.c:scm_recv_unix"
READ = "src:net/unix/af_unix.c:unix_stream_read_generic"
EQUAL = "src:net/unix/af_unix.c:unix_skb_scm_eq"
KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
EFFECT = covers(["SO_PASSCRED"], "effect")
UNNAMED, AUTOMATIC = bytes(unix(b"")), re.compile(rb"\x01\x00\x00[0-9a-f]{5}")
UNKNOWN = (0, 65534, 65534)  # no pid, and the overflow ids of a message without credentials


@clause(since="2.2", level="documented", refs=["man:unix(7)", ADD, RECEIVE], covers=EFFECT)
@KINDS
@pytest.mark.parametrize("whose", ["receiver", "sender", "nobody"])
def test_credentials_are_taken_when_the_message_is_sent(sockets, kind, whose):
    """A message has credentials if sender or receiver had SO_PASSCRED when it was sent; else pid 0 and overflow ids."""
    sender, receiver = sockets.pair(kind)
    if whose != "nobody":
        {"receiver": receiver, "sender": sender}[whose].must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    own = process.in_child(lambda: (send(sender), me())[1])

    receiver.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)

    assert told(receiver) == (b"data", [UNKNOWN if whose == "nobody" else own])


@clause(since="2.2", level="source", refs=[ADD], covers=EFFECT)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
def test_what_is_sent_before_accept_has_credentials(sockets, kind):
    """What is sent to a connection before it is accepted has credentials, although nobody has SO_PASSCRED by then."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)
    client.must.send(b"early")
    server = sockets.adopt(listener.must.accept4())
    client.must.send(b"late")

    server.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)

    assert [told(server), told(server)] == [(b"early", [me()]), (b"late", [UNKNOWN])]


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_stream_connect"], covers=EFFECT)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)
def test_an_accepted_socket_has_the_option_of_its_listener(sockets, kind):
    """A socket that is accepted has SO_PASSCRED if its listener had it when the connection was made."""
    listener, name = kind.ready(sockets)
    listener.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
    clients = [kind.open(sockets) for _ in range(2)]
    for client in clients:
        client.must.connect(name)

    server = sockets.adopt(listener.must.accept4())

    clients[0].must.send(b"data")
    assert [end.option(SOL_SOCKET, SO_PASSCRED) for end in (server, clients[0])] == [1, 0]
    assert told(server) == (b"data", [me()])


@clause(since="2.2", level="documented", refs=["man:unix(7)", READ, EQUAL], covers=EFFECT)
@pytest.mark.parametrize("flags", [0, MSG_PEEK], ids=["taken", "peeked"])
@pytest.mark.parametrize("which", ["pid", "uid", "gid"])
def test_a_read_does_not_join_bytes_of_different_senders(sockets, other_uid, which, flags):
    """With SO_PASSCRED a read ends where pid, uid or gid of the sender change, and joins sends of the same ones."""
    sender, receiver = receiving(sockets, TYPES["stream"])
    other = credentials(**{which: os.getppid() if which == "pid" else other_uid})
    if not process.in_child(lambda: send(sender, credentials(pid=os.getppid())).ok):
        pytest.skip("needs CAP_SYS_ADMIN over its PID namespace")
    told(receiver)
    for control, data in ((b"", b"a"), (credentials(), b"b"), (other, b"c"), (other, b"d"), (b"", b"e")):
        send(sender, control, data).ok or pytest.skip("may not give that id here")
    given = dict(zip(("pid", "uid", "gid"), me(), strict=True))
    given[which] = os.getppid() if which == "pid" else other_uid

    if flags:
        assert told(receiver, flags=flags) == (b"ab", [me()])
    seen = [told(receiver) for _ in range(3)]

    assert seen == [(b"ab", [me()]), (b"cd", [tuple(given.values())]), (b"e", [me()])]


@clause(since="2.2", level="source", refs=[READ])
def test_without_the_option_a_read_joins_them(sockets, other_uid):
    """Without SO_PASSCRED a read joins the bytes of whoever sent them, and has no credentials."""
    sender, receiver = sockets.pair()
    for uid in (None, other_uid):
        send(sender, credentials(uid=uid, gid=uid), b"x")

    assert told(receiver) == (b"xx", [])


@clause(since="2.2", level="documented", refs=["man:unix(7)", RECEIVE], covers=["msg:MSG_CTRUNC", *EFFECT])
@KINDS
@pytest.mark.parametrize(("room", "length"), [(0, 0), (15, 0), (16, 16), (27, 27), (28, 28), (32, 28)])
def test_without_room_credentials_are_cut(sockets, kind, room, length):
    """Without a control buffer, or with too little of it, the bytes arrive with MSG_CTRUNC and what does fit."""
    sender, receiver = receiving(sockets, kind)
    sender.must.send(b"data")
    message = Message([16], control=64)
    message.header.msg_controllen = room
    if not room:
        message.header.msg_control = None

    result = receiver.recvmsg(message.header, MSG_DONTWAIT)

    assert (result, message.data(4)) == (returned(4), b"data")
    assert message.header.msg_flags == (MSG_CTRUNC if room < 28 else 0)
    assert message.header.msg_controllen == (room if length else 0)
    assert int.from_bytes(bytes(message.control)[:8], "little") == length or not length


def named_by_use(sockets, kind, how, option):
    """Connect or send to a new *kind* from a socket with *option*; return whether that was done and the name it has."""
    target, name = kind.ready(sockets)
    socket = kind.open(sockets)
    if option:
        socket.must.setsockopt(SOL_SOCKET, option, 1)
    before = address_from(socket.getsockname)

    result = socket.connect(name) if how == "connect" else socket.sendto(b"data", 0, name)

    assert before == UNNAMED
    assert target.recv(Buffer(8).array, 8, MSG_DONTWAIT).ok == (how == "send" and result.ok)
    return result.ok, address_from(socket.getsockname)


USES = pytest.mark.parametrize(
    ("kind", "how"),
    [(UNIX_STREAM, "connect"), (UNIX_SEQPACKET, "connect"), (UNIX_DGRAM, "connect"), (UNIX_DGRAM, "send")],
    ids=["stream-connect", "seqpacket-connect", "dgram-connect", "dgram-send"],
)


@clause(since="2.2", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:unix_autobind"], covers=EFFECT)
@USES
def test_who_asks_for_credentials_is_given_a_name(sockets, kind, how):
    """A socket without name that has SO_PASSCRED gets one of five digits as it connects or sends, another does not."""
    asks, other = named_by_use(sockets, kind, how, SO_PASSCRED), named_by_use(sockets, kind, how, None)

    assert (asks[0], bool(AUTOMATIC.fullmatch(asks[1]))) == (True, True)
    assert other == (True, UNNAMED)


@clause(
    since="6.5",
    level="source",
    refs=["src:net/unix/af_unix.c:unix_autobind"],
    covers=covers(["SO_PASSPIDFD"], "effect"),
)
@USES
def test_who_asks_for_pidfds_is_given_a_name(sockets, kind, how):
    """A socket without name that has SO_PASSPIDFD gets one of five digits when it connects or sends."""
    done, name = named_by_use(sockets, kind, how, SO_PASSPIDFD)

    assert (done, bool(AUTOMATIC.fullmatch(name))) == (True, True)


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_autobind"], covers=EFFECT)
@pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET, UNIX_DGRAM], ids=str)
def test_who_has_a_name_keeps_it(sockets, kind):
    """A socket with a name keeps it when it connects with SO_PASSCRED."""
    _, name = kind.ready(sockets)
    socket = kind.open(sockets)
    own = named(socket)
    socket.must.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)

    assert socket.connect(name) == SUCCESS
    assert address_from(socket.getsockname) == bytes(own)
