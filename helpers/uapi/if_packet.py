"""AF_PACKET: addresses, options, fanout, rings.

Source: ``uapi/linux/if_packet.h``, packet(7), Documentation/networking/packet_mmap.rst.
"""

import ctypes

# Packet types, sll_pkttype. PACKET_FASTROUTE is the old name for the value of PACKET_USER.
PACKET_HOST = 0
PACKET_BROADCAST = 1
PACKET_MULTICAST = 2
PACKET_OTHERHOST = 3
PACKET_OUTGOING = 4
PACKET_LOOPBACK = 5
PACKET_USER = 6
PACKET_KERNEL = 7
PACKET_FASTROUTE = 6

# Socket options of level SOL_PACKET; 4 belonged to a ring that is gone.
PACKET_ADD_MEMBERSHIP = 1
PACKET_DROP_MEMBERSHIP = 2
PACKET_RECV_OUTPUT = 3
PACKET_RX_RING = 5
PACKET_STATISTICS = 6
PACKET_COPY_THRESH = 7
PACKET_AUXDATA = 8
PACKET_ORIGDEV = 9
PACKET_VERSION = 10
PACKET_HDRLEN = 11
PACKET_RESERVE = 12
PACKET_TX_RING = 13
PACKET_LOSS = 14
PACKET_VNET_HDR = 15
PACKET_TX_TIMESTAMP = 16
PACKET_TIMESTAMP = 17
PACKET_FANOUT = 18
PACKET_TX_HAS_OFF = 19
PACKET_QDISC_BYPASS = 20
PACKET_ROLLOVER_STATS = 21
PACKET_FANOUT_DATA = 22
PACKET_IGNORE_OUTGOING = 23
PACKET_VNET_HDR_SZ = 24

# Fanout modes and flags, the high half of PACKET_FANOUT's value.
PACKET_FANOUT_HASH = 0
PACKET_FANOUT_LB = 1
PACKET_FANOUT_CPU = 2
PACKET_FANOUT_ROLLOVER = 3
PACKET_FANOUT_RND = 4
PACKET_FANOUT_QM = 5
PACKET_FANOUT_CBPF = 6
PACKET_FANOUT_EBPF = 7
PACKET_FANOUT_FLAG_ROLLOVER = 0x1000
PACKET_FANOUT_FLAG_UNIQUEID = 0x2000
PACKET_FANOUT_FLAG_IGNORE_OUTGOING = 0x4000
PACKET_FANOUT_FLAG_DEFRAG = 0x8000

# Membership types, mr_type.
PACKET_MR_MULTICAST = 0
PACKET_MR_PROMISC = 1
PACKET_MR_ALLMULTI = 2
PACKET_MR_UNICAST = 3

# Status of a receive ring's slot or block, and of auxdata.
TP_STATUS_KERNEL = 0
TP_STATUS_USER = 1 << 0
TP_STATUS_COPY = 1 << 1
TP_STATUS_LOSING = 1 << 2
TP_STATUS_CSUMNOTREADY = 1 << 3
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_BLK_TMO = 1 << 5
TP_STATUS_VLAN_TPID_VALID = 1 << 6
TP_STATUS_CSUM_VALID = 1 << 7
TP_STATUS_GSO_TCP = 1 << 8

# Status of a transmit ring's slot.
TP_STATUS_AVAILABLE = 0
TP_STATUS_SEND_REQUEST = 1 << 0
TP_STATUS_SENDING = 1 << 1
TP_STATUS_WRONG_FORMAT = 1 << 2

# Which clock stamped a slot of either ring.
TP_STATUS_TS_SOFTWARE = 1 << 29
TP_STATUS_TS_SYS_HARDWARE = 1 << 30
TP_STATUS_TS_RAW_HARDWARE = 1 << 31

# Feature requests of a V3 ring, tp_feature_req_word.
TP_FT_REQ_FILL_RXHASH = 0x1

