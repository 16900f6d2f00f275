"""Running a function in a child process: with fewer capabilities, another uid, another namespace, or blocked.

The child is forked, so the function needs no import path and may use every object of the test; what it returns or
raises comes back pickled. A child dies with its parent (PR_SET_PDEATHSIG) and is killed at its deadline.
"""

import contextlib
import ctypes
import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from helpers import capabilities, observed, wait
from helpers.libc import check, libc
from helpers.net.namespaces import Namespace
from helpers.syscall_numbers import TABLES, architecture
from helpers.uapi.prctl import PR_SET_DUMPABLE, PR_SET_PDEATHSIG
from helpers.unavailable import UnavailableError


class ChildError(Exception):
    """The child died, was late, or raised something that cannot be pickled."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that made it ends; *parent* is the expected parent's pid."""
    signal_at_end_of(parent, signal.SIGKILL)


def signal_at_end_of(parent: int, number: int) -> None:
    """Have the kernel send this process a signal when the thread that made it ends, one of the process *parent*."""
    check(libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0), "prctl")
    if os.getppid() != parent:  # it died before the call above
        os._exit(1)


def drop_uid(uid: int) -> None:
    """Become *uid*, with no group but its own and no capability; OSError(EINVAL) where there is no such uid."""
    with contextlib.suppress(PermissionError):  # a user namespace of an ordinary user denies it, and has none to drop
        os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # the change has made /proc/self root's: an ordinary user's process owns it
    check(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")


class Child:
    """A forked child that runs *function*; see ``start``."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self._pipe = pipe
        self._started = False
        self._reaped = False
        self._ended = b""  # the outcome of a child that ended when it was to block

    def _state(self) -> tuple[str, str]:
        """Return the scheduler's state letter, and the system call in which the child is ("" if not to be known)."""
        with open(f"/proc/{self.pid}/stat") as stat:
            state = stat.read().rpartition(")")[2].split()[0]
        try:
            with open(f"/proc/{self.pid}/syscall") as current:
                return state, current.read().split()[0]
        except OSError:  # not every architecture has it (User Mode Linux)
            return state, ""

    def wait_started(self) -> None:
        """Return once the child is about to call the function."""
        if not self._started:
            if not wait.readable(self._pipe) or os.read(self._pipe, 1) != b"!":
                raise ChildError("the child did not start")
            self._started = True

    def wait_blocked(self, *names: str) -> None:
        """Return once the child sleeps in one of the system calls *names* (in any, without a name).

        ChildError if it ends instead, or UnavailableError if that is what ended it; DeadlineError if it does neither,
        LookupError for a name that no table has.
        """
        numbers = {str(number) for name in names for number in _numbers(name)}
        self.wait_started()
        asleep = 0

        def blocked() -> bool:
            nonlocal asleep
            state, number = self._state()
            if state in "ZX":
                self._raise_lack()
                raise ChildError("the child ended instead of blocking")
            asleep = asleep + 1 if state == "S" else 0
            if number and numbers:
                return state == "S" and number in numbers
            return asleep >= 5  # no better sign here: asleep in five looks, some milliseconds apart

        wait.until(blocked, f"child blocked in {' or '.join(names) or 'a system call'}")

    def _raise_lack(self) -> None:
        """Raise what the child that has ended raised, if it says that the machine lacks something; keep its outcome."""
        while chunk := os.read(self._pipe, 65536):
            self._ended += chunk
        try:
            good, value, _ = pickle.loads(self._ended)
        except (EOFError, pickle.UnpicklingError):
            return
        if not good and isinstance(value, UnavailableError):
            raise value

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def finished(self) -> bool:
        """Return whether the function has returned (its result is in the pipe)."""
        self.wait_started()
        return bool(wait.poll(self._pipe, select.POLLIN, 0))

    def result(self, seconds: float = 10.0) -> Any:
        """Return what the function returned, or raise what it raised; ChildError if the child died or is late."""
        end = time.monotonic() + wait.scaled(seconds)
        data = bytearray(self._ended)
        try:
            self.wait_started()
            while chunk := self._read_until(end):
                data += chunk
        finally:
            status = self.close()
        try:
            good, value, sockets = pickle.loads(data)
        except (EOFError, pickle.UnpicklingError):  # it said nothing, or died half-way through its outcome
            how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.WEXITSTATUS(status)}"
            raise ChildError(f"the child died ({how})") from None
        observed.sockets.update(sockets)
        if not good:
            raise value
        return value

    def _read_until(self, end: float) -> bytes:
        left = end - time.monotonic()
        if left <= 0 or not select.select([self._pipe], [], [], left)[0]:
            raise ChildError("the child was not done in time")
        return os.read(self._pipe, 65536)

    def close(self) -> int:
        """Kill the child if it lives, reap it and return its wait status (0 when it was reaped before)."""
        if self._reaped:
            return 0
        # a child that closed the pipe after its result is about to exit by itself; killing it changes nothing then
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._pipe)
        self._reaped = True
        return status

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _numbers(name: str) -> list[int]:
    """Return the numbers under which the kernel may show that a process is in system call *name*."""
    machine = architecture()
    if name in TABLES[machine]:
        return [TABLES[machine][name]]
    if not any(name in table for table in TABLES.values()):
        raise LookupError(f"no system call {name}")
    i386 = TABLES["i386"]  # x86-64 reaches what only this table has by the 32-bit entry, directly or by socketcall
    return [i386[name], i386["socketcall"]] if machine == "x86_64" and name in i386 else []


