"""The type of the file system of sockets, as fstatfs(2) returns it.

Source: ``uapi/linux/magic.h``.
"""

SOCKFS_MAGIC = 0x534F434B
