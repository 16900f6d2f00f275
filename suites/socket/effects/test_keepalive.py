"""SO_KEEPALIVE: the timer of a TCP connection."""

import pytest

from fixtures.clauses import clause
from helpers.inet_table import TIMER_KEEPALIVE, TIMER_NONE, row_of
from helpers.kinds import INET6_TCP, INET_TCP
from helpers.option_calls import get, put
from helpers.options import covers, option
from helpers.sockets import must

SYSCALL = "setsockopt"
KEEPALIVE = option("SO_KEEPALIVE")
IDLE = option("TCP_KEEPIDLE")


@clause(
    since="2.4",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/tcp_timer.c:tcp_set_keepalive"],
    covers=covers([KEEPALIVE.name], "effect"),
)
@pytest.mark.parametrize("kind", [INET_TCP, INET6_TCP], ids=str)
def test_it_starts_and_stops_the_timer_of_a_connection(loopback, kind):
    """SO_KEEPALIVE starts the keepalive timer of an idle connection, which runs TCP_KEEPIDLE seconds; 0 stops it."""
    near, far = kind.pair(loopback.sockets, loopback.namespace)
    must(put(near, IDLE, 600))
    timers = []

    for value in (0, 1, 0):
        must(put(near, KEEPALIVE, value))
        timers.append(row_of(near, loopback.namespace))

    assert [row.timer for row in timers] == [TIMER_NONE, TIMER_KEEPALIVE, TIMER_NONE]
    assert 500 < timers[1].expires <= 600
    assert row_of(far, loopback.namespace).timer == TIMER_NONE


@clause(
    since="2.4",
    level="documented",
    refs=["man:socket(7)", "src:net/ipv4/tcp_timer.c:tcp_set_keepalive"],
    covers=covers([KEEPALIVE.name], "effect"),
)
@pytest.mark.parametrize("kind", [INET_TCP, INET6_TCP], ids=str)
def test_one_that_was_set_before_the_connection_counts(loopback, kind):
    """SO_KEEPALIVE of a socket, or of a listener whose connections take it over, starts the timer once connected."""
    listener, name = kind.ready(loopback.sockets, loopback.namespace)
    near = kind.open(loopback.sockets, loopback.namespace)
    for socket in (listener, near):
        must(put(socket, KEEPALIVE, 1))
    before = [row_of(listener, loopback.namespace).timer]

    near.must.connect(name)
    far = loopback.sockets.adopt(listener.must.accept())

    assert before == [TIMER_NONE]
    assert [row_of(socket, loopback.namespace).timer for socket in (near, far)] == [TIMER_KEEPALIVE] * 2
    assert get(far, KEEPALIVE).data[0] == 1
