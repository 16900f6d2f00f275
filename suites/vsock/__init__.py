"""vsock(7): addresses, connections over the loopback, and what streams and records are."""

DOCUMENTS = ["man:vsock(7)", "src:net/vmw_vsock/*", "uapi:linux/vm_sockets.h"]
