"""A kind of target as somebody may add one: this machine's kernel again, reached through a child."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.kernels import console
from helpers.kernels.channel import DIED
from helpers.kernels.kind import Kernel, Kind, PathSetting, Setting, Target, TargetError


class Toy(Kind):
    """A toy in a box."""

    name = "toy"
    text = "a toy kernel"
    settings = {"box": PathSetting("a box", folder=True), "colour": Setting("red or blue", "red|blue")}  # noqa: RUF012
    one_of = ("box",)
    word, first, usage = "toy", "box", "toy=BOX[,colour=red|blue]"
    memory = "200M"

    def run(self, target: Target, arguments: list[str]) -> int:
        """Run the interpreter in a child, whose death is the kernel's."""
        if target.settings.get("colour") == "blue":
            raise TargetError("blue toys do not run")
        log = Path(os.environ["SOCKPROOF_CONSOLE"])
        console.begin(log)
        child = subprocess.run([sys.executable, *arguments], env={**os.environ, "TOY": target["box"]}, check=False)
        if child.returncode < 0:
            console.end(log, DIED, "the toy broke")
        return child.returncode

    def newest(self, target: Target) -> Kernel:
        """Say that it is from a box."""
        return Kernel(f"a toy from {target['box']}", "")


KIND = Toy()
