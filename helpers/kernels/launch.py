"""``python -m helpers.kernels.launch TARGET ARGUMENTS…``: an interpreter in another kernel.

Starts the target and behaves like its Python: arguments, stdin, stdout and exit status are that interpreter's. The
exit status is 120 when a guest died, 121 when it hung, 122 when the target could not be started. SOCKPROOF_CONSOLE
names the file that gets a guest's kernel log; how a guest ended is its last line. With SOCKPROOF_STAND_IN, this
machine's interpreter takes the place of one that cannot be started, with the reason in SOCKPROOF_PROBLEM.
"""

import os
import signal
import sys

from helpers.kernels.channel import UNSTARTED
from helpers.kernels.ending import follow_parent
from helpers.kernels.kind import TargetError
from helpers.kernels.packages import PackageError
from helpers.kernels.relay import complain
from helpers.kernels.targets import find


def _stand_in(name: str, problem: str, arguments: list[str]) -> int:
    """Say why the target cannot be started and, in a run, be an interpreter that only reports this."""
    complain(f"{name}: {problem}")
    if "SOCKPROOF_STAND_IN" in os.environ:
        os.environ["SOCKPROOF_PROBLEM"] = problem
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, *arguments])
    return UNSTARTED


def main(name: str, arguments: list[str]) -> int:
    """Start the target *name*, run its interpreter with *arguments*, return the exit status."""
    try:
        target = find(name)
        if not target.kind.here:
            follow_parent("SOCKPROOF_STAND_IN" in os.environ)
        return target.kind.run(target, arguments)
    except (TargetError, PackageError) as error:
        return _stand_in(name, str(error), arguments)


if __name__ == "__main__":
    os._exit(main(sys.argv[1], sys.argv[2:]))  # a thread may still wait for input that never comes
