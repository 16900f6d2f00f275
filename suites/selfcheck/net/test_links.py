"""Links are made, changed and removed as asked, and are said to run when they do."""

import errno
import re
import socket

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from helpers.net.links import FAR_INDEX, NEAR_INDEX, Links, veth
from helpers.net.namespaces import Namespace
from helpers.uapi.if_ import IFF_LOOPBACK, IFF_RUNNING, IFF_UP
from helpers.wait import DeadlineError
from suites.selfcheck.process.conditions import hurried, nothing_left

MAC = b"\x02\x00\x00\x00\x00\x2a"


@pytest.fixture
def links(namespace):
    """The links of a private namespace."""
    made = Links(namespace)
    yield made
    made.close()


@pytest.fixture
def far():
    """The links of another one."""
    namespace = Namespace.create()
    made = Links(namespace)
    yield made
    made.close()
    namespace.close()


def names(namespace):
    """Return the names of the links as the kernel lists them."""
    with namespace, open("/proc/thread-self/net/dev") as devices:
        return re.findall(r"^\s*(\S+):", devices.read(), re.MULTILINE)


def test_the_index_is_that_of_the_namespace(links, far):
    veth(links.namespace, far.namespace, "near", "far")

    with links.namespace:
        assert links.index("near") == socket.if_nametoindex("near") == NEAR_INDEX
    with far.namespace:
        assert far.index("far") == socket.if_nametoindex("far") == FAR_INDEX
    for here, missing in ((links, "far"), (far, "near")):
        with pytest.raises(OSError, match="No such device"):
            here.index(missing)


def test_loopback_is_down_until_it_is_set_up(links):
    assert links.flags("lo") & (IFF_LOOPBACK | IFF_UP) == IFF_LOOPBACK

    links.up("lo")
    links.up("lo")

    assert links.flags("lo") & (IFF_LOOPBACK | IFF_UP | IFF_RUNNING) == IFF_LOOPBACK | IFF_UP | IFF_RUNNING


@pytest.mark.parametrize("kind", ["dummy", "ifb", "bridge", "veth", "macvlan"])
def test_a_link_is_added_and_deleted(links, kind):
    attributes = {}
    if kind == "macvlan":
        attributes = {"link": links.add("below", "veth")}
    before = names(links.namespace)
    try:
        index = links.add("made", kind, **attributes)
    except NetlinkError as error:
        if error.code != errno.EOPNOTSUPP:
            raise
        pytest.skip(f"this kernel has no {kind} links")

    assert "made" in names(links.namespace)
    assert index == links.index("made")

    links.delete("made")

    assert names(links.namespace) == before


def test_an_mtu_and_an_address_are_set(links):
    links.add("made", "veth")

    links.set("made", mtu=9000, address=MAC.hex(":"))

    assert (links.mtu("made"), links.mac("made")) == (9000, MAC)
    links.set("made", state="up")
    assert links.flags("made") & IFF_UP


def test_a_pair_runs_when_both_ends_are_up(links, far):
    veth(links.namespace, far.namespace, "near", "far")
    assert (links.flags("near") & IFF_UP, far.flags("far") & IFF_UP) == (IFF_UP, 0)
    assert not links.running("near")
    with hurried(), pytest.raises(DeadlineError, match="link near running"):
        links.wait_running("near")

    far.up("far")
    links.wait_running("near")
    far.wait_running("far")

    assert links.running("near")
    assert far.running("far")


def test_a_second_pair_of_the_same_names_is_refused_and_leaves_nothing(links, far):
    veth(links.namespace, far.namespace, "near", "far")

    with nothing_left(), pytest.raises(FileExistsError):
        veth(links.namespace, far.namespace, "near", "far")

    assert "near" in names(links.namespace)


def test_deleting_one_end_removes_the_other(links, far):
    veth(links.namespace, far.namespace, "near", "far")

    links.delete("near")

    assert "far" not in names(far.namespace)


def test_closing_drops_the_sockets_and_keeps_the_links(namespace):
    with nothing_left():
        links = Links(namespace)
        links.add("made", "veth")
        links.close()
        links.close()

    assert "made" in names(namespace)
