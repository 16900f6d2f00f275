"""Interface flags and the requests of the interface ioctls.

Source: ``uapi/linux/if.h``, netdevice(7).
"""

import ctypes

from helpers.uapi.socket import sockaddr

IFNAMSIZ = 16
IFALIASZ = 256
ALTIFNAMSIZ = 128
IFHWADDRLEN = 6

# Interface flags; ioctls carry the low 16 bits only.
IFF_UP = 1 << 0
IFF_BROADCAST = 1 << 1
IFF_DEBUG = 1 << 2
IFF_LOOPBACK = 1 << 3
IFF_POINTOPOINT = 1 << 4
IFF_NOTRAILERS = 1 << 5
IFF_RUNNING = 1 << 6
IFF_NOARP = 1 << 7
IFF_PROMISC = 1 << 8
IFF_ALLMULTI = 1 << 9
IFF_MASTER = 1 << 10
IFF_SLAVE = 1 << 11
IFF_MULTICAST = 1 << 12
IFF_PORTSEL = 1 << 13
IFF_AUTOMEDIA = 1 << 14
IFF_DYNAMIC = 1 << 15
IFF_LOWER_UP = 1 << 16
IFF_DORMANT = 1 << 17
IFF_ECHO = 1 << 18
IFF_VOLATILE = (
    IFF_LOOPBACK
    | IFF_POINTOPOINT
    | IFF_BROADCAST
    | IFF_ECHO
    | IFF_MASTER
    | IFF_SLAVE
    | IFF_RUNNING
    | IFF_LOWER_UP
    | IFF_DORMANT
)

# Operational state (RFC 2863) and link modes.
IF_OPER_UNKNOWN = 0
IF_OPER_NOTPRESENT = 1
IF_OPER_DOWN = 2
IF_OPER_LOWERLAYERDOWN = 3
IF_OPER_TESTING = 4
IF_OPER_DORMANT = 5
IF_OPER_UP = 6
IF_LINK_MODE_DEFAULT = 0
IF_LINK_MODE_DORMANT = 1
IF_LINK_MODE_TESTING = 2


class ifmap(ctypes.Structure):
    _fields_ = [
        ("mem_start", ctypes.c_ulong),
        ("mem_end", ctypes.c_ulong),
        ("base_addr", ctypes.c_ushort),
        ("irq", ctypes.c_uint8),
        ("dma", ctypes.c_uint8),
        ("port", ctypes.c_uint8),
    ]


class _ifr_ifrn(ctypes.Union):
    _fields_ = [("ifrn_name", ctypes.c_char * IFNAMSIZ)]


class _ifr_ifru(ctypes.Union):
    _fields_ = [
        ("ifru_addr", sockaddr),
        ("ifru_dstaddr", sockaddr),
        ("ifru_broadaddr", sockaddr),
        ("ifru_netmask", sockaddr),
        ("ifru_hwaddr", sockaddr),
        ("ifru_flags", ctypes.c_short),
        ("ifru_ivalue", ctypes.c_int),
        ("ifru_mtu", ctypes.c_int),
        ("ifru_map", ifmap),
        ("ifru_slave", ctypes.c_char * IFNAMSIZ),
        ("ifru_newname", ctypes.c_char * IFNAMSIZ),
        ("ifru_data", ctypes.c_void_p),
    ]


class ifreq(ctypes.Structure):
    """One interface request; the short names ifr_name, ifr_flags and so on work as in C."""

    _anonymous_ = ("ifr_ifrn", "ifr_ifru")
    _fields_ = [("ifr_ifrn", _ifr_ifrn), ("ifr_ifru", _ifr_ifru)]


# The header's macros for the members of the two unions.
ifreq.ifr_name = ifreq.ifrn_name
ifreq.ifr_ifindex = ifreq.ifr_metric = ifreq.ifr_bandwidth = ifreq.ifr_qlen = ifreq.ifru_ivalue
for _member in ("addr", "dstaddr", "broadaddr", "netmask", "hwaddr", "flags", "mtu", "map", "slave", "newname", "data"):
    setattr(ifreq, f"ifr_{_member}", getattr(ifreq, f"ifru_{_member}"))


def ifreq_of(name: str, **fields: int | bytes) -> ifreq:
    """Return the request about the interface *name*, with some fields set (``ifr_flags=``), and zero elsewhere."""
    request = ifreq()
    request.ifr_name = name.encode()
    for field, value in fields.items():
        setattr(request, field, value)
    return request


class _ifc_ifcu(ctypes.Union):
    _fields_ = [("ifcu_buf", ctypes.c_void_p), ("ifcu_req", ctypes.c_void_p)]


class ifconf(ctypes.Structure):
    """SIOCGIFCONF: a buffer of ifc_len bytes for an array of ifreq."""

    _anonymous_ = ("ifc_ifcu",)
    _fields_ = [("ifc_len", ctypes.c_int), ("ifc_ifcu", _ifc_ifcu)]


ifconf.ifc_buf = ifconf.ifcu_buf
ifconf.ifc_req = ifconf.ifcu_req
