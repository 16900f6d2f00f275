"""The options of SOL_IP; defaults are those of an AF_INET socket of type SOCK_DGRAM.

Source: ip(7), ``uapi/linux/in.h``, ``net/ipv4/ip_sockglue.c:do_ip_setsockopt``.
"""

from helpers.options.multicast import protocol_independent
from helpers.options.option import FLAG, GET, SET, options_of
from helpers.uapi import in_

_option = options_of("SOL_IP", in_, due=True)

_IPSEC = "needs IPsec in the kernel, and states of it on both ends"
_LABEL = {"effect": "the label comes from a security module with labelled IPsec"}
_DEFRAG = {"effect": "only connection tracking reassembles what leaves"}

OPTIONS = (
    _option("IP_TOS", samples=((0x10, 0x10), (0xFC, 0xFC), (0, 0))),
    _option("IP_TTL", default=64, samples=((1, 1), (255, 255), (-1, 64))),
    _option("IP_HDRINCL", "flag", samples=FLAG),
    _option("IP_OPTIONS", "char[]"),
    _option("IP_ROUTER_ALERT"),
    _option("IP_RECVOPTS", "flag", samples=FLAG),
    _option("IP_RETOPTS", "flag", samples=FLAG),
    _option("IP_PKTINFO", "flag", samples=FLAG),
    _option("IP_PKTOPTIONS", "char[]", GET),
    _option("IP_MTU_DISCOVER", default=in_.IP_PMTUDISC_WANT, samples=tuple((value, value) for value in range(6))),
    _option("IP_RECVERR", "flag", samples=FLAG),
    _option("IP_RECVTTL", "flag", samples=FLAG),
    _option("IP_RECVTOS", "flag", samples=FLAG),
    _option("IP_MTU", "int", GET),
    _option("IP_FREEBIND", "flag", samples=FLAG),
    _option("IP_IPSEC_POLICY", "struct xfrm_userpolicy_info", SET, unreachable={"set": _IPSEC, "effect": _IPSEC}),
    _option("IP_XFRM_POLICY", "struct xfrm_userpolicy_info", SET, unreachable={"set": _IPSEC, "effect": _IPSEC}),
    _option(
        "IP_PASSSEC",
        "flag",
        samples=FLAG,
        unreachable=_LABEL,
    ),
    _option("IP_TRANSPARENT", "flag", samples=FLAG),
    _option("IP_RECVORIGDSTADDR", "flag", samples=FLAG),
    _option("IP_MINTTL", samples=((1, 1), (255, 255), (0, 0))),
    _option("IP_NODEFRAG", "flag", samples=FLAG, unreachable=_DEFRAG),
    _option("IP_CHECKSUM", "flag", samples=FLAG),
    _option("IP_BIND_ADDRESS_NO_PORT", "flag", samples=FLAG),
    _option("IP_RECVFRAGSIZE", "flag", samples=FLAG),
    _option("IP_RECVERR_RFC4884", samples=((1, 1), (0, 0), (1, 1))),
    _option("IP_MULTICAST_IF", "struct ip_mreqn"),
    _option("IP_MULTICAST_TTL", default=1, samples=((0, 0), (255, 255), (-1, 1))),
    _option("IP_MULTICAST_LOOP", "flag", default=1, samples=FLAG),
    _option("IP_ADD_MEMBERSHIP", "struct ip_mreqn", SET),
    _option("IP_DROP_MEMBERSHIP", "struct ip_mreqn", SET),
    _option("IP_UNBLOCK_SOURCE", "struct ip_mreq_source", SET),
    _option("IP_BLOCK_SOURCE", "struct ip_mreq_source", SET),
    _option("IP_ADD_SOURCE_MEMBERSHIP", "struct ip_mreq_source", SET),
    _option("IP_DROP_SOURCE_MEMBERSHIP", "struct ip_mreq_source", SET),
    _option("IP_MSFILTER", "struct ip_msfilter"),
    *protocol_independent("SOL_IP", options_of("SOL_IP", in_, due=True)),
    _option("IP_MULTICAST_ALL", default=1, samples=((0, 0), (1, 1))),
    _option("IP_UNICAST_IF"),
    _option(
        "IP_LOCAL_PORT_RANGE",
        samples=tuple((value, value) for value in (0x9C419C40, 0x9C40, 0x9C400000, 0x00010001, 0)),
    ),
    _option("IP_PROTOCOL", "int", GET),
)
