"""The frames between the two ends of a guest's console, and their kinds.

To the guest: ``!H`` length and that many bytes of input; length 0 is the end of input. From the guest: kind (one
byte), ``!I`` length, bytes. Input is acknowledged piece by piece, because User Mode Linux's console stops for good
once about 4 KiB of it pile up.
"""

import os
import struct
from collections.abc import Callable

READY = b"<<sockproof guest ready>>\n"  # everything before it on the console is the kernel's and the boot's chatter
INPUT = struct.Struct("!H")
OUTPUT = struct.Struct("!cI")
PIECE = 1024  # bytes of input in one frame
UNACKNOWLEDGED = 2  # frames of input on their way

DATA, TAKEN, ALIVE, EXIT = b"D", b"A", b"H", b"X"
STATUS = struct.Struct("!i")

DIED, HUNG = 120, 121  # exit statuses of a launcher whose guest ended without one of its own
UNSTARTED = 122  # and of one whose target could not be started
SAYS = "sockproof: "  # begins what a guest's first init says on the console when it gives up


def write_all(fd: int, data: bytes) -> None:
    """Write all of *data* to *fd*."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """Return *size* bytes from *read*; EOFError if it ends before."""
    data = b""
    while len(data) < size:
        piece = read(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
