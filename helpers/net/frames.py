"""Ethernet frames of our own, recognisable among others; scapy writes the bytes."""

import itertools
import os
from dataclasses import dataclass

from scapy.layers.l2 import Dot1Q, Ether

from helpers.uapi.if_ether import ETH_HLEN
from helpers.uapi.socket import SOCK_DGRAM

OWN = 0x88B5  # IEEE "local experimental ethertype 1": no protocol uses it
OTHER = 0x88B6  # the second one, for frames that must not be received
BROADCAST = b"\xff" * 6
MULTICAST = b"\x01\x00\x5e\x00\x00\x7f"
STRANGER = b"\x02\x00\x00\x00\xee\x01"  # a locally administered address that no link has

_number = itertools.count(1)


def new_marker() -> bytes:
    """Return 16 bytes that no other frame of this run contains."""
    return b"SOCK" + os.getpid().to_bytes(4, "big") + next(_number).to_bytes(8, "big")


@dataclass(frozen=True)
class Frame:
    """A frame's bytes and its parts; ``marker`` is unique and starts the payload."""

    data: bytes
    marker: bytes
    payload: bytes
    ethertype: int

    def __len__(self) -> int:
        return len(self.data)

    def without_tag(self) -> "Frame":
        """Return this ``tagged`` frame as it is received when its tag has been removed."""
        return Frame(self.data[:12] + OWN.to_bytes(2, "big") + self.payload, self.marker, self.payload, OWN)

    def bytes_for(self, type_: int) -> bytes:
        """Return what a packet socket of type *type_* sends or receives: SOCK_DGRAM has no link-layer header."""
        return self.payload if type_ == SOCK_DGRAM else self.data


def ethernet(
    destination: bytes = BROADCAST,
    source: bytes = STRANGER,
    ethertype: int = OWN,
    size: int | None = None,
) -> Frame:
    """Return a frame; *size* is its whole length in bytes (46 without one), padded with a counting pattern."""
    marker = new_marker()
    room = (46 if size is None else size) - ETH_HLEN
    if room < len(marker):
        raise ValueError(f"a frame of {size} bytes has no room for its marker")
    payload = marker + bytes(number % 251 for number in range(room - len(marker)))
    header = Ether(dst=_text(destination), src=_text(source), type=ethertype)
    return Frame(bytes(header) + payload, marker, payload, ethertype)


def tagged(tpid: int, tci: int, destination: bytes = BROADCAST, source: bytes = STRANGER) -> Frame:
    """Return a frame with one VLAN tag in band: *tpid* ETH_P_8021Q or ETH_P_8021AD, *tci* the 16-bit tag."""
    plain = ethernet(destination, source)
    tag = Dot1Q(prio=tci >> 13, dei=tci >> 12 & 1, vlan=tci & 0xFFF, type=OWN)
    header = Ether(dst=_text(destination), src=_text(source), type=tpid) / tag
    return Frame(bytes(header) + plain.payload, plain.marker, plain.payload, tpid)


def _text(address: bytes) -> str:
    return address.hex(":")
