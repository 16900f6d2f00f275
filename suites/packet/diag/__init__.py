"""PACKET_DIAG: what sock_diag(7) lists of packet sockets."""

DOCUMENTS = [
    "man:sock_diag(7)",
    "uapi:linux/packet_diag.h",
    "src:net/packet/diag.c*",
    "src:net/core/sock_diag.c*",
]
