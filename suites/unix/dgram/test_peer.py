"""AF_UNIX datagram sockets and their peers: who may send, what a changed or lost peer means."""

from errno import EAGAIN, ECONNREFUSED, ECONNRESET, EINVAL, ENOTCONN, EPERM, EPIPE, EPROTOTYPE

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.endpoints import listening, name_of
from helpers.kinds import UNIX_DGRAM
from helpers.net.addresses import raw, unix
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import AF_INET, AF_UNIX, AF_UNSPEC, SHUT_RD, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR
from helpers.unix_ends import events, got
from helpers.value_result import address_from

SYSCALL = "sendto"
SEND = "src:net/unix/af_unix.c:unix_dgram_sendmsg"
CONNECT = "src:net/unix/af_unix.c:unix_dgram_connect"
LOST = "src:net/unix/af_unix.c:unix_dgram_disconnected"


def mutual(sockets):
    """Return two datagram sockets with names that are connected to each other, and their names."""
    (near, near_name), (far, far_name) = UNIX_DGRAM.named(sockets), UNIX_DGRAM.named(sockets)
    near.must.connect(far_name)
    far.must.connect(near_name)
    return near, far, near_name, far_name


@clause(since="2.2", level="source", refs=["man:unix(7)", SEND], covers=["errno:ENOTCONN"])
def test_without_peer_and_address_a_send_is_enotconn(sockets):
    """A send without peer and without address is ENOTCONN; with an address it is delivered."""
    sender, (receiver, name) = sockets.open(AF_UNIX, SOCK_DGRAM), UNIX_DGRAM.named(sockets)

    assert sender.send(b"lost") == refused(ENOTCONN)
    assert sender.sendto(b"data", 0, name) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="source", refs=["man:unix(7)", SEND])
def test_a_connected_socket_receives_from_its_peer_alone(sockets):
    """A send to a socket that is connected to another one is EPERM and not queued; its peer, or itself, may send."""
    receiver, peer, receiver_name, _ = mutual(sockets)
    stranger = sockets.open(AF_UNIX, SOCK_DGRAM)

    results = [stranger.sendto(b"no", 0, receiver_name), peer.sendto(b"yes", 0, receiver_name)]
    receiver.must.connect(raw(AF_UNSPEC))

    assert results == [refused(EPERM), returned(3)]
    assert stranger.sendto(b"now", 0, receiver_name) == returned(3)
    assert drain(receiver) == [b"now"]


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_validate_addr", SEND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("length", [1, 2, 111, 128])
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
def test_an_address_of_another_length_is_einval(sockets, length, connected):
    """A datagram to an address of 2 bytes or less, or more than 110, is EINVAL; all 110 may be of the name."""
    sender, receiver = sockets.open(AF_UNIX, SOCK_DGRAM), sockets.open(AF_UNIX, SOCK_DGRAM)
    longest = unix(b"\0" * 126)
    receiver.must.bind(longest, 110)
    if connected:
        sender.must.connect(longest, 110)

    assert sender.sendto(b"lost", 0, longest, length) == refused(EINVAL)
    assert sender.sendto(b"data", 0, longest, 110) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="source", refs=["src:net/unix/af_unix.c:unix_validate_addr", SEND], covers=["errno:EINVAL"])
@pytest.mark.parametrize("family", [AF_UNSPEC, AF_INET], ids=["AF_UNSPEC", "AF_INET"])
def test_an_address_of_another_family_is_einval(sockets, family):
    """A datagram to an address of another family is EINVAL, whatever name it holds."""
    sender, (receiver, name) = sockets.open(AF_UNIX, SOCK_DGRAM), UNIX_DGRAM.named(sockets)

    assert sender.sendto(b"lost", 0, raw(family, bytes(name)[2:])) == refused(EINVAL)
    assert sender.sendto(b"data", 0, name) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="documented", refs=["man:unix(7)", SEND, "src:net/unix/af_unix.c:unix_find_bsd"])
