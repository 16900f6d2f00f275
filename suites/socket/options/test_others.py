"""setsockopt(2), SOL_SOCKET: what setting one option leaves as it is."""

from fixtures.clauses import clause
from fixtures.parameters import of_kinds
from helpers.kinds import INET_TCP, INET_UDP, PACKET_RAW, UNIX_STREAM
from helpers.option_calls import Answer, get, put
from helpers.options import OPTIONS, covers
from helpers.options.option import BOTH, GET
from helpers.sockets import Socket
from helpers.uapi.net_tstamp import SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_SOFTWARE
from helpers.uapi.socket import SOL_SOCKET, linger
from helpers.uapi.time_types import timeval

SYSCALL = "setsockopt"
REFS = ["man:socket(7)", "man:setsockopt(2)", "src:net/core/sock.c:sk_setsockopt"]
TAKES_AWAY = ("SO_ERROR",)  # reading it changes it
MOVES = ("SO_MEMINFO", "SO_PEERPIDFD")  # of the socket's traffic; a new descriptor each time
READ = [each for each in OPTIONS if each.level == SOL_SOCKET and each.access in (BOTH, GET)]
READ = [each for each in READ if each.name not in (*TAKES_AWAY, *MOVES)]
VALUES = {
    **{each.name: [value for value, _ in each.samples] for each in READ if each.samples},
    **dict.fromkeys(("SO_TIMESTAMP_OLD", "SO_TIMESTAMP_NEW", "SO_TIMESTAMPNS_OLD", "SO_TIMESTAMPNS_NEW"), (1, 0)),
    "SO_LINGER": (linger(1, 7), linger(0, 0)),
    **dict.fromkeys(("SO_RCVTIMEO_OLD", "SO_SNDTIMEO_OLD"), (timeval(7, 0), timeval(0, 0))),
    **dict.fromkeys(("SO_RCVBUF", "SO_SNDBUF"), (20_000, 30_000)),
    "SO_MAX_PACING_RATE": (1_000_000, -1),
    "SO_PASSCRED": (1, 0),
    "SO_TIMESTAMPING_OLD": (SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE, 0),
}
STAMPS = [each.name for each in READ if each.name.startswith("SO_TIMESTAMP")]
# what is one state under several names, or documented to change with it
TOGETHER = {
    **dict.fromkeys(STAMPS, STAMPS),
    "SO_RCVTIMEO_OLD": ["SO_RCVTIMEO_NEW"],
    "SO_SNDTIMEO_OLD": ["SO_SNDTIMEO_NEW"],
    "SO_RCVBUF": ["SO_BUF_LOCK"],
    "SO_SNDBUF": ["SO_BUF_LOCK"],
}
CHOSEN = [each for each in READ if each.name in VALUES]


def _state(socket: Socket) -> dict[str, Answer]:
    return {each.name: get(socket, each, 64) for each in READ}


@clause(since="5.15", level="source", refs=REFS, covers=covers([each.name for each in CHOSEN], "set"))
@of_kinds(UNIX_STREAM, INET_UDP, INET_TCP, PACKET_RAW)
def test_an_option_changes_no_other(loopback, kind):
    """An option of SOL_SOCKET that is set leaves every other as it was, whether those were set before or not."""
    socket = kind.open(loopback.sockets, loopback.namespace)
    state = _state(socket)
    changed = {}

    for turn in range(2):
        for each in CHOSEN:
            put(socket, each, VALUES[each.name][turn])
            before, state = state, _state(socket)
            alike = (each.name, *TOGETHER.get(each.name, []))
            differ = [name for name in state if state[name] != before[name] and name not in alike]
            changed |= {(each.name, name): state[name] for name in differ}

    assert changed == {}
