"""The time stamps of frames that a packet socket sent.

Source: Documentation/networking/timestamping.rst, packet(7).
"""

from helpers import transmit_stamps
from helpers.error_queue import OF_PACKET
from helpers.packet.packet_socket import PacketSocket
from helpers.transmit_stamps import Stamp


def stamps(socket: PacketSocket, count: int) -> list[Stamp]:
    """Return *count* time stamps, once they are there; more of them, or more beside one, are an AssertionError."""
    found = transmit_stamps.stamps(socket, count, OF_PACKET)
    assert [(one.seconds is None, one.controls) for one in found] == [(False, {})] * count
    return found
