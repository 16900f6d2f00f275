"""AF_INET: what ip(7), tcp(7) and udp(7) promise."""

DOCUMENTS = [
    "man:ip(7)",
    "man:tcp(7)",
    "man:udp(7)",
    "man:raw(7)",
    "src:net/ipv4/*",
]
