"""poll(2), select(2): what a wait holds of the descriptors, and for how long."""

from errno import EAGAIN
from select import POLLPRI

import pytest

from fixtures.clauses import clause
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT
from suites.io.poll.support import ENTRIES, entries
from suites.io.select.support import ENTRIES as SELECTS
from suites.io.select.support import bits, enter

REFS = ["man:poll(2)", "man:select(2)", "src:fs/select.c:free_poll_entry"]
WAITS = {
    **{name: lambda fds, seconds, name=name: ENTRIES[name](entries(*[(fd, POLLPRI) for fd in fds]), len(fds), seconds)
       for name in ENTRIES},
    **{name: lambda fds, seconds, name=name: enter(name, max(fds) + 1, [None, None, bits(fds)], seconds)
       for name in SELECTS},
}  # fmt: skip
each_wait = pytest.mark.parametrize("name", WAITS)


@clause(since="2.2", level="source", refs=REFS, covers=["file:poll", "file:select", "file:close"])
@each_wait
@pytest.mark.parametrize("count", [1, 40])
def test_wait_that_is_over_holds_no_socket(sockets, name, count):
    """After a wait that ended with its time a socket that is closed is gone at once, and its peer reads the end."""
    pairs = [sockets.pair() for _ in range(count)]

    result = WAITS[name]([near.fd for near, _ in pairs], 0.002)
    before = [far.recv(bytearray(1), 1, MSG_DONTWAIT) for _, far in pairs]
    for near, _ in pairs:
        near.must.close()

    assert (result, before) == (SUCCESS, [refused(EAGAIN)] * count)
    assert [far.recv(bytearray(1), 1, MSG_DONTWAIT) for _, far in pairs] == [SUCCESS] * count
