"""Time stamps of received and sent frames."""

DOCUMENTS = [
    "man:packet(7)",
    "uapi:linux/if_packet.h",
    "src:net/packet/*",
    "doc:networking/timestamping*",
    "src:include/net/sock.h*",
]
