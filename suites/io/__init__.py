"""A socket as a file and its readiness: the calls of fs/ on sockets."""

DOCUMENTS = [
    "man:*(2)",
    "man:epoll(7)",
    "man:xattr(7)",
    "man:inotify(7)",
    "man:netdevice(7)",
    "man:socket(7)",
    "src:fs/*",
    "src:net/socket.c*",
    "src:net/core/dev_ioctl.c*",
]
