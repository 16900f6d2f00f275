"""What MSG_ERRQUEUE returns, and the time stamps of SO_TIMESTAMPING.

Source: ``uapi/linux/errqueue.h``; ip(7), Documentation/networking/timestamping.rst.
"""

import ctypes

from helpers.uapi.time_types import __kernel_timespec, timespec

# Where an error comes from, ee_origin, and its code.
SO_EE_ORIGIN_NONE = 0
SO_EE_ORIGIN_LOCAL = 1
SO_EE_ORIGIN_ICMP = 2
SO_EE_ORIGIN_ICMP6 = 3
SO_EE_ORIGIN_TXSTATUS = 4
SO_EE_ORIGIN_ZEROCOPY = 5
SO_EE_ORIGIN_TXTIME = 6
SO_EE_ORIGIN_TIMESTAMPING = SO_EE_ORIGIN_TXSTATUS
SO_EE_CODE_ZEROCOPY_COPIED = 1
SO_EE_CODE_TXTIME_INVALID_PARAM = 1
SO_EE_CODE_TXTIME_MISSED = 2
SO_EE_RFC4884_FLAG_INVALID = 1

# Kind of time stamp, in ee_info.
SCM_TSTAMP_SND = 0
SCM_TSTAMP_SCHED = 1
SCM_TSTAMP_ACK = 2
SCM_TSTAMP_COMPLETION = 3


class sock_ee_data_rfc4884(ctypes.Structure):
    _fields_ = [("len", ctypes.c_uint16), ("flags", ctypes.c_uint8), ("reserved", ctypes.c_uint8)]


class _sock_ee_data(ctypes.Union):
    _fields_ = [("ee_data", ctypes.c_uint32), ("ee_rfc4884", sock_ee_data_rfc4884)]


class sock_extended_err(ctypes.Structure):
    """One error; for internet sockets the offender's address follows it (SO_EE_OFFENDER)."""

    _anonymous_ = ("_data",)
    _fields_ = [
        ("ee_errno", ctypes.c_uint32),
        ("ee_origin", ctypes.c_uint8),
        ("ee_type", ctypes.c_uint8),
        ("ee_code", ctypes.c_uint8),
        ("ee_pad", ctypes.c_uint8),
        ("ee_info", ctypes.c_uint32),
        ("_data", _sock_ee_data),
    ]


class scm_timestamping(ctypes.Structure):
    """Software time stamp, a retired one, and the hardware's; zero where there is none."""

    _fields_ = [("ts", timespec * 3)]


class scm_timestamping64(ctypes.Structure):
    pass


# Outside the class: inside it Python would mangle a name with two leading underscores.
scm_timestamping64._fields_ = [("ts", __kernel_timespec * 3)]
