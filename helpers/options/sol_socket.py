"""The options of SOL_SOCKET; of those that only some families have, the default is theirs.

Source: socket(7), ``uapi/asm-generic/socket.h``, ``net/core/sock.c:sk_setsockopt``. SO_GET_FILTER is the getting side
of SO_ATTACH_FILTER, SO_DETACH_BPF another name of SO_DETACH_FILTER.
"""

from helpers.options.option import ANY_INT, FLAG, GET, INT_MAX, INT_MIN, NONE, ONE_OR_NONE, SET, options_of
from helpers.uapi import socket_options

_option = options_of("SOL_SOCKET", socket_options, due=True)
_TOLD = ("get", "effect", "error")
_NEEDS_LABELS = "needs a security module that labels sockets (SELinux, Smack)"
_NEEDS_WIFI = "only wireless links report whether a frame was acknowledged"
_NEEDS_HARDWARE = "only links with hardware that leaves the frame check sequence to the sender have it"
_NOTHING_LOOKS = "the kernel keeps the flag, and nothing that a program can see depends on it"
_NEEDS_NAPI = "only the receive queues of network cards are polled by who waits"
_NEEDS_CGROUP = "needs a memory control group (version 2) that accounts for the sockets of the run"
_NEEDS_DEVMEM = "needs a network card that receives into a dma-buf"

