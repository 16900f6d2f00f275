"""gVisor as a target: wires are made there, its panic is a crash of the clause that was running, deviations apply."""

import json
import os
import subprocess

import pytest

from helpers import wait
from helpers.kernels.kinds import gvisor
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import find

CASES = '''
    import ctypes
    from helpers.net import frames

    AFS_SYSCALL = 183  # panics when the kernel is started so

    @promise
    @pytest.mark.parametrize("case", ["before", "panics", "after"])
    def test_case(case):
        """Holds."""
        if case == "panics":
            ctypes.CDLL(None).syscall(AFS_SYSCALL, -1)

    @promise
    def test_wire(wire, loopback):
        """A frame that is sent on one end of a wire is received on the other."""
        receiver = wire.right.packet_socket()
        frame = frames.ethernet()
        wire.left.inject(frame)
        assert receiver.receive(frame.marker)

    @promise
    def test_deviates():
        """Holds on other kernels."""
        assert 1 == 2

    @promise
    def test_has_no_means(loopback):
        """Needs a queue."""
        loopback.links.queue("lo", "pfifo", limit=1)
'''
KNOWN = """
[[deviation]]
clauses = ["suites/syscalls/bind/test_bind.py::test_deviates"]
when = {platform = "gVisor"}
reason = "why"
link = "https://example.org"
review = 2199-01-01
"""


@pytest.fixture
def runsc(tmp_path):
    """A runsc whose kernel can be made to panic."""
    if os.geteuid():
        pytest.skip("runsc wants root")
    try:
        program = gvisor.program(find("gvisor"))
    except PackageError as error:
        pytest.skip(f"gVisor cannot be had here: {error}")
    script = tmp_path / "runsc"
    script.write_text(f'#!/bin/sh\nexec {program} -TESTONLY-afs-syscall-panic "$@"\n')
    script.chmod(0o755)
    return script


def test_a_run_in_gvisor(small_suite, runsc):
    folder = small_suite.folder
    (folder / "sockproof").mkdir()
    (folder / "sockproof" / "targets.toml").write_text(f'[guest]\nkind = "gvisor"\nrunsc = "{runsc}"\n')
    (folder / "known.toml").write_text(KNOWN)
    small_suite.write(CASES)
    subprocess.run(
        small_suite.command("--target=guest", "--expectations=known.toml"),
        cwd=folder,
        env={**small_suite.environment, "XDG_CONFIG_HOME": str(folder)},
        capture_output=True,
        timeout=wait.scaled(240),
        check=False,
    )

    run = json.loads((folder / "out" / "guest" / "run.json").read_text())
    results = {result["id"].rpartition("::")[2]: result for result in run["results"]}
    assert run["kernel"]["platform"] == "gVisor"
    assert {name: result["verdict"] for name, result in results.items()} == {
        "test_case[before]": "pass",
        "test_case[panics]": "crash",
        "test_case[after]": "pass",
        "test_wire": "pass",
        "test_deviates": "xfail",
        "test_has_no_means": "skip",
    }
    panic = results["test_case[panics]"]["evidence"]
    assert "the guest died: panic: User workload triggered a panic" in panic["observed"]
    assert "goroutine" in panic["log"]
    assert results["test_has_no_means"]["reason"] == "this kernel has no queueing disciplines"
