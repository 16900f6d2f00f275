"""Times as the kernel's structures have them: timeval and timespec in any of their forms."""

import ctypes


def words(kind: type[ctypes.Structure], data: bytes) -> tuple[int, int]:
    """Return seconds and micro- or nanoseconds of the structure *kind* at the beginning of *data*."""
    time = kind.from_buffer_copy(data)
    seconds, fraction = (getattr(time, name) for name, _ in kind._fields_)
    return seconds, fraction


def stamps(kind: type[ctypes.Structure], data: bytes) -> list[tuple[int, int]]:
    """Return the three times of scm_timestamping or its 64-bit form: the software's, a retired one, the hardware's."""
    return [(time.tv_sec, time.tv_nsec) for time in kind.from_buffer_copy(data).ts]
