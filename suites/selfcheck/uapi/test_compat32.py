"""Every call by the 32-bit entry does what the native one does."""

import ctypes
import errno
import inspect
import os
import socket
import struct
import termios

import pytest

from helpers import compat32, syscall
from helpers.compat32 import Direct, SocketCall
from helpers.lowmem import LowMemory
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.compat import compat_iovec, compat_mmsghdr, compat_msghdr

AUTOBIND = struct.pack("=H", socket.AF_UNIX)  # unix(7): an address of its family alone asks for an abstract one
BY_32_BITS = [SocketCall, Direct]
EVERY = [syscall, *BY_32_BITS]


@pytest.fixture
def memory():
    if reason := compat32.why_not():
        pytest.skip(reason)
    with LowMemory() as memory:
        yield memory


@pytest.fixture
def pair(memory):
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        yield left, right


def name_of(entry):
    return entry.__name__.rpartition(".")[2]


def messages(memory, count, size):
    """Return (address of *count* compat_mmsghdr, addresses of their buffers of *size* bytes)."""
    buffers = [memory.alloc(size) for _ in range(count)]
    parts = [memory.place(compat_iovec(iov_base=buffer, iov_len=size)) for buffer in buffers]
    headers = [compat_mmsghdr(msg_hdr=compat_msghdr(msg_iov=part, msg_iovlen=1)) for part in parts]
    return memory.place((compat_mmsghdr * count)(*headers)), buffers


@pytest.mark.parametrize("entry", EVERY, ids=name_of)
def test_connection(memory, entry):
    listener, client = (entry.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0).value for _ in range(2))
    address, length = memory.alloc(110), memory.place(ctypes.c_int(110))

    assert entry.bind(listener, memory.place(AUTOBIND), len(AUTOBIND)) == SUCCESS
    assert entry.listen(listener, 1) == SUCCESS
    assert entry.getsockname(listener, address, length) == SUCCESS
    name = memory.read(address, 110)[: memory.view(ctypes.c_int, length).value]
    assert entry.connect(client, address, len(name)) == SUCCESS
    accepted = entry.accept4(listener, None, None, socket.SOCK_CLOEXEC)
    assert entry.getpeername(client, address, length) == SUCCESS
    assert entry.shutdown(client, socket.SHUT_WR) == SUCCESS

    assert (len(name), name[:3]) == (8, AUTOBIND + b"\0")
    assert os.get_inheritable(accepted.value) is False
    assert memory.read(address, len(name)) == name
    assert os.read(accepted.value, 1) == b""
    for fd in (listener, client, accepted.value):
        assert syscall.close(fd) == SUCCESS


@pytest.mark.parametrize("entry", EVERY, ids=name_of)
def test_six_arguments(memory, entry):
    fds = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
    for end in fds:
        end.bind("")
    sender, receiver = fds
    target = AUTOBIND + receiver.getsockname()
    buffer, address, length = memory.alloc(16), memory.alloc(110), memory.place(ctypes.c_int(110))

    sent = entry.sendto(
        sender.fileno(), memory.place(b"six"), 3, socket.MSG_DONTWAIT, memory.place(target), len(target)
    )
    got = entry.recvfrom(receiver.fileno(), buffer, 16, socket.MSG_DONTWAIT, address, length)

    assert (sent, got) == (returned(3), returned(3))
    assert memory.read(buffer, 4) == b"six\0"
    assert memory.read(address, memory.view(ctypes.c_int, length).value) == AUTOBIND + sender.getsockname()
    for end in fds:
        end.close()


@pytest.mark.parametrize("entry", EVERY, ids=name_of)
def test_socketpair_and_options(memory, entry):
    fds, value, length = memory.alloc(8), memory.place(ctypes.c_int(1)), memory.place(ctypes.c_int(4))

    made = entry.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM, 0, fds)
    left, right = memory.view(ctypes.c_int * 2, fds)
    put = entry.setsockopt(left, socket.SOL_SOCKET, socket.SO_PASSCRED, value, 4)
    memory.write(value, bytes(4))
    got = entry.getsockopt(left, socket.SOL_SOCKET, socket.SO_PASSCRED, value, length)

    assert (made, put, got) == (SUCCESS, SUCCESS, SUCCESS)
    assert memory.read(value, 4) == struct.pack("=i", 1)
    for fd in (left, right):
        assert syscall.close(fd) == SUCCESS


@pytest.mark.parametrize("entry", BY_32_BITS, ids=name_of)
def test_messages(memory, pair, entry):
    left, right = (end.fileno() for end in pair)
    out, (first, second) = messages(memory, 2, 4)
    memory.write(first, b"one.")
    memory.write(second, b"two.")
    into, (third, fourth) = messages(memory, 2, 8)

    assert entry.sendmsg(left, out) == returned(4)
    assert entry.recvmsg(right, into) == returned(4)
    assert memory.read(third, 8) == b"one.\0\0\0\0"
    assert entry.sendmmsg(left, out, 2) == returned(2)
    assert entry.recvmmsg(right, into, 2, socket.MSG_DONTWAIT) == returned(2)
    assert (memory.read(third, 4), memory.read(fourth, 4)) == (b"one.", b"two.")


@pytest.mark.parametrize(
    ("entry", "name", "layout"),
    [(SocketCall, "recvmmsg", "=ii"), (Direct, "recvmmsg_time32", "=ii"), (Direct, "recvmmsg", "=qq")],
    ids=["socketcall", "time32", "time64"],
)
def test_receive_timeout_comes_back_in_its_own_layout(memory, pair, entry, name, layout):
    pair[0].send(b"x")
    timeout = memory.place(struct.pack(layout, 5, 0) + b"\xa5" * 8)
    vector, _ = messages(memory, 1, 4)

    got = getattr(entry, name)(pair[1].fileno(), vector, 1, 0, timeout)

    seconds, nanoseconds = struct.unpack(layout, memory.read(timeout, struct.calcsize(layout)))
    assert got == returned(1)
    assert seconds == 4
    assert 0 < nanoseconds < 10**9
    assert memory.read(timeout + struct.calcsize(layout), 8) == b"\xa5" * 8


def test_calls_that_only_one_entry_has(memory, pair):
    left, right = (end.fileno() for end in pair)
    buffer = memory.alloc(4)

    assert SocketCall.send(left, memory.place(b"abc"), 3) == returned(3)
    assert SocketCall.recv(right, buffer, 4) == returned(3)
    assert Direct.call("write", left, memory.place(b"de"), 2) == returned(2)
    assert Direct.call("read", right, buffer, 4) == returned(2)
    assert Direct.ioctl(right, termios.FIONREAD, buffer) == SUCCESS
    assert memory.read(buffer, 4) == bytes(4)
    assert Direct.close(os.dup(left)) == SUCCESS
    listener = socket.socket(socket.AF_UNIX)
    listener.setblocking(False)
    listener.bind("")
    listener.listen()
    assert SocketCall.accept(listener.fileno()) == refused(errno.EAGAIN)
    listener.close()


@pytest.mark.parametrize("entry", BY_32_BITS, ids=name_of)
def test_entries_share_names_and_signatures(entry):
    shared = [name for name in compat32.SUBCALLS if hasattr(syscall, name) and entry.has(name)]

    assert len(shared) >= 17
    for name in shared:
        assert inspect.signature(getattr(entry, name).__func__) == inspect.signature(getattr(syscall, name))
    assert [name for name in compat32.SUBCALLS if not hasattr(SocketCall, name)] == []
