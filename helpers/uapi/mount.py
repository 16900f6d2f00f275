"""Flags of mount(2) and umount2(2).

Source: ``uapi/linux/mount.h``; MNT_DETACH is in C libraries' ``sys/mount.h`` only.
"""

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_SHARED = 1 << 20
MNT_DETACH = 2
