"""Netfilter: families, the hooks of a link, verdicts, and the batches of nfnetlink.

Source: ``uapi/linux/netfilter.h``, ``uapi/linux/netfilter/nfnetlink.h``.
"""

NFPROTO_NETDEV = 5

# Hooks of NFPROTO_NETDEV.
NF_NETDEV_INGRESS = 0
NF_NETDEV_EGRESS = 1

NF_DROP = 0
NF_ACCEPT = 1

NFNL_SUBSYS_NFTABLES = 10
NFNL_MSG_BATCH_BEGIN = 0x10
NFNL_MSG_BATCH_END = 0x11
