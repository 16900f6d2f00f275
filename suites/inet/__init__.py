"""AF_INET: what ip(7), tcp(7) and udp(7) promise, and with it what AF_INET6 promises in the same words."""

DOCUMENTS = [
    "man:ip(7)",
    "man:ipv6(7)",
    "man:tcp(7)",
    "man:udp(7)",
    "man:raw(7)",
    "man:icmp(7)",
    "src:net/ipv4/*",
    "src:net/ipv6/*",
]
