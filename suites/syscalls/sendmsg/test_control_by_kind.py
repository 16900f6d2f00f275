"""sendmsg(2): the layout of msg_control, as each kind of socket that has a peer walks through it."""

from errno import EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET6_RAW, INET6_UDP, INET_RAW, INET_UDP, PEER, kinds_of
from helpers.messages import CMSG_HEADER, Message, cmsg
from helpers.payloads import arrived
from helpers.syscall import refused, returned
from helpers.uapi.socket import (
    SOL_ICMPV6,
    SOL_IP,
    SOL_IPV6,
    SOL_NETLINK,
    SOL_PACKET,
    SOL_RAW,
    SOL_SOCKET,
    SOL_TCP,
    SOL_UDP,
)

REFS = ["man:cmsg(3)", "man:sendmsg(2)", "src:net/core/sock.c:sock_cmsg_send", "src:net/core/scm.c:__scm_send"]
FOREIGN = 4711  # a level that no protocol has, and a type that no level has
SENT = returned(4)
every_kind = of_kinds(*kinds_of(having=PEER))


def foreign(length=None):
    """Return a control message that nobody is to look at, with 8 bytes of data; *length* replaces its cmsg_len."""
    return cmsg(FOREIGN, 0, b"12345678", length)


BROKEN = {
    "zero": foreign(0),
    "a-byte-less-than-a-header": foreign(CMSG_HEADER - 1),
    "a-byte-more-than-the-room": foreign(CMSG_HEADER + 9),
    "beyond-32-bits": foreign(2**32 + CMSG_HEADER + 8),
    "all-bits": foreign(2**64 - 1),
    "second-zero": foreign() + foreign(0),
    "second-a-byte-less-than-a-header": foreign() + foreign(CMSG_HEADER - 1),
    "second-a-byte-more-than-the-room": foreign() + foreign(CMSG_HEADER + 9),
    "second-a-header-of-zeros": foreign() + bytes(CMSG_HEADER),
}
WHOLE = {
    "one": foreign(),
    "two": foreign() + foreign(),
    "only-a-header": foreign(CMSG_HEADER),
    "less-than-a-header": foreign()[: CMSG_HEADER - 1],
    "rest-less-than-a-header": foreign() + foreign()[: CMSG_HEADER - 1],
    "last-without-padding": cmsg(FOREIGN, 0, b"1")[: CMSG_HEADER + 1],
}


@clause(since="4.7", level="source", refs=REFS, covers=["errno:EINVAL"])
@every_kind
def test_a_broken_length_is_refused_with_einval(loopback, sockets, kind):
    """A cmsg_len of less than a header or of more than the room is EINVAL in any message, and nothing is sent."""
    near, far = kind.pair(sockets, loopback.namespace)

    answers = {name: near.sendmsg(Message([b"data"], control=control).header) for name, control in BROKEN.items()}

    assert answers == dict.fromkeys(BROKEN, refused(EINVAL))
    assert arrived(kind, near, far) == []


@clause(since="4.7", level="source", refs=REFS)
@every_kind
def test_a_message_of_another_level_is_passed_over(loopback, sockets, kind):
    """Control messages of a level that no protocol has are passed over, and so is a rest of less than a header."""
    near, far = kind.pair(sockets, loopback.namespace)

    answers = {name: near.sendmsg(Message([b"data"], control=control).header) for name, control in WHOLE.items()}

    assert answers == dict.fromkeys(WHOLE, SENT)
    assert b"".join(arrived(kind, near, far)) == b"data" * len(WHOLE)


LEVELS = {
    "SOL_SOCKET": SOL_SOCKET, "SOL_IP": SOL_IP, "SOL_IPV6": SOL_IPV6, "SOL_TCP": SOL_TCP, "SOL_UDP": SOL_UDP,
    "SOL_RAW": SOL_RAW, "SOL_PACKET": SOL_PACKET, "SOL_NETLINK": SOL_NETLINK, "SOL_ICMPV6": SOL_ICMPV6,
}  # fmt: skip
OWN = {
    INET_UDP: {"SOL_IP", "SOL_UDP"},
    INET_RAW: {"SOL_IP"},
    INET6_UDP: {"SOL_IPV6", "SOL_UDP"},
    INET6_RAW: {"SOL_IPV6"},
}
"""The levels besides SOL_SOCKET of which a kind of socket takes control messages."""


@clause(since="4.18", level="source", refs=REFS, covers=["errno:EINVAL"])
@every_kind
@pytest.mark.parametrize("place", ["first", "second"])
def test_an_unknown_type_is_einval_in_a_level_of_the_socket(loopback, sockets, kind, place):
    """A type that is unknown is EINVAL in SOL_SOCKET and the levels that the kind sends of, passed over in others."""
    near, far = kind.pair(sockets, loopback.namespace)
    before = foreign() if place == "second" else b""

    answers = {
        name: near.sendmsg(Message([b"data"], control=before + cmsg(level, FOREIGN, bytes(8))).header)
        for name, level in LEVELS.items()
    }

    own = {"SOL_SOCKET", *OWN.get(kind, ())}
    assert answers == {name: refused(EINVAL) if name in own else SENT for name in LEVELS}
    assert b"".join(arrived(kind, near, far)) == b"data" * (len(LEVELS) - len(own))
