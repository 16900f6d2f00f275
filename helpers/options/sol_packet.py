"""The options of SOL_PACKET; defaults are those of a raw packet socket.

Source: packet(7), ``uapi/linux/if_packet.h``, ``net/packet/af_packet.c:packet_setsockopt``.
"""

from helpers.options.option import ANY_INT, FLAG, GET, INT_MAX, NONE, ONE_OR_NONE, SET, options_of
from helpers.uapi import if_packet

_option = options_of("SOL_PACKET", if_packet, due=True)
_TOLD = ("get", "effect", "error")  # of what can only be read

OPTIONS = (
    _option("PACKET_ADD_MEMBERSHIP", "struct packet_mreq", SET),
    _option("PACKET_DROP_MEMBERSHIP", "struct packet_mreq", SET),
    _option("PACKET_RECV_OUTPUT", "none", NONE),
    _option("PACKET_RX_RING", "struct tpacket_req", SET),
    _option("PACKET_STATISTICS", "struct tpacket_stats", GET, aspects=_TOLD),
    _option("PACKET_COPY_THRESH", samples=ANY_INT),
    _option("PACKET_AUXDATA", "flag", samples=FLAG),
    _option("PACKET_ORIGDEV", "flag", samples=FLAG),
    _option("PACKET_VERSION", default=if_packet.TPACKET_V1, samples=((1, 1), (2, 2), (0, 0))),
    _option("PACKET_HDRLEN", "int", GET),
    _option("PACKET_RESERVE", samples=((1, 1), (INT_MAX, INT_MAX), (0, 0))),
    _option("PACKET_TX_RING", "struct tpacket_req", SET),
    _option("PACKET_LOSS", "flag", samples=FLAG),
    _option("PACKET_VNET_HDR", "flag", samples=FLAG),
    _option("PACKET_TX_TIMESTAMP", "none", NONE),
    _option("PACKET_TIMESTAMP", samples=ANY_INT),
    _option("PACKET_FANOUT", "struct fanout_args"),
    _option("PACKET_TX_HAS_OFF", "flag", samples=FLAG),
    _option("PACKET_QDISC_BYPASS", "flag", samples=FLAG),
    _option("PACKET_ROLLOVER_STATS", "struct tpacket_rollover_stats", GET, aspects=_TOLD),
    _option("PACKET_FANOUT_DATA", "struct sock_fprog", SET),
    _option("PACKET_IGNORE_OUTGOING", samples=ONE_OR_NONE),
    _option("PACKET_VNET_HDR_SZ", samples=((10, 10), (12, 12), (0, 0))),
)
