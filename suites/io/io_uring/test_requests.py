"""io_uring(7): multishot and zero-copy requests, cancelling, timeouts."""

import os
from errno import EALREADY, ECANCELED, EINVAL, ENOENT, ETIME
from select import POLLOUT

import pytest

from fixtures.clauses import clause
from fixtures.parameters import listening_kinds
from helpers import wait
from helpers.io_uring import Ring
from helpers.kinds import INET_TCP
from helpers.memory import Buffer
from helpers.messages import Message
from helpers.socket_states import connecting
from helpers.syscall import SUCCESS, refused, returned
from helpers.uapi import io_uring as uapi
from helpers.uapi.socket import SOCK_DGRAM
from helpers.uapi.time_types import __kernel_timespec as timespec


@pytest.fixture
def ring():
    with Ring() as made:
        yield made


@clause(since="5.19", level="documented", refs=["man:io_uring(7)", "src:io_uring/net.c:io_accept"])
@listening_kinds
def test_multishot_accept_goes_on(loopback, sockets, ring, kind):
    """A multishot accept completes for each connection with its descriptor and IORING_CQE_F_MORE."""
    listener, name = kind.ready(sockets, loopback.namespace)
    number = ring.submit(uapi.IORING_OP_ACCEPT, listener.fd, ioprio=uapi.IORING_ACCEPT_MULTISHOT)
    before, seen = ring.take(), []

    for _ in range(3):
        client = kind.open(sockets, loopback.namespace)
        client.must.connect(name)
        completion = ring.take(wait.DEADLINE)
        server = sockets.adopt(completion.result.value)
        client.must.send(b"data")
        seen.append((completion.request, completion.flags & uapi.IORING_CQE_F_MORE, os.read(server.fd, 9)))

    assert before is None
    assert seen == [(number, uapi.IORING_CQE_F_MORE, b"data")] * 3


@clause(since="5.5", level="documented", refs=["man:io_uring(7)", "src:io_uring/cancel.c"])
@pytest.mark.parametrize("operation", ["recv", "accept", "connect", "recvmsg"])
def test_request_that_waits_is_cancelled(loopback, sockets, ring, operation):
    """A request that waits is cancelled: it completes with ECANCELED, the cancel with 0, and once more with ENOENT."""
    left, right = sockets.pair(SOCK_DGRAM)
    buffer = Buffer(16)
    if operation == "accept":
        number = ring.submit(uapi.IORING_OP_ACCEPT, INET_TCP.ready(sockets, loopback.namespace)[0].fd)
    elif operation == "connect":
        number = ring.submit(uapi.IORING_OP_POLL_ADD, connecting(loopback, INET_TCP).fd, rw_flags=POLLOUT)
    elif operation == "recv":
        number = ring.submit(uapi.IORING_OP_RECV, left.fd, addr=buffer.array, len=16)
    else:
        number = ring.submit(uapi.IORING_OP_RECVMSG, left.fd, addr=Message([buffer.array]).header, len=1)
    before = ring.take()

    cancel = ring.submit(uapi.IORING_OP_ASYNC_CANCEL, addr=number)
    done = {each.request: each.result for each in (ring.take(wait.DEADLINE), ring.take(wait.DEADLINE))}
    right.must.send(b"x")

    assert before is None
    assert done[number] == refused(ECANCELED)
    assert done[cancel] in (SUCCESS, refused(EALREADY))
    assert ring.call(uapi.IORING_OP_ASYNC_CANCEL, addr=number) == refused(ENOENT)
    assert buffer.untouched()
    assert left.recv(bytearray(4), 4) == returned(1)


@clause(since="5.15", level="documented", refs=["man:io_uring(7)", "src:io_uring/timeout.c"])
def test_linked_timeout_ends_a_receive(sockets, ring):
    """A receive with a linked timeout that is over completes with ECANCELED, and the timeout with ETIME."""
    left, right = sockets.pair(SOCK_DGRAM)
    buffer, time = Buffer(16), timespec(0, 3_000_000)

    def pair_of_requests():
        return ring.submit_all(
            (uapi.IORING_OP_RECV, left.fd, {"addr": buffer.array, "len": 16, "flags": uapi.IOSQE_IO_LINK}),
            (uapi.IORING_OP_LINK_TIMEOUT, -1, {"addr": time, "len": 1}),
        )

    late = pair_of_requests()
    done = dict(each[:2] for each in (ring.take(wait.DEADLINE), ring.take(wait.DEADLINE)))
    time.tv_sec = 3600
    right.must.send(b"x")
    early = pair_of_requests()
    done |= dict(each[:2] for each in (ring.take(wait.DEADLINE), ring.take(wait.DEADLINE)))

    assert [done[number] for number in late] == [refused(ECANCELED), refused(ETIME)]
    assert [done[number] for number in early] == [returned(1), refused(ECANCELED)]


@clause(since="5.16", level="documented", refs=["man:io_uring(7)", "src:io_uring/timeout.c"])
def test_timeout_completes_with_etime(ring):
    """A timeout completes with ETIME, not before its time; one that is none is EINVAL."""
    assert ring.call(uapi.IORING_OP_TIMEOUT, addr=timespec(0, -1), len=1) == refused(EINVAL)

    result, seconds = wait.timed(lambda: ring.call(uapi.IORING_OP_TIMEOUT, addr=timespec(0, 5_000_000), len=1), 0.005)

    assert result == refused(ETIME)
    assert seconds >= 0.005


@clause(since="6.0", level="documented", refs=["man:io_uring(7)", "src:io_uring/net.c:io_send_zc"])
@pytest.mark.parametrize("operation", [uapi.IORING_OP_SEND_ZC, uapi.IORING_OP_SENDMSG_ZC], ids=["send", "sendmsg"])
def test_zero_copy_send_completes_twice(loopback, sockets, ring, operation):
    """A zero-copy send completes with its length and IORING_CQE_F_MORE, and again with IORING_CQE_F_NOTIF."""
    near, far = INET_TCP.pair(sockets, loopback.namespace)
    data = Buffer(64, b"zero copy")
    fields = {"addr": data.array, "len": 64}
    if operation == uapi.IORING_OP_SENDMSG_ZC:
        fields = {"addr": Message([data.array]).header, "len": 1}

    number = ring.submit(operation, near.fd, **fields)
    first = ring.take(wait.DEADLINE)
    got = Buffer(64)
    wait.readable(far.fd)
    received = far.recv(got.array, 64)
    second = ring.take(wait.DEADLINE)

    assert tuple(first) == (number, returned(64), uapi.IORING_CQE_F_MORE)
    assert tuple(second) == (number, SUCCESS, uapi.IORING_CQE_F_NOTIF)
    assert (received, bytes(got)) == (returned(64), bytes(data))
