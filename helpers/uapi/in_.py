"""Internet protocols, addresses and the options of level SOL_IP; those of SOL_IPV6 are in ``in6``.

Source: ``uapi/linux/in.h``, ``uapi/linux/in6.h``, ip(7), ipv6(7). Addresses and ports are in wire order.
"""

import ctypes

from helpers.uapi.socket import sockaddr_storage

# Protocols.
IPPROTO_IP = 0
IPPROTO_ICMP = 1
IPPROTO_IGMP = 2
IPPROTO_IPIP = 4
IPPROTO_TCP = 6
IPPROTO_EGP = 8
IPPROTO_PUP = 12
IPPROTO_UDP = 17
IPPROTO_IDP = 22
IPPROTO_TP = 29
IPPROTO_DCCP = 33
IPPROTO_IPV6 = 41
IPPROTO_RSVP = 46
IPPROTO_GRE = 47
IPPROTO_ESP = 50
IPPROTO_AH = 51
IPPROTO_MTP = 92
IPPROTO_BEETPH = 94
IPPROTO_ENCAP = 98
IPPROTO_PIM = 103
IPPROTO_COMP = 108
IPPROTO_L2TP = 115
IPPROTO_SCTP = 132
IPPROTO_UDPLITE = 136
IPPROTO_MPLS = 137
IPPROTO_ETHERNET = 143
IPPROTO_AGGFRAG = 144
IPPROTO_RAW = 255
IPPROTO_SMC = 256
IPPROTO_MPTCP = 262
IPPROTO_MAX = 263

# IPv6 extension headers.
IPPROTO_HOPOPTS = 0
IPPROTO_ROUTING = 43
IPPROTO_FRAGMENT = 44
IPPROTO_ICMPV6 = 58
IPPROTO_NONE = 59
IPPROTO_DSTOPTS = 60
IPPROTO_MH = 135

# Socket options of level SOL_IP.
IP_TOS = 1
IP_TTL = 2
IP_HDRINCL = 3
IP_OPTIONS = 4
IP_ROUTER_ALERT = 5
IP_RECVOPTS = 6
IP_RETOPTS = 7
IP_PKTINFO = 8
IP_PKTOPTIONS = 9
IP_MTU_DISCOVER = 10
IP_RECVERR = 11
IP_RECVTTL = 12
IP_RECVTOS = 13
IP_MTU = 14
IP_FREEBIND = 15
IP_IPSEC_POLICY = 16
IP_XFRM_POLICY = 17
IP_PASSSEC = 18
IP_TRANSPARENT = 19
IP_RECVRETOPTS = IP_RETOPTS
IP_ORIGDSTADDR = 20
IP_RECVORIGDSTADDR = IP_ORIGDSTADDR
IP_MINTTL = 21
IP_NODEFRAG = 22
IP_CHECKSUM = 23
IP_BIND_ADDRESS_NO_PORT = 24
IP_RECVFRAGSIZE = 25
IP_RECVERR_RFC4884 = 26
IP_MULTICAST_IF = 32
IP_MULTICAST_TTL = 33
IP_MULTICAST_LOOP = 34
IP_ADD_MEMBERSHIP = 35
IP_DROP_MEMBERSHIP = 36
IP_UNBLOCK_SOURCE = 37
IP_BLOCK_SOURCE = 38
IP_ADD_SOURCE_MEMBERSHIP = 39
IP_DROP_SOURCE_MEMBERSHIP = 40
IP_MSFILTER = 41
MCAST_JOIN_GROUP = 42
MCAST_BLOCK_SOURCE = 43
MCAST_UNBLOCK_SOURCE = 44
MCAST_LEAVE_GROUP = 45
MCAST_JOIN_SOURCE_GROUP = 46
MCAST_LEAVE_SOURCE_GROUP = 47
MCAST_MSFILTER = 48
IP_MULTICAST_ALL = 49
IP_UNICAST_IF = 50
IP_LOCAL_PORT_RANGE = 51
IP_PROTOCOL = 52

