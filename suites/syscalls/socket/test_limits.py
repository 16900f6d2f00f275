"""socket(2): the limit of descriptors."""

import os
from errno import EAFNOSUPPORT, EMFILE

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.descriptors import leave_free
from helpers.process import in_child
from helpers.uapi.socket import AF_MAX, AF_PACKET, SOCK_RAW

MAP = "src:net/socket.c:sock_map_fd"


def at_the_limit(free: int, *calls: tuple[int, int]) -> list[int]:
    """Leave *free* descriptors, then make a socket for each family and type; return the errnos. Runs in a child."""
    leave_free(free)
    return [syscall.socket(family, kind, 0).errno for family, kind in calls]


@clause(since="2.2", level="documented", refs=["man:socket(2)", "man:getrlimit(2)", MAP], covers=["errno:EMFILE"])
@pytest.mark.parametrize("free", [0, 1, 2])
def test_refuses_one_socket_more_than_the_limit_with_emfile(free):
    """Sockets are made until descriptors reach RLIMIT_NOFILE; the next is refused with EMFILE."""
    errnos = in_child(at_the_limit, free, *[(AF_PACKET, SOCK_RAW)] * 3)

    assert errnos == [0] * free + [EMFILE] * (3 - free)


@clause(since="2.2", level="source", refs=["src:net/socket.c:__sys_socket"])
def test_complains_of_the_family_before_the_limit():
    """With no descriptor free, a family that does not exist is still refused with EAFNOSUPPORT."""
    errnos = in_child(at_the_limit, 0, (AF_MAX, SOCK_RAW), (AF_PACKET, SOCK_RAW))

    assert errnos == [EAFNOSUPPORT, EMFILE]


@clause(since="2.2", level="source", refs=[MAP])
def test_a_socket_without_descriptor_leaves_nothing_behind(namespace):
    """A packet socket that got no descriptor is gone: the namespace lists the one that got one, no other."""

    def listed() -> tuple[list[int], int]:
        file = os.open("/proc/thread-self/net/packet", os.O_RDONLY)
        errnos = at_the_limit(1, *[(AF_PACKET, SOCK_RAW)] * 3)
        return errnos, os.pread(file, 4096, 0).count(b"\n") - 1

    errnos, sockets = in_child(listed, namespace=namespace)

    assert errnos == [0, EMFILE, EMFILE]
    assert sockets == 1
