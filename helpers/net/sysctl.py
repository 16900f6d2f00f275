"""Settings under /proc/sys: reading them, and changing those of a private network namespace.

Source: proc(5), ``Documentation/networking/ip-sysctl.rst``.
"""

import errno
import json
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


LIMITS = ("rmem_default", "rmem_max", "wmem_default", "wmem_max", "optmem_max")
"""What net.core says of buffers, in bytes. Older kernels show it in the initial network namespace alone."""
_NOTED = "SOCKPROOF_NET_CORE"


def note_limits() -> None:
    """Note net.core's LIMITS for this process and its children, before a network namespace hides them."""
    found = {name: value for name in LIMITS if (value := _read(name)) is not None}
    os.environ.setdefault(_NOTED, json.dumps(found))


def _read(name: str) -> int | None:
    try:
        with open(f"/proc/sys/net/core/{name}") as file:
            return int(file.read())
    except OSError:
        return None


def limit(name: str) -> int | None:
    """Return one of LIMITS in bytes, None where it is not to be known."""
    value = _read(name)
    return value if value is not None else json.loads(os.environ.get(_NOTED, "{}")).get(name)


def need_buffer(which: str, size: int) -> None:
    """Skip the test where net.core.*which*_max ("rmem", "wmem") allows no buffer to be set to *size* bytes."""
    most = limit(f"{which}_max")
    if most is not None and size > most:
        unavailable(f"net.core.{which}_max is {most}: a buffer of {size} bytes cannot be had")
