"""Links on kernels that answer otherwise than Linux: what gVisor refuses or leaves out does not stop the set-up."""

import errno

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from helpers.net import links
from helpers.net.links import Links
from helpers.net.namespaces import Namespace
from helpers.uapi.if_ import IFF_UP
from helpers.uapi.netlink import NLMSG_ERROR, message, nlmsgerr, nlmsghdr
from helpers.uapi.rtnetlink import IFLA_OPERSTATE, RTM_NEWLINK
from helpers.uapi.sockios import SIOCSIFFLAGS, SIOCSIFNAME


@pytest.fixture
def lo():
    """The links of a new namespace, of which lo is one."""
    namespace = Namespace.create()
    found = Links(namespace)
    yield found
    found.close()
    namespace.close()


@pytest.fixture
def refuse(monkeypatch):
    """Have ioctl(2) refuse some requests."""

    def arrange(number, *requests):
        ioctl = links.fcntl.ioctl

        def refusing(fd, request, *arguments):
            if request in requests:
                raise OSError(number, "refused")
            return ioctl(fd, request, *arguments)

        monkeypatch.setattr(links.fcntl, "ioctl", refusing)

    return arrange


def test_a_refusal_that_gives_back_a_header_alone_is_understood(lo):
    refused = nlmsgerr(-errno.EOPNOTSUPP, nlmsghdr(nlmsg_len=60, nlmsg_type=RTM_NEWLINK, nlmsg_seq=1))
    refusal = message(nlmsghdr(nlmsg_type=NLMSG_ERROR, nlmsg_seq=1), bytes(refused))

    (understood,) = lo.netlink.asyncore.marshal.parse(refusal)

    error = understood["header"]["error"]
    assert isinstance(error, NetlinkError)
    assert error.code == errno.EOPNOTSUPP


def test_without_the_ioctls_links_are_changed_by_netlink(lo, refuse):
    lo.add("one", "veth", peer="other")
    refuse(errno.ENOTTY, SIOCSIFFLAGS, SIOCSIFNAME)

    lo.rename("one", "two")
    lo.up("two")
    up = lo.flags("two")
    lo.down("two")

    assert up & IFF_UP
    assert not lo.flags("two") & IFF_UP


def test_a_link_that_stays_up_skips_the_test(lo, refuse, monkeypatch):
    lo.up("lo")
    refuse(errno.ENOTTY, SIOCSIFFLAGS)
    monkeypatch.setattr(lo._route, "set_flags", lambda *_: None)

    with pytest.raises(pytest.skip.Exception, match="always up"):
        lo.down("lo")


def test_a_kernel_without_queues_or_such_links_skips_the_test(lo, monkeypatch):
    async def nothing(*_: object, **__: object) -> None:
        raise NetlinkError(errno.EOPNOTSUPP)

    monkeypatch.setattr(lo.netlink.asyncore, "tc", nothing)
    monkeypatch.setattr(lo.netlink.asyncore, "link", nothing)

    with pytest.raises(pytest.skip.Exception, match="no queueing disciplines"):
        lo.queue("lo", "pfifo", limit=1)
    with pytest.raises(pytest.skip.Exception, match="no such links of kind dummy"):
        lo.add("one", "dummy")


def test_without_an_operational_state_the_flags_tell_whether_a_link_runs(lo, monkeypatch):
    attributes = lo._route.link(1)
    assert IFLA_OPERSTATE in attributes
    del attributes[IFLA_OPERSTATE]
    monkeypatch.setattr(lo._route, "link", lambda _: attributes)

    down = lo.running("lo")
    lo.up("lo")

    assert (down, lo.running("lo")) == (False, True)
