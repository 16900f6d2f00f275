"""Frames are those that were asked for, byte by byte, and each can be told from every other."""

import struct

import pytest
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

from helpers.net import frames
from helpers.net.frames import BROADCAST, MULTICAST, OWN, STRANGER
from helpers.process import in_child
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_ARP

MARKER = 16  # bytes


def text(address):
    return address.hex(":")


def test_a_frame_is_what_another_program_reads_in_it():
    frame = frames.ethernet()
    read = Ether(frame.data)

    assert (read.dst, read.src, read.type) == (text(BROADCAST), text(STRANGER), OWN)
    assert bytes(read.payload) == frame.payload
    assert (len(frame), len(frame.data), frame.ethertype) == (46, 46, OWN)


def test_its_parts_are_in_their_places():
    frame = frames.ethernet(MULTICAST, b"\x02\0\0\0\0\1", ETH_P_ARP, 100)

    assert frame.data[:ETH_HLEN] == MULTICAST + b"\x02\0\0\0\0\1" + struct.pack("!H", ETH_P_ARP)
    assert frame.data[ETH_HLEN:] == frame.payload
    assert frame.payload[:MARKER] == frame.marker
    assert frame.payload[MARKER:] == bytes(range(100 - ETH_HLEN - MARKER))


@pytest.mark.parametrize("size", [ETH_HLEN + MARKER, 60, 1514, 9014, 65549])
def test_a_frame_has_the_size_that_was_asked_for(size):
    frame = frames.ethernet(size=size)

    assert len(frame.data) == size
    assert frame.payload[MARKER:] == bytes(number % 251 for number in range(size - ETH_HLEN - MARKER))


@pytest.mark.parametrize("size", [ETH_HLEN + MARKER - 1, ETH_HLEN, 0])
def test_a_frame_without_room_for_its_marker_is_refused(size):
    with pytest.raises(ValueError, match=f"a frame of {size} bytes has no room"):
        frames.ethernet(size=size)


def test_markers_are_unique():
    made = {frames.new_marker() for _ in range(1000)}

    assert len(made) == 1000
    assert {len(marker) for marker in made} == {MARKER}


def test_another_process_makes_other_markers():
    """Both count on from the same number: the process tells them apart."""
    theirs = in_child(lambda: [frames.new_marker() for _ in range(10)])

    assert not {frames.new_marker() for _ in range(10)} & set(theirs)


@pytest.mark.parametrize("tci", [0, 1, 0xFFF, 0x1000, 0x2007, 0xE000, 0xFFFF], ids=hex)
@pytest.mark.parametrize(("tpid", "kind"), [(ETH_P_8021Q, Dot1Q), (ETH_P_8021AD, Dot1AD)], ids=["8021q", "8021ad"])
def test_a_tag_is_in_band_with_all_its_bits(tpid, kind, tci):
    frame = frames.tagged(tpid, tci)
    tag = Ether(frame.data).payload

    assert frame.data[12:18] == struct.pack("!HHH", tpid, tci, OWN)
    assert (type(tag), tag.prio, tag.dei, tag.vlan, tag.type) == (kind, tci >> 13, tci >> 12 & 1, tci & 0xFFF, OWN)
    assert bytes(tag.payload) == frame.payload
    assert (frame.ethertype, frame.payload[:MARKER]) == (tpid, frame.marker)
