"""sendto(2): the errno of each condition that the manual pages list."""

from errno import EALREADY, ENETDOWN

import pytest

from fixtures.clauses import clause
from helpers import send_conditions
from helpers.arrivals import arrivals
from helpers.net import frames
from helpers.net.link_flags import set_link
from helpers.send_calls import by_sendto
from helpers.syscall import refused, returned
from helpers.uapi.if_ import IFF_UP

LO = 1  # the interface index of lo, in every namespace
MAN = "man:send(2)"


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:unix(7)", "src:net/unix/af_unix.c"],
    covers=[
        f"errno:{name}" for name in ["EAGAIN", "ECONNRESET", "EISCONN", "EMSGSIZE", "ENOTCONN", "EOPNOTSUPP", "EPIPE"]
    ],
)
@pytest.mark.parametrize("refusal", send_conditions.LOCAL, ids=str)
def test_answers_a_condition_with_its_errno(sockets, refusal):
    """Each condition that send(2) lists is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(sockets)
    assert good.by(by_sendto) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendto) == refused(refusal.errno)


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:packet(7)", "man:udp(7)", "src:net/packet/af_packet.c:packet_snd"],
    covers=[
        "errno:EAGAIN",
        "errno:EACCES",
        "errno:EDESTADDRREQ",
        "errno:EINVAL",
        "errno:ENETDOWN",
        "errno:ENOBUFS",
        "errno:ENXIO",
    ],
)
@pytest.mark.parametrize("refusal", send_conditions.ON_LINK, ids=str)
def test_answers_a_condition_of_the_link_with_its_errno(loopback, refusal):
    """Each condition of link and route is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(loopback)
    assert good.by(by_sendto) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendto) == refused(refusal.errno)


@clause(
    since="3.7", level="documented", refs=[MAN, "src:net/ipv4/tcp.c:tcp_sendmsg_fastopen"], covers=["errno:EALREADY"]
)
def test_refuses_a_second_fast_open_with_ealready(loopback):
    """While a send with MSG_FASTOPEN is still connecting, another on the same socket is refused with EALREADY."""
    with send_conditions.fast_open_in_progress(loopback) as (good, spoil):
        assert good.by(by_sendto) == returned(len(good.data))

        bad = spoil()

        assert bad.by(by_sendto) == refused(EALREADY)


@clause(since="2.2", level="source", refs=["src:net/core/sock.c:sock_alloc_send_pskb"], covers=["errno:ENETDOWN"])
def test_reports_a_pending_error_once_and_sends_nothing(namespace, sockets):
    """A pending error of a packet socket is returned by the next send, which sends nothing, and is cleared by it."""
    sender = sockets.packet(protocol=frames.OTHER, namespace=namespace)
    receiver = sockets.packet(protocol=frames.OWN, namespace=namespace)
    sender.attach(LO, frames.OTHER)  # lo is down here, which leaves ENETDOWN behind
    set_link(sender, "lo", IFF_UP)
    lost, kept = frames.ethernet(), frames.ethernet()

    assert sender.send(lost.data) == refused(ENETDOWN)
    assert sender.send(kept.data) == returned(len(kept))

    assert arrivals(receiver, kept.marker) == [kept.data]
