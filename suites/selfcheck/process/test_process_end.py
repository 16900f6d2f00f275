"""However a child ends, its parent gets to know how, in time, and nothing of the child stays."""

import errno
import os
import signal

import pytest

from helpers import process, wait
from helpers.process import ChildError, in_child
from suites.selfcheck.process.conditions import hurried, nothing_left

LARGE = bytes(10_000_000)  # a pipe holds 64 KiB


def fail(error):
    raise error


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR1], ids=lambda number: number.name)
def test_death_by_a_signal_is_told(number):
    with nothing_left(), pytest.raises(ChildError, match=rf"^the child died \(signal {int(number)}\)$"):
        in_child(lambda: os.kill(os.getpid(), number))


def test_an_exit_without_an_outcome_is_told():
    with nothing_left(), pytest.raises(ChildError, match=r"^the child died \(exit status 3\)$"):
        in_child(os._exit, 3)


def test_death_half_way_through_the_outcome_is_told():
    with nothing_left(), process.start(lambda: LARGE) as child:
        child.wait_blocked("write")  # the pipe is full
        child.signal(signal.SIGKILL)

        with pytest.raises(ChildError, match=r"^the child died \(signal 9\)$"):
            child.result()


def test_a_child_that_is_late_is_killed():
    with wait.elapsed() as seconds, nothing_left(), pytest.raises(ChildError, match="not done in time"):
        in_child(signal.pause, seconds=0.1)

    assert seconds[0] >= 0.1


def test_a_child_that_never_starts_is_told(monkeypatch):
    monkeypatch.setattr(process, "die_with_parent", lambda parent: os._exit(7))

    with nothing_left(), pytest.raises(ChildError, match="the child did not start"):
        in_child(lambda: None)


def test_a_child_that_hangs_before_it_starts_is_killed(monkeypatch):
    monkeypatch.setattr(process, "die_with_parent", lambda parent: signal.pause())

    with nothing_left(), hurried(), pytest.raises(ChildError, match="the child did not start"):
        in_child(lambda: None)


def test_a_fork_that_fails_leaves_nothing(monkeypatch):
    def fork():
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(process.os, "fork", fork)

    with nothing_left(), pytest.raises(BlockingIOError):
        in_child(lambda: None)


def test_a_started_child_finishes_when_it_may():
    reader, writer = os.pipe()
    with process.start(os.read, reader, 1) as child:
        assert not child.finished()

        os.write(writer, b"x")

        assert child.result() == b"x"
        assert child.close() == 0  # a second time
    os.close(reader)
    os.close(writer)


def test_leaving_the_block_ends_the_child():
    with nothing_left(), pytest.raises(ValueError, match="of the test"), process.start(signal.pause):
        fail(ValueError("of the test"))
