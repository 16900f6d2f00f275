"""sendmsg(2): the errno of each condition that the manual pages list, and what ends a wait."""

from errno import EALREADY, EINTR

import pytest

from fixtures.clauses import clause
from helpers import send_conditions
from helpers.arrivals import drain
from helpers.full_queues import full_pair
from helpers.interruption import Interrupted
from helpers.send_calls import by_sendmsg
from helpers.syscall import refused, returned

MAN = "man:sendmsg(2)"
LOCAL = ["EAGAIN", "ECONNRESET", "EISCONN", "EMSGSIZE", "ENOTCONN", "EOPNOTSUPP", "EPIPE"]
ON_LINK = ["EAGAIN", "EACCES", "EDESTADDRREQ", "EINVAL", "ENETDOWN", "ENOBUFS", "ENXIO"]


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:unix(7)", "src:net/unix/af_unix.c"],
    covers=[f"errno:{name}" for name in LOCAL],
)
@pytest.mark.parametrize("refusal", send_conditions.LOCAL, ids=str)
def test_answers_a_condition_with_its_errno(sockets, refusal):
    """Each condition that sendmsg(2) lists is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(sockets)
    assert good.by(by_sendmsg) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendmsg) == refused(refusal.errno)


@clause(
    since="2.2",
    level="documented",
    refs=[MAN, "man:packet(7)", "man:udp(7)", "src:net/packet/af_packet.c:packet_snd"],
    covers=[f"errno:{name}" for name in ON_LINK],
)
@pytest.mark.parametrize("refusal", send_conditions.ON_LINK, ids=str)
def test_answers_a_condition_of_the_link_with_its_errno(loopback, refusal):
    """Each condition of link and route is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(loopback)
    assert good.by(by_sendmsg) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendmsg) == refused(refusal.errno)


@clause(since="3.7", level="documented", refs=[MAN, "src:net/ipv4/tcp.c"], covers=["errno:EALREADY"])
def test_refuses_a_second_fast_open_with_ealready(loopback):
    """While a send with MSG_FASTOPEN is still connecting, another on the same socket is refused with EALREADY."""
    with send_conditions.fast_open_in_progress(loopback) as (good, spoil):
        assert good.by(by_sendmsg) == returned(len(good.data))

        bad = spoil()

        assert bad.by(by_sendmsg) == refused(EALREADY)


@clause(since="2.2", level="documented", refs=[MAN, "man:signal(7)"], covers=["errno:EINTR"])
@pytest.mark.parametrize("restart", [False, True], ids=["eintr", "sa_restart"])
def test_a_signal_ends_the_wait_unless_the_call_is_restarted(sockets, restart):
    """A signal ends the wait for room with EINTR and nothing is sent; with SA_RESTART the message is sent, once."""
    sender, receiver, sent = full_pair(sockets)

    with Interrupted(lambda: by_sendmsg(sender.fd, b"data"), restart) as child:
        child.interrupt("sendmsg")
        if restart:
            child.child.wait_blocked("sendmsg")
            taken = drain(receiver)
        result = child.result()

    assert result == (returned(4) if restart else refused(EINTR))
    assert (taken + drain(receiver) if restart else drain(receiver)) == sent + [b"data"] * restart
