"""ICMPv6: types and codes of messages, and the option of raw sockets that filters them by type.

Source: ``uapi/linux/icmpv6.h``; icmp(7), RFC 4443, RFC 3542.
"""

import ctypes

ICMPV6_DEST_UNREACH = 1
ICMPV6_PKT_TOOBIG = 2
ICMPV6_TIME_EXCEED = 3
ICMPV6_PARAMPROB = 4
ICMPV6_ECHO_REQUEST = 128
ICMPV6_ECHO_REPLY = 129

# Codes of ICMPV6_DEST_UNREACH.
ICMPV6_NOROUTE = 0
ICMPV6_ADM_PROHIBITED = 1
ICMPV6_NOT_NEIGHBOUR = 2
ICMPV6_ADDR_UNREACH = 3
ICMPV6_PORT_UNREACH = 4
ICMPV6_POLICY_FAIL = 5
ICMPV6_REJECT_ROUTE = 6

# Codes of ICMPV6_TIME_EXCEED and ICMPV6_PARAMPROB.
ICMPV6_EXC_HOPLIMIT = 0
ICMPV6_EXC_FRAGTIME = 1
ICMPV6_HDR_FIELD = 0
ICMPV6_UNK_NEXTHDR = 1
ICMPV6_UNK_OPTION = 2

# The socket option of level SOL_ICMPV6, and the structure's modes.
ICMPV6_FILTER = 1
ICMPV6_FILTER_BLOCK = 1
ICMPV6_FILTER_PASS = 2
ICMPV6_FILTER_BLOCKOTHERS = 3
ICMPV6_FILTER_PASSONLY = 4


class icmp6_filter(ctypes.Structure):
    """Bit n of the 256: messages of type n are not received."""

    _fields_ = [("data", ctypes.c_uint32 * 8)]
