"""The ring classes: what goes through a ring arrives whole, frame by frame and in bulk, and nothing stays mapped."""

import mmap

import numpy as np
import pytest

from helpers import wait
from helpers.memory import PAGE
from helpers.net import frames
from helpers.rings import V1, V2, V3, VERSIONS, Geometry, map_socket
from helpers.rings.layout import record_type
from helpers.sockets import SetupError
from helpers.syscall import refused, returned
from helpers.uapi.if_packet import (
    PACKET_RESERVE,
    PACKET_TX_HAS_OFF,
    TP_STATUS_KERNEL,
    tpacket_block_desc,
    tpacket_req3,
)
from helpers.uapi.mman import MREMAP_MAYMOVE
from helpers.uapi.socket import SOCK_DGRAM
from helpers.wait import DeadlineError

versions = pytest.mark.parametrize("version", VERSIONS, ids=str)


def maps_of(address):
    """Return the lines of the process's mappings in which *address* lies."""
    found = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            start, _, end = line.split()[0].partition("-")
            if int(start, 16) <= address < int(end, 16):
                found.append(line)
    return found


@versions
@pytest.mark.parametrize("reserve", [0, 32])
def test_a_frame_from_ring_to_ring(wire, rings, version, reserve):
    receiver = rings.receive(wire.right, version, protocol=frames.OWN, options={PACKET_RESERVE: reserve})
    sender = rings.transmit(wire.left, version)
    sent = [frames.ethernet(size=60 + number) for number in range(5)]

    for frame in sent:
        slot = sender.put(frame.data)
        assert sender.kick() == returned(len(frame))
        sender.wait_available(slot)
        got = receiver.receive(frame.marker)
        assert (got.users, got.data, got.payload) == (True, frame.data, frame.payload)
        assert got.source.sll_ifindex == wire.right.ifindex
        assert got.header.tp_net == got.header.tp_mac + 14
        got.hand_back()
    assert sender.cursor == 5 % len(sender)


@pytest.mark.parametrize("version", [V1, V2], ids=str)
def test_slots_in_bulk(wire, rings, version):
    receiver = rings.receive(wire.right, version, Geometry(frame_size=512, block_nr=1), protocol=frames.OWN)
    sent = [frames.ethernet(size=60 + number) for number in range(6)]
    batches = []

    for _ in range(2):
        wire.left.inject(*sent)
        wait.until(lambda: len(receiver.owned()) == len(sent), "all frames in the ring")
        while (batch := receiver.batch()).stop > batch.start:
            batches.append((batch.start, batch.stop, list(receiver.headers["tp_len"][batch])))
            receiver.release(batch)

    assert batches == [(0, 6, [60, 61, 62, 63, 64, 65]), (6, 8, [60, 61]), (0, 4, [62, 63, 64, 65])]
    assert list(receiver.status) == [TP_STATUS_KERNEL] * 8
    assert receiver.frames.shape == (8, 512)
    assert receiver.frames[3].ctypes.data == receiver.slot(3).memory


@pytest.mark.parametrize("sizes", [[60] * 7, [60, 61, 900, 60, 60, 61, 61], [60]], ids=["equal", "mixed", "one"])
def test_blocks_in_bulk(wire, rings, sizes):
    geometry = Geometry(block_nr=7, retire_blk_tov=20, sizeof_priv=13)  # a block for each frame, if it must be
    receiver = rings.receive(wire.right, V3, geometry, protocol=frames.OWN)
    sent = [frames.ethernet(size=size) for size in sizes]

    wire.left.inject(*sent)

    data = []
    while len(data) < len(sent):
        block = receiver.next()
        offsets = block.offsets()
        assert list(offsets) == [slot.offset for slot in block.slots()]
        assert list(block.column("tp_snaplen", offsets)) == [len(slot.data) for slot in block.slots()]
        assert list(block.column("tp_mac", offsets)) == [slot.header.tp_mac for slot in block.slots()]
        assert receiver.headers["num_pkts"][block.index] == len(offsets)
        data += [slot.data for slot in block.slots()]
        block.hand_back()
    assert data == [frame.data for frame in sent]
    assert list(receiver.status) == [TP_STATUS_KERNEL] * 7