# Ring versions, the value of PACKET_VERSION.
TPACKET_V1 = 0
TPACKET_V2 = 1
TPACKET_V3 = 2

TPACKET_ALIGNMENT = 16


class sockaddr_pkt(ctypes.Structure):
    _fields_ = [
        ("spkt_family", ctypes.c_ushort),
        ("spkt_device", ctypes.c_char * 14),
        ("spkt_protocol", ctypes.c_uint16),
    ]


class sockaddr_ll(ctypes.Structure):
    _fields_ = [
        ("sll_family", ctypes.c_ushort),
        ("sll_protocol", ctypes.c_uint16),
        ("sll_ifindex", ctypes.c_int),
        ("sll_hatype", ctypes.c_ushort),
        ("sll_pkttype", ctypes.c_uint8),
        ("sll_halen", ctypes.c_uint8),
        ("sll_addr", ctypes.c_uint8 * 8),
    ]


class tpacket_stats(ctypes.Structure):
    _fields_ = [("tp_packets", ctypes.c_uint), ("tp_drops", ctypes.c_uint)]


class tpacket_stats_v3(ctypes.Structure):
    _fields_ = [("tp_packets", ctypes.c_uint), ("tp_drops", ctypes.c_uint), ("tp_freeze_q_cnt", ctypes.c_uint)]


class tpacket_rollover_stats(ctypes.Structure):
    _fields_ = [("tp_all", ctypes.c_uint64), ("tp_huge", ctypes.c_uint64), ("tp_failed", ctypes.c_uint64)]


class tpacket_stats_u(ctypes.Union):
    _fields_ = [("stats1", tpacket_stats), ("stats3", tpacket_stats_v3)]


class tpacket_auxdata(ctypes.Structure):
    _fields_ = [
        ("tp_status", ctypes.c_uint32),
        ("tp_len", ctypes.c_uint32),
        ("tp_snaplen", ctypes.c_uint32),
        ("tp_mac", ctypes.c_uint16),
        ("tp_net", ctypes.c_uint16),
        ("tp_vlan_tci", ctypes.c_uint16),
        ("tp_vlan_tpid", ctypes.c_uint16),
    ]


class tpacket_hdr(ctypes.Structure):
    """Slot header of a V1 ring; its status is a long, so it differs between 32 and 64 bits."""

    _fields_ = [
        ("tp_status", ctypes.c_ulong),
        ("tp_len", ctypes.c_uint),
        ("tp_snaplen", ctypes.c_uint),
        ("tp_mac", ctypes.c_ushort),
        ("tp_net", ctypes.c_ushort),
        ("tp_sec", ctypes.c_uint),
        ("tp_usec", ctypes.c_uint),
    ]


class tpacket2_hdr(ctypes.Structure):
    _fields_ = [
        ("tp_status", ctypes.c_uint32),
        ("tp_len", ctypes.c_uint32),
        ("tp_snaplen", ctypes.c_uint32),
        ("tp_mac", ctypes.c_uint16),
        ("tp_net", ctypes.c_uint16),
        ("tp_sec", ctypes.c_uint32),
        ("tp_nsec", ctypes.c_uint32),
        ("tp_vlan_tci", ctypes.c_uint16),
        ("tp_vlan_tpid", ctypes.c_uint16),
        ("tp_padding", ctypes.c_uint8 * 4),
    ]


class tpacket_hdr_variant1(ctypes.Structure):
    _fields_ = [
        ("tp_rxhash", ctypes.c_uint32),
        ("tp_vlan_tci", ctypes.c_uint32),
        ("tp_vlan_tpid", ctypes.c_uint16),
        ("tp_padding", ctypes.c_uint16),
    ]


class _tpacket3_variant(ctypes.Union):
    _fields_ = [("hv1", tpacket_hdr_variant1)]


