"""A wire vanishes without a trace, and one that cannot be made leaves none."""

import errno

import pytest

from helpers import wait
from helpers.net import wire as wires
from helpers.net.links import Links, veth
from helpers.net.wire import close_wire, make_wire
from suites.selfcheck.process.conditions import nothing_left


def names(namespace):
    with namespace, open("/proc/thread-self/net/dev") as devices:
        return [line.partition(":")[0].strip() for line in devices.readlines()[2:]]


@pytest.mark.timeout(150)
def test_the_namespaces_vanish_with_the_last_socket_in_them(namespace, sockets):
    """The other end of a link into each of them shows it: it goes when its peer's namespace is taken down.

    A worker of the kernel's does that when it comes to it; hundreds of others may be waiting for it.
    """
    wire = make_wire(sockets)
    veth(namespace, wire.left.namespace, "to-left", "witness")
    veth(wire.right.namespace, namespace, "witness", "to-right")
    wire.left.packet_socket()
    close_wire(wire)

    wait.until(lambda: "to-right" not in names(namespace), "right end's namespace gone", 60)
    assert "to-left" in names(namespace)
    sockets.release()
    wait.until(lambda: "to-left" not in names(namespace), "left end's namespace gone", 60)


@pytest.mark.parametrize("step", ["veth", "wait_running"])
def test_a_set_up_that_fails_leaves_nothing(monkeypatch, sockets, step):
    def fail(*arguments):
        raise OSError(errno.EOPNOTSUPP, "no such links")

    monkeypatch.setattr(wires if step == "veth" else Links, step, fail)

    with nothing_left(), pytest.raises(OSError, match="no such links"):
        make_wire(sockets)
