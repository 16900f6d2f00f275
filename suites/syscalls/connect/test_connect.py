"""connect(2): what net/socket.c checks of descriptor, length and address."""

import ctypes
from errno import EBADF, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.endpoints import listening
from helpers.memory import Memory
from helpers.odd_descriptors import NO_SOCKETS, NOT_OPEN, odd_descriptor
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.if_packet import sockaddr_ll
from helpers.uapi.socket import AF_UNIX, SOCK_STREAM, sockaddr_storage

GENERIC = "src:net/socket.c:__sys_connect"
COPY = "src:net/socket.c:move_addr_to_kernel"
STORAGE = ctypes.sizeof(sockaddr_storage)
LL = ctypes.sizeof(sockaddr_ll)
INT_MAX, INT_MIN = 2**31 - 1, -(2**31)


@clause(since="2.2", level="source", refs=[COPY, GENERIC], covers=["errno:EINVAL", "errno:EOPNOTSUPP"])
@pytest.mark.parametrize(
    ("length", "errno"),
    [
        (INT_MIN, EINVAL),
        (-1, EINVAL),
        (2, EOPNOTSUPP),
        (STORAGE, EOPNOTSUPP),
        (STORAGE + 1, EINVAL),
        (INT_MAX, EINVAL),
    ],
    ids=["INT_MIN", "-1", "2", "128", "129", "INT_MAX"],
)
def test_takes_an_address_of_up_to_128_bytes(sockets, length, errno):
    """A length that is negative or more than a sockaddr_storage is EINVAL; any other is left to the family."""
    assert sockets.packet().connect((ctypes.c_char * 256)(), length) == refused(errno)


@clause(since="2.2", level="source", refs=[COPY, GENERIC], covers=["errno:EOPNOTSUPP"])
@pytest.mark.parametrize("length", [0, 1])
def test_leaves_an_address_without_a_whole_family_to_the_family(sockets, no_selinux, length):
    """An address of 0 or 1 bytes is left to the family, too: a packet socket refuses it with EOPNOTSUPP."""
    assert sockets.packet().connect((ctypes.c_char * 256)(), length) == refused(EOPNOTSUPP)


@clause(since="2.2", level="documented", refs=["man:connect(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize(
    ("where", "size"),
    [("null", 2), ("unmapped", LL), ("kernel", LL), ("one-short", 2), ("one-short", LL), ("one-short", STORAGE)],
)
def test_refuses_an_address_that_cannot_be_read_with_efault(sockets, memory, where, size):
    """An address with an unreadable byte is EFAULT; one that ends right before unreadable memory is accepted."""
    data = bytes(size)
    target = {
        "null": lambda: 0,
        "unmapped": lambda: memory.unmapped,
        "kernel": lambda: Memory.KERNEL,
        "one-short": lambda: memory.before_end(data) + 1,
    }[where]()
    socket = sockets.packet()

    result = socket.connect(target, size)

    assert result == refused(EFAULT)
    assert socket.connect(memory.before_end(data), size) == refused(EOPNOTSUPP)


@clause(since="2.2", level="source", refs=[COPY], covers=["errno:EINVAL", "errno:EFAULT"])
def test_does_not_look_at_an_address_of_no_length(sockets, memory):
    """With a length of 0 the address is not read, even where it would fault: AF_UNIX refuses it with EINVAL."""
    socket = sockets.open(AF_UNIX, SOCK_STREAM)

    assert socket.connect(memory.unmapped, 0) == refused(EINVAL)
    assert socket.connect(memory.unmapped, 1) == refused(EFAULT)


@clause(since="2.2", level="documented", refs=["man:connect(2)", COPY])
def test_only_reads_the_address(sockets, memory):
    """An address in read-only memory is accepted."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = bytes(listening(listener))

    assert client.connect(memory.readonly(name), len(name)) == SUCCESS
    assert client.send(b"through") == returned(7)


@clause(since="2.2", level="documented", refs=["man:connect(2)", "man:open(2)", GENERIC], covers=["errno:EBADF"])
@pytest.mark.parametrize("which", NOT_OPEN)
def test_refuses_what_is_no_open_descriptor_with_ebadf(sockets, memory, which):
    """A number that is no descriptor, and an O_PATH descriptor even of a socket, is EBADF before all else."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = listening(listener)
    fd = odd_descriptor(sockets, which)

    results = [syscall.connect(fd, *target) for target in ((name, len(name)), (name, -1), (memory.unmapped, 16))]

    assert results == [refused(EBADF)] * 3
    assert client.connect(name) == SUCCESS


@clause(since="2.2", level="documented", refs=["man:connect(2)", GENERIC], covers=["errno:ENOTSOCK"])
@pytest.mark.parametrize("which", NO_SOCKETS)
def test_refuses_a_descriptor_of_something_else_with_enotsock(sockets, which):
    """An open descriptor that is no socket is ENOTSOCK."""
    listener, client = sockets.open(AF_UNIX, SOCK_STREAM), sockets.open(AF_UNIX, SOCK_STREAM)
    name = listening(listener)

    result = syscall.connect(odd_descriptor(sockets, which), name, len(name))

    assert result == refused(ENOTSOCK)
    assert client.connect(name) == SUCCESS


@clause(since="5.5", level="source", refs=[GENERIC, "src:net/socket.c:__sys_connect_file"])
def test_judges_the_address_before_the_kind_of_descriptor(sockets, memory):
    """On a descriptor of no socket a bad length is EINVAL and a bad address EFAULT; only then it is ENOTSOCK."""
    fd = odd_descriptor(sockets, "pipe")

    results = [syscall.connect(fd, *target) for target in ((0, STORAGE + 1), (0, 16), (0, 0))]

    assert results == [refused(EINVAL), refused(EFAULT), refused(ENOTSOCK)]
