"""epoll(7): level, edge and one-shot watching, on each kind of socket."""

import os
from select import EPOLLET, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI

import pytest

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers import process, wait
from helpers.kinds import PEER, RECORDS, kinds_of
from helpers.syscall import SUCCESS
from helpers.uapi.eventpoll import EPOLL_CTL_ADD, EPOLL_CTL_DEL
from helpers.uapi.socket import MSG_DONTWAIT, MSG_PEEK, SOCK_DGRAM
from suites.io.epoll.support import Epoll

REFS = ["man:epoll(7)", "src:fs/eventpoll.c:ep_deliver_event", "src:net/socket.c:sock_poll"]
CALLBACK = [*REFS, "src:fs/eventpoll.c:ep_poll_callback"]
with_peers = of_kinds(*kinds_of(having=PEER), *kinds_of(lacking=PEER | RECORDS))


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@clause(since="2.6.12", level="documented", refs=REFS, covers=["file:epoll"])
@with_peers
def test_level_lasts_until_all_is_read(loopback, sockets, epoll, kind):
    """Level-triggered, a socket is reported by every wait until all that came is read."""
    near, far = kind.pair(sockets, loopback.namespace)
    epoll.add(near.fd, EPOLLIN)
    for _ in range(2):
        far.must.send(b"data")
    size = 4 if kind.has(RECORDS) else 1
    wait.until(lambda: near.recv(bytearray(64), 64, MSG_PEEK | MSG_DONTWAIT).value > 0, "data")

    seen = [epoll.wait(wait.DEADLINE), epoll.wait()]
    near.must.recv(bytearray(64), size)
    seen += [epoll.wait(wait.DEADLINE), epoll.wait()]
    while near.recv(bytearray(64), 64, MSG_DONTWAIT).ok:
        pass

    assert seen == [[EPOLLIN]] * 4
    assert epoll.wait() == []


@clause(since="2.6.12", level="documented", refs=CALLBACK, covers=["file:epoll"])
@with_peers
def test_edge_comes_with_new_data_only(loopback, sockets, epoll, kind):
    """Edge-triggered, a socket is reported once for new data, though the old is unread; reading a part is no edge."""
    near, far = kind.pair(sockets, loopback.namespace)
    epoll.add(near.fd, EPOLLIN | EPOLLET)
    seen = [epoll.wait()]

    for _ in range(2):
        far.must.send(b"data")
        seen += [epoll.wait(wait.DEADLINE), epoll.wait()]
        near.must.recv(bytearray(2), 2)
        seen.append(epoll.wait())

    assert seen == [[], [EPOLLIN], [], [], [EPOLLIN], [], []]


@clause(since="2.6.12", level="documented", refs=["man:epoll_ctl(2)", *CALLBACK], covers=["file:epoll"])
@with_peers
@pytest.mark.parametrize("edge", [0, EPOLLET], ids=["level", "edge"])
def test_one_shot_is_armed_again_by_mod(loopback, sockets, epoll, kind, edge):
    """With EPOLLONESHOT a socket is reported once, and again only when EPOLL_CTL_MOD has armed it: then at once."""
    near, far = kind.pair(sockets, loopback.namespace)
    epoll.add(near.fd, EPOLLIN | EPOLLONESHOT | edge)
    witness = Epoll(sockets)
    witness.add(near.fd, EPOLLIN | EPOLLET)
    seen = []

    for _ in range(2):
        far.must.send(b"data")
        witness.wait(wait.DEADLINE)
        seen += [epoll.wait(wait.DEADLINE)]
        far.must.send(b"more")
        witness.wait(wait.DEADLINE)
        seen += [epoll.wait()]
        epoll.modify(near.fd, EPOLLIN | EPOLLONESHOT | edge)

    assert seen == [[EPOLLIN], []] * 2
    assert [epoll.wait(), epoll.wait()] == [[EPOLLIN], []]


@clause(since="2.6.12", level="source", refs=["man:epoll_ctl(2)", *CALLBACK], covers=["file:epoll"])
def test_one_shot_that_was_used_reports_no_error_either(sockets, epoll):
    """What EPOLLONESHOT has reported is silent, also when the peer ends, and tells it when it is armed again."""
    left, right = sockets.pair()
    epoll.add(left.fd, EPOLLOUT | EPOLLONESHOT)
    before = epoll.wait()
    right.must.close()
    silent = epoll.wait()
    epoll.modify(left.fd, EPOLLOUT)

    assert (before, silent, epoll.wait()) == ([EPOLLOUT], [], [EPOLLOUT | EPOLLHUP])


@clause(
    since="2.6.12", level="documented", refs=["man:epoll_ctl(2)", "src:fs/eventpoll.c:ep_modify"], covers=["file:epoll"]
)
def test_mod_changes_events_and_data(sockets, epoll):
    """EPOLL_CTL_MOD changes the events and the data, and reports what is ready already, also edge-triggered."""
    left, _ = sockets.pair(SOCK_DGRAM)
    epoll.add(left.fd, EPOLLIN, 1)

    epoll.modify(left.fd, EPOLLOUT, 2**64 - 1)
    seen = [epoll.ready()]
    epoll.modify(left.fd, 0, 3)
    seen.append(epoll.ready())
    for _ in range(2):
        epoll.modify(left.fd, EPOLLOUT | EPOLLET, 4)
        seen += [epoll.ready(), epoll.ready()]

    assert seen == [[(EPOLLOUT, 2**64 - 1)], [], [(EPOLLOUT, 4)], [], [(EPOLLOUT, 4)], []]


@clause(
    since="2.6.12", level="source", refs=["man:epoll_ctl(2)", "src:fs/eventpoll.c:ep_insert"], covers=["file:epoll"]
)
@pytest.mark.parametrize("how", ["add", "mod"])
def test_what_is_ready_when_it_is_added_ends_a_wait(sockets, epoll, how):
    """A socket that is ready when it is added, or when its events are changed, ends a wait that goes on."""
    left, _ = sockets.pair(SOCK_DGRAM)
    if how == "mod":
        epoll.add(left.fd, EPOLLPRI)

    with process.start(epoll.wait, 15) as child:
        child.wait_blocked("epoll_pwait")
        (epoll.add if how == "add" else epoll.modify)(left.fd, EPOLLOUT)
        assert child.result() == [EPOLLOUT]


@clause(
    since="2.6.12", level="documented", refs=["man:epoll(7)", "src:fs/eventpoll.c:ep_cmp_ffd"], covers=["file:epoll"]
)
def test_each_descriptor_of_a_socket_is_watched_for_itself(sockets, epoll):
    """Duplicates of a descriptor are added beside it, each with events and data of its own, and removed one by one."""
    left, _ = sockets.pair(SOCK_DGRAM)
    others = [sockets.adopt(os.dup(left.fd)) for _ in range(4)]

    results = [
        epoll.control(EPOLL_CTL_ADD, socket.fd, EPOLLOUT, number) for number, socket in enumerate([left, *others])
    ]
    results += [epoll.control(EPOLL_CTL_DEL, socket.fd) for socket in others[1::2]]

    assert results == [SUCCESS] * 7
    assert sorted(epoll.ready()) == [(EPOLLOUT, number) for number in (0, 1, 3)]
