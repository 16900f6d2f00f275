"""Standard streams: opened where a parent closed them, so that no socket gets their numbers."""

import os
import sys


def open_missing() -> None:
    """Open /dev/null for each of the descriptors 0 to 2 that is closed, and give Python the stream that it lacks."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            stream = open(number, mode, closefd=False)  # noqa: SIM115  (as long as the process)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
