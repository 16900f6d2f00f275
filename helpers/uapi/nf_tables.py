"""Requests of NETLINK_NETFILTER that make a table and a chain of nftables.

Source: ``uapi/linux/netfilter.h``, ``uapi/linux/netfilter/nfnetlink.h``, ``uapi/linux/netfilter/nf_tables.h``.
"""

import ctypes

NFNETLINK_V0 = 0
NFNL_MSG_BATCH_BEGIN = 0x10
NFNL_MSG_BATCH_END = 0x11
NFNL_SUBSYS_NFTABLES = 10

NFPROTO_NETDEV = 5
NF_NETDEV_EGRESS = 1
NF_DROP = 0

NFT_MSG_NEWTABLE = 0
NFT_MSG_NEWCHAIN = 3

NFTA_TABLE_NAME = 1
NFTA_CHAIN_TABLE = 1
NFTA_CHAIN_NAME = 3
NFTA_CHAIN_HOOK = 4
NFTA_CHAIN_POLICY = 5
NFTA_CHAIN_TYPE = 7
NFTA_HOOK_HOOKNUM = 1
NFTA_HOOK_PRIORITY = 2
NFTA_HOOK_DEV = 3


class nfgenmsg(ctypes.Structure):
    _fields_ = [("nfgen_family", ctypes.c_uint8), ("version", ctypes.c_uint8), ("res_id", ctypes.c_uint16)]
