"""The owner of a socket's signals: the threads and processes that get them."""

import os
import threading
from fcntl import F_SETOWN, fcntl

import pytest

from fixtures.clauses import clause
from helpers import process, syscall, wait
from helpers.signal_io import drive, take, take_all
from helpers.sockets import must
from helpers.syscall import SUCCESS
from helpers.uapi.fcntl import (
    F_OWNER_PGRP,
    F_OWNER_PID,
    F_OWNER_TID,
)
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.signals.support import DATA, set_owner

REFS = ["man:fcntl(2)", "src:fs/fcntl.c:f_setown_ex", "src:fs/fcntl.c:send_sigio"]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETOWN", "file:O_ASYNC"])
def test_no_owner_no_signal(sockets):
    """A socket with O_ASYNC that has no owner, or none any more, sends no signal."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd)
        seen = []
        for number in (0, os.getpid(), 0):
            fcntl(right.fd, F_SETOWN, number)
            left.must.send(b"x")
            seen.append([info[:3] for info in take_all()])
        return seen

    assert process.in_child(run) == [[], [DATA], []]


@clause(since="2.6.32", level="documented", refs=REFS, covers=["file:F_SETOWN", "file:O_ASYNC"])
def test_thread_that_owns_gets_the_signals_itself(sockets):
    """The signals of a socket owned by a thread (F_OWNER_TID) wait for that thread, those of a process for any."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd)
        go, done = threading.Event(), threading.Event()
        seen = []

        def work():
            must(set_owner(right.fd, F_OWNER_TID, threading.get_native_id()))
            done.set()
            go.wait()
            seen.append(take() is not None)
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        done.wait()
        done.clear()
        left.must.send(b"x")
        seen.append(take() is not None)
        go.set()
        thread.join()
        must(set_owner(right.fd, F_OWNER_PID, os.getpid()))
        left.must.send(b"x")
        return [*seen, take() is not None]

    assert process.in_child(run) == [False, True, True]


@clause(since="2.2", level="documented", refs=REFS, covers=["file:F_SETOWN", "file:O_ASYNC"])
@pytest.mark.parametrize("way", ["F_SETOWN", "F_SETOWN_EX"])
def test_every_process_of_a_group_that_owns_gets_the_signals(sockets, way):
    """Each process of the group that owns a socket gets its signals, and nobody outside it."""
    left, right = sockets.pair(SOCK_DGRAM)

    def member(ready, signaled):
        drive(right.fd)
        os.write(ready, b"!")
        info = take(wait.DEADLINE if signaled else 0)
        return info and (info.si_signo, info.si_code, info.si_band)

    def outsider(ready, end):
        drive(right.fd)
        os.write(ready, b"!")
        os.read(end, 1)
        return take()

    reader, writer = os.pipe()
    end, release = os.pipe()
    try:
        with (
            process.start(member, writer, True) as first,
            process.start(member, writer, True) as second,
            process.start(outsider, writer, end) as third,
        ):
            for _ in range(3):
                wait.readable(reader)
                os.read(reader, 1)
            os.setpgid(first.pid, first.pid)
            os.setpgid(second.pid, first.pid)
            if way == "F_SETOWN":
                must(syscall.call("fcntl", right.fd, F_SETOWN, -first.pid))
            else:
                must(set_owner(right.fd, F_OWNER_PGRP, first.pid))
            left.must.send(b"x")
            results = [first.result(), second.result()]
            os.write(release, b"!")
            assert (results, third.result()) == ([DATA, DATA], None)
    finally:
        for fd in (reader, writer, end, release):
            os.close(fd)


@clause(since="2.2", level="documented", refs=[*REFS, "src:fs/fcntl.c:sigio_perm"], covers=["file:F_SETOWN"])
def test_signals_take_permission_of_who_set_the_owner(sockets, other_uid):
    """Who may not signal a process can make it the owner, but no signal comes; of who may there is one."""
    left, right = sockets.pair(SOCK_DGRAM)

    def run():
        drive(right.fd)
        fcntl(right.fd, F_SETOWN, 0)
        me, seen = os.getpid(), []
        for uid in (other_uid, None):
            with process.start(lambda: syscall.call("fcntl", right.fd, F_SETOWN, me), uid=uid) as child:
                result = child.result()
            left.must.send(b"x")
            seen.append((result, [info[:3] for info in take_all()]))
        return seen

    assert process.in_child(run) == [(SUCCESS, []), (SUCCESS, [DATA])]
