"""The state of signals and limits that a process inherits: made ordinary before tests rely on it.

Source: signal(7), execve(2), getrlimit(2).
"""

import contextlib
import resource
import signal

# what a shell or nohup(1) ignores on purpose, and what Python itself handles
_LEFT_ALONE = {
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGPIPE,
    signal.SIGQUIT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGXFSZ,
}
DESCRIPTORS = 1024  # open files that a test may have, its process's own among them
QUEUED = 64  # signals that a test may have queued


def put_right() -> None:
    """Block no signal in this thread, and ignore none that a parent had ignored: children must be waited for."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in signal.valid_signals() - _LEFT_ALONE - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) == signal.SIG_IGN:
            with contextlib.suppress(OSError):  # the C library keeps two for itself
                signal.signal(number, signal.SIG_DFL)


def raise_limit(limit: int, wanted: int) -> int:
    """Raise the soft *limit* (RLIMIT_*) to *wanted*, or as far as the hard one allows; return the soft one."""
    if room(limit) < wanted:
        hard = resource.getrlimit(limit)[1]
        most = wanted if hard == resource.RLIM_INFINITY else hard
        try:
            resource.setrlimit(limit, (wanted, max(wanted, most) if hard != resource.RLIM_INFINITY else hard))
        except (OSError, ValueError):  # the hard one is below, and raising it takes CAP_SYS_RESOURCE
            with contextlib.suppress(OSError, ValueError):  # gVisor changes few limits
                resource.setrlimit(limit, (min(wanted, most), hard))
    return room(limit)


def room(limit: int) -> int:
    """Return the soft *limit*; a very large number where there is none."""
    soft = resource.getrlimit(limit)[0]
    return 2**62 if soft == resource.RLIM_INFINITY else soft
