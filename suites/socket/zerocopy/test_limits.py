"""MSG_ZEROCOPY: the memory that it may pin."""

import resource
from errno import ENOBUFS

from fixtures.clauses import clause
from helpers.kinds import INET_TCP, INET_UDP
from helpers.options import covers
from helpers.process import in_child
from helpers.syscall import refused, returned
from helpers.uapi.socket import MSG_ZEROCOPY
from suites.socket.zerocopy.support import DOC, ZEROCOPY, completions, pair

SYSCALL = "sendmsg"
PAGE = resource.getpagesize()


@clause(
    since="5.0",
    level="documented",
    refs=[DOC, "src:net/core/skbuff.c:mm_account_pinned_pages"],
    covers=covers([ZEROCOPY.name], "effect"),
)
def test_more_than_may_be_locked_is_refused_with_enobufs(loopback, other_uid):
    """Without CAP_IPC_LOCK a call that would pin more than RLIMIT_MEMLOCK is ENOBUFS, and has no number.

    Two pages more than the bytes fill count, of all sockets of a user. The same call without the flag is sent, and so
    is one within the limit.
    """
    ends = [pair(loopback, kind) for kind in (INET_TCP, INET_UDP)]
    data = b"sent without a copy"

    def call(sender):
        results = []
        for pages, flags in ((1, MSG_ZEROCOPY), (1, 0), (2, MSG_ZEROCOPY)):
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (pages * PAGE, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]))
            results.append(sender.send(data, flags))
        return results

    for sender, receiver in ends:
        results = in_child(call, sender, uid=other_uid)

        assert results == [refused(ENOBUFS), returned(len(data)), returned(len(data))]
        assert receiver.recv(bytearray(99), 99).ok
        assert [(done.low, done.high) for done in completions(sender, 0)] == [(0, 0)]
