"""setsockopt(2): SO_BINDTODEVICE and SO_BINDTOIFINDEX, two views of one setting."""

from errno import EFAULT, EINVAL, ENODEV, EPERM

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, packed, put, put_at
from helpers.options import covers, option
from helpers.options.option import INT_MAX, INT_MIN
from helpers.process import in_child
from helpers.sockets import must
from helpers.syscall import SUCCESS, refused

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sock_setbindtodevice"
INDEX = "src:net/core/sock.c:sock_bindtoindex_locked"
GET = "src:net/core/sock.c:sock_getbindtodevice"
MAN = "man:socket(7)"
DEVICE, IFINDEX = option("SO_BINDTODEVICE"), option("SO_BINDTOIFINDEX")
BOTH = (DEVICE.name, IFINDEX.name)
NAME_SIZE = 16
LO = 1  # the index of lo in every namespace
NOWHERE = 4711


def _bound(socket):
    """Return the two readings: the device's name and its index."""
    return get(socket, DEVICE, NAME_SIZE), get(socket, IFINDEX)


TO_LO = (answer(b"lo\0", NAME_SIZE), answer(LO))
UNBOUND = (answer(b"", NAME_SIZE), answer(0))


@clause(since="5.1", level="disputed", refs=[MAN, SET, GET], covers=covers(BOTH, "set", "get"))
@pytest.mark.parametrize(
    ("chosen", "value"),
    [
        (DEVICE, b"lo\0"),
        (DEVICE, b"lo"),
        (DEVICE, b"lo\0eth0"),
        (DEVICE, b"lo".ljust(40, b"\0")),
        (IFINDEX, packed(LO)),
    ],
    ids=["name", "name-without-end", "rest-after-the-end", "longer-than-a-name", "index"],
)
def test_a_packet_socket_is_bound_to_a_device(sockets, chosen, value):
    """A device given by its name, ended by a null byte or the length, or by its index reads back as both.

    socket(7) says that SO_BINDTODEVICE is not supported for packet sockets: the kernel keeps it on every socket.
    """
    socket = sockets.packet()
    before = _bound(socket)

    result = put(socket, chosen, value)

    assert before == UNBOUND
    assert result == SUCCESS
    assert _bound(socket) == TO_LO


@clause(since="5.1", level="documented", refs=[MAN, SET, INDEX], covers=covers(BOTH, "set"))
@pytest.mark.parametrize("way", ["empty-name", "no-name", "index-0"])
def test_an_empty_name_removes_the_binding(sockets, way):
    """An empty name, a length of 0 or the index 0 removes the binding."""
    socket = sockets.packet()
    must(put(socket, DEVICE, b"lo"))

    result = {
        "empty-name": lambda: put(socket, DEVICE, b"\0lo"),
        "no-name": lambda: put_at(socket, DEVICE, None, 0),
        "index-0": lambda: put(socket, IFINDEX, 0),
    }[way]()

    assert result == SUCCESS
    assert _bound(socket) == UNBOUND


@clause(since="2.2", level="source", refs=[SET], covers=["errno:ENODEV", *covers([DEVICE.name], "error")])
def test_a_name_that_no_device_has_is_refused_with_enodev(sockets):
    """A name that no device of the socket's namespace has is refused with ENODEV, and the old binding stays."""
    socket = sockets.packet()
    must(put(socket, DEVICE, b"lo"))

    names = [b"nowhere0", b"l", b"lo0", b"lo:1", b"lo" + b"o" * 20]
    results = {name: put(socket, DEVICE, name) for name in names}

    assert results == dict.fromkeys(names, refused(ENODEV))
    assert _bound(socket) == TO_LO


@clause(since="2.2", level="documented", refs=[MAN, SET], covers=covers([DEVICE.name], "set"))
def test_a_name_is_looked_up_in_the_sockets_own_namespace(loopback, sockets):
    """A name means the device that has it in the socket's namespace, and only the first 15 bytes count."""
    socket, stranger = loopback.packet_socket(bound=False), sockets.packet()
    long = b"a-name-of-15-by"
    loopback.links.add(long.decode(), "veth", peer="other")

    results = [put(which, DEVICE, long + b"tes") for which in (stranger, socket)]

    assert results == [refused(ENODEV), SUCCESS]
    assert get(socket, DEVICE, NAME_SIZE) == answer(long + b"\0", NAME_SIZE)


@clause(
    since="2.2",
    level="documented",
    refs=["man:setsockopt(2)", SET],
    covers=["errno:EFAULT", *covers([DEVICE.name], "error")],
)
def test_a_name_is_read_to_its_length_or_to_15_bytes(sockets, memory):
    """A name that cannot be read to the length given is refused with EFAULT; no more than 15 bytes are read."""
    socket = sockets.packet()
    name = memory.before_end(b"lo".ljust(15, b"\0"))

    results = [put_at(socket, DEVICE, *where) for where in [(memory.unmapped, 2), (name + 1, 15), (name, INT_MAX)]]

    assert results == [refused(EFAULT), refused(EFAULT), SUCCESS]
    assert _bound(socket) == TO_LO


@clause(
    since="5.1", level="source", refs=[INDEX, GET], covers=["errno:EINVAL", *covers([IFINDEX.name], "set", "error")]
)
def test_an_index_need_not_be_that_of_a_device(sockets):
    """Any index from 0 on is accepted, whether a device has it or not; a negative one is EINVAL."""
    socket = sockets.packet()

    results = [(put(socket, IFINDEX, value), get(socket, IFINDEX)) for value in (NOWHERE, INT_MAX, -1, INT_MIN)]

    assert results == [
        (SUCCESS, answer(NOWHERE)),
        (SUCCESS, answer(INT_MAX)),
        (refused(EINVAL), answer(INT_MAX)),
        (refused(EINVAL), answer(INT_MAX)),
    ]


@clause(since="5.7", level="source", refs=[INDEX], covers=["errno:EPERM", *covers(BOTH, "error")])
@pytest.mark.parametrize("chosen", [DEVICE, IFINDEX], ids=str)
def test_a_binding_is_changed_only_with_cap_net_raw(sockets, chosen):
    """Without CAP_NET_RAW an unbound socket can be bound, after that every change is refused with EPERM."""
    socket = sockets.packet()
    bind, unbind = (b"lo", b"") if chosen == DEVICE else (packed(LO), packed(0))

    results = in_child(
        lambda: [put(socket, chosen, value) for value in (unbind, bind, bind, unbind)], without=["CAP_NET_RAW"]
    )

    assert results == [SUCCESS, SUCCESS, refused(EPERM), refused(EPERM)]
    assert _bound(socket) == TO_LO
    assert put(socket, chosen, unbind) == SUCCESS
