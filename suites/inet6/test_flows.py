"""IPV6_FLOWINFO, IPV6_FLOWINFO_SEND, IPV6_FLOWLABEL_MGR, IPV6_AUTOFLOWLABEL: flow labels sent and received."""

import ctypes
from errno import EEXIST, EINVAL, ENOENT, EPERM, ESRCH

from fixtures.clauses import clause
from fixtures.parameters import ipv6
from helpers import messages, wait
from helpers.net.ip_host import new_data
from helpers.options import covers
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.in6 import (
    IPV6_AUTOFLOWLABEL,
    IPV6_FL_A_GET,
    IPV6_FL_A_PUT,
    IPV6_FL_A_RENEW,
    IPV6_FL_F_CREATE,
    IPV6_FL_F_EXCL,
    IPV6_FL_S_ANY,
    IPV6_FL_S_EXCL,
    IPV6_FLOWINFO,
    IPV6_FLOWINFO_SEND,
    IPV6_FLOWLABEL_MGR,
    in6_flowlabel_req,
)
from helpers.uapi.in_ import in6_addr

SYSCALL = "setsockopt"
MANAGER = "src:net/ipv6/ip6_flowlabel.c:ipv6_flowlabel_opt"
SEND = "src:net/ipv6/udp.c:udpv6_sendmsg"
REFS = ["man:ipv6(7)", MANAGER, SEND]
LABEL = 0x12345


def wire_order(number):
    """Return a number of 32 bits as it stands in a field in wire order."""
    return int.from_bytes(number.to_bytes(4), "little")


def ask(host, socket, action, label=LABEL, flags=0, share=IPV6_FL_S_EXCL, linger=6, size=None):
    """Ask the manager about a label."""
    right = in6_flowlabel_req(
        in6_addr.from_buffer_copy(host.ip.packed(host.ip.there)), wire_order(label), action, share, flags, 6, linger
    )
    return socket.setsockopt(host.ip.level, IPV6_FLOWLABEL_MGR, bytes(right)[:size])


@clause(
    since="2.2",
    level="uapi",
    refs=["uapi:linux/in6.h", *REFS],
    covers=covers(["IPV6_FLOWLABEL_MGR", "IPV6_FLOWINFO_SEND"], "set", "get", "effect"),
)
@ipv6
def test_a_label_is_taken_and_sent(host, ip):
    """A label taken from the manager leaves in the header with IPV6_FLOWINFO_SEND, and reads back."""
    socket, other, data, target = host.open(), host.open(), new_data(), host.peer
    socket.must.setsockopt(ip.level, IPV6_AUTOFLOWLABEL, 0)
    target.sin6_flowinfo = wire_order(LABEL)

    plain = new_data()
    socket.must.sendto(plain, 0, host.peer)
    switched = [one.setsockopt(ip.level, IPV6_FLOWINFO_SEND, 1) for one in (socket, other)]
    taken = ask(host, socket, IPV6_FL_A_GET, flags=IPV6_FL_F_CREATE)
    sent = socket.sendto(data, 0, target)
    socket.must.connect(target)
    told = in6_flowlabel_req()
    read = socket.getsockopt(ip.level, IPV6_FLOWLABEL_MGR, told, ctypes.c_int(ctypes.sizeof(told)))

    assert switched == [SUCCESS] * 2
    assert other.sendto(b"data", 0, target) == refused(EINVAL)  # the label belongs to one socket
    assert (taken, sent, read) == (SUCCESS, returned(16), SUCCESS)
    assert (host.seen(plain).flow, host.seen(data).flow) == (0, LABEL)
    assert (told.flr_label, told.flr_share) == (wire_order(LABEL), IPV6_FL_S_EXCL)
    assert bytes(told.flr_dst) == ip.packed(ip.there)