@pytest.mark.parametrize(("where", "errno"), [("path", EPROTOTYPE), ("abstract", ECONNREFUSED)])
def test_an_address_of_another_type(sockets, tmp_path, where, errno):
    """A datagram to a stream is EPROTOTYPE by its path, and ECONNREFUSED by an abstract name, which no datagram has."""
    stream, sender = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_DGRAM)
    if where == "path":
        stream.must.bind(unix(bytes(tmp_path / "socket")))
        stream.must.listen(1)
    else:
        listening(stream)

    assert sender.sendto(b"lost", 0, name_of(stream)) == refused(errno)
    assert sender.sendto(b"data", 0, UNIX_DGRAM.named(sockets)[1]) == returned(4)


@clause(since="2.2", level="documented", refs=["man:unix(7)", SEND])
def test_a_peer_that_is_gone_is_econnrefused_once(sockets):
    """The first send to a peer that was closed is ECONNREFUSED and ends the association: then it is ENOTCONN."""
    (near, _), (far, name) = UNIX_DGRAM.named(sockets), UNIX_DGRAM.named(sockets)
    near.must.connect(name)
    assert near.send(b"data") == returned(4)

    far.must.close()
    before = address_from(near.getpeername)

    assert before == bytes(name)
    assert [near.send(b"data") for _ in range(2)] == [refused(ECONNREFUSED), refused(ENOTCONN)]
    assert address_from(near.getpeername) == b""
    assert near.sendto(b"data", 0, UNIX_DGRAM.named(sockets)[1]) == returned(4)


@clause(since="2.2", level="source", refs=[SEND, LOST])
def test_what_the_lost_peer_had_sent_is_dropped(sockets):
    """When a send finds its peer closed what the peer had sent is dropped, and from then on others may send."""
    near, far, near_name, _ = mutual(sockets)
    far.must.send(b"from the peer")
    stranger = sockets.open(AF_UNIX, SOCK_DGRAM)

    far.must.close()

    assert stranger.sendto(b"no", 0, near_name) == refused(EPERM)
    assert near.send(b"data") == refused(ECONNREFUSED)
    assert drain(near) == []
    assert stranger.sendto(b"yes", 0, near_name) == returned(3)
    assert drain(near) == [b"yes"]


@clause(since="2.2", level="documented", refs=["man:unix(7)", SEND], covers=["errno:EPIPE"])
def test_a_receiver_that_is_shut_down_is_epipe(sockets):
    """A datagram to a socket that is shut down for receiving is EPIPE, and what was queued before still comes."""
    sender, (receiver, name) = sockets.open(AF_UNIX, SOCK_DGRAM), UNIX_DGRAM.named(sockets)
    assert sender.sendto(b"data", 0, name) == returned(4)

    receiver.must.shutdown(SHUT_RD)

    assert sender.sendto(b"lost", 0, name) == refused(EPIPE)
    assert [got(receiver), got(receiver)] == [b"data", refused(EAGAIN)]


CHANGES = {"AF_UNSPEC": lambda *_: raw(AF_UNSPEC), "another": lambda sockets, _: UNIX_DGRAM.named(sockets)[1]}


@clause(since="2.2", level="source", refs=[CONNECT, LOST])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_changes_its_peer_loses_what_that_had_sent(sockets, change):
    """A socket that changes its peer drops what it has not read, and its old peer gets ECONNRESET, once."""
    near, far, _, far_name = mutual(sockets)
    far.must.send(b"unread")

    result = near.connect(change(sockets, far_name))

    assert result == SUCCESS
    assert drain(near) == []
    assert [far.option(SOL_SOCKET, SO_ERROR) for _ in range(2)] == [ECONNRESET, 0]
    assert events(far) == events(sockets.open(AF_UNIX, SOCK_DGRAM))


@clause(since="2.2", level="source", refs=[CONNECT, LOST])
@pytest.mark.parametrize("case", ["nothing-unread", "same-peer", "one-way"])
def test_no_one_is_reset_who_has_lost_nothing(sockets, case):
    """Without unread data, with the same peer again, or a peer that was not connected, nobody gets ECONNRESET."""
    near, far, near_name, far_name = mutual(sockets)
    if case == "one-way":
        far.must.connect(raw(AF_UNSPEC))
    if case != "nothing-unread":
        far.must.sendto(b"unread", 0, near_name)

    result = near.connect(far_name if case == "same-peer" else raw(AF_UNSPEC))

    assert result == SUCCESS
    assert far.option(SOL_SOCKET, SO_ERROR) == 0
    assert drain(near) == ([b"unread"] if case == "same-peer" else [])