def test_frames_that_do_not_fill_their_blocks_are_reached_one_by_one(wire, rings):
    receiver = rings.receive(wire.right, V2, Geometry(frame_size=1536, block_nr=2), protocol=frames.OWN)
    sent = [frames.ethernet() for _ in range(4)]

    wire.left.inject(*sent)

    for frame in sent:
        assert receiver.receive(frame.marker).data == frame.data
    assert receiver.owned() == [0, 1, 2, 3]
    assert receiver.slot(2).memory - receiver.slot(0).memory == PAGE
    with pytest.raises(ValueError, match="do not fill"):
        _ = receiver.status


@versions
def test_both_rings_in_one_mapping(wire, rings, version):
    made = rings.both(wire.right, version, Geometry(block_nr=3), Geometry(block_nr=1), protocol=frames.OWN)
    frame = frames.ethernet()
    receiver, sender = made.rx, made.tx
    far = wire.left.packet_socket()

    wire.left.inject(frame)
    sender.send(frame.data)

    assert receiver.receive(frame.marker).data == frame.data
    assert far.receive(frame.marker).data == frame.data
    assert made.size == 4 * PAGE


@versions
def test_the_offset_of_the_data_can_be_chosen(wire, rings, version):
    sender = rings.transmit(wire.left, version, options={PACKET_TX_HAS_OFF: 1})
    far, frame = wire.right.packet_socket(), frames.ethernet()

    sender.put(frame.data, offset=sender.data_offset + 100)
    sender.kick()

    assert far.receive(frame.marker).data == frame.data


def test_receive_gives_up(wire, rings):
    for version in VERSIONS:
        ring = rings.receive(wire.right, version, protocol=frames.OWN, type=SOCK_DGRAM)
        with pytest.raises(DeadlineError):
            ring.receive(b"nothing", 0.01)


def test_steps_are_raw_and_the_mapping_goes(sockets, rings):
    made = rings.on(sockets.packet(), V2, rx=Geometry())

    with pytest.raises(SetupError, match="not mapped"):
        _ = made.rx
    with pytest.raises(SetupError, match="EINVAL"):
        made.must.set_rx(Geometry(frame_size=24))
    assert made.map(PAGE) == refused(22)
    assert made.set_version().ok
    assert made.set_rx().ok
    assert made.map().ok
    address = made.mapping.address
    assert maps_of(address)
    made.close()
    assert maps_of(address) == []


def test_a_mapping_unmaps_only_what_is_left_of_it():
    result, mapping = map_socket(-1, 6 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = mapping.address

    assert result.value == start
    assert mapping.unmap(2 * PAGE, PAGE).ok
    assert mapping.unmap(5 * PAGE).ok
    assert mapping._ranges == [(start, start + 2 * PAGE), (start + 3 * PAGE, start + 5 * PAGE)]
    assert (len(maps_of(start)), len(maps_of(start + 3 * PAGE))) == (1, 1)
    mapping.close()
    assert (maps_of(start), maps_of(start + 3 * PAGE), mapping._ranges) == ([], [], [])


def test_a_mapping_that_moves_is_known_at_its_new_place():
    _, mapping = map_socket(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    mapping.bytes[0] = 42

    assert mapping.remap(64 * PAGE, MREMAP_MAYMOVE).ok
    assert (mapping.bytes[0], len(mapping.bytes)) == (42, 64 * PAGE)
    mapping.close()


def test_requests_are_the_geometry():
    geometry = Geometry(8192, 4, 1024, retire_blk_tov=60, sizeof_priv=8, feature_req_word=1)

    assert bytes(geometry.request(V3)) == bytes(tpacket_req3(8192, 4, 1024, 32, 60, 8, 1))
    assert bytes(geometry.request(V1)) == bytes(geometry.request(V3))[:16]
    assert (geometry.frames, geometry.but(frame_size=3000).frames, geometry.but(frame_nr=7).frames) == (32, 8, 7)
    assert [geometry.but(frame_size=3000).frame_offset(index) for index in (1, 2, 3)] == [3000, 8192, 11192]


def test_record_types_name_every_field_at_its_place():
    block = record_type(tpacket_block_desc)

    assert block.fields["ts_last_pkt.ts_nsec"][1] == 44
    assert block.fields["num_pkts"] == (np.dtype(np.uint32), 12)
    assert record_type(V3.header).fields["tp_rxhash"][1] == V3.header._variant.offset
