"""The system call layer passes arguments as they are and returns what the kernel answered, nothing else."""

import ctypes
import errno
import inspect
import os
import re
import signal

import pytest

from fixtures import surface
from helpers import observed, syscall
from helpers.memory import Memory
from helpers.process import in_child
from helpers.syscall import Result, refused, returned
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM

WRAPPERS = {
    name: function
    for name, function in inspect.getmembers(syscall, inspect.isfunction)
    if re.match(rf"{name}\(2\)", function.__doc__ or "")
}
OF_MEMORY = {"mmap", "munmap", "mremap", "mprotect"}
WITH_DESCRIPTOR = sorted(WRAPPERS.keys() - {"socket", "socketpair"} - OF_MEMORY)


@pytest.fixture
def file():
    """A descriptor of an empty file."""
    fd = os.memfd_create("file")
    yield fd
    os.close(fd)


def test_a_success_has_a_value_and_no_errno(file):
    result = syscall.call("write", file, b"abc", 3)

    assert result == returned(3) == Result(3, 0)
    assert (result.ok, repr(result)) == (True, "returned 3")


def test_a_failure_has_an_errno_and_raises_nothing():
    result = syscall.close(-1)

    assert result == refused(errno.EBADF) == Result(-1, errno.EBADF)
    assert (result.ok, repr(result)) == (False, "refused with EBADF")


def test_a_success_after_a_failure_forgets_its_errno(file):
    syscall.close(-1)

    assert syscall.call("write", file, b"a", 1) == returned(1)


@pytest.mark.parametrize("size", [2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62])
def test_large_numbers_go_in_and_come_out_whole(file, size):
    assert syscall.call("lseek", file, size, os.SEEK_SET) == returned(size)


def test_negative_numbers_go_in_whole(file):
    syscall.call("ftruncate", file, 2**40)

    assert syscall.call("lseek", file, -(2**33), os.SEEK_END) == returned(2**40 - 2**33)
    assert syscall.call("lseek", file, -1, os.SEEK_SET) == refused(errno.EINVAL)


def test_bytes_are_read_by_the_kernel_whole(file):
    assert syscall.call("write", file, b"a\0b\0", 4) == returned(4)
    assert syscall.call("write", file, b"", 0) == returned(0)

    assert os.pread(file, 9, 0) == b"a\0b\0"


def test_a_bytearray_is_written_by_the_kernel(file):
    os.write(file, b"a\0b")
    buffer = bytearray(b"....")

    assert syscall.call("pread64", file, buffer, 3, 0) == returned(3)

    assert buffer == b"a\0b."
    buffer.append(0)  # nothing holds it any more


@pytest.mark.parametrize(
    "kind", [ctypes.c_char * 4, ctypes.c_ubyte * 4, ctypes.c_uint32], ids=["chars", "bytes", "int"]
)
def test_ctypes_objects_are_read_and_written_in_place(file, kind):
    source, target = kind.from_buffer_copy(b"\1\0\2\3"), kind()

    assert syscall.call("write", file, source, 4) == returned(4)
    assert syscall.call("pread64", file, target, 4, 0) == returned(4)

    assert bytes(target) == bytes(source) == b"\1\0\2\3"


def test_none_is_a_null_pointer_and_an_int_an_address(file, memory):
    assert syscall.call("write", file, None, 1) == refused(errno.EFAULT)
    assert syscall.call("write", file, Memory.KERNEL, 1) == refused(errno.EFAULT)
    assert syscall.call("write", file, memory.readonly(b"x"), 1) == returned(1)


@pytest.mark.parametrize("argument", ["text", 1.0, [1], object()], ids=["str", "float", "list", "object"])
def test_what_is_no_argument_is_a_type_error(file, argument):
    with pytest.raises(TypeError):
        syscall.call("write", file, argument, 1)


def test_a_call_that_the_kernel_does_not_have_is_enosys(monkeypatch):
    monkeypatch.setitem(syscall.NUMBERS, "no_such_call", 9999)

    assert syscall.call("no_such_call") == refused(errno.ENOSYS)


def test_a_call_that_the_architecture_does_not_have_is_a_lookup_error():
    assert not syscall.has("no_such_call")
    with pytest.raises(LookupError, match="no system call no_such_call"):
        syscall.call("no_such_call")


def test_a_signal_ends_a_call_and_it_is_not_made_again(sockets):
    """Python's own calls go on after a handler that does not raise; this layer reports EINTR."""
    socket, _ = sockets.pair()

    def receive_until_the_alarm():
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)  # again, should it come before the call
        return syscall.recvfrom(socket.fd, bytearray(1), 1)

    assert in_child(receive_until_the_alarm) == refused(errno.EINTR)


def test_there_is_a_wrapper_for_every_entry_point_that_some_64_bit_machine_has():
    assert set(surface.syscalls()) - WRAPPERS.keys() == {"socketcall", "send", "recv", "recvmmsg_time32"}


@pytest.mark.parametrize("name", sorted(WRAPPERS))
def test_a_wrapper_passes_its_arguments_in_their_places(monkeypatch, name):
    function, made = WRAPPERS[name], []
    arguments = [f"argument {number}" for number in range(len(inspect.signature(function).parameters))]
    monkeypatch.setattr(syscall, "call", lambda *words: made.append(words) or refused(errno.EBADF))

    assert function(*arguments) == refused(errno.EBADF)

    assert made == [(name, *arguments)]


@pytest.mark.parametrize("name", WITH_DESCRIPTOR)
def test_a_wrapper_reaches_a_call_that_looks_at_its_descriptor(name):
    required = [p for p in inspect.signature(WRAPPERS[name]).parameters.values() if p.default is p.empty]

    assert WRAPPERS[name](-1, *[0 for _ in required[1:]]) == refused(errno.EBADF)


@pytest.mark.parametrize("name", sorted(OF_MEMORY))
def test_a_wrapper_reaches_a_call_that_looks_at_its_address(name):
    required = [p for p in inspect.signature(WRAPPERS[name]).parameters.values() if p.default is p.empty]

    assert WRAPPERS[name](1, *[0 for _ in required[1:]]) == refused(errno.EINVAL)  # 1 is within a page


def test_sockets_are_noted_when_they_are_made(monkeypatch, sockets):
    monkeypatch.setattr(observed, "sockets", set())
    fds = (ctypes.c_int * 2)()

    assert not syscall.socket(AF_INET, -1, 0).ok
    assert observed.sockets == set()
    sockets.adopt(syscall.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0).value)
    assert observed.sockets == {(AF_INET, SOCK_DGRAM, 0)}
    assert syscall.socketpair(AF_UNIX, SOCK_DGRAM, 0, fds).ok
    assert observed.sockets == {(AF_INET, SOCK_DGRAM, 0), (AF_UNIX, SOCK_DGRAM, 0)}
    for fd in fds:
        sockets.adopt(fd)
