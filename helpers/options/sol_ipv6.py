"""The options of SOL_IPV6; defaults are those of an AF_INET6 socket of type SOCK_DGRAM.

Source: ipv6(7), ``uapi/linux/in6.h``, ``net/ipv6/ipv6_sockglue.c:do_ipv6_setsockopt``; RFC 3493, RFC 3542.
"""

from helpers.options.multicast import protocol_independent
from helpers.options.option import FLAG, GET, NONE, SET, options_of
from helpers.uapi import in6, in_

_option = options_of("SOL_IPV6", in6, due=True)

_IPSEC = "needs IPsec in the kernel, and states of it on both ends"
_ROUTING = "the types that are taken, 2 and 4, need CONFIG_IPV6_MIP6 or CONFIG_IPV6_SEG6"
_PKTOPTIONS = "what it sets is what the options of their own names set"
_ISOLATE = {"effect": "routers of two namespaces with one link are needed"}
_PREFERENCES = {"effect": "needs temporary or home addresses, which come from routers"}

OPTIONS = (
    _option("IPV6_ADDRFORM"),
    _option("IPV6_2292PKTINFO", "flag", samples=FLAG),
    _option("IPV6_2292HOPOPTS", "flag", samples=FLAG),
    _option("IPV6_2292DSTOPTS", "flag", samples=FLAG),
    _option("IPV6_2292RTHDR", "flag", samples=FLAG),
    _option("IPV6_2292PKTOPTIONS", "char[]", unreachable={"set": _PKTOPTIONS, "effect": _PKTOPTIONS}),
    _option("IPV6_CHECKSUM", default=-1),
    _option("IPV6_2292HOPLIMIT", "flag", samples=FLAG),
    _option("IPV6_NEXTHOP", "struct sockaddr_in6", NONE),
    _option("IPV6_AUTHHDR", "none", NONE),
    _option("IPV6_FLOWINFO", "flag", samples=FLAG),
    _option("IPV6_UNICAST_HOPS", default=64, samples=((0, 0), (255, 255), (-1, 64))),
    _option("IPV6_MULTICAST_IF"),
    _option("IPV6_MULTICAST_HOPS", default=1, samples=((0, 0), (255, 255), (-1, 1))),
    _option("IPV6_MULTICAST_LOOP", default=1, samples=((0, 0), (1, 1))),
    _option("IPV6_ADD_MEMBERSHIP", "struct ipv6_mreq", SET),
    _option("IPV6_DROP_MEMBERSHIP", "struct ipv6_mreq", SET),
    _option("IPV6_ROUTER_ALERT"),
    _option("IPV6_MTU_DISCOVER", default=in6.IPV6_PMTUDISC_WANT, samples=tuple((value, value) for value in range(6))),
    _option("IPV6_MTU"),
    _option("IPV6_RECVERR", "flag", samples=FLAG),
    _option("IPV6_V6ONLY", "flag", samples=FLAG),
    _option("IPV6_JOIN_ANYCAST", "struct ipv6_mreq", SET),
    _option("IPV6_LEAVE_ANYCAST", "struct ipv6_mreq", SET),
    _option("IPV6_MULTICAST_ALL", "flag", default=1, samples=FLAG),
    _option(
        "IPV6_ROUTER_ALERT_ISOLATE",
        "flag",
        samples=FLAG,
        unreachable=_ISOLATE,
    ),
    _option("IPV6_RECVERR_RFC4884", samples=((1, 1), (0, 0), (1, 1))),
    _option("IPV6_FLOWLABEL_MGR", "struct in6_flowlabel_req"),
    _option("IPV6_FLOWINFO_SEND", "flag", samples=FLAG),
    _option("IPV6_IPSEC_POLICY", "struct xfrm_userpolicy_info", SET, unreachable={"set": _IPSEC, "effect": _IPSEC}),
    _option("IPV6_XFRM_POLICY", "struct xfrm_userpolicy_info", SET, unreachable={"set": _IPSEC, "effect": _IPSEC}),
    _option("IPV6_HDRINCL", "flag", samples=FLAG),
    *protocol_independent("SOL_IPV6", options_of("SOL_IPV6", in_, due=True)),
    _option("IPV6_RECVPKTINFO", "flag", samples=FLAG),
    _option("IPV6_PKTINFO", "struct in6_pktinfo", SET),
    _option("IPV6_RECVHOPLIMIT", "flag", samples=FLAG),
    _option("IPV6_HOPLIMIT", "none", NONE),
    _option("IPV6_RECVHOPOPTS", "flag", samples=FLAG),
    _option("IPV6_HOPOPTS", "struct ipv6_opt_hdr"),
    _option("IPV6_RTHDRDSTOPTS", "struct ipv6_opt_hdr"),
    _option("IPV6_RECVRTHDR", "flag", samples=FLAG),
    _option("IPV6_RTHDR", "struct ipv6_rt_hdr", unreachable={"set": _ROUTING, "get": _ROUTING, "effect": _ROUTING}),
    _option("IPV6_RECVDSTOPTS", "flag", samples=FLAG),
    _option("IPV6_DSTOPTS", "struct ipv6_opt_hdr"),
    _option("IPV6_RECVPATHMTU", "flag", samples=FLAG),
    _option("IPV6_PATHMTU", "struct ip6_mtuinfo", GET),
    _option("IPV6_DONTFRAG", "flag", samples=FLAG),
    _option("IPV6_RECVTCLASS", "flag", samples=FLAG),
    _option("IPV6_TCLASS", samples=((0x10, 0x10), (255, 255), (-1, 0))),
    _option("IPV6_AUTOFLOWLABEL", "flag", default=1, samples=FLAG),
    _option(
        "IPV6_ADDR_PREFERENCES",
        default=0x500,
        samples=((1, 0x401), (2, 0x402), (0x104, 0x104), (0x500, 0x500)),
        unreachable=_PREFERENCES,
    ),
    _option("IPV6_MINHOPCOUNT", samples=((1, 1), (255, 255), (0, 0))),
    _option("IPV6_RECVORIGDSTADDR", "flag", samples=FLAG),
    _option("IPV6_TRANSPARENT", "flag", samples=FLAG),
    _option("IPV6_UNICAST_IF"),
    _option("IPV6_RECVFRAGSIZE", "flag", samples=FLAG),
    _option("IPV6_FREEBIND", "flag", samples=FLAG),
)
