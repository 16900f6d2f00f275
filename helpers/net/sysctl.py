"""Settings under /proc/sys: reading them, and changing those of a private network namespace.

Source: proc(5), ``Documentation/networking/ip-sysctl.rst``.
"""

import errno
import os
from contextlib import nullcontext

from helpers.net.namespaces import Namespace
from helpers.unavailable import unavailable


def set_sysctl(namespace: Namespace | None, name: str, value: str) -> None:
    """Write /proc/sys/net/*name* of a namespace (None: the calling thread's); skip where that cannot be."""
    path = f"/proc/sys/net/{name}"
    with namespace or nullcontext():
        if not os.path.exists(path):
            unavailable(f"{path} is hidden from the user namespace of an ordinary user on this kernel")
        try:
            with open(path, "w") as knob:
                knob.write(value)
        except OSError as error:
            if error.errno == errno.EROFS:
                unavailable(f"{path} is read-only here, and may not be mounted anew")
            if error.errno != errno.EIO:
                raise
            unavailable(f"{path} cannot be changed on this kernel")


def sysctl(name: str) -> int | None:
    """Return the number in /proc/sys/*name*; None where it is hidden."""
    try:
        with open(f"/proc/sys/{name}") as file:
            return int(file.read())
    except FileNotFoundError:
        return None
