"""sendmmsg(2): several messages, and one among them that is refused, on each kind of socket that has a peer."""

from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import LISTENS, PEER, RECORDS, kinds_of
from helpers.messages import UNTOUCHED, Message, cmsg, lengths, vector
from helpers.payloads import arrived
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOL_SOCKET
from helpers.uapi.socket_options import SO_ERROR

MAN = "man:sendmmsg(2)"
GENERIC = "src:net/socket.c:__sys_sendmmsg"
DATA = [b"1", b"22", b"333", b"4444"]
UNKNOWN = cmsg(SOL_SOCKET, 4711, b"data")
every_kind = of_kinds(*kinds_of(having=PEER))


def as_arrived(kind, data):
    """Return what arrives of messages: of a stream, all of them as one."""
    return data if kind.has(RECORDS) else [b"".join(data)] if data else []


@clause(since="3.0", level="documented", refs=[MAN, GENERIC])
@every_kind
def test_messages_are_sent_in_order_each_with_its_length(loopback, sockets, kind):
    """Messages of one call arrive in their order, a record each; msg_len of each is what was sent of it."""
    near, far = kind.pair(sockets, loopback.namespace)
    entries = vector([Message([data[:1], b"", data[1:]]) for data in DATA])

    assert near.sendmmsg(entries, 4) == returned(4)
    assert lengths(entries) == [1, 2, 3, 4]
    assert arrived(kind, near, far) == as_arrived(kind, DATA)


@clause(since="3.0", level="documented", refs=[MAN, GENERIC])
@every_kind
@pytest.mark.parametrize("errno", [EFAULT, EINVAL], ids=["EFAULT", "EINVAL"])
@pytest.mark.parametrize("bad", range(3))
def test_what_the_family_refuses_ends_the_call(loopback, sockets, memory, kind, bad, errno):
    """A message that the family refuses ends the call: those before are counted, its error only if there are none."""
    near, far = kind.pair(sockets, loopback.namespace)
    messages = [Message([data]) for data in DATA[:3]]
    if errno == EFAULT:
        messages[bad].iov[0].iov_base = memory.unmapped
    else:
        messages[bad] = Message([DATA[bad]], control=UNKNOWN)
    entries = vector(messages)

    result = near.sendmmsg(entries, 3)

    assert result == (returned(bad) if bad else refused(errno))
    assert lengths(entries) == [1, 2][:bad] + [UNTOUCHED] * (3 - bad)
    assert near.option(SOL_SOCKET, SO_ERROR) == 0
    assert arrived(kind, near, far) == as_arrived(kind, DATA[:bad])


@clause(since="3.0", level="documented", refs=[MAN, "src:net/socket.c:____sys_sendmsg"])
@of_kinds(*kinds_of(having=PEER | RECORDS, lacking=LISTENS))
def test_each_message_goes_to_its_own_address(loopback, sockets, kind):
    """Each message goes to the address in its header, the same as before or not, and to the peer without one."""
    near, peer = kind.pair(sockets, loopback.namespace)
    (one, first), (two, second) = (kind.named(sockets, loopback.namespace) for _ in range(2))
    names = [first, first, None, second, first, None]
    entries = vector([Message([b"%d" % number], name) for number, name in enumerate(names)])

    assert near.sendmmsg(entries, 6) == returned(6)
    got = {"peer": arrived(kind, near, peer)}
    for name, socket, address in (("one", one, first), ("two", two, second)):
        near.must.connect(address)
        got[name] = arrived(kind, near, socket)

    assert got == {"peer": [b"2", b"5"], "one": [b"0", b"1", b"4"], "two": [b"3"]}
