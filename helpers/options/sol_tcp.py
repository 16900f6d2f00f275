"""The options of SOL_TCP; defaults are those of a new AF_INET socket of type SOCK_STREAM.

Source: tcp(7), ``uapi/linux/tcp.h``, ``net/ipv4/tcp.c:do_tcp_setsockopt``.
"""

from helpers.options.option import FLAG, GET, SET, options_of
from helpers.uapi import tcp

_option = options_of("SOL_TCP", tcp, due=False)

OPTIONS = (
    _option("TCP_NODELAY", "flag", samples=FLAG),
    _option("TCP_MAXSEG"),
    _option("TCP_CORK", "flag", samples=FLAG),
    _option("TCP_KEEPIDLE", default=7200, samples=((1, 1), (32767, 32767))),
    _option("TCP_KEEPINTVL", default=75, samples=((1, 1), (32767, 32767))),
    _option("TCP_KEEPCNT", default=9, samples=((1, 1), (127, 127))),
    _option("TCP_SYNCNT", default=6, samples=((1, 1), (127, 127))),
    _option("TCP_LINGER2", default=60, samples=((1, 1), (-1, -1))),
    _option("TCP_DEFER_ACCEPT"),
    _option("TCP_WINDOW_CLAMP"),
    _option("TCP_INFO", "struct tcp_info", GET),
    _option("TCP_QUICKACK"),
    _option("TCP_CONGESTION", "char[]"),
    _option("TCP_MD5SIG", "struct tcp_md5sig", SET),
    _option("TCP_THIN_LINEAR_TIMEOUTS", samples=((1, 1), (0, 0))),
    _option("TCP_THIN_DUPACK"),
    _option("TCP_USER_TIMEOUT", samples=((1, 1), (0x7FFFFFFF, 0x7FFFFFFF), (0, 0))),
    _option("TCP_REPAIR"),
    _option("TCP_REPAIR_QUEUE"),
    _option("TCP_QUEUE_SEQ"),
    _option("TCP_REPAIR_OPTIONS", "struct tcp_repair_opt", SET),
    _option("TCP_FASTOPEN"),
    _option("TCP_TIMESTAMP"),
    _option("TCP_NOTSENT_LOWAT", samples=((1, 1), (0, 0), (-1, -1))),
    _option("TCP_CC_INFO", "union tcp_cc_info", GET),
    _option("TCP_SAVE_SYN", samples=((1, 1), (2, 2), (0, 0))),
    _option("TCP_SAVED_SYN", "char[]", GET),
    _option("TCP_REPAIR_WINDOW", "struct tcp_repair_window"),
    _option("TCP_FASTOPEN_CONNECT", samples=((1, 1), (0, 0))),
    _option("TCP_ULP", "char[]"),
    _option("TCP_MD5SIG_EXT", "struct tcp_md5sig", SET),
    _option("TCP_FASTOPEN_KEY", "char[]"),
    _option("TCP_FASTOPEN_NO_COOKIE", samples=((1, 1), (0, 0))),
    _option("TCP_ZEROCOPY_RECEIVE", "struct tcp_zerocopy_receive", GET),
    _option("TCP_INQ", samples=((1, 1), (0, 0))),
    _option("TCP_TX_DELAY"),
    _option("TCP_AO_ADD_KEY", "struct tcp_ao_add", SET),
    _option("TCP_AO_DEL_KEY", "struct tcp_ao_del", SET),
    _option("TCP_AO_INFO", "struct tcp_ao_info_opt"),
    _option("TCP_AO_GET_KEYS", "struct tcp_ao_getsockopt", GET),
    _option("TCP_AO_REPAIR", "struct tcp_ao_repair"),
    _option("TCP_IS_MPTCP", "flag", GET),
    _option("TCP_RTO_MAX_MS"),
    _option("TCP_RTO_MIN_US"),
    _option("TCP_DELACK_MAX_US"),
)
