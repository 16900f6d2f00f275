"""VLAN tags (IEEE 802.1Q) as they stand in a frame and in auxdata, and the ioctls of VLAN links.

Source: ``include/linux/if_vlan.h``, which is not exported, and ``uapi/linux/if_vlan.h`` for the device's flags and
ioctls.
"""

import ctypes

from helpers.uapi.if_ether import ETH_ALEN

# Lengths in octets.
VLAN_HLEN = 4
VLAN_ETH_HLEN = 18
VLAN_ETH_ZLEN = 64
VLAN_ETH_DATA_LEN = 1500
VLAN_ETH_FRAME_LEN = 1518

# Parts of the tag control information.
VLAN_PRIO_MASK = 0xE000
VLAN_PRIO_SHIFT = 13
VLAN_CFI_MASK = 0x1000
VLAN_VID_MASK = 0x0FFF
VLAN_N_VID = 4096

# Flags of a VLAN device.
VLAN_FLAG_REORDER_HDR = 0x1
VLAN_FLAG_GVRP = 0x2
VLAN_FLAG_LOOSE_BINDING = 0x4
VLAN_FLAG_MVRP = 0x8
VLAN_FLAG_BRIDGE_BINDING = 0x10

# Commands of SIOCGIFVLAN and SIOCSIFVLAN.
ADD_VLAN_CMD = 0
DEL_VLAN_CMD = 1
GET_VLAN_REALDEV_NAME_CMD = 8
GET_VLAN_VID_CMD = 9


class vlan_hdr(ctypes.Structure):
    _fields_ = [("h_vlan_TCI", ctypes.c_uint16), ("h_vlan_encapsulated_proto", ctypes.c_uint16)]


class vlan_ethhdr(ctypes.Structure):
    _fields_ = [
        ("h_dest", ctypes.c_uint8 * ETH_ALEN),
        ("h_source", ctypes.c_uint8 * ETH_ALEN),
        ("h_vlan_proto", ctypes.c_uint16),
        ("h_vlan_TCI", ctypes.c_uint16),
        ("h_vlan_encapsulated_proto", ctypes.c_uint16),
    ]


class _vlan_u(ctypes.Union):
    _fields_ = [
        ("device2", ctypes.c_char * 24),
        ("VID", ctypes.c_int),
        ("skb_priority", ctypes.c_uint),
        ("name_type", ctypes.c_uint),
        ("bind_type", ctypes.c_uint),
        ("flag", ctypes.c_uint),
    ]


class vlan_ioctl_args(ctypes.Structure):
    _fields_ = [("cmd", ctypes.c_int), ("device1", ctypes.c_char * 24), ("u", _vlan_u), ("vlan_qos", ctypes.c_short)]
