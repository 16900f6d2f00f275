"""Flags of mount(2) and umount2(2).

Source: ``uapi/linux/mount.h``; MNT_DETACH is in C libraries' ``sys/mount.h`` only.
"""

MS_RDONLY = 1
MS_NOSUID = 2
MNT_DETACH = 2
