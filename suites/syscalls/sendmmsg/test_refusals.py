"""sendmmsg(2): the errno of each condition that the manual pages list, and what ends a wait."""

from errno import EALREADY, EINTR

import pytest

from fixtures.clauses import clause
from helpers import messages, send_conditions
from helpers.arrivals import drain
from helpers.full_queues import full_pair
from helpers.interruption import Interrupted
from helpers.messages import UNTOUCHED, Message, lengths, vector
from helpers.send_calls import by_sendmmsg
from helpers.syscall import refused, returned

GENERIC = "src:net/socket.c:__sys_sendmmsg"
MAN = "man:sendmmsg(2)"
LOCAL = ["EAGAIN", "ECONNRESET", "EISCONN", "EMSGSIZE", "ENOTCONN", "EOPNOTSUPP", "EPIPE"]
ON_LINK = ["EAGAIN", "EACCES", "EDESTADDRREQ", "EINVAL", "ENETDOWN", "ENOBUFS", "ENXIO"]


@clause(
    since="3.0",
    level="documented",
    refs=[MAN, "man:unix(7)", "src:net/unix/af_unix.c"],
    covers=[f"errno:{name}" for name in LOCAL],
)
@pytest.mark.parametrize("refusal", send_conditions.LOCAL, ids=str)
def test_answers_a_condition_with_its_errno(sockets, refusal):
    """Each condition that sendmmsg(2) lists is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(sockets)
    assert good.by(by_sendmmsg) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendmmsg) == refused(refusal.errno)


@clause(
    since="3.0",
    level="documented",
    refs=[MAN, "man:packet(7)", "man:udp(7)", "src:net/packet/af_packet.c:packet_snd"],
    covers=[f"errno:{name}" for name in ON_LINK],
)
@pytest.mark.parametrize("refusal", send_conditions.ON_LINK, ids=str)
def test_answers_a_condition_of_the_link_with_its_errno(loopback, refusal):
    """Each condition of link and route is refused with its own errno; without it the same request is sent."""
    good, spoil = refusal.arrange(loopback)
    assert good.by(by_sendmmsg) == returned(len(good.data))

    bad = spoil()

    assert bad.by(by_sendmmsg) == refused(refusal.errno)


@clause(since="3.7", level="documented", refs=[MAN, "src:net/ipv4/tcp.c"], covers=["errno:EALREADY"])
def test_refuses_a_second_fast_open_with_ealready(loopback):
    """While a send with MSG_FASTOPEN is still connecting, another on the same socket is refused with EALREADY."""
    with send_conditions.fast_open_in_progress(loopback) as (good, spoil):
        assert good.by(by_sendmmsg) == returned(len(good.data))

        bad = spoil()

        assert bad.by(by_sendmmsg) == refused(EALREADY)


@clause(since="3.0", level="documented", refs=[MAN, "man:signal(7)", GENERIC], covers=["errno:EINTR"])
@pytest.mark.parametrize("restart", [False, True], ids=["eintr", "sa_restart"])
@pytest.mark.parametrize("room", [0, 1])
def test_a_signal_ends_the_wait_for_room(sockets, room, restart):
    """A signal ends the wait: the number of messages sent is returned, or if none is EINTR, or the wait restarts."""
    sender, receiver, sent = full_pair(sockets)
    taken = [messages.receive(receiver.fd).data for _ in range(room)]
    more = [bytes([number]) * len(sent[0]) for number in range(2)]

    def send():
        entries = vector([Message([data]) for data in more])
        return sender.sendmmsg(entries, 2), lengths(entries)

    with Interrupted(send, restart) as child:
        child.interrupt("sendmmsg")
        if restart and not room:
            child.child.wait_blocked("sendmmsg")
            taken += drain(receiver)
        result, told = child.result()

    through = 2 if restart and not room else room
    assert result == (returned(through) if through else refused(EINTR))
    assert told == [len(data) for data in more[:through]] + [UNTOUCHED] * (2 - through)
    assert taken + drain(receiver) == sent + more[:through]
