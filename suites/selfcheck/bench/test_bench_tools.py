"""Other programs as arms: measured by what arrives, checked against what was offered, ended for certain."""

import functools
import os
import sys
import time
from contextlib import ExitStack

import pytest

from helpers import wait
from helpers.bench import tool_receivers, tool_senders, tools
from helpers.bench.tool_receivers import Receiver
from helpers.bench.tool_senders import Sender
from helpers.bench.tools import NoToolError, Running, ToolError

SIZE = 64
LIAR = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("listening")
signal.sigwait([signal.SIGINT])
print(77, "taken")
"""


@pytest.fixture
def lane(lanes):
    """A lane of small frames over a wire."""
    return lanes(SIZE)


@pytest.fixture
def cpu():
    """A CPU that this process may use."""
    return min(os.sched_getaffinity(0))


def _python(code):
    return functools.partial(tools.execute, [sys.executable, "-u", "-c", code])


def _timed(call):
    """Return what *call* returns, and the seconds that it took."""
    began = time.perf_counter()
    return call(), time.perf_counter() - began


def _or_skip(name):
    try:
        tools.find(name)
    except NoToolError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", tool_senders.SENDERS)
def test_sender(lane, cpu, name):
    """A round of a sender has a speed of the link's own count, and between rounds nothing is sent."""
    if name != "scapy":
        _or_skip(name)
    with Sender(name, lane.sender, lane.frame.data, lane.arrived, cpu) as sender:
        rounds = [_timed(functools.partial(sender.play, 256)) for _ in range(3)]
        before = lane.arrived()
        wait.timed(lambda: wait.poll(sender.running._ended, seconds=0.02), 0.02)

        # no more than 10 million frames a second, and one frame at least in the time that the round took
        assert [(one, whole) for one, whole in rounds if not 256 / 1e7 < one <= 256 * whole] == []
        assert lane.arrived() == before


def test_a_sender_sends_the_frame_that_was_given(lane, cpu):
    """What a sender sends are the bytes it was given."""
    hearer = lane.socket()
    with Sender("scapy", lane.sender, lane.frame.data, lane.arrived, cpu):
        assert hearer.receive(lane.frame.marker).data == lane.frame.data


@pytest.mark.parametrize("name", tool_receivers.RECEIVERS)
def test_receiver(lane, cpu, name):
    """A receiver takes what is offered, or says what it lost."""
    if name != "scapy":
        _or_skip(name.partition(" ")[0])
    with ExitStack() as undo:
        try:
            receiver = undo.enter_context(Receiver(name, lane.receiver, lane.load(), cpu))
        except ToolError as error:  # tcpdump wants to change its user, netsniff-ng to lock all of its memory
            if any(word in str(error) for word in ("not permitted", "Cannot mmap")):
                pytest.skip(f"{name}: {error}")
            raise

        assert receiver.play(2000) > 0
        assert 0 < receiver.finish() <= 1


def test_a_receiver_that_claims_too_much_is_not_believed(lane, cpu, monkeypatch):
    """More frames than were offered are no result."""
    kind = tool_receivers._Kind(lambda name: [sys.executable, "-u", "-c", LIAR], "listening", r"(\d+) taken", None)
    monkeypatch.setitem(tool_receivers.RECEIVERS, "liar", kind)

    with Receiver("liar", lane.receiver, lane.load(), cpu) as receiver:
        receiver.play(76)

        with pytest.raises(ToolError, match="76 frames were offered"):
            receiver.finish()


def test_a_tool_that_ends_early_is_quoted(lane, cpu):
    """A tool that ends instead of getting ready is an error with its last words."""
    running = Running(_python("print('no such device')"), lane.sender, cpu)

    with running, pytest.raises(ToolError, match="no such device"):
        running.wait_said("Running!")


def test_what_a_tool_forks_ends_with_it(lane, cpu):
    """The processes of a tool are stopped, go on and end together."""
    code = "import os, time\nos.fork()\nprint(os.getpid(), flush=True)\nwhile True: time.sleep(0.001)"
    with Running(_python(code), lane.sender, cpu) as running:
        wait.until(lambda: running.said().count("\n") == 2, "both speak")
        pids = set(map(int, running.said().split()))
        running.stop()
        states = {_state(pid) for pid in pids}
        running.go_on()

    assert (len(pids), states) == (2, {"T"})
    wait.until(lambda: all(_state(pid) in ("", "Z", "X") for pid in pids), "both have ended")


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@pytest.mark.parametrize("name", ["trafgen", "tcpreplay", "tcpdump", "netsniff-ng"])
def test_a_missing_tool_names_its_package(monkeypatch, name):
    """Where a tool is missing, the word says which of Debian's packages has it."""
    monkeypatch.setattr(tools.shutil, "which", lambda name, path: None)

    with pytest.raises(NoToolError, match=f"{name} is not here: install Debian's package {tools.PACKAGES[name]}"):
        tools.find(name)


def test_a_capture_file_holds_its_frames():
    """The file that tcpreplay is given is read back by scapy as the frames that were put in."""
    from io import BytesIO

    from scapy.utils import RawPcapReader

    frame = bytes(range(SIZE))

    assert [data for data, _ in RawPcapReader(BytesIO(tool_senders.capture(frame, 3)))] == [frame] * 3
