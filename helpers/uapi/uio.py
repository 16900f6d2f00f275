"""Device memory in control messages, and how many vectors a call keeps on its stack.

Source: ``uapi/linux/uio.h``, Documentation/networking/devmem.rst. iovec and UIO_MAXIOV are in socket.
"""

import ctypes

UIO_FASTIOV = 8


class dmabuf_cmsg(ctypes.Structure):
    _fields_ = [
        ("frag_offset", ctypes.c_uint64),
        ("frag_size", ctypes.c_uint32),
        ("frag_token", ctypes.c_uint32),
        ("dmabuf_id", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
    ]


class dmabuf_token(ctypes.Structure):
    _fields_ = [("token_start", ctypes.c_uint32), ("token_count", ctypes.c_uint32)]
