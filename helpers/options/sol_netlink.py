"""The options of SOL_NETLINK.

Source: netlink(7), ``uapi/linux/netlink.h``, ``net/netlink/af_netlink.c:netlink_setsockopt``.
"""

from helpers.options.option import FLAG, GET, NONE, SET, options_of
from helpers.uapi import netlink

_option = options_of("SOL_NETLINK", netlink, due=False)

OPTIONS = (
    _option("NETLINK_ADD_MEMBERSHIP", "int", SET),
    _option("NETLINK_DROP_MEMBERSHIP", "int", SET),
    _option("NETLINK_PKTINFO", "flag", samples=FLAG),
    _option("NETLINK_BROADCAST_ERROR", "flag", samples=FLAG),
    _option("NETLINK_NO_ENOBUFS", "flag", samples=FLAG),
    _option("NETLINK_RX_RING", "struct nl_mmap_req", NONE),
    _option("NETLINK_TX_RING", "struct nl_mmap_req", NONE),
    _option("NETLINK_LISTEN_ALL_NSID", "flag", samples=FLAG),
    _option("NETLINK_LIST_MEMBERSHIPS", "__u32[]", GET),
    _option("NETLINK_CAP_ACK", "flag", samples=FLAG),
    _option("NETLINK_EXT_ACK", "flag", samples=FLAG),
    _option("NETLINK_GET_STRICT_CHK", "flag", samples=FLAG),
)
