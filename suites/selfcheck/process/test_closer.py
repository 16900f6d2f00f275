"""Closing in the background: soon, each descriptor once, at once where there are no threads."""

import os
import select
import threading

import pytest

from helpers import closer, wait
from helpers.process import in_child
from helpers.wait import DeadlineError
from suites.selfcheck.process.conditions import hurried


def is_open(fd):
    return os.path.lexists(f"/proc/self/fd/{fd}")


@pytest.fixture
def started():
    """The threads are there."""
    fd = os.memfd_create("file")
    closer.close_soon(fd)
    closer.settle({fd})


def test_a_descriptor_is_closed_soon():
    """The other end of the pipe sees the hang-up: the file is closed too, not only its number free."""
    reader, writer = os.pipe()

    closer.close_soon(writer)

    assert wait.poll(reader, select.POLLIN) == select.POLLHUP
    assert not is_open(writer)
    os.close(reader)


def test_many_are_closed_and_none_is_forgotten():
    fds = {os.memfd_create("file") for _ in range(200)}

    for fd in fds:
        closer.close_soon(fd)
    closer.settle(fds)

    assert [fd for fd in fds if is_open(fd)] == []


def test_the_caller_does_not_wait(monkeypatch, started):
    """A close(2) that takes long, as that of a packet socket does, holds nothing up."""
    may_go, closed = threading.Event(), threading.Event()

    class SlowClose:
        @staticmethod
        def close(fd):
            may_go.wait(10)
            os.close(fd)
            closed.set()

        getpid, fstat = staticmethod(os.getpid), staticmethod(os.fstat)

    monkeypatch.setattr(closer, "os", SlowClose)
    fd = os.memfd_create("file")

    closer.close_soon(fd)
    open_meanwhile = is_open(fd)
    may_go.set()

    assert open_meanwhile
    assert closed.wait(10)


def test_what_is_closed_already_stops_nothing(started):
    fd = os.memfd_create("file")
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("closer-")]

    for _ in range(20):
        closer.close_soon(-1)
    closer.close_soon(fd)
    closer.settle({fd})

    assert 0 < len(threads) <= 8
    assert [thread for thread in threads if not (thread.is_alive() and thread.daemon)] == []


def test_a_forked_child_closes_at_once(started):
    """The threads are not in the child, and none would take its descriptor from the queue."""

    def close():
        reader, writer = os.pipe()
        closer.close_soon(writer)
        return is_open(writer), wait.poll(reader, select.POLLIN, 0), threading.active_count()

    assert in_child(close) == (False, select.POLLHUP, 1)


def test_a_child_of_a_process_without_threads_has_its_own(monkeypatch):
    monkeypatch.setattr(closer, "_threads", [])
    monkeypatch.setattr(closer, "_owner", 0)

    def close():
        fd = os.memfd_create("file")
        closer.close_soon(fd)
        closer.settle({fd})
        return in_child(close_in_grandchild)

    def close_in_grandchild():
        fd = os.memfd_create("file")
        closer.close_soon(fd)
        return is_open(fd)

    assert in_child(close) is False


def test_settling_waits_for_the_last(started):
    fds = [os.memfd_create("file") for _ in range(3)]
    thread = threading.Timer(0.05, lambda: [os.close(fd) for fd in fds])

    with wait.elapsed() as seconds:
        thread.start()
        closer.settle(set(fds))

    assert seconds[0] >= 0.05
    assert [fd for fd in fds if is_open(fd)] == []
    thread.join()


def test_settling_gives_up_on_what_stays_open():
    fd = os.memfd_create("file")

    with hurried(), pytest.raises(DeadlineError, match="descriptors closed"):
        closer.settle({fd})

    os.close(fd)


def test_draining_does_not_wait_for_another_file_of_the_same_number(started, monkeypatch):
    class Quick:
        @staticmethod
        def put(fd):
            os.dup2(other, fd)

    fd, other = os.memfd_create("file"), os.memfd_create("other")
    monkeypatch.setattr(closer, "_queue", Quick)

    closer.close_soon(fd)
    with hurried(0.005):
        closer.drain()

    assert is_open(fd)
    os.close(fd)
    os.close(other)


def test_draining_waits_for_everything_given(started, monkeypatch):
    """The guard must not take for a leak what is still waiting for its turn."""
    may_go = threading.Event()

    class SlowClose:
        @staticmethod
        def close(fd):
            may_go.wait(10)
            os.close(fd)

        getpid, fstat = staticmethod(os.getpid), staticmethod(os.fstat)

    monkeypatch.setattr(closer, "os", SlowClose)
    fds = [os.memfd_create("file") for _ in range(20)]
    for fd in fds:
        closer.close_soon(fd)
    with hurried(), pytest.raises(DeadlineError, match="descriptors closed"):
        closer.drain()

    may_go.set()
    closer.drain()

    assert [fd for fd in fds if is_open(fd)] == []
