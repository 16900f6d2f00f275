"""The options of SOL_UDP; defaults are those of a new AF_INET socket.

Source: udp(7), ``uapi/linux/udp.h``, ``net/ipv4/udp.c:udp_lib_setsockopt``.
"""

from helpers.options.option import FLAG, options_of
from helpers.uapi import udp

_option = options_of("SOL_UDP", udp, due=True)

OPTIONS = (
    _option("UDP_CORK", "flag", samples=FLAG),
    _option("UDP_ENCAP", unreachable={"effect": "what it takes apart belongs to IPsec or a tunnel of the kernel"}),
    _option("UDP_NO_CHECK6_TX", "flag", samples=FLAG),
    _option("UDP_NO_CHECK6_RX", "flag", samples=FLAG),
    _option("UDP_SEGMENT", samples=((1, 1), (65535, 65535), (0, 0))),
    _option("UDP_GRO", "flag", samples=FLAG),
)