@clause(since="2.2", level="source", refs=REFS, covers=["errno:EINVAL", *covers(["IPV6_FLOWLABEL_MGR"], "error")])
@ipv6
def test_what_the_manager_cannot_do_is_refused(host, ip):
    """A label that is there is EEXIST with EXCL, one that is not ENOENT or ESRCH, one of another EPERM."""
    socket, other = host.open(), host.open()

    assert ask(host, socket, IPV6_FL_A_GET) == refused(ENOENT)
    assert ask(host, socket, IPV6_FL_A_PUT) == refused(ESRCH)
    assert ask(host, socket, IPV6_FL_A_RENEW) == refused(ESRCH)
    assert ask(host, socket, IPV6_FL_A_GET, flags=IPV6_FL_F_CREATE, size=31) == refused(EINVAL)
    assert ask(host, socket, 3, flags=IPV6_FL_F_CREATE) == refused(EINVAL)
    assert ask(host, socket, IPV6_FL_A_GET, 0x100000, flags=IPV6_FL_F_CREATE) == refused(EINVAL)
    assert ask(host, socket, IPV6_FL_A_GET, flags=IPV6_FL_F_CREATE) == SUCCESS
    assert ask(host, socket, IPV6_FL_A_GET, flags=IPV6_FL_F_CREATE | IPV6_FL_F_EXCL) == refused(EEXIST)
    assert ask(host, other, IPV6_FL_A_GET) == refused(EPERM)
    assert ask(host, socket, IPV6_FL_A_RENEW) == SUCCESS
    assert ask(host, socket, IPV6_FL_A_PUT) == SUCCESS
    assert ask(host, socket, IPV6_FL_A_PUT) == refused(ESRCH)


@clause(since="2.2", level="source", refs=REFS, covers=covers(["IPV6_FLOWLABEL_MGR"], "error"))
@ipv6
def test_a_long_life_needs_a_capability(host, ip):
    """A linger of more than 150 seconds is EPERM without CAP_NET_ADMIN; 150 is not."""
    socket = host.open()

    def take(linger):
        return ask(host, socket, IPV6_FL_A_GET, flags=IPV6_FL_F_CREATE, share=IPV6_FL_S_ANY, linger=linger)

    assert in_child(take, 151, without=["CAP_NET_ADMIN"]) == refused(EPERM)
    assert in_child(take, 150, without=["CAP_NET_ADMIN"]) == SUCCESS


@clause(
    since="2.2",
    level="documented",
    refs=["man:ipv6(7)", "src:net/ipv6/datagram.c:ip6_datagram_recv_specific_ctl"],
    covers=covers(["IPV6_FLOWINFO"], "effect"),
)
@ipv6
def test_flowinfo_is_received_on_request(host, ip):
    """With IPV6_FLOWINFO a datagram with a label or a class comes with both, in wire order."""
    socket, port = host.bound()
    found = []
    for on, flow, tos in ((0, LABEL, 0x2C), (1, LABEL, 0x2C), (1, 0, 0)):
        socket.must.setsockopt(ip.level, IPV6_FLOWINFO, on)
        host.deliver_udp(port, b"data", flow=flow, tos=tos)
        assert wait.readable(socket.fd)
        found.append(messages.receive(socket.fd).controls)

    assert found == [[], [(ip.level, IPV6_FLOWINFO, (0x2C << 20 | LABEL).to_bytes(4))], []]


@clause(
    since="3.17",
    level="uapi",
    refs=["uapi:linux/in6.h", "src:net/ipv6/ip6_output.c:ip6_make_flowlabel"],
    covers=covers(["IPV6_AUTOFLOWLABEL"], "effect"),
)
@ipv6
def test_autoflowlabel_makes_a_label(host, ip):
    """With IPV6_AUTOFLOWLABEL a connection's datagrams leave with one label that is not 0; without with 0."""
    socket, data = host.connected(), [new_data() for _ in range(4)]

    for on, one in zip((1, 1, 0, 0), data, strict=True):
        socket.must.setsockopt(ip.level, IPV6_AUTOFLOWLABEL, on)
        socket.must.send(one)
    labels = [host.seen(one).flow for one in data]

    assert labels[0] == labels[1] > 0
    assert labels[2:] == [0, 0]
