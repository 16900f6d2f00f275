"""SCM_RIGHTS: which capabilities set aside the limit on descriptors that are on their way."""

import itertools
import os
import resource
from errno import ETOOMANYREFS

import pytest

from fixtures.clauses import clause
from helpers.capabilities import ALL, drop, effective
from helpers.messages import Message
from helpers.passed_descriptors import rights
from helpers.process import in_child
from helpers.syscall import refused, returned
from helpers.user_namespace import has_id

SYSCALL = "sendmsg"
LIMIT = 20
_users = itertools.count()


@pytest.fixture
def nobody(other_uid):
    """A uid that no other process has: what is on its way is counted for the user, wherever its processes run."""
    uid = 30_000_000 + 8 * os.getpid() + next(_users) % 8
    if not has_id("uid", uid):
        pytest.skip("needs a uid of its own: this user namespace has not all")
    return uid


@clause(since="4.5", level="documented", refs=["man:unix(7)", "src:net/unix/af_unix.c:too_many_unix_fds"])
@pytest.mark.parametrize(
    ("kept", "result"),
    [((), refused(ETOOMANYREFS)), (("CAP_SYS_RESOURCE",), returned(1)), (("CAP_SYS_ADMIN",), returned(1))],
    ids=["none", "CAP_SYS_RESOURCE", "CAP_SYS_ADMIN"],
)
def test_either_capability_sets_the_limit_aside(sockets, initial_user_namespace, nobody, kept, result):
    """With CAP_SYS_RESOURCE, or with CAP_SYS_ADMIN, a user may have more descriptors on their way than the limit."""
    for name in kept:
        if not effective(name):
            pytest.skip(f"needs {name}")
    sender, _ = sockets.pair()

    def run():
        os.setresuid(nobody, -1, -1)  # the user who is counted is the real one; the effective one keeps capabilities
        drop([name for name in ALL if name not in kept])
        resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
        return [
            sender.sendmsg(Message([b"x"], control=rights(*[sender.fd] * count)).header) for count in (LIMIT + 1, 1)
        ]

    results = in_child(run)

    assert results == [returned(1), result]
