"""Sysctls of a network namespace: /proc/sys/net."""

import os
from errno import EIO

from helpers.net.namespaces import Namespace
from helpers.unavailable import unavailable


def set_sysctl(namespace: Namespace, name: str, value: str) -> None:
    """Write /proc/sys/net/*name* of a namespace."""
    path = f"/proc/sys/net/{name}"
    with namespace:
        if not os.path.exists(path):
            unavailable(f"{path} is hidden from the user namespace of an ordinary user on this kernel")
        try:
            with open(path, "w") as knob:
                knob.write(value)
        except OSError as error:
            if error.errno != EIO:
                raise
            unavailable(f"{path} cannot be changed on this kernel")
