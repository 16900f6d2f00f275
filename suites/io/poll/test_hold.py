"""poll(2): what a wait holds of the descriptors, and for how long."""

from errno import EAGAIN
from select import POLLPRI

import pytest

from fixtures.clauses import clause
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import MSG_DONTWAIT
from suites.io.poll.support import ENTRIES, entries

REFS = ["man:poll(2)", "src:fs/select.c:free_poll_entry"]


@clause(since="2.2", level="source", refs=REFS, covers=["file:poll", "file:close"])
@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("count", [1, 40])
def test_wait_that_is_over_holds_no_socket(sockets, name, count):
    """After a wait that ended with its time a socket that is closed is gone at once, and its peer reads the end."""
    pairs = [sockets.pair() for _ in range(count)]
    fds = [near.fd for near, _ in pairs]

    result = ENTRIES[name](entries(*[(fd, POLLPRI) for fd in fds]), count, 0.002)
    before = [far.recv(bytearray(1), 1, MSG_DONTWAIT) for _, far in pairs]
    for near, _ in pairs:
        near.must.close()

    assert (result, before) == (SUCCESS, [refused(EAGAIN)] * count)
    assert [far.recv(bytearray(1), 1, MSG_DONTWAIT) for _, far in pairs] == [SUCCESS] * count
