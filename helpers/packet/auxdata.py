"""What the clauses about PACKET_AUXDATA share: sockets that get it, and its parts."""

from helpers.net.wire import End
from helpers.packet.packet_socket import Packet, PacketSocket
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import (
    PACKET_AUXDATA,
    TP_STATUS_USER,
    TP_STATUS_VLAN_TPID_VALID,
    TP_STATUS_VLAN_VALID,
    tpacket_auxdata,
)
from helpers.uapi.socket import SOCK_RAW

TAGGED = TP_STATUS_USER | TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID  # the status of a frame with a reported tag
TAG_COVERS = ["status:TP_STATUS_VLAN_VALID", "status:TP_STATUS_VLAN_TPID_VALID"]


def listening(end: End, type_: int = SOCK_RAW, protocol: int = ETH_P_ALL) -> PacketSocket:
    """Return a socket on *end* that gets auxiliary data; *protocol* in host order."""
    socket = end.packet_socket(type_, protocol)
    socket.enable(PACKET_AUXDATA)
    return socket


def fields(packet: Packet) -> tuple[int, ...]:
    """Return all fields of the auxiliary data: status, both lengths, both offsets, both parts of a VLAN tag."""
    return tuple(getattr(packet.aux, name) for name, _ in tpacket_auxdata._fields_)


def tag(packet: Packet) -> tuple[int, int, int]:
    """Return the VLAN tag in the auxiliary data: status, TCI, TPID."""
    return packet.aux.tp_status, packet.aux.tp_vlan_tci, packet.aux.tp_vlan_tpid
