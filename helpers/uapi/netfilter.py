"""Netfilter: families, the hooks of IPv4 and of a link, verdicts, and the batches of nfnetlink.

Source: ``uapi/linux/netfilter.h``, ``uapi/linux/netfilter/nfnetlink.h``.
"""

NFPROTO_IPV4 = 2
NFPROTO_NETDEV = 5

# Hooks of NFPROTO_IPV4.
NF_INET_PRE_ROUTING = 0
NF_INET_LOCAL_IN = 1
NF_INET_FORWARD = 2
NF_INET_LOCAL_OUT = 3
NF_INET_POST_ROUTING = 4

# Hooks of NFPROTO_NETDEV.
NF_NETDEV_INGRESS = 0
NF_NETDEV_EGRESS = 1

NF_DROP = 0
NF_ACCEPT = 1

NFNL_SUBSYS_NFTABLES = 10
NFNL_MSG_BATCH_BEGIN = 0x10
NFNL_MSG_BATCH_END = 0x11