def _pickled(good: bool, value: Any) -> bytes:
    trace = "".join(traceback.format_exception(value)) if isinstance(value, BaseException) else ""
    if isinstance(value, Exception):  # its traceback does not come along
        value.add_note(f"in a child:\n{trace}")
    try:
        data = pickle.dumps((good, value, observed.sockets))
        pickle.loads(data)  # exceptions with odd constructors pickle but do not come back
    except Exception:
        error = ChildError(f"cannot bring back from the child: {trace or repr(value)}")
        return pickle.dumps((False, error, observed.sockets))
    return data


def _run(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    pipe: int,
    namespace: Namespace | None,
    uid: int | None,
    without: Iterable[str] | None,
) -> None:
    """Be the child: set up, say that the function begins, run it, send the outcome."""
    started = False
    try:
        if namespace is not None:
            namespace.__enter__()
        if without is not None:
            capabilities.drop(without)
        if uid is not None:
            drop_uid(uid)
            die_with_parent(os.getppid())  # a change of credentials clears it
        os.write(pipe, b"!")
        started = True
        outcome = _pickled(True, function(*arguments))
    except BaseException as error:  # an outcome of any kind belongs to the parent
        outcome = (b"" if started else b"!") + _pickled(False, error)
    view = memoryview(outcome)
    while view:
        view = view[os.write(pipe, view) :]


def start(
    function: Callable[..., Any],
    *arguments: Any,
    namespace: Namespace | None = None,
    uid: int | None = None,
    without: Iterable[str] | None = None,
) -> Child:
    """Fork a child that runs ``function(*arguments)`` and return it at once.

    *namespace*: the network namespace to run in. *uid*: become this user first (no capabilities left).
    *without*: capabilities to drop, for example ``["CAP_NET_RAW"]``; ``capabilities.ALL`` for every one.
    """
    parent = os.getpid()
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid:
        os.close(writer)
        return Child(pid, reader)
    try:
        os.close(reader)
        signal.setitimer(signal.ITIMER_REAL, 0)  # the parent's time limit is not the child's
        die_with_parent(parent)
        _run(function, arguments, writer, namespace, uid, without)
    finally:
        os._exit(0)


def in_child(function: Callable[..., Any], *arguments: Any, seconds: float = 10.0, **how: Any) -> Any:
    """Run ``function(*arguments)`` in a child (*how* as ``start``) and return its result or raise its exception."""
    with start(function, *arguments, **how) as child:
        return child.result(seconds)
