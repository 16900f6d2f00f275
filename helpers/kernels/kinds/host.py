"""This machine's own kernel: its Python is the one that runs the launcher."""

import os
import platform
import sys

from helpers.kernels.kind import Kernel, Kind, Target


class Host(Kind):
    """The kernel that everything else is compared with."""

    name = "host"
    text = "this machine's own kernel"
    memory = "256M"
    cores = 0.5
    here = True

    def run(self, target: Target, arguments: list[str]) -> int:
        """Become the interpreter."""
        os.execv(sys.executable, [sys.executable, *arguments])

    def newest(self, target: Target) -> Kernel:
        """Return the running kernel: there is nothing to fetch."""
        return Kernel(f"Linux {platform.release()}", platform.release())


KIND = Host()
