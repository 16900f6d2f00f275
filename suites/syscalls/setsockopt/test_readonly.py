"""setsockopt(2): options that can only be read."""

from errno import ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from helpers.option_calls import get, put
from helpers.options import by_access, covers, option
from helpers.syscall import SUCCESS, refused

SET = "src:net/core/sock.c:sk_setsockopt"
PACKET = "src:net/packet/af_packet.c:packet_setsockopt"
READ_ONLY = by_access("get", "SOL_SOCKET", "SOL_PACKET")


@clause(
    since="2.2",
    level="documented",
    refs=["man:socket(7)", "man:setsockopt(2)", SET, PACKET],
    covers=["errno:ENOPROTOOPT", *covers(READ_ONLY, "error")],
)
@pytest.mark.parametrize("chosen", READ_ONLY, ids=str)
def test_an_option_that_can_only_be_read_is_refused(sockets, chosen):
    """An option that can only be read is refused with ENOPROTOOPT, and nothing about the socket changes."""
    socket = sockets.packet()
    before = get(socket, chosen, 64)

    results = [put(socket, chosen, value) for value in (0, 1)]

    assert results == [refused(ENOPROTOOPT)] * 2
    assert get(socket, chosen, 64) == before
    assert put(socket, option("SO_BROADCAST"), 1) == SUCCESS
