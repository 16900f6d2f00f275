"""AF_PACKET: what packet(7), packet_mmap.rst and if_packet.h promise."""

DOCUMENTS = [
    "man:packet(7)",
    "doc:networking/packet_mmap*",
    "uapi:linux/if_packet.h",
    "src:net/packet/*",
    "src:net/core/dev.c*",
    "src:include/linux/virtio_net.h*",
]
