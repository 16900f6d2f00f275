"""The fixture makes sockets as set-up, where they were asked for, and closes each of them once."""

import fcntl
import os
from socket import htons

import pytest

from helpers.net.frames import OWN
from helpers.packet.packet_socket import PacketSocket
from helpers.socket_pool import Sockets
from helpers.sockets import SetupError
from helpers.syscall import returned
from helpers.uapi.socket import AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET
from helpers.uapi.socket_options import SO_DOMAIN, SO_PROTOCOL, SO_TYPE
from helpers.uapi.sockios import SIOCGSKNS
from helpers.wait import until
from suites.selfcheck.process.conditions import nothing_left


@pytest.fixture
def made():
    """A maker that the test itself releases."""
    maker = Sockets()
    yield maker
    maker.release()


def namespace_of(socket):
    fd = fcntl.ioctl(socket.fd, SIOCGSKNS)
    try:
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)


def is_open(fd):
    return os.path.lexists(f"/proc/self/fd/{fd}")


def kind(socket):
    return tuple(socket.option(SOL_SOCKET, option) for option in (SO_DOMAIN, SO_TYPE, SO_PROTOCOL))


def test_sockets_are_of_the_kind_that_was_asked_for(made, namespace):
    one, other = made.pair(SOCK_SEQPACKET)

    assert kind(made.open(AF_INET, SOCK_DGRAM)) == (AF_INET, SOCK_DGRAM, 17)
    assert kind(made.open(AF_INET, SOCK_RAW, 200)) == (AF_INET, SOCK_RAW, 200)
    assert kind(made.packet(SOCK_DGRAM, OWN, namespace))[:2] == (17, SOCK_DGRAM)
    assert made.packet(SOCK_RAW, OWN, namespace).name().sll_protocol == htons(OWN)
    assert kind(one)[:2] == kind(other)[:2] == (AF_UNIX, SOCK_SEQPACKET)
    assert one.send(b"x") == other.recv(bytearray(1), 1) == returned(1)


def test_they_are_in_the_namespace_that_was_asked_for(made, namespace):
    assert namespace_of(made.open(AF_INET, SOCK_DGRAM, namespace=namespace)) == namespace.inode
    assert namespace_of(made.packet(namespace=namespace)) == namespace.inode
    assert namespace_of(made.open(AF_INET, SOCK_DGRAM)) != namespace.inode


def test_none_is_inherited_by_another_program(made):
    sockets = [made.open(AF_UNIX, SOCK_DGRAM), made.packet(), *made.pair()]

    assert [socket for socket in sockets if os.get_inheritable(socket.fd)] == []


def test_one_that_cannot_be_had_is_no_set_up(made):
    with pytest.raises(SetupError, match="socket refused with EAFNOSUPPORT"):
        made.open(9999, SOCK_STREAM)


def test_release_closes_them_all():
    with nothing_left():
        made = Sockets()
        kept = [made.open(AF_UNIX, SOCK_DGRAM), made.packet(), *made.pair(), made.adopt(os.memfd_create("file"))]
        kept.append(made.keep(PacketSocket(os.dup(kept[0].fd))))
        numbers = [socket.fd for socket in kept]
        assert [number for number in numbers if not is_open(number)] == []

        made.release()

        until(lambda: not any(map(is_open, numbers)), "sockets closed")
        assert [socket.fd for socket in kept] == [-1] * 6


@pytest.mark.timeout(300)
def test_a_test_s_sockets_are_closed_at_its_end(small_suite):
    outcome = small_suite.run('''
        import os
        from helpers import wait
        from helpers.uapi.socket import AF_UNIX, SOCK_DGRAM

        numbers = []

        @promise
        def test_opens(sockets):
            """Opens."""
            numbers.extend(sockets.open(AF_UNIX, SOCK_DGRAM).fd for _ in range(5))

        @promise
        def test_sees_them_closed():
            """Sees them closed."""
            assert len(numbers) == 5
            assert [number for number in numbers if os.path.lexists(f"/proc/self/fd/{number}")] == []
    ''')

    assert outcome.verdicts == {"test_opens": "pass", "test_sees_them_closed": "pass"}
