"""The rings of packet sockets: PACKET_RX_RING and PACKET_TX_RING of TPACKET_V1, V2 and V3, and their mapping.

The same classes serve clauses, frame by frame through ctypes structures that lie in the ring's memory, and throughput,
batch by batch through NumPy views of it. Source: Documentation/networking/packet_mmap.rst, packet(7).

Most tests take a ring from the fixture (fixtures/rings.py), which undoes everything::

    def test_x(wire, rings):
        ring = rings.receive(wire.right, V2)                   # SlotRing; V3: BlockRing. Set, mapped, then bound
        frame = frames.ethernet()
        wire.left.inject(frame)
        slot = ring.receive(frame.marker)                      # waits; frames of others are handed back
        assert (slot.status, slot.header.tp_len) == (…)        # .header is tpacket2_hdr in the ring's memory
        assert slot.data == frame.data                         # .source the sockaddr_ll, .payload from tp_net on
        slot.hand_back()

    ring = rings.transmit(wire.left, V3)                       # TransmitRing
    slot = ring.put(frame.data)                                # fills the slot at the cursor, requests it
    assert ring.kick() == returned(len(frame))                 # sendto(fd, NULL, 0), raw
    ring.wait_available(slot)

``rings.receive(end, version, geometry, type=, protocol=, options={PACKET_RESERVE: 32})``; ``rings.transmit`` likewise
(its socket receives nothing unless given a protocol); ``rings.both(end, version, rx, tx, …)`` gives a Rings with
``.rx`` and ``.tx``. ``ring.socket`` is the PacketSocket.

Where a step of the set-up is itself what the clause is about, take it raw::

    made = rings.on(sockets.packet(), V2, rx=GEOMETRY.but(block_nr=4), tx=None)    # does nothing yet
    made.set_version()  made.set_rx()  made.set_tx(geometry)  made.map(size=, offset=, protection=, flags=)
    made.unmap()  made.remove_rx()  made.remove_tx()                               # each returns the call's Result
    made.set_ring(PACKET_TX_RING, geometry)  made.remove(PACKET_TX_RING)           # the same for either ring
    made.must.set_rx()                                                             # as set-up; made.setup() does all

Geometry(block_size, block_nr, frame_size, frame_nr, retire_blk_tov, sizeof_priv, feature_req_word): ``.request(V3)``
is the tpacket_req or tpacket_req3, ``.but(…)`` changes something (frame_nr follows unless given), ``.size`` the bytes
to map. V1, V2, V3 (``VERSIONS``) know ``.header``, ``.hdrlen`` (TPACKETn_HDRLEN) and ``.address_offset``.

SlotRing (V1, V2): ``slot(i)``, ``take()`` (slot at the cursor or None), ``receive(marker)``, ``owned()``;
``status``, ``headers``, ``frames`` are views of all slots (``ring.status[:] = TP_STATUS_KERNEL``); ``batch()`` gives
the slots that wait as a slice for these views, ``release(slice)`` hands them back.

BlockRing (V3): ``block(i)``, ``take()``, ``next(seconds)`` (waits for a block), ``receive(marker)`` (a frame;
``slot.block``); ``status``, ``headers`` are views of all block headers. Block: ``header`` (tpacket_hdr_v1),
``description``, ``status``, ``slots()``, ``at()``, ``write()``, ``hand_back()``; in bulk ``offsets()`` and
``column("tp_snaplen", offsets)``.

TransmitRing: ``fill(i, data, offset=, length=)`` (nothing requested), ``put(data, …)``, ``kick(flags, address)``,
``wait_available(*slots)``, ``send(*frames)`` for all of it as set-up; ``slot(i)``, ``status``, ``headers``, ``frames``
as above; ``data_offset``, ``room``.

Slots, blocks and views lie in mapped memory: after ``unmap()`` or the end of the test touching one ends the process.
"""

from helpers.rings.blocks import Block, BlockRing, BlockSlot
from helpers.rings.geometry import BLOCK_HEADER, NO_RING, V1, V2, V3, V3_ALIGNMENT, VERSIONS, Geometry, Version
from helpers.rings.mapping import READ_WRITE, Mapping, map_socket
from helpers.rings.rings import Rings
from helpers.rings.slots import FrameRing, Slot, SlotRing
from helpers.rings.transmit import TransmitRing

__all__ = [
    "BLOCK_HEADER",
    "NO_RING",
    "READ_WRITE",
    "V1",
    "V2",
    "V3",
    "V3_ALIGNMENT",
    "VERSIONS",
    "Block",
    "BlockRing",
    "BlockSlot",
    "FrameRing",
    "Geometry",
    "Mapping",
    "Rings",
    "Slot",
    "SlotRing",
    "TransmitRing",
    "Version",
    "map_socket",
]
