"""Waiting returns when the condition holds, gives up at the deadline and says for what it waited."""

import itertools
import os
import select
import threading
import time

import pytest

from helpers import wait
from helpers.wait import DeadlineError
from suites.selfcheck.process.conditions import hurried


@pytest.fixture
def pipe():
    """A pipe: reader, writer."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_until_returns_the_first_true_value():
    looks = itertools.chain([None, 0, "", []], ["found"], itertools.repeat(AssertionError))

    assert wait.until(lambda: next(looks), "something") == "found"


def test_until_looks_at_once(monkeypatch):
    class Clock:
        monotonic = staticmethod(time.monotonic)  # and no sleep

    monkeypatch.setattr(wait, "time", Clock)

    assert wait.until(lambda: True, "nothing", 100)


def test_until_names_what_did_not_come_after_its_time():
    with wait.elapsed() as seconds, pytest.raises(DeadlineError, match=r"^the frame: not within 0\.05 s$"):
        wait.until(lambda: False, "the frame", 0.05)

    assert seconds[0] >= 0.05


def test_until_looks_once_more_after_the_deadline():
    """What came while a busy machine did not let the process run is not missed."""
    looks = []

    def look():
        looks.append(time.monotonic())
        time.sleep(0.05)
        return len(looks) == 2

    assert wait.until(look, "the second look", 0.04), looks


def test_an_error_in_the_condition_ends_the_wait():
    with pytest.raises(KeyError, match="in the condition"):
        wait.until(lambda: {}["in the condition"], "never", 100)


def test_poll_returns_what_is_up(pipe):
    reader, writer = pipe
    assert wait.poll(writer, select.POLLOUT) == select.POLLOUT
    os.write(writer, b"x")

    assert wait.poll(reader) == select.POLLIN
    assert wait.poll(reader, select.POLLIN | select.POLLPRI) == select.POLLIN
    assert wait.readable(reader)


def test_poll_returns_nothing_when_nothing_came(pipe):
    with wait.elapsed() as seconds:
        assert wait.poll(pipe[0], seconds=0.05) == 0

    assert seconds[0] >= 0.04
    assert not wait.readable(pipe[0], 0)


def test_poll_returns_an_error_that_was_not_asked_for():
    reader, writer = os.pipe()
    os.close(writer)

    assert wait.poll(reader, select.POLLIN, 100) == select.POLLHUP
    assert not wait.readable(reader, 100)
    os.close(reader)


def test_poll_wakes_for_what_comes_meanwhile(pipe):
    reader, writer = pipe
    thread = threading.Timer(0.02, os.write, (writer, b"x"))
    thread.start()

    with wait.elapsed() as seconds:
        assert wait.poll(reader, seconds=100) == select.POLLIN

    thread.join()
    assert seconds[0] < wait.scaled(100)


def test_deadlines_are_scaled(pipe):
    with hurried(0.005), wait.elapsed() as seconds:
        with pytest.raises(DeadlineError, match=r"not within 0\.05 s"):
            wait.until(lambda: False, "nothing", 10)
        assert wait.poll(pipe[0], seconds=10) == 0

    assert 0.08 <= seconds[0] < 2 * 10  # what the two would take that are not scaled


def test_scaling_is_undone():
    before = wait.scaled(2)
    with hurried(0.5):
        assert wait.scaled(2) == before / 2

    assert wait.scaled(2) == before


def test_elapsed_measures_the_block():
    with wait.elapsed() as seconds:
        select.select([], [], [], 0.05)
        assert seconds == []

    assert seconds[0] >= 0.05


def test_thread_ids_are_those_of_this_process():
    before = wait.thread_ids()
    started, end = threading.Event(), threading.Event()

    def stay():
        started.set()
        end.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    started.wait(10)

    assert wait.thread_ids() - before == {thread.native_id}
    assert threading.get_native_id() in before
    end.set()
    thread.join()
