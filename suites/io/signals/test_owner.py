"""F_SETOWN, F_SETOWN_EX: who gets the signals of a socket."""

import os
from errno import EFAULT, EINVAL, ESRCH
from fcntl import F_GETOWN, F_SETOWN, fcntl

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused
from helpers.uapi.fcntl import (
    F_GETOWN_EX,
    F_OWNER_PGRP,
    F_OWNER_PID,
    F_OWNER_TID,
    F_SETOWN_EX,
    f_owner_ex,
)
from suites.io.signals.support import set_owner

REFS = ["man:fcntl(2)", "src:fs/fcntl.c:f_setown_ex", "src:fs/fcntl.c:send_sigio"]


def owner(fd):
    """Return type and number by F_GETOWN_EX."""
    told = f_owner_ex(-1, -1)
    must(syscall.call("fcntl", fd, F_GETOWN_EX, told), "F_GETOWN_EX")
    return told.type, told.pid


@clause(since="2.6.32", level="documented", refs=REFS, covers=["file:F_SETOWN"])
def test_owner_is_told_as_it_was_set(sockets):
    """F_GETOWN_EX returns the type and number that F_SETOWN_EX or F_SETOWN set, F_GETOWN the number; 0 clears it."""
    socket = sockets.pair()[0]

    def run():
        os.setpgid(0, 0)
        me, seen = os.getpid(), [owner(socket.fd)]
        for kind in (F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP):
            seen += [set_owner(socket.fd, kind, me), owner(socket.fd) == (kind, me)]
        for number in (me, -me):
            seen.append(syscall.call("fcntl", socket.fd, F_SETOWN, number))
            seen.append(owner(socket.fd) == (F_OWNER_PID if number > 0 else F_OWNER_PGRP, me))
        must(set_owner(socket.fd, F_OWNER_PID, me))
        seen += [fcntl(socket.fd, F_GETOWN) == me, set_owner(socket.fd, F_OWNER_TID, 0), owner(socket.fd)]
        return seen

    expected = [(F_OWNER_TID, 0), *[SUCCESS, True] * 5, True, SUCCESS, (F_OWNER_TID, 0)]
    assert process.in_child(run) == expected


@clause(since="4.14", level="documented", refs=REFS, covers=["file:F_SETOWN"])
def test_owner_that_is_none_is_refused(sockets, memory):
    """Another type of owner is EINVAL, a number that nobody has ESRCH, bad memory EFAULT; the owner stays."""
    socket, gone = sockets.pair()[0], process.in_child(os.getpid)
    must(set_owner(socket.fd, F_OWNER_PID, os.getpid()))
    good = bytes(f_owner_ex(F_OWNER_TID, os.getpid()))

    results = [set_owner(socket.fd, kind, os.getpid()) for kind in (-1, 3)]
    missing = [set_owner(socket.fd, kind, gone) for kind in (F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP)]
    missing.append(set_owner(socket.fd, F_OWNER_PID, -os.getpid()))
    faults = [syscall.call("fcntl", socket.fd, F_SETOWN_EX, where) for where in (0, memory.before_end(good[:7]))]
    faults.append(syscall.call("fcntl", socket.fd, F_GETOWN_EX, memory.readonly(good)))
    old = [syscall.call("fcntl", socket.fd, F_SETOWN, number) for number in (gone, -gone, -(2**31))]

    assert results == [refused(EINVAL)] * 2
    assert missing == [refused(ESRCH)] * 4
    assert faults == [refused(EFAULT)] * 3
    assert old == [refused(ESRCH), refused(ESRCH), refused(EINVAL)]
    assert owner(socket.fd) == (F_OWNER_PID, os.getpid())
    assert syscall.call("fcntl", socket.fd, F_SETOWN_EX, memory.readonly(good)) == SUCCESS
    assert owner(socket.fd) == (F_OWNER_TID, os.getpid())
