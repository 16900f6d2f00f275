"""O_ASYNC: the signals that whatever happens to a socket sends, with si_code, si_fd and si_band."""

from select import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDBAND, POLLRDNORM, POLLWRBAND, POLLWRNORM

import pytest

from fixtures.clauses import clause
from helpers import process, wait
from helpers.signal_io import CHOSEN, drive, take, take_all
from helpers.transitions import TRANSITIONS
from helpers.uapi.siginfo import POLL_ERR, POLL_HUP, POLL_IN, POLL_OUT, POLL_PRI

REFS = ["man:fcntl(2)", "src:fs/fcntl.c:send_sigio_to_task", "src:net/socket.c:sock_wake_async"]
BANDS = {
    POLL_IN: POLLIN | POLLRDNORM,
    POLL_OUT: POLLOUT | POLLWRNORM | POLLWRBAND,
    POLL_ERR: POLLERR,
    POLL_PRI: POLLPRI | POLLRDBAND,
    POLL_HUP: POLLHUP | POLLERR,
}


@clause(since="5.15", level="source", refs=REFS, covers=["file:O_ASYNC", "file:F_SETSIG"])
@pytest.mark.parametrize("transition", [each for each in TRANSITIONS if each.codes is not None], ids=str)
def test_what_happens_sends_signals(loopback, transition):
    """Whatever happens to a socket sends the signal of F_SETSIG with si_code, events of that, and descriptor."""

    def run():
        socket, act = transition.make(loopback)
        drive(socket.fd)
        act()
        taken = []
        while len(taken) < len(transition.codes) and (info := take(wait.DEADLINE)):
            if info.si_signo == CHOSEN:  # not SIGURG
                taken.append((info.si_code, info.si_band, info.si_fd - socket.fd, info.si_errno))
        return taken, [code for number, code, *_ in take_all() if number == CHOSEN]

    expected = [(code, BANDS[code], 0, 0) for code in transition.codes]
    assert process.in_child(run) == (expected, [])
