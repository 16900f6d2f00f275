"""What a guest reads when it comes up: its init and the facts for its agent."""

import json
import os
import sys
from pathlib import Path

from helpers.kernels import console as consoles
from helpers.kernels.kind import Target

ROOT = Path(__file__).resolve().parents[2]
_INIT = """\
#!/bin/sh
PYTHONPATH={root} PYTHONDONTWRITEBYTECODE=1 exec {python} -m helpers.kernels.agent {boot} 2>/dev/console
"""


def environment(target: Target) -> dict[str, str]:
    """Return the environment of the interpreter in another kernel that has this machine's files."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TMPDIR": "/dev/shm",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "SOCKPROOF_TARGET": target.name,
    }


def files(target: Target, folder: Path, arguments: list[str], modules: Path | None, console: str) -> Path:
    """Write into *folder* what the guest reads when it comes up and return its init.

    *modules*: the folder with their index. *console*: the guest's device with the pipe to the host.
    """
    facts = {
        "console": console,
        "command": [sys.executable, *arguments],
        "folder": os.getcwd(),
        "modules": str(modules) if modules else None,
        "environment": environment(target) | {consoles.MARKS: "/dev/kmsg"},
    }
    (folder / "boot.json").write_text(json.dumps(facts))
    init = folder / "init"
    init.write_text(_INIT.format(root=ROOT, python=sys.executable, boot=folder / "boot.json"))
    init.chmod(0o755)
    return init
