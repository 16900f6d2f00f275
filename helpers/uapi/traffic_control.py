"""Traffic control: handles of queueing disciplines, verdicts of programs.

Source: ``uapi/linux/pkt_sched.h``, ``uapi/linux/pkt_cls.h``.
"""

# Handles: the major number, and the minor one of the two hooks of clsact.
TC_H_ROOT = 0xFFFFFFFF
TC_H_CLSACT = 0xFFFFFFF1
TC_H_MAJ_MASK = 0xFFFF0000
TC_H_MIN_INGRESS = 0xFFF2
TC_H_MIN_EGRESS = 0xFFF3

TC_ACT_UNSPEC = -1
TC_ACT_OK = 0
TC_ACT_SHOT = 2


def TC_H_MAKE(major: int, minor: int) -> int:  # noqa: N802 (the header's name)
    """Return the handle of the parts of two handles."""
    return major & TC_H_MAJ_MASK | minor & ~TC_H_MAJ_MASK
