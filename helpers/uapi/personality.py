"""What personality(2) takes.

Source: ``uapi/linux/personality.h``.
"""

STICKY_TIMEOUTS = 0x4000000
