"""SO_MAX_PACING_RATE: the rate that TCP paces a connection with, as TCP_INFO reports it."""

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.option_calls import packed, put
from helpers.options import covers, option
from helpers.sockets import must
from helpers.tcp import pacing_rates

SYSCALL = "setsockopt"
PACING = option("SO_MAX_PACING_RATE")
UNLIMITED = 0xFFFFFFFFFFFFFFFF


@clause(
    since="5.3",
    level="documented",
    refs=["man:socket(7)", "src:net/core/sock.c:sk_setsockopt", "src:net/ipv4/tcp_input.c:tcp_update_pacing_rate"],
    covers=covers([PACING.name], "effect"),
)
@pytest.mark.parametrize("kind", [INET_TCP, INET6_TCP], ids=str)
def test_a_connection_is_paced_with_the_rate_at_most(loopback, kind):
    """A lower SO_MAX_PACING_RATE is the connection's pacing rate at once, and stays the limit while data is sent."""
    near, far = kind.pair(loopback.sockets, loopback.namespace)
    before = pacing_rates(near)

    must(put(near, PACING, packed(5_000)))
    at_once = pacing_rates(near)
    near.must.send(b"data")
    far.must.recv(bytearray(4), 4)
    later = pacing_rates(near)

    assert before[0] == UNLIMITED
    assert before[1] > 5_000
    assert at_once == later == (5_000, 5_000)


@clause(
    since="5.3",
    level="source",
    refs=["man:socket(7)", "src:net/core/sock.c:sk_setsockopt"],
    covers=covers([PACING.name], "effect"),
)
def test_a_higher_limit_leaves_the_rate(loopback):
    """A SO_MAX_PACING_RATE above the connection's pacing rate changes only the limit."""
    near, _ = INET_TCP.pair(loopback.sockets, loopback.namespace)
    must(put(near, PACING, packed(5_000)))

    must(put(near, PACING, packed(6_000)))

    assert pacing_rates(near) == (6_000, 5_000)