OPTIONS = (
    _option("SO_DEBUG", "flag", unreachable={"effect": _NOTHING_LOOKS}),
    _option("SO_REUSEADDR", "flag", samples=FLAG),
    _option("SO_REUSEPORT", "flag", samples=FLAG),
    _option("SO_DONTROUTE", "flag", samples=FLAG),
    _option("SO_BROADCAST", "flag", samples=FLAG),
    _option("SO_SNDBUF"),
    _option("SO_RCVBUF"),
    _option("SO_KEEPALIVE", "flag", samples=FLAG),
    _option("SO_OOBINLINE", "flag", samples=FLAG),
    _option("SO_NO_CHECK", "flag", samples=FLAG),
    _option("SO_PRIORITY", samples=tuple((value, value) for value in range(7))),
    _option("SO_LINGER", "struct linger"),
    _option("SO_PASSCRED", "flag", samples=FLAG),
    _option(
        "SO_RCVLOWAT",
        default=1,
        samples=((77, 77), (0, 1), (INT_MAX, INT_MAX), (1, 1), (-1, INT_MAX), (INT_MIN, INT_MAX)),
    ),
    _option("SO_RCVTIMEO_OLD", "struct __kernel_old_timeval"),
    _option("SO_RCVTIMEO_NEW", "struct __kernel_sock_timeval"),
    _option("SO_SNDTIMEO_OLD", "struct __kernel_old_timeval"),
    _option("SO_SNDTIMEO_NEW", "struct __kernel_sock_timeval"),
    _option("SO_BINDTODEVICE", "char[]"),
    _option("SO_BINDTOIFINDEX"),
    _option("SO_TIMESTAMP_OLD", "flag"),
    _option("SO_TIMESTAMP_NEW", "flag"),
    _option("SO_TIMESTAMPNS_OLD", "flag"),
    _option("SO_TIMESTAMPNS_NEW", "flag"),
    _option("SO_TIMESTAMPING_OLD", "struct so_timestamping"),
    _option("SO_TIMESTAMPING_NEW", "struct so_timestamping"),
    _option("SO_MARK", samples=ANY_INT),
    _option("SO_RCVMARK", "flag", samples=FLAG),
    _option("SO_RXQ_OVFL", "flag", samples=FLAG),
    _option("SO_PEEK_OFF", default=-1, samples=ANY_INT),
    _option("SO_NOFCS", "flag", samples=FLAG, unreachable={"effect": _NEEDS_HARDWARE}),
    _option("SO_LOCK_FILTER", "flag"),
    _option("SO_SELECT_ERR_QUEUE", "flag", samples=FLAG),
    _option("SO_BUSY_POLL"),
    _option("SO_PREFER_BUSY_POLL", "flag", samples=FLAG, unreachable={"effect": _NEEDS_NAPI}),
    _option("SO_MAX_PACING_RATE", "unsigned long"),
    _option("SO_INCOMING_CPU", default=-1, samples=ANY_INT),
    _option("SO_ZEROCOPY", samples=ONE_OR_NONE),
    _option("SO_TXTIME", "struct sock_txtime"),
    _option("SO_BUF_LOCK", samples=((1, 1), (2, 2), (3, 3), (0, 0))),
    _option("SO_RESERVE_MEM", unreachable={"effect": _NEEDS_CGROUP}),
    _option("SO_TXREHASH", default=1, samples=((0, 0), (1, 1), (0, 0), (-1, 1))),
    _option("SO_RCVPRIORITY", "flag", samples=FLAG),
    _option("SO_TYPE", "int", GET),
    _option("SO_PROTOCOL", "int", GET),
    _option("SO_DOMAIN", "int", GET),
    _option("SO_ERROR", "int", GET),
    _option("SO_ACCEPTCONN", "flag", GET),
    _option("SO_SNDLOWAT", "int", GET),
    _option("SO_PEERCRED", "struct ucred", GET, aspects=_TOLD),
    _option("SO_MEMINFO", "__u32[]", GET),
    _option("SO_INCOMING_NAPI_ID", "int", GET),
    _option("SO_COOKIE", "__u64", GET),
    _option("SO_NETNS_COOKIE", "__u64", GET),
    _option("SO_BPF_EXTENSIONS", "int", GET),
    _option("SO_PEERNAME", "struct sockaddr", GET, aspects=_TOLD),
    _option("SO_PEERSEC", "char[]", GET, aspects=_TOLD, unreachable={"effect": _NEEDS_LABELS}),
    _option("SO_PEERGROUPS", "gid_t[]", GET, aspects=_TOLD),
    _option("SO_PEERPIDFD", "int", GET, aspects=_TOLD),
    _option("SO_SNDBUFFORCE", "int", SET),
    _option("SO_RCVBUFFORCE", "int", SET),
    _option("SO_ATTACH_FILTER", "struct sock_fprog", aspects=("set", "effect", "error")),
    _option("SO_DETACH_FILTER", "none", SET),
    _option("SO_ATTACH_BPF", "int", SET),
    _option("SO_ATTACH_REUSEPORT_CBPF", "struct sock_fprog", SET),
    _option("SO_ATTACH_REUSEPORT_EBPF", "int", SET),
    _option("SO_DETACH_REUSEPORT_BPF", "none", SET),
    _option("SO_BUSY_POLL_BUDGET", "int", SET),
    _option("SO_CNX_ADVICE", "int", SET),
    _option("SO_DEVMEM_DONTNEED", "struct dmabuf_token", SET, unreachable={"effect": _NEEDS_DEVMEM}),
    _option("SO_PASSSEC", "flag", samples=FLAG, unreachable={"effect": _NEEDS_LABELS}),
    _option("SO_PASSPIDFD", "flag", samples=FLAG),
    _option("SO_PASSRIGHTS", "flag", default=1, samples=FLAG),
    _option("SO_WIFI_STATUS", "flag", samples=FLAG, unreachable={"effect": _NEEDS_WIFI}),
    _option("SO_BSDCOMPAT", "int", samples=((1, 0), (0, 0)), aspects=("set", "get")),
    _option("SO_INQ", "flag", SET),
    # names that the header has for control messages or for nothing at all
    _option("SO_SECURITY_AUTHENTICATION", "none", NONE, due=False),
    _option("SO_SECURITY_ENCRYPTION_TRANSPORT", "none", NONE, due=False),
    _option("SO_SECURITY_ENCRYPTION_NETWORK", "none", NONE, due=False),
    _option("SO_DEVMEM_LINEAR", "none", NONE, due=False),
    _option("SO_DEVMEM_DMABUF", "none", NONE, due=False),
)
