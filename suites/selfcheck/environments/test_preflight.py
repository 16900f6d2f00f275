"""The preflight asks each need once and stops at one without which nothing is true; links are quiet either way."""

import errno
import os

import pytest

from helpers import preflight, user_namespace
from helpers.net.namespaces import Namespace
from helpers.net.wire import close_wire, make_wire
from helpers.preflight import NEEDS, REFUSE, SKIP, Need
from helpers.process import in_child


def need(name: str, level: str, found: str) -> Need:
    """Return a need whose probe finds *found*."""
    return Need(name, level, lambda: found, "nothing about it", "change it")


def test_what_is_missing_is_told_and_what_is_there_is_not():
    lacks = preflight.check((need("one", SKIP, "gone"), need("two", SKIP, ""), need("three", SKIP, "away")))

    assert [(lack.name, lack.found) for lack in lacks] == [("one", "gone"), ("three", "away")]
    assert lacks[0].line() == "one: gone; nothing about it; change it"


def test_nothing_is_asked_after_a_refusal():
    def never() -> str:
        raise AssertionError("asked")

    lacks = preflight.check((need("one", REFUSE, "gone"), Need("two", SKIP, never, "", "")))

    assert [lack.name for lack in lacks] == ["one"]


def test_needs_say_everything_in_one_line():
    assert {each.level for each in NEEDS} == {REFUSE, SKIP}
    assert len({each.name for each in NEEDS}) == len(NEEDS)
    assert [each for each in NEEDS if "\n" in each.without + each.advice or not (each.without and each.advice)] == []


def test_a_map_with_all_ids_is_not_the_initial_namespace(initial_user_namespace):
    def inside() -> tuple[bool, bool]:
        from helpers.net.namespaces import unshare
        from helpers.uapi.sched import CLONE_NEWUSER

        before = user_namespace.initial()
        user_namespace.enter_with_all_ids(lambda: unshare(CLONE_NEWUSER))
        assert user_namespace.id_map("uid") == [(0, 0, user_namespace.WHOLE)]
        assert user_namespace.has_id("gid", 65535)
        return before, user_namespace.initial()

    assert in_child(inside) == (True, False)


def speaks(namespace: Namespace, link: str) -> bool:
    """Return whether a link has an IPv6 address, or a group that it reports: all but the all-nodes groups."""
    with namespace:
        with open("/proc/thread-self/net/if_inet6") as addresses:
            own = [line for line in addresses if line.split()[-1] == link]
        with open("/proc/thread-self/net/igmp6") as groups:
            joined = {words[2] for words in map(str.split, groups) if words[1] == link}
    return bool(own or joined - {"ff020000000000000000000000000001", "ff010000000000000000000000000001"})


@pytest.mark.parametrize("quiet", [True, False])
def test_links_are_kept_quiet_where_the_namespace_cannot_be(monkeypatch, sockets, quiet):
    if not os.path.exists("/proc/sys/net/ipv6"):
        pytest.skip("this kernel has no IPv6")

    def refuse() -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(Namespace, "_silence_ipv6", staticmethod(refuse))
    if not quiet:
        monkeypatch.setattr("helpers.net.links.Links.quiet", lambda *_: None)

    wire = make_wire(sockets)
    try:
        found = speaks(wire.left.namespace, "left"), speaks(wire.right.namespace, "right")
    finally:
        close_wire(wire)

    assert found == (not quiet, not quiet)
