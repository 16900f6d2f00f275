"""MSG_ZEROCOPY: the completions, their numbers, ranges and codes."""

import select
from errno import EMSGSIZE, EPIPE

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import wait
from helpers.kinds import INET6_TCP, INET6_UDP, INET_TCP, INET_UDP
from helpers.net import addresses
from helpers.option_calls import put
from helpers.options import covers
from helpers.sockets import must
from helpers.syscall import refused, returned
from helpers.uapi.errqueue import SO_EE_CODE_ZEROCOPY_COPIED, SO_EE_ORIGIN_ZEROCOPY
from helpers.uapi.socket import MSG_MORE, MSG_NOSIGNAL, MSG_ZEROCOPY, SHUT_WR
from suites.socket.zerocopy.support import DOC, ZEROCOPY, Completion, completion, completions, pair

SYSCALL = "sendmsg"
EFFECT = covers([ZEROCOPY.name], "effect")
CALLBACK = "src:net/core/skbuff.c:__msg_zerocopy_callback"
EXTEND = "src:net/core/skbuff.c:skb_zerocopy_notify_extend"
udp = of_kinds(INET_UDP, INET6_UDP)
all_kinds = of_kinds(INET_TCP, INET6_TCP, INET_UDP, INET6_UDP)
DATA = b"sent without a copy"


def copied(low, high):
    """Return the completion of calls whose data was copied after all, as that of what is sent to this host is."""
    return Completion(low, high, SO_EE_CODE_ZEROCOPY_COPIED, 0, SO_EE_ORIGIN_ZEROCOPY, 0)


def _send(sender, receiver, count=1):
    """Send DATA without a copy and receive it, *count* times."""
    for _ in range(count):
        sender.must.send(DATA, MSG_ZEROCOPY)
        buffer = bytearray(64)
        assert receiver.must.recv(buffer, 64) == len(DATA)
        assert buffer[: len(DATA)] == DATA


@clause(since="5.0", level="documented", refs=[DOC, CALLBACK], covers=EFFECT)
@all_kinds
def test_a_call_is_completed_in_the_error_queue(loopback, kind):
    """What is sent with MSG_ZEROCOPY arrives, and its completion comes by POLLERR: number 0, no error, no data."""
    sender, receiver = pair(loopback, kind)

    _send(sender, receiver)

    assert completions(sender, 0) == [copied(0, 0)]
    assert completion(sender) is None
    assert wait.poll(sender.fd, select.POLLPRI, seconds=0) == 0


@clause(since="5.0", level="documented", refs=[DOC, "src:net/core/skbuff.c:msg_zerocopy_realloc"], covers=EFFECT)
@all_kinds
def test_calls_are_numbered_one_by_one(loopback, kind):
    """Each call with MSG_ZEROCOPY has the next number; one without the flag and a refused one have none."""
    sender, receiver = pair(loopback, kind)
    _send(sender, receiver)
    found = completions(sender, 0)

    assert sender.send(DATA) == returned(len(DATA))
    receiver.must.recv(bytearray(64), 64)
    if kind in (INET_UDP, INET6_UDP):
        assert sender.send(bytes(0x10000), MSG_ZEROCOPY) == refused(EMSGSIZE)
    _send(sender, receiver)

    assert found + completions(sender, 1) == [copied(0, 0), copied(1, 1)]


@clause(since="5.0", level="disputed", refs=[DOC, "src:net/ipv4/ip_output.c:__ip_append_data"], covers=EFFECT)
@all_kinds
def test_a_call_of_no_bytes(loopback, kind):
    """A call of no bytes has no number on a TCP socket; on a UDP socket it has one, and a completion, too.

    msg_zerocopy.rst says that the number is not incremented for a length of zero: UDP counts its header in.
    """
    sender, receiver = pair(loopback, kind)

    assert sender.send(b"", MSG_ZEROCOPY) == returned(0)
    if kind in (INET_UDP, INET6_UDP):
        assert receiver.must.recv(bytearray(64), 64) == 0
        assert completions(sender, 0) == [copied(0, 0)]
    _send(sender, receiver)

    number = int(kind in (INET_UDP, INET6_UDP))
    assert completions(sender, number) == [copied(number, number)]


