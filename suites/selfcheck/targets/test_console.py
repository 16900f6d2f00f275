"""A guest's console shows why it ended: the oops before the panic, the panic, what its first init said."""

import pytest

from helpers.kernels import console
from helpers.kernels.channel import DIED, HUNG

OOPS = """\
[   12.100000] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   12.100100] #PF: supervisor read access in kernel mode
[   12.100200] Oops: 0000 [#1] PREEMPT SMP NOPTI
[   12.100300] CPU: 0 PID: 210 Comm: python3 Not tainted 6.12.107+deb13-amd64
[   12.100400] RIP: 0010:packet_setsockopt+0x3f1/0xc20 [af_packet]
[   12.100500] Kernel panic - not syncing: Fatal exception
"""
PANIC = "[    3.2] Kernel panic - not syncing: sysrq triggered crash\n"
LOCKUP = """\
<0>[   64.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [python3:210]
<0>[   64.1] Kernel panic - not syncing: softlockup: hung tasks
"""


def _log(file, text):
    """Append to a console file, as the guest's kernel does."""
    with file.open("a") as log:
        log.write(text)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (OOPS, "BUG: kernel NULL pointer dereference, address: 0000000000000008 (Fatal exception)"),
        (OOPS.rpartition("[   12.1005")[0], "BUG: kernel NULL pointer dereference, address: 0000000000000008"),
        (PANIC, "sysrq triggered crash"),
        (LOCKUP, "BUG: soft lockup - CPU#0 stuck for 22s! [python3:210] (softlockup: hung tasks)"),
        ("sockproof: the kernel has no virtio console\n", "the kernel has no virtio console"),
    ],
)
def test_the_reason_of_an_end(tmp_path, log, reason):
    file = tmp_path / "console.log"
    console.begin(file)
    _log(file, "an earlier guest: BUG: not this one\n")
    console.end(file, DIED, "the guest died")
    console.begin(file)
    _log(file, log)
    console.end(file, DIED, "the guest died")

    end = console.last_end(file)

    assert end.text == f"the guest died: {reason}"
    assert not end.hung
    assert end.log.splitlines() == log.splitlines()


def test_the_last_mark_of_the_last_guest_tells_what_ran(tmp_path):
    file = tmp_path / "console.log"
    assert console.running(file) == ""
    for names in (["a.py::one", "a.py::two[x: y]"], ["a.py::three"]):
        console.begin(file)
        for name in names:
            console.mark(str(tmp_path / "kmsg"), name)
            _log(file, (tmp_path / "kmsg").read_text().replace("<1>", "[    4.2] "))

    assert console.running(file) == "a.py::three"
    console.end(file, DIED, "the guest died")
    assert console.running(file) == "a.py::three"
    console.begin(file)
    assert console.running(file) == ""


def test_a_living_guest_has_no_end_and_a_silent_one_hung(tmp_path):
    file = tmp_path / "console.log"
    console.begin(file)
    _log(file, OOPS)
    assert console.last_end(file).text == ""

    console.end(file, HUNG, "the guest was silent for 30 s")

    assert console.last_end(file).hung
