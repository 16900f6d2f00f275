"""ipv6(7): what IPv6 alone promises; what it has in common with IPv4 stands in inet."""

DOCUMENTS = [
    "man:ipv6(7)",
    "man:udp(7)",
    "man:raw(7)",
    "uapi:linux/in6.h",
    "uapi:linux/icmpv6.h",
    "src:net/ipv6/*",
    "https://www.rfc-editor.org/rfc/rfc3542",
]
