"""Connections of AF_UNIX sockets before they are accepted: what happens to them, and who waits for room."""

from errno import EAGAIN, ECONNREFUSED, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.endpoints import listening
from helpers.kinds import UNIX_SEQPACKET, UNIX_STREAM
from helpers.process import start
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import MSG_NOSIGNAL, SHUT_RD, SOCK_NONBLOCK
from helpers.unix_ends import got

SYSCALL = "accept"
ACCEPT = "src:net/unix/af_unix.c:unix_accept"
CONNECT = "src:net/unix/af_unix.c:unix_stream_connect"
KINDS = pytest.mark.parametrize("kind", [UNIX_STREAM, UNIX_SEQPACKET], ids=str)


@clause(since="2.2", level="documented", refs=["man:unix(7)", ACCEPT])
@KINDS
def test_a_connection_whose_client_is_gone_is_accepted_with_its_data(sockets, kind):
    """A connection whose client has closed is still accepted: its data can be read, then the end."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)
    client.must.send(b"data")
    client.must.close()

    server = sockets.adopt(listener.must.accept4())

    assert [got(server) for _ in range(3)] == [b"data", b"", b""]
    assert not server.send(b"data", MSG_NOSIGNAL).ok


@clause(since="2.2", level="source", refs=[ACCEPT, "src:net/unix/af_unix.c:unix_shutdown"], covers=["errno:EINVAL"])
@KINDS
def test_a_listener_that_is_shut_down_gives_what_it_has(sockets, kind):
    """A listener that is shut down for receiving still gives the connections that wait, and then is EINVAL."""
    listener, name = kind.ready(sockets)
    client = kind.open(sockets)
    client.must.connect(name)

    listener.must.shutdown(SHUT_RD)
    server = sockets.adopt(listener.must.accept())

    assert (client.send(b"data"), got(server)) == (returned(4), b"data")
    assert listener.accept() == refused(EINVAL)
    assert kind.open(sockets).connect(name) == refused(ECONNREFUSED)


@clause(since="2.2", level="source", refs=[CONNECT, "src:net/unix/af_unix.c:unix_release_sock"])
@KINDS
def test_a_listener_that_closes_ends_the_wait_for_room(sockets, kind):
    """A connect that waits for room at a listener is ECONNREFUSED when that is closed."""
    listener = kind.open(sockets)
    name = listening(listener, backlog=0)
    first, second = kind.open(sockets), kind.open(sockets)
    first.must.connect(name)

    with start(lambda: (listener.must.close(), second.connect(name))) as child:
        child.wait_blocked("connect")
        listener.must.close()
        _, result = child.result()

    assert result == refused(ECONNREFUSED)


@clause(since="2.2", level="source", refs=[CONNECT, ACCEPT])
@KINDS
def test_what_is_sent_before_accept_is_received_after_it(sockets, kind):
    """A client may send at once; each connection has its own data, and they are accepted in their order."""
    listener, name = kind.ready(sockets)
    clients = [kind.open(sockets) for _ in range(3)]
    for number, client in enumerate(clients):
        client.must.connect(name)
        client.must.send(b"%d" % number)

    servers = [sockets.adopt(listener.must.accept4()) for _ in clients]

    assert [drain(server) for server in servers] == [[b"0"], [b"1"], [b"2"]]
    assert [server.send(b"%d" % number) for number, server in enumerate(servers)] == [returned(1)] * 3
    assert [got(client) for client in clients] == [b"0", b"1", b"2"]


@clause(since="2.2", level="source", refs=[CONNECT])
def test_a_client_that_could_not_connect_leaves_no_trace(sockets):
    """A connect that is refused at a full listener queues nothing: later exactly those that succeeded are accepted."""
    listener = UNIX_STREAM.open(sockets)
    name = listening(listener, backlog=0)
    clients = [UNIX_STREAM.open(sockets, flags=SOCK_NONBLOCK) for _ in range(2)]

    results = [client.connect(name) for client in clients]
    sockets.adopt(listener.must.accept4())

    assert results == [SUCCESS, refused(EAGAIN)]
    assert clients[1].send(b"data") != returned(4)
    assert clients[1].connect(name) == SUCCESS
    server = sockets.adopt(listener.must.accept4())
    assert (clients[1].send(b"data"), got(server)) == (returned(4), b"data")
