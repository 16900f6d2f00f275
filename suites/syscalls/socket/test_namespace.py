"""socket(2): the network namespace that a socket is made in is its own for as long as it lives."""

import os
from contextlib import closing

import pytest

from fixtures.clauses import clause
from helpers import syscall, wait
from helpers.net import frames
from helpers.net.links import Links, veth
from helpers.net.namespaces import Namespace
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.socket import AF_PACKET, AF_UNIX, SOCK_DGRAM, SOCK_RAW
from helpers.uapi.sockios import SIOCGSKNS

ENDING = 60.0  # seconds: the kernel takes namespaces down one after another, and hundreds may be waiting
GENERIC = ["man:network_namespaces(7)", "src:net/socket.c:__sock_create"]


def gone(links, name):
    """Return whether the link is gone."""
    try:
        links.index(name)
    except OSError:
        return True
    return False


def wait_until_a_namespace_is_gone(witness):
    """Return once a namespace that is given up now is gone; those given up earlier went before it or with it."""
    with closing(Links(witness)) as links:
        with closing(Namespace.create()) as doomed:
            veth(witness, doomed, "witness", "doomed")
        wait.until(lambda: gone(links, "witness"), "a namespace without references is gone", ENDING)


@clause(since="2.6.24", level="documented", refs=GENERIC)
@pytest.mark.timeout(150)
@pytest.mark.parametrize("domain", ["packet", "unix"])
def test_keeps_its_namespace_alive(wire, namespace, sockets, domain):
    """A namespace with its links lives as long as a socket that was made in it, without any other reference."""
    far = wire.right.namespace
    socket = (
        sockets.packet(SOCK_RAW, ETH_P_ALL, far)
        if domain == "packet"
        else sockets.open(AF_UNIX, SOCK_DGRAM, namespace=far)
    )
    wire.right.links.close()
    far.close()

    wait_until_a_namespace_is_gone(namespace)

    assert wire.left.links.running("left")
    if domain == "packet":
        frame = frames.ethernet()
        wire.left.inject(frame)
        assert socket.receive(frame.marker).data == frame.data


@clause(since="2.6.24", level="documented", refs=GENERIC)
@pytest.mark.timeout(150)
def test_its_namespace_ends_with_it(wire, sockets):
    """With the last socket, and nothing else referring to it, the namespace ends and takes its links along."""
    far = wire.right.namespace
    socket = sockets.packet(SOCK_RAW, ETH_P_ALL, far)
    wire.right.links.close()
    far.close()
    assert wire.left.links.index("left") == wire.left.ifindex  # the control: the socket holds it

    socket.must.close()

    assert wait.until(lambda: gone(wire.left.links, "left"), "the link went with its peer's namespace", ENDING)


@clause(since="2.6.24", level="documented", refs=["man:network_namespaces(7)", "src:net/socket.c:sock_create"])
@pytest.mark.parametrize("family", [AF_PACKET, AF_UNIX], ids=["packet", "unix"])
def test_belongs_to_the_network_namespace_of_its_maker(namespace, sockets, family):
    """A socket belongs to the network namespace of the thread that created it, wherever the thread goes later."""
    with namespace:
        result = syscall.socket(family, SOCK_DGRAM, 0)
    outside = sockets.open(family, SOCK_DGRAM)

    assert result.ok
    socket = sockets.adopt(result.value)
    homes = []
    for each in (socket, outside):
        fd = each.must.ioctl(SIOCGSKNS)
        homes.append(os.fstat(fd).st_ino == namespace.inode)
        os.close(fd)
    assert homes == [True, False]
