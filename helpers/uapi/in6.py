"""The options of level SOL_IPV6 and their values; addresses of IPv6 are in ``in_``.

Source: ``uapi/linux/in6.h``, ``uapi/linux/ipv6.h``, ipv6(7), RFC 3493, RFC 3542.
"""

import ctypes

from helpers.uapi.in_ import in6_addr, sockaddr_in6

# Socket options of level SOL_IPV6; beside them those called MCAST_ in ``in_``.
IPV6_ADDRFORM = 1
IPV6_2292PKTINFO = 2
IPV6_2292HOPOPTS = 3
IPV6_2292DSTOPTS = 4
IPV6_2292RTHDR = 5
IPV6_2292PKTOPTIONS = 6
IPV6_CHECKSUM = 7
IPV6_2292HOPLIMIT = 8
IPV6_NEXTHOP = 9
IPV6_AUTHHDR = 10
IPV6_FLOWINFO = 11
IPV6_UNICAST_HOPS = 16
IPV6_MULTICAST_IF = 17
IPV6_MULTICAST_HOPS = 18
IPV6_MULTICAST_LOOP = 19
IPV6_ADD_MEMBERSHIP = 20
IPV6_DROP_MEMBERSHIP = 21
IPV6_ROUTER_ALERT = 22
IPV6_MTU_DISCOVER = 23
IPV6_MTU = 24
IPV6_RECVERR = 25
IPV6_V6ONLY = 26
IPV6_JOIN_ANYCAST = 27
IPV6_LEAVE_ANYCAST = 28
IPV6_MULTICAST_ALL = 29
IPV6_ROUTER_ALERT_ISOLATE = 30
IPV6_RECVERR_RFC4884 = 31
IPV6_FLOWLABEL_MGR = 32
IPV6_FLOWINFO_SEND = 33
IPV6_IPSEC_POLICY = 34
IPV6_XFRM_POLICY = 35
IPV6_HDRINCL = 36
IPV6_RECVPKTINFO = 49
IPV6_PKTINFO = 50
IPV6_RECVHOPLIMIT = 51
IPV6_HOPLIMIT = 52
IPV6_RECVHOPOPTS = 53
IPV6_HOPOPTS = 54
IPV6_RTHDRDSTOPTS = 55
IPV6_RECVRTHDR = 56
IPV6_RTHDR = 57
IPV6_RECVDSTOPTS = 58
IPV6_DSTOPTS = 59
IPV6_RECVPATHMTU = 60
IPV6_PATHMTU = 61
IPV6_DONTFRAG = 62
IPV6_RECVTCLASS = 66
IPV6_TCLASS = 67
IPV6_AUTOFLOWLABEL = 70
IPV6_ADDR_PREFERENCES = 72
IPV6_MINHOPCOUNT = 73
IPV6_ORIGDSTADDR = 74
IPV6_RECVORIGDSTADDR = IPV6_ORIGDSTADDR
IPV6_TRANSPARENT = 75
IPV6_UNICAST_IF = 76
IPV6_RECVFRAGSIZE = 77
IPV6_FREEBIND = 78

# Values of IPV6_MTU_DISCOVER.
IPV6_PMTUDISC_DONT = 0
IPV6_PMTUDISC_WANT = 1
IPV6_PMTUDISC_DO = 2
IPV6_PMTUDISC_PROBE = 3
IPV6_PMTUDISC_INTERFACE = 4
IPV6_PMTUDISC_OMIT = 5


class ipv6_mreq(ctypes.Structure):
    _fields_ = [("ipv6mr_multiaddr", in6_addr), ("ipv6mr_ifindex", ctypes.c_int)]


class in6_pktinfo(ctypes.Structure):
    _fields_ = [("ipi6_addr", in6_addr), ("ipi6_ifindex", ctypes.c_int)]


class ip6_mtuinfo(ctypes.Structure):
    _fields_ = [("ip6m_addr", sockaddr_in6), ("ip6m_mtu", ctypes.c_uint32)]


class in6_ifreq(ctypes.Structure):
    """An address of an interface, for SIOCSIFADDR and SIOCDIFADDR on an AF_INET6 socket."""

    _fields_ = [("ifr6_addr", in6_addr), ("ifr6_prefixlen", ctypes.c_uint32), ("ifr6_ifindex", ctypes.c_int)]


# Flow labels: actions, sharing and flags of IPV6_FLOWLABEL_MGR.
IPV6_FL_A_GET = 0
IPV6_FL_A_PUT = 1
IPV6_FL_A_RENEW = 2
IPV6_FL_F_CREATE = 1
IPV6_FL_F_EXCL = 2
IPV6_FL_S_NONE = 0
IPV6_FL_S_EXCL = 1
IPV6_FL_S_ANY = 255


class in6_flowlabel_req(ctypes.Structure):
    _fields_ = [
        ("flr_dst", in6_addr),
        ("flr_label", ctypes.c_uint32),
        ("flr_action", ctypes.c_uint8),
        ("flr_share", ctypes.c_uint8),
        ("flr_flags", ctypes.c_uint16),
        ("flr_expires", ctypes.c_uint16),
        ("flr_linger", ctypes.c_uint16),
        ("__flr_pad", ctypes.c_uint32),
    ]


class ipv6_opt_hdr(ctypes.Structure):
    _fields_ = [("nexthdr", ctypes.c_uint8), ("hdrlen", ctypes.c_uint8)]


class ipv6_rt_hdr(ctypes.Structure):
    _fields_ = [
        ("nexthdr", ctypes.c_uint8),
        ("hdrlen", ctypes.c_uint8),
        ("type", ctypes.c_uint8),
        ("segments_left", ctypes.c_uint8),
    ]
