"""send(2): the errno of each condition that the manual pages list, through the 32-bit entry."""

from dataclasses import replace
from errno import EAGAIN, EALREADY, EISCONN

import pytest

from fixtures.clauses import clause
from helpers import send_conditions
from helpers.send_calls import by_send, by_sendto
from helpers.syscall import refused, returned

MAN = "man:send(2)"


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:unix(7)", "src:net/unix/af_unix.c"],
    covers=["errno:EAGAIN", "errno:ECONNRESET", "errno:EMSGSIZE", "errno:ENOTCONN", "errno:EOPNOTSUPP", "errno:EPIPE"],
)
@pytest.mark.parametrize("refusal", [item for item in send_conditions.LOCAL if item.errno != EISCONN], ids=str)
def test_answers_a_condition_with_its_errno(sockets, lowmem, refusal):
    """Each condition that send(2) lists is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(sockets)
    assert good.by(by_send) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_send) == refused(refusal.errno)


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:packet(7)", "man:udp(7)", "src:net/packet/af_packet.c:packet_snd"],
    covers=["errno:EACCES", "errno:EDESTADDRREQ", "errno:EINVAL", "errno:ENETDOWN", "errno:ENOBUFS", "errno:ENXIO"],
)
@pytest.mark.parametrize("refusal", [item for item in send_conditions.ON_LINK if item.errno != EAGAIN], ids=str)
def test_answers_a_condition_of_the_link_with_its_errno(loopback, lowmem, refusal):
    """Each condition of link and route is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(loopback)
    assert good.by(by_send) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_send) == refused(refusal.errno)


@clause(since="3.7", level="documented", refs=[MAN, "src:net/ipv4/tcp.c"], covers=["errno:EALREADY"])
def test_refuses_a_second_fast_open_with_ealready(loopback, lowmem):
    """While a send with MSG_FASTOPEN is still connecting, another on the same socket is refused with EALREADY."""
    with send_conditions.fast_open_in_progress(loopback) as (good, spoil):
        assert good.by(by_sendto) == returned(len(good.data))

        bad = replace(spoil(), name=None)

        assert bad.by(by_send) == refused(EALREADY)
