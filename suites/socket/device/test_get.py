"""getsockopt(2): SO_BINDTODEVICE, the name of the device that a socket is bound to."""

from errno import EINVAL, ENODEV

from fixtures.clauses import clause
from helpers.option_calls import answer, get, put, refusal
from helpers.options import covers, option
from helpers.sockets import must

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sock_getbindtodevice"
MAN = "man:socket(7)"
DEVICE, IFINDEX = option("SO_BINDTODEVICE"), option("SO_BINDTOIFINDEX")
NAME_SIZE = 16
NOWHERE = 4711


@clause(since="5.1", level="source", refs=[GET], covers=["errno:getsockopt:ENODEV", *covers([DEVICE.name], "error")])
def test_the_name_of_a_device_that_is_gone_is_enodev(sockets):
    """Reading the name of a device that does not exist is refused with ENODEV."""
    socket = sockets.packet()
    must(put(socket, IFINDEX, NOWHERE))

    reply = get(socket, DEVICE, NAME_SIZE)

    assert reply == refusal(ENODEV, NAME_SIZE)


@clause(
    since="3.8",
    level="documented",
    refs=[MAN, GET],
    covers=["errno:getsockopt:EINVAL", *covers([DEVICE.name], "get", "error")],
)
def test_the_name_needs_the_room_of_the_longest(sockets):
    """Less room than the longest name takes is EINVAL even for a shorter name, but enough where there is none."""
    socket, unbound = sockets.packet(), sockets.packet()
    must(put(socket, DEVICE, b"lo"))

    small, large = (0, 3, NAME_SIZE - 1), (NAME_SIZE, NAME_SIZE + 1)
    replies = [get(socket, DEVICE, room) for room in (*small, *large)]

    assert replies == [*(refusal(EINVAL, room) for room in small), *(answer(b"lo\0", room) for room in large)]
    assert [get(unbound, DEVICE, room) for room in small] == [answer(b"", room) for room in small]
