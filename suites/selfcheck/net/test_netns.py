"""Namespaces are private, entered and left whatever happens inside, and closed for good."""

import concurrent.futures
import errno
import fcntl
import os
import socket

import pytest

from helpers.net import namespaces
from helpers.net.namespaces import Namespace
from helpers.uapi.sockios import SIOCGSKNS
from suites.selfcheck.process.conditions import nothing_left

DISABLE_IPV6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6"


@pytest.fixture
def other():
    """A second private namespace."""
    made = Namespace.create()
    yield made
    made.close()


def test_a_new_namespace_is_another_one_and_not_entered(namespace, other):
    here = namespaces.current()

    assert len({here, namespace.inode, other.inode}) == 3
    assert namespaces.current() == here


def test_here_is_the_current_one():
    here = Namespace.here()

    assert here.inode == namespaces.current()
    here.close()


def test_blocks_nest_and_are_left_in_order(namespace, other):
    here, visited = namespaces.current(), []

    with nothing_left(), namespace, other, namespace:
        visited.append(namespaces.current())
        with other:
            visited.append(namespaces.current())
            with other:
                visited.append(namespaces.current())
            visited.append(namespaces.current())
        visited.append(namespaces.current())

    assert visited == [namespace.inode, other.inode, other.inode, other.inode, namespace.inode]
    assert namespaces.current() == here


def test_an_exception_inside_leaves_every_block(namespace, other):
    here = namespaces.current()

    with nothing_left(), pytest.raises(ValueError, match="inside"), namespace, other:
        raise ValueError("inside")

    assert namespaces.current() == here


def test_only_the_calling_thread_enters(namespace):
    here = namespaces.current()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(namespaces.current).result(5) == here  # made before the block, so that it inherits nothing

        with namespace:
            assert pool.submit(namespaces.current).result(5) == here
            assert namespaces.current() == namespace.inode


def test_a_socket_stays_where_it_was_made(namespace):
    with namespace, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        pass
    with namespace:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    with made:
        fd = fcntl.ioctl(made, SIOCGSKNS)
        assert os.fstat(fd).st_ino == namespace.inode
        os.close(fd)


def test_a_closed_namespace_cannot_be_entered(namespace):
    here = namespaces.current()
    namespace.close()
    namespace.close()

    with nothing_left(), pytest.raises(OSError, match="setns") as caught, namespace:
        pass

    assert caught.value.errno == errno.EBADF
    assert namespaces.current() == here


def test_closing_drops_the_descriptor():
    with nothing_left():
        Namespace.create().close()


def test_a_block_outlives_the_descriptor(namespace):
    here, inode = namespaces.current(), namespace.inode

    with namespace:
        namespace.close()
        assert namespaces.current() == inode

    assert namespaces.current() == here


def test_a_set_up_that_fails_half_way_leaves_nothing(monkeypatch):
    def refuse():
        raise PermissionError(errno.EACCES, "read-only")

    here = namespaces.current()
    monkeypatch.setattr(Namespace, "_silence_ipv6", staticmethod(refuse))

    with nothing_left(), pytest.raises(PermissionError):
        Namespace.create()

    assert namespaces.current() == here


@pytest.mark.parametrize("wanted", [False, True], ids=["silent", "ipv6"])
def test_links_speak_ipv6_only_where_it_is_wanted(wanted):
    if not os.path.exists(DISABLE_IPV6):
        pytest.skip("this kernel has no IPv6")
    made = Namespace.create(ipv6=wanted)

    with made, open(DISABLE_IPV6) as knob:
        assert knob.read().strip() == ("0" if wanted else "1")
    made.close()
