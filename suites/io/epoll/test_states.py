"""epoll(7): every state of every kind of socket, and everything that happens to one."""

from select import EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT

import pytest

from fixtures.clauses import clause
from helpers import wait
from helpers.readiness import DISTINCT
from helpers.transitions import TRANSITIONS
from suites.io.epoll.support import Epoll

ANY = 0x7FFF
ALWAYS = EPOLLERR | EPOLLHUP
REFS = ["man:epoll_ctl(2)", "src:fs/eventpoll.c:ep_item_poll", "src:net/socket.c:sock_poll"]


@pytest.fixture
def epoll(sockets):
    return Epoll(sockets)


@clause(since="5.15", level="source", refs=REFS, covers=["file:epoll"])
@pytest.mark.parametrize("state", DISTINCT, ids=str)
def test_events_of_a_state(loopback, epoll, state):
    """What is watched reports the events of poll(2) that were requested, and EPOLLERR and EPOLLHUP always."""
    socket = state.make(loopback)
    reports = []

    epoll.add(socket.fd, ANY)
    reports.append(epoll.wait())
    for events in (0, EPOLLIN, EPOLLOUT):
        epoll.modify(socket.fd, events)
        reports.append(epoll.wait())

    masks = [ANY, ALWAYS, EPOLLIN | ALWAYS, EPOLLOUT | ALWAYS]
    assert reports == [[state.events & mask] if state.events & mask else [] for mask in masks]


@clause(since="5.15", level="source", refs=[*REFS, "src:fs/eventpoll.c:ep_poll_callback"], covers=["file:epoll"])
@pytest.mark.parametrize("transition", TRANSITIONS, ids=str)
def test_what_happens_is_an_edge(loopback, epoll, transition):
    """Edge-triggered, whatever happens to a socket is reported with the events of the state after it, and once."""
    socket, act = transition.make(loopback)
    epoll.add(socket.fd, ANY | EPOLLET)
    epoll.wait()
    before = epoll.wait()

    act()
    seen = epoll.wait(wait.DEADLINE)
    while seen and seen != [transition.events] and (more := epoll.wait(wait.DEADLINE)):  # of several edges the last
        seen = more

    assert before == []
    assert seen == [transition.events]
    assert epoll.wait() == []


@clause(since="5.15", level="source", refs=[*REFS, "src:fs/eventpoll.c:ep_poll_callback"], covers=["file:epoll"])
@pytest.mark.parametrize("transition", TRANSITIONS, ids=str)
def test_only_events_asked_for_are_an_edge(loopback, epoll, transition):
    """What happens is reported to who watches for one of its events alone, and to nobody who watches for another."""
    socket, act = transition.make(loopback)
    told = [bit for bit in (1 << number for number in range(14)) if transition.events & bit & ~ALWAYS]
    watchers = {bit: Epoll(loopback.sockets) for bit in told}
    epoll.add(socket.fd, ANY & ~transition.events | EPOLLET)
    for bit, watcher in watchers.items():
        watcher.add(socket.fd, bit | EPOLLET)

    act()
    seen = dict.fromkeys(watchers, 0)
    for bit, watcher in watchers.items():
        while not seen[bit] & bit and (more := watcher.wait(wait.DEADLINE)):
            seen[bit] = more[0]
    others = epoll.wait()

    assert {bit: events & ~ALWAYS for bit, events in seen.items()} == {bit: bit for bit in told}
    assert all(events & ~ALWAYS == 0 for events in others)
