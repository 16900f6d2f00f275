"""FIOSETOWN, SIOCSPGRP, FIOGETOWN, SIOCGPGRP and F_SETOWN: who gets a socket's signals."""

import ctypes
import os
import signal
from errno import EFAULT, EINVAL, ESRCH

import pytest

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.memory import Buffer
from helpers.syscall import SUCCESS, refused
from helpers.uapi.fcntl import F_GETOWN_EX, F_OWNER_PGRP, F_OWNER_PID, F_SETOWN_EX, f_owner_ex
from helpers.uapi.sockios import FIOGETOWN, FIOSETOWN, SIOCGPGRP, SIOCSPGRP

REFS = ["man:socket(7)", "src:net/socket.c:sock_ioctl", "src:fs/fcntl.c:f_setown"]
SET = [f"file:ioctl_{name}" for name in ("FIOSETOWN", "SIOCSPGRP")]
GET = [f"file:ioctl_{name}" for name in ("FIOGETOWN", "SIOCGPGRP")]
SETTERS = pytest.mark.parametrize("request_", [FIOSETOWN, SIOCSPGRP], ids=["FIOSETOWN", "SIOCSPGRP"])
GETTERS = pytest.mark.parametrize("request_", [FIOGETOWN, SIOCGPGRP], ids=["FIOGETOWN", "SIOCGPGRP"])
INT_MIN = -(2**31)


@pytest.fixture
def group():
    """The number of a process group that lives as long as the test."""
    with process.start(signal.pause) as child:
        child.wait_started()
        os.setpgid(child.pid, child.pid)
        yield child.pid


def owner_of(socket):
    """Return the owner by SIOCGPGRP: a process, a negated process group, or 0."""
    owner = ctypes.c_int(-4711)
    socket.must.ioctl(SIOCGPGRP, owner)
    return owner.value


@clause(since="2.2", level="documented", refs=REFS, covers=SET)
@SETTERS
@pytest.mark.parametrize("who", ["process", "group"])
def test_owner_is_a_process_or_a_group(sockets, group, request_, who):
    """A positive number makes a process the owner, a negative one a process group, and zero clears it."""
    socket = sockets.packet()
    owner = os.getpid() if who == "process" else -group

    assert owner_of(socket) == 0
    assert socket.ioctl(request_, ctypes.c_int(owner)) == SUCCESS
    assert owner_of(socket) == owner
    assert socket.ioctl(request_, ctypes.c_int(0)) == SUCCESS
    assert owner_of(socket) == 0


@clause(since="2.2", level="documented", refs=REFS, covers=GET)
@GETTERS
def test_owner_is_told_as_an_int(sockets, group, request_):
    """The owner is written as an int, and not a byte beyond it."""
    socket, answer = sockets.packet(), Buffer(8)
    socket.must.ioctl(SIOCSPGRP, ctypes.c_int(-group))

    result = socket.ioctl(request_, answer.array)

    assert result == SUCCESS
    assert (answer[:4], answer.untouched(4)) == (bytes(ctypes.c_int(-group)), True)


@clause(since="2.2", level="documented", refs=[*REFS, "man:fcntl(2)"], covers=["file:F_SETOWN", *GET])
@GETTERS
@pytest.mark.parametrize("kind", [F_OWNER_PID, F_OWNER_PGRP], ids=["process", "group"])
def test_owner_is_the_one_of_fcntl(sockets, group, request_, kind):
    """These ioctls return the owner that fcntl set, a group as a negative number."""
    socket, answer = sockets.packet(), ctypes.c_int(0)
    pid = os.getpid() if kind == F_OWNER_PID else group

    assert syscall.call("fcntl", socket.fd, F_SETOWN_EX, f_owner_ex(kind, pid)) == SUCCESS
    assert socket.ioctl(request_, answer) == SUCCESS
    assert answer.value == (pid if kind == F_OWNER_PID else -pid)


@clause(since="2.2", level="documented", refs=[*REFS, "man:fcntl(2)"], covers=["file:F_SETOWN", *SET])
@SETTERS
def test_owner_of_the_ioctl_is_the_one_of_fcntl(sockets, group, request_):
    """F_GETOWN_EX returns the owner that these ioctls set."""
    socket, answer = sockets.packet(), f_owner_ex()
    socket.must.ioctl(request_, ctypes.c_int(-group))

    assert syscall.call("fcntl", socket.fd, F_GETOWN_EX, answer) == SUCCESS
    assert (answer.type, answer.pid) == (F_OWNER_PGRP, group)


@clause(since="4.14", level="documented", refs=[*REFS, "man:fcntl(2)"], covers=SET)
@SETTERS
@pytest.mark.parametrize(("who", "errno"), [("gone", ESRCH), ("group gone", ESRCH), (INT_MIN, EINVAL)])
def test_owner_that_is_none_is_refused(sockets, request_, who, errno):
    """A process or group that does not exist is ESRCH, INT_MIN is EINVAL; the owner stays."""
    socket = sockets.packet()
    socket.must.ioctl(SIOCSPGRP, ctypes.c_int(os.getpid()))
    gone = process.in_child(os.getpid)
    number = {"gone": gone, "group gone": -gone}.get(who, who)

    assert socket.ioctl(request_, ctypes.c_int(number)) == refused(errno)
    assert owner_of(socket) == os.getpid()


@clause(since="2.2", level="source", refs=REFS, covers=[*SET, *GET])
@SETTERS
@pytest.mark.parametrize("place", ["null", "unmapped", "straddling"])
def test_owner_that_cannot_be_read_is_efault(sockets, memory, request_, place):
    """An owner that cannot be read is EFAULT, and the socket has none as before."""
    socket = sockets.packet()
    number = bytes(ctypes.c_int(os.getpid()))
    where = {"null": 0, "unmapped": memory.unmapped, "straddling": memory.before_end(number[:3])}[place]

    assert socket.ioctl(request_, where) == refused(EFAULT)
    assert owner_of(socket) == 0
    assert socket.ioctl(request_, memory.readonly(number)) == SUCCESS
    assert owner_of(socket) == os.getpid()


@clause(since="2.2", level="source", refs=REFS, covers=GET)
@GETTERS
@pytest.mark.parametrize("place", ["null", "readonly", "straddling"])
def test_owner_that_cannot_be_written_is_efault(sockets, memory, request_, place):
    """Memory that cannot take the owner is EFAULT."""
    socket = sockets.packet()
    where = {"null": 0, "readonly": memory.readonly(b"1234"), "straddling": memory.before_end(b"123")}[place]

    assert socket.ioctl(request_, where) == refused(EFAULT)
    assert socket.ioctl(request_, memory.before_end(b"1234")) == SUCCESS
