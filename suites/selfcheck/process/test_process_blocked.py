"""wait_blocked returns when the child sleeps in the call that was named, and only then."""

import os

import pytest

from helpers import process, syscall
from helpers.process import ChildError
from helpers.syscall import returned
from helpers.unavailable import UnavailableError, unavailable
from helpers.wait import DeadlineError
from suites.selfcheck.process.conditions import hurried, nothing_left


@pytest.fixture
def named():
    """The kernel shows in which call a process sleeps."""
    if not os.path.exists("/proc/self/syscall"):
        pytest.skip("this kernel has no /proc/PID/syscall")


@pytest.fixture
def gate():
    """A pipe: reader, writer."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def pair(sockets):
    """Two connected sockets."""
    return sockets.pair()


def number_of(child):
    with open(f"/proc/{child.pid}/syscall") as current:
        return int(current.read().split()[0])


def test_another_call_than_the_named_one_is_not_waited_out(named, gate, pair):
    def read_then_receive():
        os.read(gate[0], 1)
        return syscall.recvfrom(pair[0].fd, bytearray(1), 1)

    with process.start(read_then_receive) as child:
        child.wait_blocked("read")
        assert number_of(child) == syscall.NUMBERS["read"]
        with hurried(), pytest.raises(DeadlineError, match="child blocked in recvfrom"):
            child.wait_blocked("recvfrom")

        os.write(gate[1], b"x")
        child.wait_blocked("sendto", "recvfrom")

        assert number_of(child) == syscall.NUMBERS["recvfrom"]
        pair[1].must.send(b"x")
        assert child.result() == returned(1)


def test_without_a_name_any_sleep_counts(gate):
    with process.start(os.read, gate[0], 1) as child:
        child.wait_blocked()

        assert not child.finished()


@pytest.mark.parametrize("names", [(), ("recvfrom",)], ids=["any", "named"])
def test_a_busy_child_does_not_count_as_blocked(names):
    def spin():
        while True:  # until it is killed
            pass

    with nothing_left(), process.start(spin) as child:
        child.wait_started()

        with hurried(0.05), pytest.raises(DeadlineError):
            child.wait_blocked(*names)


@pytest.mark.parametrize("names", [(), ("recvfrom",)], ids=["any", "named"])
def test_a_child_that_ends_instead_is_an_error_at_once_and_its_outcome_is_kept(names):
    with nothing_left(), process.start(lambda: "done") as child:
        with pytest.raises(ChildError, match="ended instead of blocking"):
            child.wait_blocked(*names)

        assert child.result() == "done"


def test_a_child_that_ends_for_a_lack_of_the_machine_says_so():
    with nothing_left(), process.start(unavailable, "no such thing here") as child:
        with pytest.raises(UnavailableError, match="no such thing here"):
            child.wait_blocked()

        with pytest.raises(UnavailableError, match="no such thing here"):
            child.result()


def test_a_child_that_dies_instead_is_an_error():
    with nothing_left(), process.start(os._exit, 1) as child, pytest.raises(ChildError, match="ended instead"):
        child.wait_blocked("recvfrom")


def test_a_name_that_no_architecture_knows_is_refused():
    with process.start(lambda: None) as child, pytest.raises(LookupError, match="no system call recvfron"):
        child.wait_blocked("recvfron")


def test_without_the_kernel_s_word_five_looks_decide(monkeypatch, gate):
    """User Mode Linux does not show the call: asleep in five looks in a row is what remains."""
    looks = []

    def look(child):
        looks.append(look)
        return "R" if len(looks) == 3 else "S", ""

    monkeypatch.setattr(process.Child, "_state", look)

    with process.start(os.read, gate[0], 1) as child:
        child.wait_blocked("read")

    assert len(looks) == 3 + 5
