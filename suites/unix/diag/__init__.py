"""UNIX_DIAG: what sock_diag(7) lists of AF_UNIX sockets."""

DOCUMENTS = ["man:sock_diag(7)", "uapi:linux/unix_diag.h", "src:net/unix/diag.c*"]
