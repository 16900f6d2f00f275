"""sendto(2): the descriptor, and which error takes precedence."""

from errno import EBADF, EFAULT, EINVAL, ENOTSOCK

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.arrivals import drain
from helpers.memory import Memory
from helpers.odd_descriptors import ODD, odd_descriptor
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOCK_DGRAM

GENERIC = "src:net/socket.c:__sys_sendto"
LL = 20  # bytes of a sockaddr_ll


@clause(
    since="2.2",
    level="documented",
    refs=["man:send(2)", "man:open(2)", GENERIC],
    covers=["errno:EBADF", "errno:ENOTSOCK"],
)
@pytest.mark.parametrize("kind", ODD)
def test_the_descriptor_is_of_an_open_socket(sockets, kind):
    """What is no open descriptor (O_PATH neither) is refused with EBADF, and what is no socket with ENOTSOCK."""
    sender, receiver = sockets.pair(SOCK_DGRAM)
    bad = odd_descriptor(sockets, kind, sender)

    result = syscall.sendto(bad, b"lost", 4)
    control = syscall.sendto(sender.fd, b"sent", 4)

    assert result == refused(ODD[kind])
    assert control == returned(4)
    assert drain(receiver) == [b"sent"]


@clause(since="4.0", level="source", refs=[GENERIC, "src:net/socket.c:move_addr_to_kernel"])
@pytest.mark.parametrize(
    ("fd", "data", "length", "errno"),
    [
        ("negative", Memory.KERNEL, LL, EFAULT),
        ("negative", 0, 129, EBADF),
        ("device", 0, 129, ENOTSOCK),
        ("good", Memory.KERNEL, 129, EFAULT),
        ("good", 0, 129, EINVAL),
        ("good", 0, LL, EFAULT),
    ],
    ids=[
        "data-of-kernel-before-descriptor",
        "descriptor-before-length",
        "socket-before-length",
        "data-of-kernel-before-length",
        "length-before-data",
        "address-before-link",
    ],
)
def test_faults_are_told_in_order(sockets, memory, fd, data, length, errno):
    """Errors take precedence in this order: data beyond user space, descriptor, socket, address length, address."""
    sender = sockets.packet()
    number = sender.fd if fd == "good" else odd_descriptor(sockets, fd, sender)

    result = syscall.sendto(number, data, 60, 0, memory.unmapped, length)

    assert result == refused(errno)
