"""What the clauses about joining fanout groups share: sockets that may join one."""

import pytest

from helpers.net.frames import OWN


@pytest.fixture
def member(sockets, namespace):
    """Makes sockets that may join a group: they receive a protocol, in a namespace that has no groups yet."""
    return lambda protocol=OWN, **how: sockets.packet(protocol=protocol, namespace=namespace, **how)
