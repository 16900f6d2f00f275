"""CVE-2018-12232: a socket whose owner was changed while it was closed was used after it was freed."""

import os

import pytest

from fixtures.clauses import clause
from helpers import race
from helpers.net import frames
from helpers.packet.races import still_hears
from helpers.syscall import SUCCESS


@pytest.mark.race
@clause(since="4.18", level="source", refs=["cve:CVE-2018-12232", "src:net/socket.c:sockfs_setattr"])
def test_a_socket_can_be_closed_while_its_owner_changes(wire):
    """A socket whose owner is being changed by its name under /proc can be closed; the change finds it or not."""
    ids, seen = (os.getuid(), os.getgid()), set()

    def change(path):
        try:
            os.chown(path, *ids)
        except FileNotFoundError:
            return "gone"
        return "changed"

    for lag in race.rounds():
        socket = wire.right.packet_socket(protocol=frames.OWN)
        path = f"/proc/self/fd/{socket.fd}"
        changed, closed = race.at_once(lambda: change(path), socket.close, lag=lag)  # noqa: B023
        seen.add((changed, closed))

    assert seen <= {("changed", SUCCESS), ("gone", SUCCESS)}
    assert still_hears(wire.right.packet_socket(protocol=frames.OWN), wire.left)