@clause(since="5.0", level="documented", refs=[DOC, EXTEND], covers=EFFECT)
@udp
def test_completions_that_wait_are_joined(loopback, kind):
    """Completions of successive calls that nobody has read are one entry, from the first to the last number."""
    sender, receiver = pair(loopback, kind)

    _send(sender, receiver, 3)
    joined = completions(sender, 2)
    _send(sender, receiver, 2)

    assert joined == [copied(0, 2)]
    assert completions(sender, 4) == [copied(3, 4)]


@clause(since="5.0", level="documented", refs=[DOC, "src:net/core/skbuff.c:msg_zerocopy_realloc"], covers=EFFECT)
@udp
def test_the_calls_of_one_datagram_are_completed_together(loopback, kind):
    """Calls with MSG_MORE that make one datagram have a number each, which one completion names from first to last."""
    sender, receiver = pair(loopback, kind)

    results = [sender.send(DATA, MSG_ZEROCOPY | more) for more in (MSG_MORE, MSG_MORE, 0)]

    assert results == [returned(len(DATA))] * 3
    assert receiver.must.recv(bytearray(99), 99) == 3 * len(DATA)
    assert completions(sender, 2) == [copied(0, 2)]


@clause(since="5.0", level="documented", refs=[DOC, "src:net/ipv4/tcp.c:tcp_sendmsg_locked"], covers=EFFECT)
@all_kinds
def test_without_the_option_the_flag_is_ignored(loopback, kind):
    """Without SO_ZEROCOPY, or after it was set to 0, MSG_ZEROCOPY sends with a copy and completes nothing."""
    sender, receiver = kind.pair(loopback.sockets, loopback.namespace)

    _send(sender, receiver)
    must(put(sender, ZEROCOPY, 1))
    must(put(sender, ZEROCOPY, 0))
    _send(sender, receiver)
    nothing = completion(sender)
    must(put(sender, ZEROCOPY, 1))
    _send(sender, receiver)

    assert nothing is None
    assert completions(sender, 0) == [copied(0, 0)]


@clause(since="5.0", level="source", refs=[DOC, "src:net/ipv4/tcp.c:tcp_sendmsg_locked"], covers=EFFECT)
@of_kinds(INET_TCP, INET6_TCP)
def test_a_call_that_sends_nothing_has_no_completion(loopback, kind):
    """A call that is refused, here with EPIPE after shutdown(2), has no completion, and the error queue stays empty."""
    sender, receiver = pair(loopback, kind)
    _send(sender, receiver)
    assert completions(sender, 0) == [copied(0, 0)]
    sender.must.shutdown(SHUT_WR)

    assert sender.send(DATA, MSG_ZEROCOPY | MSG_NOSIGNAL) == refused(EPIPE)

    assert completion(sender) is None


@clause(since="5.0", level="documented", refs=[DOC, "src:net/ipv4/ip_output.c:__ip_append_data"], covers=EFFECT)
def test_what_a_link_sends_itself_is_not_copied(loopback):
    """The completion of a datagram that leaves by a link says that it was not copied; one to this host that it was."""
    index = loopback.links.add("bridge", "bridge")  # it has no port: what it sends goes nowhere
    loopback.links.netlink.addr("add", index=index, address="192.0.2.1", prefixlen=24)
    loopback.links.up("bridge")
    loopback.links.netlink.neigh("add", ifindex=index, dst="192.0.2.2", lladdr="02:00:00:00:00:02", state="permanent")
    sender = INET_UDP.open(loopback.sockets, loopback.namespace)
    must(put(sender, ZEROCOPY, 1))

    codes = []
    for number, host in enumerate(("192.0.2.2", "127.0.0.1")):
        sender.must.sendto(DATA, MSG_ZEROCOPY, addresses.inet(9, host))
        codes.append([done.code for done in completions(sender, number)])

    assert codes == [[0], [SO_EE_CODE_ZEROCOPY_COPIED]]
