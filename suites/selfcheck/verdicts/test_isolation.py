"""The run is in private namespaces before the first test, or ends with one clear line; nothing outlives it."""

import errno
import os
import signal
import subprocess
import uuid

import pytest

from fixtures import isolation
from helpers import lies, process, wait

HERE = '''
    import os
    from helpers.net.links import Links
    from helpers.net.namespaces import Namespace

    @promise
    def test_sees_only_loopback():
        """Sees no interface but loopback."""
        with open("/proc/thread-self/net/dev") as devices:
            names = [line.split(":")[0].strip() for line in devices.readlines()[2:]]
        assert names == ["lo"]
        assert os.readlink("/proc/thread-self/ns/net") != {outside!r}
'''


@pytest.mark.parametrize("workers", ["0", "2"])
def test_no_real_interface_is_in_sight(small_suite, workers):
    outcome = small_suite.run(HERE.format(outside=os.readlink("/proc/thread-self/ns/net")), "-n", workers)

    assert outcome.verdicts == {"test_sees_only_loopback": "pass"}


def enter_as(uid: int) -> dict[str, object]:
    """Be an ordinary user, enter, and return what became of the process."""
    process.drop_uid(uid)
    isolation.enter()
    return {
        "uid": os.getuid(),
        "user_namespace": isolation.state["user_namespace"],
        "net": os.readlink("/proc/self/ns/net"),
        "user": os.readlink("/proc/self/ns/user"),
    }


def test_an_ordinary_user_gets_a_user_namespace(other_uid):
    inside = process.in_child(enter_as, other_uid)

    assert (inside["uid"], inside["user_namespace"]) == (0, True)
    assert inside["net"] != os.readlink("/proc/self/ns/net")
    assert inside["user"] != os.readlink("/proc/self/ns/user")


def without_namespaces() -> None:
    """Forbid unshare(2), as a container or a hardened kernel does."""
    lies.deny("unshare", errno.EPERM)


def test_forbidden_namespaces_are_one_clear_line_and_status_4(small_suite):
    done = subprocess.run(
        small_suite.command(),
        cwd=small_suite.folder,
        env=small_suite.environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=without_namespaces,
    )

    assert done.returncode == 4
    assert "run it as root, or allow user namespaces" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_another_system_is_one_clear_line_and_status_4(small_suite):
    (small_suite.folder / "elsewhere.py").write_text("import sys\nsys.platform = 'darwin'\n")

    outcome = small_suite.run("", "-n", "0", "-p", "elsewhere")

    assert outcome.status == 4
    assert "sockproof proves Linux kernels: this is darwin" in outcome.text
    assert "Traceback" not in outcome.text


BUSY = '''
    import os
    from helpers import process, wait

    @promise
    @pytest.mark.parametrize("number", range(4))
    def test_stays(number, wire):
        """Stays, with a child that stays too."""
        with process.start(lambda: os.read(os.pipe()[0], 1)) as child:
            child.wait_started()
            open("busy", "w").close()
            child.result(60)
'''


def marked(mark: str) -> set[int]:
    """Return the processes that have *mark* in their environment."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as environment:
                if mark.encode() in environment.read():
                    found.add(int(name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_run_leaves_no_process_and_so_no_namespace(small_suite, workers):
    mark = uuid.uuid4().hex
    small_suite.write(BUSY)
    run = subprocess.Popen(
        small_suite.command("-n", workers),
        cwd=small_suite.folder,
        env={**small_suite.environment, "SELFCHECK_MARK": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait.until((small_suite.folder / "busy").exists, "tests running", 30)
        assert len(marked(mark)) >= 2  # the control: there is something to leave behind
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()

    wait.until(lambda: not marked(mark), "every process of the run gone", 10)
