"""``python -m helpers.kernels.launch TARGET ARGUMENTS…``: an interpreter in another kernel.

Boots the target and behaves like its Python: arguments, stdin, stdout and exit status are the guest interpreter's.
The exit status is 120 when the guest died, 121 when it hung, 122 when it could not be started. SOCKPROOF_CONSOLE
names the file that gets the guest's kernel log.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from helpers.kernels import uml
from helpers.kernels.packages import PackageError
from helpers.kernels.relay import GuestError, Relay, complain
from helpers.kernels.targets import Target, TargetError, find

ROOT = Path(__file__).resolve().parents[2]
UNSTARTED = 122
_BOOT_SECONDS, _SILENCE = 60, 30
_INIT = """\
#!/bin/sh
PYTHONPATH={root} PYTHONDONTWRITEBYTECODE=1 exec {python} -m helpers.kernels.agent {boot} 2>/dev/console
"""


def boot_files(target: Target, folder: Path, arguments: list[str], modules: Path | None, console: str) -> Path:
    """Write into *folder* what the guest reads when it comes up and return its init.

    *console*: the guest's device with the pipe to the host.
    """
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TMPDIR": "/dev/shm",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "SOCKPROOF_TARGET": target.name,
    }
    boot = {
        "console": console,
        "command": [sys.executable, *arguments],
        "folder": os.getcwd(),
        "modules": str(modules) if modules else None,
        "environment": environment,
    }
    (folder / "boot.json").write_text(json.dumps(boot))
    init = folder / "init"
    init.write_text(_INIT.format(root=ROOT, python=sys.executable, boot=folder / "boot.json"))
    init.chmod(0o755)
    return init


def _start_uml(target: Target, folder: Path, arguments: list[str], console: Path) -> Relay:
    kernel, modules, libc = uml.files(target)
    init = boot_files(target, folder, arguments, modules, "/dev/tty0")
    command, environment, log = uml.command(kernel, libc, folder, init, target.settings.get("memory", "1G"), console)
    try:
        return Relay(command, _BOOT_SECONDS, _SILENCE, cwd=folder, env=environment, pass_fds=[log])
    finally:
        os.close(log)


_START = {"uml": _start_uml}


def main(name: str, arguments: list[str]) -> int:
    """Boot the target *name*, run its interpreter with *arguments*, return the exit status."""
    try:
        target = find(name)
    except TargetError as error:
        complain(str(error))
        return UNSTARTED
    if target.kind == "host":
        os.execv(sys.executable, [sys.executable, *arguments])
    folder = Path(tempfile.mkdtemp(prefix="sockproof-guest-"))
    console = Path(os.environ.get("SOCKPROOF_CONSOLE") or folder / "console.log")
    relay = None
    try:
        relay = _START[target.kind](target, folder, arguments, console)
        relay.wait_ready()
        return relay.run()
    except PackageError as error:
        complain(f"{name}: {error}")
        return UNSTARTED
    except GuestError as error:
        complain(f"{name}: {error}")
        return error.status
    finally:
        if relay is not None:
            relay.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os._exit(main(sys.argv[1], sys.argv[2:]))  # a thread may still wait for input that never comes
