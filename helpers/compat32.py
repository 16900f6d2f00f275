"""The 32-bit system call entry, ``int 0x80``, reached from a 64-bit process on x86-64.

A kernel with IA32 emulation serves it with the i386 table: socketcall(2), send, recv and recvmmsg with 32-bit time,
which the native table lacks, and the compat layouts (``helpers.uapi.compat``) of msghdr, cmsghdr, timeval and
sock_fprog for the others. Pointers have 32 bits there: what they point to has to lie in ``helpers.lowmem.LowMemory``.

``SocketCall`` (every call through socketcall) and ``Direct`` (every call through its own number) have the functions
of ``helpers.syscall`` with the same signatures, so that a test can run over all three. Nothing here raises for an
errno, polls or retries, and the interpreter's lock is released during the call.

Source: ``arch/x86/entry/entry_64_compat.S`` (registers), ``net/compat.c`` (behaviour), ``include/uapi/linux/net.h``
(sub-calls), syscall(2), socketcall(2).
"""

import ctypes
import errno
import functools
import inspect
import mmap
import os
import signal
import struct
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from helpers import observed
from helpers import syscall as native
from helpers.libc import check, libc
from helpers.lowmem import LIMIT, LowMemory, map_pages
from helpers.memory import PAGE
from helpers.syscall import Result, address_of
from helpers.syscall_numbers import TABLES, architecture
from helpers.uapi import net

NUMBERS: dict[str, int] = {**TABLES["i386"], "getpid": 20, "recvmmsg_time64": TABLES["i386"]["recvmmsg"]}
"""i386 numbers by entry point: ``recvmmsg`` takes 64-bit time (417, ``recvmmsg_time64`` is its other name),
``recvmmsg_time32`` an old_timespec32 (337)."""

SUBCALLS: dict[str, int] = {
    name.removeprefix("SYS_").lower(): number for name, number in vars(net).items() if name.startswith("SYS_")
}
"""Numbers of socketcall's sub-calls; its ``recvmmsg`` takes an old_timespec32."""

# int entry(const uint32_t registers[7]): load eax, ebx, ecx, edx, esi, edi, ebp; enter; return eax.
# rbx and rbp belong to the caller (System V ABI) and are saved; older kernels zero r8 to r11, which do not.
_CODE = bytes.fromhex(
    "f30f1efa"  # endbr64
    "53 55"  # push rbx; push rbp
    "8b07 8b5f04 8b4f08 8b570c 8b7710 8b6f18 8b7f14"  # mov eax,[rdi] … mov ebp,[rdi+24]; mov edi,[rdi+20]
    "cd80"  # int 0x80
    "5d 5b c3"  # pop rbp; pop rbx; ret
)
_REGISTERS = ctypes.c_uint32 * 7
_PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
_READ_EXECUTE = mmap.PROT_READ | mmap.PROT_EXEC
_ERRNOS = range(-4095, 0)

# the probe's child: what ends it, how long it may take, and its exit status where that is not a signal's number
_FATAL = (signal.SIGSEGV, signal.SIGILL, signal.SIGBUS, signal.SIGTRAP, signal.SIGSYS, signal.SIGALRM)
_PROBE_SECONDS = 10
_UNKNOWN, _NOT_I386, _NO_SOCKETCALL = 100, 101, 102
_FINDINGS = {
    0: "",
    _NOT_I386: "int 0x80 does not enter the i386 table",
    _NO_SOCKETCALL: "the i386 table has no socketcall",
}


def _executable(code: bytes) -> int:
    """Return the address of *code* in a page that was never writable and executable at once."""
    address = map_pages(PAGE)
    ctypes.memmove(address, code, len(code))
    try:
        check(libc.mprotect(address, PAGE, _READ_EXECUTE), "mprotect")
    except OSError:  # where memory that was writable may not become executable (PR_SET_MDWE), a file's may be
        libc.munmap(address, PAGE)
        fd = os.memfd_create("entry32")
        try:
            os.write(fd, code)
            address = map_pages(PAGE, _READ_EXECUTE, fd=fd)
        finally:
            os.close(fd)
    return address


@functools.cache
def _entry() -> Any:
    if reason := why_not():
        raise LookupError(f"no 32-bit entry: {reason}")
    return _PROTOTYPE(_executable(_CODE))


def _word(argument: Any) -> int:
    """Return the 32-bit word for *argument*, in the forms of ``helpers.syscall``; ValueError if it does not fit."""
    value = address_of(argument)
    if not -LIMIT // 2 <= value < LIMIT:
        what = "address" if value > 0 else "number"
        raise ValueError(f"the {what} {value:#x} does not fit into 32 bits (place memory with LowMemory)")
    return value % LIMIT


def syscall(number: int, *arguments: Any) -> Result:
    """Make system call *number* of the i386 table with up to six arguments.

    Negative numbers go in two's complement. ValueError if an argument needs more than 32 bits, which an object in
    ordinary memory does; LookupError where ``available()`` is false.
    """
    words = [_word(argument) for argument in (number, *arguments)]
    return _result(_entry()(_REGISTERS(*words)))


def _result(value: int) -> Result:
    return Result(-1, -value) if value in _ERRNOS else Result(value, 0)


