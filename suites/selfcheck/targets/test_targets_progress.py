"""One line for each target shows where it is: on a terminal in place, elsewhere now and then."""

import os
import pty
import re
import subprocess
from types import SimpleNamespace

import pytest

from fixtures.progress import PAUSE, Line, Progress
from helpers import speed
from helpers.wait import readable

CASES = '''
@promise
@pytest.mark.parametrize("case", [1, 2, 3])
def test_case(case):
    """Holds, but for one."""
    assert case != 2
'''


class Reporter:
    """Keeps the lines that are printed."""

    isatty = False

    def __init__(self):
        self.lines = []

    def write_line(self, text):
        """Keep a line."""
        self.lines.append(text)


def phase(when, verdict="pass"):
    """Return a report of one phase on the only target."""
    return SimpleNamespace(when=when, sockproof_note={"verdict": verdict}, node="node")


def test_the_line_of_a_running_target():
    line = Line("uml-6.1", lambda: 147.5, "runs", "", 2483, 1203, 2, began=100.0)

    assert line.text(9) == "uml-6.1    1,203/2,483  2 broken  0:47"


def test_without_a_terminal_a_line_comes_now_and_then():
    now = [1.0]
    reporter = Reporter()
    progress = Progress(reporter, ["uml"], lambda node: "uml")
    progress.lines["uml"].clock = lambda: now[0]

    progress.tell("uml", "waits", "2 at a time")
    progress.tell("uml", "waits", "2 at a time")
    progress.tell("uml", "boots", "")
    progress.pytest_xdist_node_collection_finished("node", ["a", "b", "c", "d"])
    for verdict in ("pass", "fail"):
        for when in ("setup", "call", "teardown"):
            progress.pytest_runtest_logreport(phase(when, verdict if when == "call" else "pass"))
    now[0] += PAUSE
    progress.pytest_runtest_logreport(phase("???", "crash"))
    progress.pytest_testnodedown(SimpleNamespace(workeroutput={"sockproof_problem": "given up"}), None)

    assert reporter.lines == [
        "uml  waits: 2 at a time",
        "uml  0:00  boots",
        "uml  3/4  2 broken  0:30",
        "uml  3/4  2 broken  0:30  not proven: given up",
    ]


@pytest.mark.timeout(300)
def test_on_a_terminal_the_lines_stay_in_place(small_suite):
    small_suite.write(CASES)
    ours, theirs = pty.openpty()
    command = small_suite.command("--target=host")
    process = subprocess.Popen(
        command, cwd=small_suite.folder, env=small_suite.environment, stdout=theirs, stderr=theirs
    )
    with open(ours, "rb", buffering=0) as screen:
        os.close(theirs)
        text = b""
        try:
            while readable(ours, 120) and (data := screen.read(65536)):
                text += data
        except OSError:  # how a terminal says that its other end is closed
            pass
    assert process.wait() == 1

    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode())
    assert re.search(r"host +3/3 +1 broken +0:\d\d +done", plain)
    assert "1 failed, 2 passed" in plain
    assert "\x1b[2K" in text.decode()  # it wiped its line to paint it again


def test_the_speed_of_a_kernel_is_measured_against_the_host_s():
    assert speed.factor(0.011, 0.01) == 1.0
    assert speed.factor(0.12, 0.01) == 12.0
    assert speed.factor(5.0, 0.01) == 100.0
    assert speed.measure() > 0
