"""SOL_SOCKET on sockets of any family: the options of socket(7) and net/core/sock.c."""

DOCUMENTS = [
    "man:socket(7)",
    "src:net/core/*",
    "src:include/net/sock.h*",
    "src:net/socket.c*",
    "doc:networking/timestamping*",
    "doc:networking/filter*",
    "doc:networking/msg_zerocopy*",
    "uapi:asm-generic/socket.h",
    "uapi:linux/filter.h",
    "uapi:linux/net_tstamp.h",
    "uapi:linux/sock_diag.h",
]