def socketcall(call: int, *arguments: Any) -> Result:
    """Make the sub-call number *call*, its *arguments* laid out as the array of words that socketcall reads."""
    words = [_word(argument) for argument in arguments]
    with LowMemory(PAGE) as memory:
        return syscall(NUMBERS["socketcall"], call, memory.place(struct.pack(f"={len(words)}I", *words)))


@functools.cache
def why_not() -> str:
    """Return why this process cannot use the 32-bit entry, or "" if it can; found out once, in a child."""
    try:
        machine = architecture()
    except LookupError as error:
        return str(error)
    if machine != "x86_64":
        return f"{machine} has no second system call table that is entered by int 0x80"
    try:
        address = _executable(_CODE)
    except OSError as error:
        return f"executable memory is refused ({error.strerror})"
    try:
        return _probe(address)
    finally:
        libc.munmap(address, PAGE)


def available() -> bool:
    """Return whether this process can use the 32-bit entry (see ``why_not``)."""
    return not why_not()


def _probe(address: int) -> str:
    """Try the entry at *address* in a child; only that thread exists there, and it takes no lock of the others."""
    set_handler = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(("signal", libc))
    quit_ = ctypes.cast(libc._exit, ctypes.c_void_p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork() beside threads
        child = os.fork()
    if child == 0:
        status = _UNKNOWN
        try:
            # _exit(signal number) as the handler: no core file, no kernel log line, no traceback, no endless wait
            for number in _FATAL:
                set_handler(number, quit_)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            signal.alarm(_PROBE_SECONDS)
            status = _try(_PROTOTYPE(address))
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if abs(status) in signal.valid_signals():
        return f"int 0x80 ends the process: {signal.strsignal(abs(status))}"
    return _FINDINGS.get(status, f"the probe ended with status {status}")


def _try(entry: Any) -> int:
    """Return the key of _FINDINGS that holds for *entry*.

    The calls change nothing, also where the numbers are taken for the native table's: User Mode Linux sees
    writev(0, NULL, 0) and getuid() in them.
    """
    if entry(_REGISTERS(NUMBERS["getpid"])) != os.getpid():
        return _NOT_I386
    if entry(_REGISTERS(NUMBERS["socketcall"])) != -errno.EINVAL:
        return _NO_SOCKETCALL
    return 0


def _like(function: Callable[..., Result]) -> Any:
    """Return the method with *function*'s name, signature and text that makes its class's call of that name."""
    parameters = inspect.signature(function)

    @functools.wraps(function)
    def method(cls: type["_Calls"], *arguments: Any, **named: Any) -> Result:
        bound = parameters.bind(*arguments, **named)
        bound.apply_defaults()
        return cls.call(function.__name__, *bound.args)

    return classmethod(method)


class _Calls:
    """The functions of ``helpers.syscall``, by another entry: pointers are addresses below 4 GiB or None."""

    numbers: ClassVar[dict[str, int]]

    @classmethod
    def has(cls, name: str) -> bool:
        """Return whether there is a call *name*."""
        return name in cls.numbers

    @classmethod
    def call(cls, name: str, *arguments: Any) -> Result:
        """Make the call *name*, arguments left out being 0; LookupError if there is none."""
        result = cls._make(cls.numbers[name], *arguments, *[0] * (6 - len(arguments)))
        if name in ("socket", "socketpair") and result.ok:
            observed.note(*arguments[:3])
        return result

    @staticmethod
    def _make(number: int, *arguments: Any) -> Result:
        raise NotImplementedError

    socket = _like(native.socket)
    socketpair = _like(native.socketpair)
    bind = _like(native.bind)
    listen = _like(native.listen)
    accept4 = _like(native.accept4)
    connect = _like(native.connect)
    getsockname = _like(native.getsockname)
    getpeername = _like(native.getpeername)
    sendto = _like(native.sendto)
    recvfrom = _like(native.recvfrom)
    setsockopt = _like(native.setsockopt)
    getsockopt = _like(native.getsockopt)
    shutdown = _like(native.shutdown)
    sendmsg = _like(native.sendmsg)
    recvmsg = _like(native.recvmsg)
    sendmmsg = _like(native.sendmmsg)
    recvmmsg = _like(native.recvmmsg)


class SocketCall(_Calls):
    """All 20 calls through socketcall(2); messages are compat_msghdr, recvmmsg takes an old_timespec32."""

    numbers = SUBCALLS
    _make = staticmethod(socketcall)
    accept = _like(native.accept)

    @classmethod
    def send(cls, fd: int, data: Any, size: int, flags: int = 0) -> Result:
        """Make the sub-call that only 32-bit programs have (SYS_SEND)."""
        return cls.call("send", fd, data, size, flags)

    @classmethod
    def recv(cls, fd: int, buffer: Any, size: int, flags: int = 0) -> Result:
        """Make the sub-call that only 32-bit programs have (SYS_RECV)."""
        return cls.call("recv", fd, buffer, size, flags)


class Direct(_Calls):
    """The calls with an i386 number of their own (since 4.3): no accept, send, recv; messages are compat_msghdr."""

    numbers = NUMBERS
    _make = staticmethod(syscall)
    close = _like(native.close)
    ioctl = _like(native.ioctl)

    @classmethod
    def recvmmsg_time32(cls, fd: int, messages: Any, count: int, flags: int = 0, timeout: Any = None) -> Result:
        """Make the system call recvmmsg(2) with an old_timespec32 as *timeout*."""
        return cls.call("recvmmsg_time32", fd, messages, count, flags, timeout)
