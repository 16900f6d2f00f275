"""Packet sockets and capabilities: in which user namespace they must be held."""

import os
import signal
from errno import EPERM

import pytest

from fixtures.clauses import clause
from helpers import capabilities, process
from helpers.net.namespaces import Namespace, unshare
from helpers.process import in_child
from helpers.uapi.sched import CLONE_NEWNET, CLONE_NEWUSER
from helpers.uapi.socket import SOCK_RAW
from suites.packet.create.support import CREATE, TYPES, makes


@clause(since="3.8", level="documented", refs=["man:user_namespaces(7)", *CREATE])
@pytest.mark.parametrize("without", [[], ["CAP_NET_RAW"]], ids=["with", "without"])
def test_in_an_own_user_namespace_ones_own_capability_counts(without):
    """In a user namespace of its own a process has the capability, until it drops it there."""

    def make_it() -> list[int] | str:
        try:
            unshare(CLONE_NEWUSER | CLONE_NEWNET)
        except OSError as error:
            return str(error)
        capabilities.drop(without)
        return makes(*TYPES)

    outcome = in_child(make_it)

    if isinstance(outcome, str):
        pytest.skip(f"needs another user namespace: {outcome}")
    assert outcome == [EPERM if without else 0] * 3


@clause(since="3.8", level="documented", refs=["man:user_namespaces(7)", *CREATE])
def test_the_maker_of_a_user_namespace_has_it_there():
    """The owner of a user namespace has every capability in it, including CAP_NET_RAW, which it dropped in its own."""
    told, tell = os.pipe()

    def live_there() -> None:
        try:
            unshare(CLONE_NEWUSER | CLONE_NEWNET)
        except OSError:
            os.write(tell, b"n")
        else:
            os.write(tell, b"y")
        signal.pause()

    def make_it(namespace: Namespace) -> tuple[list[int], list[int]]:
        at_home = makes(SOCK_RAW)
        with namespace:
            return at_home, makes(*TYPES)

    with process.start(live_there) as owner:
        there = os.read(told, 1) == b"y"
        if there:
            namespace = Namespace(os.open(f"/proc/{owner.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC))
            outcome = in_child(make_it, namespace, without=["CAP_NET_RAW"])
            namespace.close()
    os.close(told)
    os.close(tell)

    if not there:
        pytest.skip("needs another user namespace")
    assert outcome == ([EPERM], [0] * 3)
