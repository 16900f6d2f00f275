"""SO_ATTACH_FILTER on AF_UNIX sockets that receive records."""

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.filters import WHOLE, keep
from helpers.syscall import returned
from helpers.uapi.sockios import SIOCOUTQ
from helpers.unix_ends import RECORDS, number

SYSCALL = "sendto"
REFS = ["man:socket(7)", "src:net/unix/af_unix.c:unix_dgram_sendmsg"]
KINDS = pytest.mark.parametrize("kind", RECORDS.values(), ids=RECORDS)


@clause(since="2.2", level="source", refs=REFS)
@KINDS
def test_a_filter_that_drops_a_record_tells_the_sender_nothing(sockets, kind):
    """A record that the receiver's filter drops is sent as far as the sender can tell, and never arrives."""
    sender, receiver = sockets.pair(kind)
    keep(receiver, 0)

    result = sender.send(b"dropped")
    keep(receiver, WHOLE)
    control = sender.send(b"kept")

    assert (result, control) == (returned(7), returned(4))
    assert drain(receiver) == [b"kept"]
    assert number(sender, SIOCOUTQ) == 0


@clause(since="2.2", level="source", refs=REFS)
@KINDS
@pytest.mark.parametrize("length", [1, 3, 4, 9])
def test_a_filter_cuts_a_record(sockets, kind, length):
    """A filter at the receiver cuts a record to as many bytes as it returns; one at the sender does not count."""
    sender, receiver = sockets.pair(kind)
    keep(receiver, length)
    keep(sender, 1)

    result = sender.send(b"data")

    assert result == returned(4)
    assert drain(receiver) == [b"data"[:length]]
