"""Standard streams that a parent closed: a socket would get their numbers, and Python has None in their place."""

import os
import sys


def start_again_with_all() -> None:
    """If one of the descriptors 0 to 2 was closed when Python started, open it on /dev/null and start Python again.

    By the same command: what already holds on to the missing stream cannot be made to let go.
    """
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    missing = [number for number, stream in enumerate(streams) if stream is None]
    if not missing:
        return
    for number in missing:
        opened = os.open(os.devnull, os.O_RDWR)
        if opened == number:
            os.set_inheritable(opened, True)
        else:
            os.dup2(opened, number)
            os.close(opened)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