# Values of IP_MTU_DISCOVER and of source filters.
IP_PMTUDISC_DONT = 0
IP_PMTUDISC_WANT = 1
IP_PMTUDISC_DO = 2
IP_PMTUDISC_PROBE = 3
IP_PMTUDISC_INTERFACE = 4
IP_PMTUDISC_OMIT = 5
MCAST_EXCLUDE = 0
MCAST_INCLUDE = 1

# Well-known addresses, in host order.
INADDR_ANY = 0x00000000
INADDR_BROADCAST = 0xFFFFFFFF
INADDR_NONE = 0xFFFFFFFF
INADDR_LOOPBACK = 0x7F000001
INADDR_UNSPEC_GROUP = 0xE0000000
INADDR_ALLHOSTS_GROUP = 0xE0000001
INADDR_ALLRTRS_GROUP = 0xE0000002
INADDR_ALLSNOOPERS_GROUP = 0xE000006A
INADDR_MAX_LOCAL_GROUP = 0xE00000FF


class in_addr(ctypes.Structure):
    _fields_ = [("s_addr", ctypes.c_uint32)]


class sockaddr_in(ctypes.Structure):
    _fields_ = [
        ("sin_family", ctypes.c_ushort),
        ("sin_port", ctypes.c_uint16),
        ("sin_addr", in_addr),
        ("sin_zero", ctypes.c_uint8 * 8),
    ]


class ip_mreq(ctypes.Structure):
    _fields_ = [("imr_multiaddr", in_addr), ("imr_interface", in_addr)]


class ip_mreqn(ctypes.Structure):
    _fields_ = [("imr_multiaddr", in_addr), ("imr_address", in_addr), ("imr_ifindex", ctypes.c_int)]


class ip_mreq_source(ctypes.Structure):
    _fields_ = [
        ("imr_multiaddr", ctypes.c_uint32),
        ("imr_interface", ctypes.c_uint32),
        ("imr_sourceaddr", ctypes.c_uint32),
    ]


class group_req(ctypes.Structure):
    _fields_ = [("gr_interface", ctypes.c_uint32), ("gr_group", sockaddr_storage)]


class group_source_req(ctypes.Structure):
    _fields_ = [
        ("gsr_interface", ctypes.c_uint32),
        ("gsr_group", sockaddr_storage),
        ("gsr_source", sockaddr_storage),
    ]


class in_pktinfo(ctypes.Structure):
    _fields_ = [("ipi_ifindex", ctypes.c_int), ("ipi_spec_dst", in_addr), ("ipi_addr", in_addr)]


class _in6_u(ctypes.Union):
    _fields_ = [
        ("u6_addr8", ctypes.c_uint8 * 16),
        ("u6_addr16", ctypes.c_uint16 * 8),
        ("u6_addr32", ctypes.c_uint32 * 4),
    ]


class in6_addr(ctypes.Structure):
    _anonymous_ = ("in6_u",)
    _fields_ = [("in6_u", _in6_u)]


# The header's macros for the union's members.
in6_addr.s6_addr = in6_addr.u6_addr8
in6_addr.s6_addr16 = in6_addr.u6_addr16
in6_addr.s6_addr32 = in6_addr.u6_addr32


class sockaddr_in6(ctypes.Structure):
    _fields_ = [
        ("sin6_family", ctypes.c_ushort),
        ("sin6_port", ctypes.c_uint16),
        ("sin6_flowinfo", ctypes.c_uint32),
        ("sin6_addr", in6_addr),
        ("sin6_scope_id", ctypes.c_uint32),
    ]


class ip_msfilter(ctypes.Structure):
    """The beginning; imsf_numsrc addresses of sources follow."""

    _fields_ = [
        ("imsf_multiaddr", ctypes.c_uint32),
        ("imsf_interface", ctypes.c_uint32),
        ("imsf_fmode", ctypes.c_uint32),
        ("imsf_numsrc", ctypes.c_uint32),
        ("imsf_slist", ctypes.c_uint32 * 1),
    ]


class group_filter(ctypes.Structure):
    """With one source; more of them follow."""

    _fields_ = [
        ("gf_interface", ctypes.c_uint32),
        ("gf_group", sockaddr_storage),
        ("gf_fmode", ctypes.c_uint32),
        ("gf_numsrc", ctypes.c_uint32),
        ("gf_slist", sockaddr_storage * 1),
    ]
