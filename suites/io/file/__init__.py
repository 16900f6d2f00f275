"""A socket as a file: fstat, extended attributes, /proc, close, calls that it refuses."""

DOCUMENTS = [
    "man:*(2)",
    "man:proc(5)",
    "man:xattr(7)",
    "man:inotify(7)",
    "src:net/socket.c*",
    "src:net/core/net-procfs.c*",
]