class tpacket3_hdr(ctypes.Structure):
    _anonymous_ = ("_variant",)
    _fields_ = [
        ("tp_next_offset", ctypes.c_uint32),
        ("tp_sec", ctypes.c_uint32),
        ("tp_nsec", ctypes.c_uint32),
        ("tp_snaplen", ctypes.c_uint32),
        ("tp_len", ctypes.c_uint32),
        ("tp_status", ctypes.c_uint32),
        ("tp_mac", ctypes.c_uint16),
        ("tp_net", ctypes.c_uint16),
        ("_variant", _tpacket3_variant),
        ("tp_padding", ctypes.c_uint8 * 8),
    ]


class _tpacket_bd_fraction(ctypes.Union):
    _fields_ = [("ts_usec", ctypes.c_uint), ("ts_nsec", ctypes.c_uint)]


class tpacket_bd_ts(ctypes.Structure):
    _anonymous_ = ("_fraction",)
    _fields_ = [("ts_sec", ctypes.c_uint), ("_fraction", _tpacket_bd_fraction)]


class tpacket_hdr_v1(ctypes.Structure):
    """Header of a block of a V3 ring; the "v1" is the version of this header, not of the ring."""

    _fields_ = [
        ("block_status", ctypes.c_uint32),
        ("num_pkts", ctypes.c_uint32),
        ("offset_to_first_pkt", ctypes.c_uint32),
        ("blk_len", ctypes.c_uint32),
        ("seq_num", ctypes.c_uint64),
        ("ts_first_pkt", tpacket_bd_ts),
        ("ts_last_pkt", tpacket_bd_ts),
    ]


class tpacket_bd_header_u(ctypes.Union):
    _fields_ = [("bh1", tpacket_hdr_v1)]


class tpacket_block_desc(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("offset_to_priv", ctypes.c_uint32), ("hdr", tpacket_bd_header_u)]


class tpacket_req(ctypes.Structure):
    _fields_ = [
        ("tp_block_size", ctypes.c_uint),
        ("tp_block_nr", ctypes.c_uint),
        ("tp_frame_size", ctypes.c_uint),
        ("tp_frame_nr", ctypes.c_uint),
    ]


class tpacket_req3(ctypes.Structure):
    """Geometry of a V3 ring: sizes in bytes, tp_retire_blk_tov in ms (0: the kernel picks)."""

    _fields_ = [
        *tpacket_req._fields_,
        ("tp_retire_blk_tov", ctypes.c_uint),
        ("tp_sizeof_priv", ctypes.c_uint),
        ("tp_feature_req_word", ctypes.c_uint),
    ]


class tpacket_req_u(ctypes.Union):
    _fields_ = [("req", tpacket_req), ("req3", tpacket_req3)]


class packet_mreq(ctypes.Structure):
    _fields_ = [
        ("mr_ifindex", ctypes.c_int),
        ("mr_type", ctypes.c_ushort),
        ("mr_alen", ctypes.c_ushort),
        ("mr_address", ctypes.c_uint8 * 8),
    ]


class fanout_args(ctypes.Structure):
    """PACKET_FANOUT with a limit of members (5.11); id and type_flags change places on big-endian machines."""

    _fields_ = [("id", ctypes.c_uint16), ("type_flags", ctypes.c_uint16), ("max_num_members", ctypes.c_uint32)]


def TPACKET_ALIGN(length: int) -> int:  # noqa: N802 (the header's name)
    """Round a length in bytes up to TPACKET_ALIGNMENT."""
    return (length + TPACKET_ALIGNMENT - 1) & ~(TPACKET_ALIGNMENT - 1)


# Room that a slot header and the sockaddr_ll after it take, in bytes.
TPACKET_HDRLEN = TPACKET_ALIGN(ctypes.sizeof(tpacket_hdr)) + ctypes.sizeof(sockaddr_ll)
TPACKET2_HDRLEN = TPACKET_ALIGN(ctypes.sizeof(tpacket2_hdr)) + ctypes.sizeof(sockaddr_ll)
TPACKET3_HDRLEN = TPACKET_ALIGN(ctypes.sizeof(tpacket3_hdr)) + ctypes.sizeof(sockaddr_ll)
