"""Flags of preadv2(2) and pwritev2(2) that Python's ``os`` has not.

Source: ``uapi/linux/fs.h``.
"""

RWF_NOAPPEND = 0x20
RWF_ATOMIC = 0x40
RWF_DONTCACHE = 0x80
RWF_NOSIGNAL = 0x100
