"""shutdown(2) of AF_UNIX sockets that listen."""

from errno import ECONNREFUSED

import pytest

from fixtures.clauses import clause
from helpers.endpoints import listening
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_UNIX, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_STREAM

SYSCALL = "shutdown"

UNIX = "src:net/unix/af_unix.c:unix_shutdown"
STOPS = pytest.mark.parametrize(
    ("how", "stops"), [(SHUT_RD, True), (SHUT_RDWR, True), (SHUT_WR, False)], ids=["rd", "rdwr", "wr"]
)


@clause(since="2.2", level="source", refs=[UNIX, "src:net/unix/af_unix.c:unix_stream_connect"])
@STOPS
def test_shutting_down_reception_refuses_unix_connections(sockets, how, stops):
    """An AF_UNIX listener that is shut down for receiving refuses connections; for sending nothing changes."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = listening(listener)

    result = listener.shutdown(how)

    assert result == SUCCESS
    assert client.connect(name) == (refused(ECONNREFUSED) if stops else SUCCESS)
