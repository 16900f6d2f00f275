"""Netlink message framing, and sock_diag's part of it.

Source: ``uapi/linux/netlink.h``, ``uapi/linux/sock_diag.h``, netlink(7), sock_diag(7).
"""

import ctypes

# Protocols of AF_NETLINK.
NETLINK_ROUTE = 0
NETLINK_UNUSED = 1
NETLINK_USERSOCK = 2
NETLINK_FIREWALL = 3
NETLINK_SOCK_DIAG = 4
NETLINK_NFLOG = 5
NETLINK_XFRM = 6
NETLINK_SELINUX = 7
NETLINK_ISCSI = 8
NETLINK_AUDIT = 9
NETLINK_FIB_LOOKUP = 10
NETLINK_CONNECTOR = 11
NETLINK_NETFILTER = 12
NETLINK_IP6_FW = 13
NETLINK_DNRTMSG = 14
NETLINK_KOBJECT_UEVENT = 15
NETLINK_GENERIC = 16
NETLINK_SCSITRANSPORT = 18
NETLINK_ECRYPTFS = 19
NETLINK_RDMA = 20
NETLINK_CRYPTO = 21
NETLINK_SMC = 22
NETLINK_INET_DIAG = NETLINK_SOCK_DIAG
MAX_LINKS = 32

# Socket options of level SOL_NETLINK.
NETLINK_ADD_MEMBERSHIP = 1
NETLINK_DROP_MEMBERSHIP = 2
NETLINK_PKTINFO = 3
NETLINK_BROADCAST_ERROR = 4
NETLINK_NO_ENOBUFS = 5
NETLINK_RX_RING = 6
NETLINK_TX_RING = 7
NETLINK_LISTEN_ALL_NSID = 8
NETLINK_LIST_MEMBERSHIPS = 9
NETLINK_CAP_ACK = 10
NETLINK_EXT_ACK = 11
NETLINK_GET_STRICT_CHK = 12

# Message flags: all messages, then GET, NEW, DELETE and ACK.
NLM_F_REQUEST = 0x01
NLM_F_MULTI = 0x02
NLM_F_ACK = 0x04
NLM_F_ECHO = 0x08
NLM_F_DUMP_INTR = 0x10
NLM_F_DUMP_FILTERED = 0x20
NLM_F_ROOT = 0x100
NLM_F_MATCH = 0x200
NLM_F_ATOMIC = 0x400
NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH
NLM_F_REPLACE = 0x100
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
NLM_F_APPEND = 0x800
NLM_F_NONREC = 0x100
NLM_F_BULK = 0x200
NLM_F_CAPPED = 0x100
NLM_F_ACK_TLVS = 0x200

# Message types that every protocol knows, and the framing's lengths.
NLMSG_ALIGNTO = 4
NLMSG_NOOP = 0x1
NLMSG_ERROR = 0x2
NLMSG_DONE = 0x3
NLMSG_OVERRUN = 0x4
NLMSG_MIN_TYPE = 0x10
NLMSG_HDRLEN = 16

# Attributes of an extended acknowledgement.
NLMSGERR_ATTR_UNUSED = 0
NLMSGERR_ATTR_MSG = 1
NLMSGERR_ATTR_OFFS = 2
NLMSGERR_ATTR_COOKIE = 3
NLMSGERR_ATTR_POLICY = 4
NLMSGERR_ATTR_MISS_TYPE = 5
NLMSGERR_ATTR_MISS_NEST = 6

# Attribute framing.
NLA_F_NESTED = 1 << 15
NLA_F_NET_BYTEORDER = 1 << 14
NLA_TYPE_MASK = ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
NLA_ALIGNTO = 4
NLA_HDRLEN = 4

# sock_diag: message types, and the words of a meminfo attribute.
SOCK_DIAG_BY_FAMILY = 20
SOCK_DESTROY = 21
SK_MEMINFO_RMEM_ALLOC = 0
SK_MEMINFO_RCVBUF = 1
SK_MEMINFO_WMEM_ALLOC = 2
SK_MEMINFO_SNDBUF = 3
SK_MEMINFO_FWD_ALLOC = 4
SK_MEMINFO_WMEM_QUEUED = 5
SK_MEMINFO_OPTMEM = 6
SK_MEMINFO_BACKLOG = 7
SK_MEMINFO_DROPS = 8
SK_MEMINFO_VARS = 9


class sockaddr_nl(ctypes.Structure):
    _fields_ = [
        ("nl_family", ctypes.c_ushort),
        ("nl_pad", ctypes.c_ushort),
        ("nl_pid", ctypes.c_uint32),
        ("nl_groups", ctypes.c_uint32),
    ]


class nlmsghdr(ctypes.Structure):
    _fields_ = [
        ("nlmsg_len", ctypes.c_uint32),
        ("nlmsg_type", ctypes.c_uint16),
        ("nlmsg_flags", ctypes.c_uint16),
        ("nlmsg_seq", ctypes.c_uint32),
        ("nlmsg_pid", ctypes.c_uint32),
    ]


class nlmsgerr(ctypes.Structure):
    _fields_ = [("error", ctypes.c_int), ("msg", nlmsghdr)]


class nl_pktinfo(ctypes.Structure):
    _fields_ = [("group", ctypes.c_uint32)]


class nlattr(ctypes.Structure):
    _fields_ = [("nla_len", ctypes.c_uint16), ("nla_type", ctypes.c_uint16)]


class sock_diag_req(ctypes.Structure):
    _fields_ = [("sdiag_family", ctypes.c_uint8), ("sdiag_protocol", ctypes.c_uint8)]


def NLMSG_ALIGN(length: int) -> int:  # noqa: N802 (the header's name)
    """Round a length in bytes up to the alignment of messages."""
    return (length + NLMSG_ALIGNTO - 1) & ~(NLMSG_ALIGNTO - 1)


def message(header: nlmsghdr, body: bytes) -> bytes:
    """Return a message: the *header* with its length, and the body."""
    header.nlmsg_len = NLMSG_HDRLEN + len(body)
    return bytes(header) + body


def attribute(kind: int, data: bytes) -> bytes:
    """Return an attribute, padded."""
    length = NLA_HDRLEN + len(data)
    return (bytes(nlattr(length, kind)) + data).ljust(NLA_ALIGN(length), b"\0")


def NLA_ALIGN(length: int) -> int:  # noqa: N802
    """Round a length in bytes up to the alignment of attributes."""
    return (length + NLA_ALIGNTO - 1) & ~(NLA_ALIGNTO - 1)
