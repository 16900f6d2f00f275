"""What a ring is made of: its version, and the numbers with which a program asks for it.

Source: ``uapi/linux/if_packet.h``, Documentation/networking/packet_mmap.rst.
"""

import ctypes
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from helpers.memory import PAGE
from helpers.uapi import if_packet
from helpers.uapi.if_packet import TPACKET_ALIGN, sockaddr_ll, tpacket_req, tpacket_req3


class Version(NamedTuple):
    """A ring version: *number* for PACKET_VERSION, the *header* of a slot, the *request* that asks for a ring."""

    name: str
    number: int
    header: Any
    request: Any

    @property
    def address_offset(self) -> int:
        """Where a receive slot has its sockaddr_ll, and a transmit slot its data unless PACKET_TX_HAS_OFF is set."""
        return TPACKET_ALIGN(ctypes.sizeof(self.header))

    @property
    def hdrlen(self) -> int:
        """Bytes that header and sockaddr_ll take: TPACKET_HDRLEN, TPACKET2_HDRLEN or TPACKET3_HDRLEN."""
        return self.address_offset + ctypes.sizeof(sockaddr_ll)

    def __str__(self) -> str:
        return self.name


V1 = Version("v1", if_packet.TPACKET_V1, if_packet.tpacket_hdr, tpacket_req)
V2 = Version("v2", if_packet.TPACKET_V2, if_packet.tpacket2_hdr, tpacket_req)
V3 = Version("v3", if_packet.TPACKET_V3, if_packet.tpacket3_hdr, tpacket_req3)
VERSIONS = (V1, V2, V3)

BLOCK_HEADER = ctypes.sizeof(if_packet.tpacket_block_desc)  # a multiple of V3_ALIGNMENT
V3_ALIGNMENT = 8  # of the private area and the frames in a V3 block


@dataclass(frozen=True)
class Geometry:
    """What a program asks for: sizes in bytes, *retire_blk_tov* in ms. The defaults are a small ring of any version.

    *frame_nr* is what fits the rest unless it is given. ``but(…)`` is the same with something changed.
    """

    block_size: int = PAGE
    block_nr: int = 2
    frame_size: int = PAGE // 2
    frame_nr: int | None = None
    retire_blk_tov: int = 0
    sizeof_priv: int = 0
    feature_req_word: int = 0

    def but(self, **changes: int | None) -> "Geometry":
        """Return this geometry with *changes*; the number of frames follows unless it was given."""
        return replace(self, **changes)

    @property
    def frames_per_block(self) -> int:
        """How many frames a block holds."""
        return self.block_size // self.frame_size if self.frame_size else 0

    @property
    def frames(self) -> int:
        """How many frames are requested."""
        return self.frames_per_block * self.block_nr if self.frame_nr is None else self.frame_nr

    @property
    def size(self) -> int:
        """Bytes of all blocks: the length of the ring's mapping."""
        return self.block_size * self.block_nr

    def request(self, version: Version) -> Any:
        """Return the tpacket_req, or for V3 the tpacket_req3; fields wrap at 32 bits as in C."""
        numbers = [self.block_size, self.block_nr, self.frame_size, self.frames]
        if version.request is tpacket_req3:
            numbers += [self.retire_blk_tov, self.sizeof_priv, self.feature_req_word]
        return version.request(*numbers)

    def frame_offset(self, index: int) -> int:
        """Return where frame *index* begins in the ring; a block's rest that no frame fills is skipped."""
        block, frame = divmod(index, self.frames_per_block)
        return block * self.block_size + frame * self.frame_size


NO_RING = Geometry(0, 0, 0, 0)  # the request that removes a ring
