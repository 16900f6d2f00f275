"""Events of inotify(7).

Source: ``uapi/linux/inotify.h``.
"""

import ctypes

IN_ACCESS = 0x00000001
IN_MODIFY = 0x00000002
IN_ATTRIB = 0x00000004
IN_CLOSE_WRITE = 0x00000008
IN_CLOSE_NOWRITE = 0x00000010
IN_OPEN = 0x00000020


class inotify_event(ctypes.Structure):
    """What comes before a name of *len* bytes."""

    _fields_ = [
        ("wd", ctypes.c_int32),
        ("mask", ctypes.c_uint32),
        ("cookie", ctypes.c_uint32),
        ("len", ctypes.c_uint32),
    ]
