"""SO_SELECT_ERR_QUEUE: POLLPRI for what is in the error queue."""

import select

import pytest

from fixtures.clauses import clause
from helpers import messages, wait
from helpers.kinds import INET6_UDP, INET_RAW, INET_UDP, PACKET_DGRAM, PACKET_RAW
from helpers.net import frames
from helpers.option_calls import put
from helpers.options import covers, option
from helpers.packet.packet_socket import PacketSocket, address
from helpers.sockets import must
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE
from helpers.uapi.socket import MSG_ERRQUEUE

SYSCALL = "setsockopt"
SELECT, STAMPING = option("SO_SELECT_ERR_QUEUE"), option("SO_TIMESTAMPING_OLD")
STAMPED = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE


def _with_a_stamp(end, kind):
    """Return a socket of which a sent message's time stamp is in the error queue, and that has received nothing."""
    socket = kind.open(end.sockets, end.namespace)
    must(put(socket, STAMPING, STAMPED))
    if isinstance(socket, PacketSocket):
        socket.must.sendto(frames.ethernet().data, 0, address(end.ifindex, frames.OWN))
    else:
        _, name = kind.named(end.sockets, end.namespace)
        socket.must.sendto(b"data", 0, name)
    wait.until(lambda: wait.poll(socket.fd, 0), "a time stamp")
    return socket


@clause(
    since="3.10",
    level="source",
    refs=["man:socket(7)", "src:net/core/datagram.c:datagram_poll_queue", "doc:networking/timestamping.rst"],
    covers=covers([SELECT.name], "effect"),
)
@pytest.mark.parametrize("kind", [PACKET_RAW, PACKET_DGRAM, INET_UDP, INET6_UDP, INET_RAW], ids=str)
def test_an_entry_of_the_error_queue_is_pollpri(loopback, kind):
    """An entry of the error queue is POLLERR, and with SO_SELECT_ERR_QUEUE POLLPRI, too, until it is read."""
    socket = _with_a_stamp(loopback, kind)
    events = []

    for value in (0, 1, 0, 1):
        must(put(socket, SELECT, value))
        events.append(wait.poll(socket.fd, select.POLLPRI, seconds=0))
    messages.receive(socket.fd, flags=MSG_ERRQUEUE)
    events.append(wait.poll(socket.fd, select.POLLPRI, seconds=0))

    assert events == [select.POLLERR, select.POLLERR | select.POLLPRI] * 2 + [0]


@clause(
    since="3.10",
    level="source",
    refs=["man:socket(7)", "src:fs/select.c:max_select_fd", "src:net/core/datagram.c:datagram_poll_queue"],
    covers=covers([SELECT.name], "effect"),
)
def test_select_reports_it_as_an_exception(loopback):
    """With SO_SELECT_ERR_QUEUE select(2) reports an entry of the error queue in the set of exceptions, too."""
    socket = _with_a_stamp(loopback, INET_UDP)
    sets = []

    for value in (0, 1):
        must(put(socket, SELECT, value))
        sets.append(select.select([socket.fd], [], [socket.fd], 0))

    assert sets == [([socket.fd], [], []), ([socket.fd], [], [socket.fd])]
