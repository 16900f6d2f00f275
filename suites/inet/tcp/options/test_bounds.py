"""getsockopt(2), setsockopt(2), SOL_TCP: values that the state of the socket or a sysctl bounds or replaces."""

from errno import EINVAL, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.kinds import INET_TCP
from helpers.net.sysctl import set_sysctl
from helpers.option_calls import answer, get, put
from helpers.options import covers, option
from helpers.options.option import INT_MAX
from helpers.syscall import SUCCESS, refused

SYSCALL = "setsockopt"
SET = "src:net/ipv4/tcp.c:do_tcp_setsockopt"
GET = "src:net/ipv4/tcp.c:do_tcp_getsockopt"
MAN = "man:tcp(7)"


@clause(since="2.6.12", level="documented", refs=[MAN, SET], covers=covers(["TCP_WINDOW_CLAMP"], "set", "get", "error"))
def test_the_window_has_a_least_clamp_until_it_is_lifted(loopback, sockets):
    """TCP_WINDOW_CLAMP raises a tiny value to a least one, and 0 lifts it while unconnected; connected 0 is EINVAL."""
    socket, chosen = INET_TCP.open(sockets), option("TCP_WINDOW_CLAMP")
    near, _ = INET_TCP.pair(sockets, loopback.namespace)

    least = []
    for value in (1, 512):
        assert put(socket, chosen, value) == SUCCESS
        least.append(int.from_bytes(get(socket, chosen).data[:4], "little"))

    assert least[0] == least[1]
    assert 1024 <= least[0] < 4096
    assert put(socket, chosen, 0) == SUCCESS
    assert get(socket, chosen) == answer(0)
    before = get(near, chosen)
    assert put(near, chosen, 0) == refused(EINVAL)
    assert get(near, chosen) == before
    assert put(near, chosen, 5000) == SUCCESS
    assert get(near, chosen) == answer(5000)


@clause(since="4.11", level="source", refs=[SET, "doc:networking/ip-sysctl.rst"], covers=["errno:EOPNOTSUPP"])
def test_fast_open_of_clients_may_be_switched_off(namespace, sockets):
    """TCP_FASTOPEN_CONNECT is EOPNOTSUPP where net.ipv4.tcp_fastopen lacks bit 1; out of range it is EINVAL."""
    socket, chosen = INET_TCP.open(sockets, namespace), option("TCP_FASTOPEN_CONNECT")
    set_sysctl(namespace, "ipv4/tcp_fastopen", "2")

    results = [put(socket, chosen, value) for value in (1, 0, 2)]

    assert results == [refused(EOPNOTSUPP), refused(EOPNOTSUPP), refused(EINVAL)]
    assert get(socket, chosen) == answer(0)
    set_sysctl(namespace, "ipv4/tcp_fastopen", "1")
    assert put(socket, chosen, 1) == SUCCESS


@clause(
    since="3.7",
    level="documented",
    refs=[MAN, "src:include/linux/tcp.h:fastopen_queue_tune"],
    covers=covers(["TCP_FASTOPEN"], "set"),
)
def test_the_queue_of_fast_open_is_bounded_by_somaxconn(namespace, sockets):
    """TCP_FASTOPEN keeps no longer a queue than net.core.somaxconn."""
    socket, chosen = INET_TCP.open(sockets, namespace), option("TCP_FASTOPEN")
    set_sysctl(namespace, "core/somaxconn", "100")

    results = []
    for value in (100, 101, INT_MAX):
        results.append((put(socket, chosen, value), get(socket, chosen)))

    assert results == [(SUCCESS, answer(100))] * 3


@clause(since="2.6.37", level="documented", refs=[MAN, GET], covers=covers(["TCP_KEEPIDLE", "TCP_SYNCNT"], "get"))
@pytest.mark.parametrize(
    ("knob", "value", "name", "told"),
    [
        ("tcp_keepalive_time", "100", "TCP_KEEPIDLE", 100),
        ("tcp_keepalive_intvl", "12", "TCP_KEEPINTVL", 12),
        ("tcp_keepalive_probes", "3", "TCP_KEEPCNT", 3),
        ("tcp_syn_retries", "4", "TCP_SYNCNT", 4),
        ("tcp_fin_timeout", "33", "TCP_LINGER2", 33),
    ],
    ids=["keepidle", "keepintvl", "keepcnt", "syncnt", "linger2"],
)
def test_a_sysctl_is_the_default(namespace, sockets, knob, value, name, told):
    """While an option is not set the socket has the value of its sysctl, also one that is changed later."""
    socket, chosen = INET_TCP.open(sockets, namespace), option(name)
    set_sysctl(namespace, f"ipv4/{knob}", value)

    assert get(socket, chosen) == answer(told)
    assert put(socket, chosen, 5) == SUCCESS
    assert get(socket, chosen) == answer(5)
