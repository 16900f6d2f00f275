"""epoll_create(2), epoll_create1(2)."""

import os
import resource
from errno import EINVAL, EMFILE
from fcntl import F_GETFD, F_GETFL, FD_CLOEXEC, fcntl

from fixtures.clauses import clause
from helpers import process, syscall
from helpers.sockets import must
from helpers.syscall import refused
from helpers.unavailable import unavailable


@clause(since="2.6.27", level="documented", refs=["man:epoll_create(2)", "src:fs/eventpoll.c:do_epoll_create"])
def test_epoll_create1_takes_cloexec_and_no_other_flag(sockets):
    """epoll_create1(2) refuses every flag but EPOLL_CLOEXEC with EINVAL; that one makes FD_CLOEXEC.

    The descriptor is open for reading and writing.
    """
    plain, cloexec = (sockets.adopt(must(syscall.call("epoll_create1", flags))) for flags in (0, os.O_CLOEXEC))

    flags = [1 << bit for bit in range(32) if 1 << bit != os.O_CLOEXEC]

    assert [syscall.call("epoll_create1", flag) for flag in flags] == [refused(EINVAL)] * 31
    assert syscall.call("epoll_create1", os.O_CLOEXEC | os.O_NONBLOCK) == refused(EINVAL)
    assert [fcntl(end.fd, F_GETFD) & FD_CLOEXEC for end in (plain, cloexec)] == [0, FD_CLOEXEC]
    assert [fcntl(end.fd, F_GETFL) & os.O_ACCMODE for end in (plain, cloexec)] == [os.O_RDWR] * 2


@clause(since="2.6.12", level="documented", refs=["man:epoll_create(2)", "src:fs/eventpoll.c:do_epoll_create"])
def test_epoll_create_takes_a_size_above_zero(sockets):
    """epoll_create(2) refuses a size of zero and below with EINVAL, and ignores any other; it sets no FD_CLOEXEC."""
    if not syscall.has("epoll_create"):
        unavailable("this architecture has no epoll_create")

    assert [syscall.call("epoll_create", size) for size in (0, -1, -(2**31))] == [refused(EINVAL)] * 3
    for size in (1, 2**31 - 1):
        result = syscall.call("epoll_create", size)
        assert result.ok
        assert fcntl(sockets.adopt(result.value).fd, F_GETFD) & FD_CLOEXEC == 0


@clause(since="2.6.12", level="documented", refs=["man:epoll_create(2)", "src:fs/eventpoll.c:do_epoll_create"])
def test_epoll_create_without_a_free_descriptor_is_emfile():
    """Without a free descriptor epoll_create1(2) fails with EMFILE."""

    def run():
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        first = os.dup(0)
        os.close(first)
        results = []
        for limit in (first, first + 1):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            results.append(syscall.call("epoll_create1", 0).errno)
        return results

    assert process.in_child(run) == [EMFILE, 0]
