"""The options of level SOL_TCP and what TCP_INFO answers.

Source: ``uapi/linux/tcp.h``, tcp(7).
"""

import ctypes

from helpers.uapi.socket import sockaddr_storage

TCP_NODELAY = 1
TCP_MAXSEG = 2
TCP_CORK = 3
TCP_KEEPIDLE = 4
TCP_KEEPINTVL = 5
TCP_KEEPCNT = 6
TCP_SYNCNT = 7
TCP_LINGER2 = 8
TCP_DEFER_ACCEPT = 9
TCP_WINDOW_CLAMP = 10
TCP_INFO = 11
TCP_QUICKACK = 12
TCP_CONGESTION = 13
TCP_MD5SIG = 14
TCP_THIN_LINEAR_TIMEOUTS = 16
TCP_THIN_DUPACK = 17
TCP_USER_TIMEOUT = 18
TCP_REPAIR = 19
TCP_REPAIR_QUEUE = 20
TCP_QUEUE_SEQ = 21
TCP_REPAIR_OPTIONS = 22
TCP_FASTOPEN = 23
TCP_TIMESTAMP = 24
TCP_NOTSENT_LOWAT = 25
TCP_CC_INFO = 26
TCP_SAVE_SYN = 27
TCP_SAVED_SYN = 28
TCP_REPAIR_WINDOW = 29
TCP_FASTOPEN_CONNECT = 30
TCP_ULP = 31
TCP_MD5SIG_EXT = 32
TCP_FASTOPEN_KEY = 33
TCP_FASTOPEN_NO_COOKIE = 34
TCP_ZEROCOPY_RECEIVE = 35
TCP_INQ = 36
TCP_CM_INQ = TCP_INQ
TCP_TX_DELAY = 37
TCP_AO_ADD_KEY = 38
TCP_AO_DEL_KEY = 39
TCP_AO_INFO = 40
TCP_AO_GET_KEYS = 41
TCP_AO_REPAIR = 42
TCP_IS_MPTCP = 43
TCP_RTO_MAX_MS = 44
TCP_RTO_MIN_US = 45
TCP_DELACK_MAX_US = 46

TCP_MD5SIG_MAXKEYLEN = 80
TCP_MD5SIG_FLAG_PREFIX = 1
TCP_MD5SIG_FLAG_IFINDEX = 2

# Whose queue a repaired socket shows, and how repair is switched.
TCP_NO_QUEUE = 0
TCP_RECV_QUEUE = 1
TCP_SEND_QUEUE = 2
TCP_REPAIR_ON = 1
TCP_REPAIR_OFF = 0
TCP_REPAIR_OFF_NO_WP = -1

# tcpi_options.
TCPI_OPT_TIMESTAMPS = 1
TCPI_OPT_SACK = 2
TCPI_OPT_WSCALE = 4
TCPI_OPT_ECN = 8
TCPI_OPT_ECN_SEEN = 16
TCPI_OPT_SYN_DATA = 32

_U32, _U64 = ctypes.c_uint32, ctypes.c_uint64

# Attributes of SCM_TIMESTAMPING_OPT_STATS.
TCP_NLA_PAD = 0
TCP_NLA_BUSY = 1
TCP_NLA_RWND_LIMITED = 2
TCP_NLA_SNDBUF_LIMITED = 3
TCP_NLA_DATA_SEGS_OUT = 4
TCP_NLA_TOTAL_RETRANS = 5


class tcp_info(ctypes.Structure):
    """As of Linux 5.4: later kernels append to it, and none answers more bytes than it is asked for."""

    _fields_ = [
        ("tcpi_state", ctypes.c_uint8),
        ("tcpi_ca_state", ctypes.c_uint8),
        ("tcpi_retransmits", ctypes.c_uint8),
        ("tcpi_probes", ctypes.c_uint8),
        ("tcpi_backoff", ctypes.c_uint8),
        ("tcpi_options", ctypes.c_uint8),
        ("_bits", ctypes.c_uint8 * 2),  # tcpi_snd_wscale, tcpi_rcv_wscale and others
        *[
            (f"tcpi_{name}", _U32)
            for name in (
                "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets",
                "last_data_sent", "last_ack_sent", "last_data_recv", "last_ack_recv",
                "pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering",
                "rcv_rtt", "rcv_space", "total_retrans",
            )
        ],
        *[(f"tcpi_{name}", _U64) for name in ("pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received")],
        *[
            (f"tcpi_{name}", _U32)
            for name in ("segs_out", "segs_in", "notsent_bytes", "min_rtt", "data_segs_in", "data_segs_out")
        ],
        *[(f"tcpi_{name}", _U64) for name in ("delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited")],
        ("tcpi_delivered", _U32),
        ("tcpi_delivered_ce", _U32),
        ("tcpi_bytes_sent", _U64),
        ("tcpi_bytes_retrans", _U64),
        *[(f"tcpi_{name}", _U32) for name in ("dsack_dups", "reord_seen", "rcv_ooopack", "snd_wnd")],
    ]  # fmt: skip


class tcp_md5sig(ctypes.Structure):
    _fields_ = [
        ("tcpm_addr", sockaddr_storage),
        ("tcpm_flags", ctypes.c_uint8),
        ("tcpm_prefixlen", ctypes.c_uint8),
        ("tcpm_keylen", ctypes.c_uint16),
        ("tcpm_ifindex", ctypes.c_int),
        ("tcpm_key", ctypes.c_uint8 * TCP_MD5SIG_MAXKEYLEN),
    ]


class tcp_repair_opt(ctypes.Structure):
    _fields_ = [("opt_code", _U32), ("opt_val", _U32)]


class tcp_repair_window(ctypes.Structure):
    _fields_ = [(name, _U32) for name in ("snd_wl1", "snd_wnd", "max_window", "rcv_wnd", "rcv_wup")]
