"""The 22 entry points of net/socket.c: what a call promises of a socket of any family."""

DOCUMENTS = [
    "man:*(2)",
    "man:signal(7)",
    "src:net/socket.c*",
    "src:net/compat.c*",
    "src:net/core/*",
    "src:include/net/sock.h*",
    "src:include/linux/socket.h*",
    "src:lib/iov_iter.c*",
]
