"""The options of SOL_TCP; defaults are those of a new AF_INET socket of type SOCK_STREAM.

Source: tcp(7), ``uapi/linux/tcp.h``, ``net/ipv4/tcp.c:do_tcp_setsockopt``.
"""

from helpers.options.option import FLAG, GET, INT_MAX, SET, options_of
from helpers.uapi import tcp

_due = options_of("SOL_TCP", tcp, due=True)
_option = options_of("SOL_TCP", tcp, due=False)
_ZERO_OR_ONE = ((1, 1), (0, 0))
_LATER = {"effect": "what it changes comes after a second at the earliest, longer than a test may wait"}

OPTIONS = (
    _due("TCP_NODELAY", "flag", samples=FLAG),
    _due("TCP_MAXSEG", default=536, samples=((88, 88), (1000, 1000), (32767, 32767), (0, 536))),
    _due("TCP_CORK", "flag", samples=FLAG),
    _due("TCP_KEEPIDLE", default=7200, samples=((1, 1), (32767, 32767)), unreachable=_LATER),
    _due("TCP_KEEPINTVL", default=75, samples=((1, 1), (32767, 32767)), unreachable=_LATER),
    _due("TCP_KEEPCNT", default=9, samples=((1, 1), (127, 127)), unreachable=_LATER),
    _due("TCP_SYNCNT", default=6, samples=((1, 1), (127, 127)), unreachable=_LATER),
    _due("TCP_LINGER2", default=60, samples=((1, 1), (120, 120), (121, 120), (-1, -1), (-5, -1), (0, 60))),
    _due(
        "TCP_DEFER_ACCEPT",
        samples=((1, 1), (2, 3), (3, 3), (4, 7), (127, 127), (128, 247), (INT_MAX, 29887), (-1, 0), (0, 0)),
    ),
    _due("TCP_WINDOW_CLAMP", samples=((100000, 100000), (4096, 4096), (0, 0))),
    _due("TCP_INFO", "struct tcp_info", GET),
    _due("TCP_QUICKACK", default=1, samples=((0, 0), (1, 1), (0, 0), (2, 1))),
    _due("TCP_CONGESTION", "char[]"),
    _due("TCP_MD5SIG", "struct tcp_md5sig", SET),
    _due(
        "TCP_THIN_LINEAR_TIMEOUTS",
        samples=_ZERO_OR_ONE,
        unreachable={"effect": "the pauses between retransmissions differ from the third on, after more than a second"},
    ),
    _due(
        "TCP_THIN_DUPACK",
        samples=((1, 0), (0, 0)),
        aspects=("set", "get", "error"),  # the kernel takes it, and does nothing
    ),
    _due("TCP_USER_TIMEOUT", samples=((1, 1), (INT_MAX, INT_MAX), (0, 0))),
    _due("TCP_REPAIR"),
    _due("TCP_REPAIR_QUEUE"),
    _due("TCP_QUEUE_SEQ"),
    _due("TCP_REPAIR_OPTIONS", "struct tcp_repair_opt", SET),
    _due("TCP_FASTOPEN", samples=((5, 5), (1, 1), (0, 0))),
    _due("TCP_TIMESTAMP"),
    _due("TCP_NOTSENT_LOWAT", samples=((1, 1), (0, 0), (-1, -1))),
    _due("TCP_CC_INFO", "union tcp_cc_info", GET),
    _due("TCP_SAVE_SYN", samples=((1, 1), (2, 2), (0, 0))),
    _due("TCP_SAVED_SYN", "char[]", GET),
    _due("TCP_REPAIR_WINDOW", "struct tcp_repair_window"),
    _due("TCP_FASTOPEN_CONNECT", samples=_ZERO_OR_ONE),
    _due(
        "TCP_ULP",
        "char[]",
        unreachable=dict.fromkeys(
            ("set", "effect"), "what there is to set (tls, smc) is a module that few kernels have at hand"
        ),
    ),
    _due("TCP_MD5SIG_EXT", "struct tcp_md5sig", SET),
    _due("TCP_FASTOPEN_KEY", "char[]"),
    _due("TCP_FASTOPEN_NO_COOKIE", samples=_ZERO_OR_ONE),
    _option("TCP_ZEROCOPY_RECEIVE", "struct tcp_zerocopy_receive", GET),
    _due("TCP_INQ", samples=_ZERO_OR_ONE),
    _option("TCP_TX_DELAY", samples=((1000, 1000), (0, 0))),
    _option("TCP_AO_ADD_KEY", "struct tcp_ao_add", SET),
    _option("TCP_AO_DEL_KEY", "struct tcp_ao_del", SET),
    _option("TCP_AO_INFO", "struct tcp_ao_info_opt"),
    _option("TCP_AO_GET_KEYS", "struct tcp_ao_getsockopt", GET),
    _option("TCP_AO_REPAIR", "struct tcp_ao_repair"),
    _due("TCP_IS_MPTCP", "flag", GET),
    _due("TCP_RTO_MAX_MS", default=120000, samples=((1000, 1000), (120000, 120000)), unreachable=_LATER),
    _due(
        "TCP_RTO_MIN_US",
        default=200000,
        samples=((100000, 100000), (200000, 200000)),
        unreachable={"effect": "milliseconds more or less of a timer, which a busy machine hides"},
    ),
    _due(
        "TCP_DELACK_MAX_US",
        default=200000,
        samples=((100000, 100000), (200000, 200000)),
        unreachable={"effect": "milliseconds more or less of a timer, which a busy machine hides"},
    ),
)
