"""Machines over ssh: the suite is copied there for the run, and the machine's own Python runs it.

That Python needs what the suite needs (pyproject.toml); ssh(1) must get there without asking.
"""

import io
import os
import shlex
import socket
import subprocess
import tarfile

from helpers.kernels.boot import ROOT
from helpers.kernels.kind import Kernel, Kind, PathSetting, Setting, Target, TargetError
from helpers.kernels.packages import PackageError
from helpers.process import die_with_parent

_COPIED = ("conftest.py", "pyproject.toml", "fixtures", "helpers", "reports", "suites")
_OPTIONS = ("BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=10", "ServerAliveCountMax=3")
_UNREACHED = 255  # ssh's own exit status
_START_SECONDS = 120
_LOOK_SECONDS = 5  # that are given to a look whether there is anything
_CHECK = """\
import sys
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0])
import pytest, xdist, pytest_timeout, conftest
"""


def _suite() -> bytes:
    """Return the suite as a tar archive."""
    skip = lambda info: None if "__pycache__" in info.name or info.name == "reports/out" else info  # noqa: E731
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as archive:
        for name in _COPIED:
            archive.add(ROOT / name, name, filter=skip)
    return data.getvalue()


def _ssh(target: Target, script: str) -> list[str]:
    options = [word for option in _OPTIONS for word in ("-o", option)]
    config = ["-F", target["config"]] if "config" in target.settings else []
    return ["ssh", "-C", "-T", *config, *options, "--", target["host"], f"sh -c {shlex.quote(script)}"]


def _address(target: Target) -> tuple[str, int] | None:
    """Return the host and port that ssh(1) would connect to itself; None if it goes another way, or cannot tell."""
    config = ["-F", target["config"]] if "config" in target.settings else []
    try:
        words = ["ssh", "-G", *config, "--", target["host"]]
        done = subprocess.run(words, capture_output=True, text=True, timeout=_LOOK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = dict(line.partition(" ")[::2] for line in done.stdout.splitlines())
    indirect = {told.get(word, "none") for word in ("proxycommand", "proxyjump")} != {"none"}
    port = told.get("port", "")
    return None if done.returncode or indirect or not port.isdigit() else (told.get("hostname", ""), int(port))


def _refusal(address: tuple[str, int]) -> str:
    """Say why nothing is reached at an address, "" if something is or if that is not found in a few seconds."""
    try:
        socket.create_connection(address, timeout=_LOOK_SECONDS).close()
    except TimeoutError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _prepare(target: Target, python: str) -> str:
    """Copy the suite there, try the Python, and return the folder; TargetError says why it cannot be."""
    script = (
        'folder=$(mktemp -d /tmp/sockproof-XXXXXX) && cd "$folder" && tar xz && '
        f'{python} -c {shlex.quote(_CHECK)} && echo "$folder" || {{ rm -rf "$folder"; exit 1; }}'
    )
    try:
        done = subprocess.run(
            _ssh(target, script), input=_suite(), capture_output=True, timeout=_START_SECONDS, check=False
        )
    except FileNotFoundError:
        raise PackageError("ssh is missing (Debian package openssh-client)") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"{target['host']} was not ready within {_START_SECONDS} s") from None
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [f"status {done.returncode}"])[-1]
        what = "cannot be reached" if done.returncode == _UNREACHED else f"cannot run the suite with {python}"
        raise TargetError(f"{target['host']} {what}: {last}")
    return done.stdout.decode().split()[-1]


def _run(target: Target, arguments: list[str]) -> int:
    """Run the machine's interpreter and return its exit status; TargetError or PackageError if that cannot be."""
    python = target.settings.get("python", "python3")
    folder = _prepare(target, python)
    words = shlex.join(["env", f"SOCKPROOF_TARGET={target.name}", *shlex.split(python), *arguments])
    script = f"trap 'rm -rf {folder}' EXIT; trap 'exit 1' HUP TERM; cd {folder} && {words}"
    parent = os.getpid()
    session = subprocess.Popen(_ssh(target, script), preexec_fn=lambda: die_with_parent(parent))
    try:
        return session.wait()
    finally:
        session.kill()
        session.wait()


class Ssh(Kind):
    """A machine that ssh(1) reaches."""

    name = "ssh"
    text = "another machine, over ssh"
    settings = {  # noqa: RUF012
        "host": Setting("a machine, as in root@board", r"[^-\s].*"),
        "python": Setting("a command"),
        "config": PathSetting("the path of an ssh_config(5)"),
    }
    one_of = ("host",)
    word, first, usage = "ssh", "host", "ssh=user@host[,python=COMMAND][,config=FILE]"
    memory = "64M"  # the client's
    cores = 0.1
    elsewhere = True

    def run(self, target: Target, arguments: list[str]) -> int:
        """Run the machine's interpreter."""
        return _run(target, arguments)

    def reach(self, target: Target) -> None:
        """TargetError if the host's name has no address, or nobody answers there; ssh(1) settles all else."""
        address = _address(target)
        refusal = _refusal(address) if address else ""
        if refusal:
            raise TargetError(f"{target['host']} cannot be reached: {refusal}")

    def newest(self, target: Target) -> Kernel:
        """Return the machine, whose kernel is what it is; TargetError if it cannot be reached."""
        self.reach(target)
        return Kernel(target["host"], "")


KIND = Ssh()
