"""The traits of the kinds of sockets: each is true of the kernel that runs them, and so is its absence."""

import contextlib
import ctypes
import errno

from fixtures.parameters import of_kinds
from helpers import capabilities, syscall, wait
from helpers.arrivals import drain
from helpers.connections import are_connected
from helpers.kinds import (
    FURTHER,
    INET_SCTP_MANY,
    KINDS,
    LISTENS,
    LOOPBACK,
    NETLINK,
    PEER,
    RECORDS,
    RELIABLE,
    SOCKETPAIR,
    kinds_of,
)
from helpers.process import in_child
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi.socket import (
    MSG_DONTWAIT,
    SOCK_CLOEXEC,
    SOL_SOCKET,
    sockaddr_storage,
)
from helpers.uapi.socket_options import SO_RCVBUF, SO_SNDBUF
from helpers.unavailable import UnavailableError

each_kind = of_kinds(*KINDS, *FURTHER)
peer_kinds = of_kinds(*kinds_of(having=PEER), *(kind for kind in FURTHER if kind.has(PEER)))
IP_HEADER = 20  # bytes, which a raw socket of AF_INET receives before the data


@each_kind
def test_listens_or_is_refused(loopback, sockets, kind):
    socket, _ = kind.named(sockets, loopback.namespace)

    listens = kind.has(LISTENS) or kind is INET_SCTP_MANY  # which takes what comes without accept(2)
    assert socket.listen(1) == (SUCCESS if listens else refused(errno.EOPNOTSUPP))


@of_kinds(*KINDS, *(kind for kind in FURTHER if kind is not INET_SCTP_MANY))
def test_has_a_peer_or_is_refused(loopback, sockets, kind):
    _, name = kind.ready(sockets, loopback.namespace)
    socket = kind.open(sockets, loopback.namespace)

    assert socket.connect(name) == (SUCCESS if kind.has(PEER) else refused(errno.EOPNOTSUPP))
    length = ctypes.c_int(ctypes.sizeof(sockaddr_storage))
    assert socket.getpeername(sockaddr_storage(), length).ok == kind.has(PEER)


@each_kind
def test_comes_in_pairs_or_is_refused(sockets, kind):
    kind.open(sockets)
    fds = (ctypes.c_int * 2)()

    result = syscall.socketpair(kind.family, kind.type | SOCK_CLOEXEC, kind.protocol, fds)

    if result.ok:
        assert [sockets.adopt(fd).send(b"x") for fd in fds] == [returned(1)] * 2
    assert result == (SUCCESS if kind.has(SOCKETPAIR) else refused(errno.EOPNOTSUPP))


@peer_kinds
def test_keeps_the_boundaries_of_records_or_does_not(loopback, sockets, kind):
    near, far = kind.pair(sockets, loopback.namespace)
    sent = [b"one", b"two"]
    for data in sent:
        near.must.send(data)
    skipped = IP_HEADER if kind.id == "inet-raw" else 0
    arrived = []
    wait.until(lambda: arrived.extend(drain(far)) or len(b"".join(arrived)) >= 6 + 2 * skipped, "both")

    assert [data[skipped:] for data in arrived] == sent or not kind.has(RECORDS)
    if not kind.has(RECORDS):
        for data in sent:
            near.must.send(data)
        wait.until(lambda: far.recv(bytearray(8), 8, 0x2 | MSG_DONTWAIT) == returned(6), "both in one")  # MSG_PEEK


@peer_kinds
def test_is_reliable_or_loses(loopback, sockets, kind):
    near, far = kind.pair(sockets, loopback.namespace)
    near.must.setsockopt(SOL_SOCKET, SO_SNDBUF, 1)
    if not kind.has(RELIABLE):
        far.must.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)
    sent = 0
    for _ in range(1000):
        result = near.send(bytes(1000), MSG_DONTWAIT)
        sent += result.value if result.ok else 0

    arrived = 0
    if kind.has(RELIABLE):
        assert result == refused(errno.EAGAIN)  # it waits for the reader

        def all_arrived():
            nonlocal arrived
            arrived += sum(map(len, drain(far)))
            return arrived == sent

        assert wait.until(all_arrived, "everything")
    elif kind is not NETLINK:  # which loses what goes to many only
        assert sum(map(len, drain(far))) < sent == 1000 * 1000


@of_kinds(*kinds_of(lacking=LOOPBACK))
def test_needs_no_loopback_device(namespace, sockets, kind):
    assert are_connected(*kind.pair(sockets, namespace))


@of_kinds(*kinds_of(having=LOOPBACK | PEER))
def test_needs_a_loopback_device(namespace, sockets, kind):
    result, arrived = None, False
    with contextlib.suppress(UnavailableError):  # the address itself is missing
        receiver, name = kind.ready(sockets, namespace)
        sender = kind.open(sockets, namespace)
        result = sender.connect(name)
        if result.ok:  # the address is there, but the device that would deliver is down: what is sent is lost at once
            sender.send(b"data of a lost message")
            arrived = wait.readable(receiver.fd, 0)

    assert result in (None, SUCCESS, refused(errno.ENETUNREACH), refused(errno.EADDRNOTAVAIL))
    assert not arrived


@each_kind
def test_needs_its_capability_and_no_other(sockets, kind):
    kind.open(sockets)

    def attempt():
        capabilities.drop(capabilities.ALL)
        return syscall.socket(kind.family, kind.type, kind.protocol)

    result = in_child(attempt)

    assert result == refused(errno.EPERM) if kind.capability else result.ok
