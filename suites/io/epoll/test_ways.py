"""epoll_ctl(2): how the ways are counted by which a socket wakes instances."""

from select import EPOLLIN, EPOLLOUT

from fixtures.clauses import clause
from helpers.syscall import SUCCESS
from helpers.uapi.eventpoll import EPOLL_CTL_ADD
from helpers.uapi.socket import SOCK_DGRAM
from suites.io.epoll.support import Epoll


@clause(
    since="2.6.38",
    level="source",
    refs=["man:epoll_ctl(2)", "src:fs/eventpoll.c:reverse_path_check"],
    covers=["file:epoll"],
)
def test_ctl_counts_the_ways_of_each_socket(sockets):
    """The ways to wake instances are counted for each socket: sixty sockets of an instance wake ten others each."""
    inner = Epoll(sockets)
    for _ in range(30):
        for socket in sockets.pair(SOCK_DGRAM):
            inner.add(socket.fd, EPOLLOUT)
    outer = [Epoll(sockets) for _ in range(10)]

    assert [each.control(EPOLL_CTL_ADD, inner.fd, EPOLLIN) for each in outer] == [SUCCESS] * 10
