"""Receive rings: VLAN tags, removed from the frame or still in it, as each ring version reports them."""

from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.received_slots import place, status
from helpers.rings import V1, V2, V3, Geometry
from helpers.uapi.if_ether import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q
from helpers.uapi.if_packet import TP_STATUS_USER, TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_VALID
from helpers.uapi.socket import SOCK_DGRAM, SOCK_RAW

RECEIVING = "src:net/packet/af_packet.c:tpacket_rcv"
REFS = ["uapi:linux/if_packet.h", "doc:networking/packet_mmap.rst", RECEIVING]
VALID = TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID
COVERS = ["status:TP_STATUS_VLAN_VALID", "status:TP_STATUS_VLAN_TPID_VALID"]
versions = pytest.mark.parametrize("version", [V2, V3], ids=str)
types = pytest.mark.parametrize("type", [SOCK_RAW, SOCK_DGRAM], ids=["raw", "dgram"])
tpids = pytest.mark.parametrize("tpid", [ETH_P_8021Q, ETH_P_8021AD], ids=["8021q", "8021ad"])


def tag(slot):
    """Return the VLAN tag in a slot of V2 or V3: status, TCI, TPID."""
    fields = slot.header if slot.version is V2 else slot.header.hv1
    return status(slot), fields.tp_vlan_tci, fields.tp_vlan_tpid


@clause(since="3.14", level="documented", refs=REFS, covers=COVERS)
@versions
@types
@tpids
@pytest.mark.parametrize("tci", [0x2007, 0xFFFF, 0], ids=hex)
def test_a_tag_that_was_taken_out_is_in_the_header(tap, rings, version, type, tpid, tci):  # noqa: A002
    """The tag of an incoming frame is removed: the slot's header has TCI and TPID, flagged valid."""
    ring = rings.receive(tap, version, type=type)
    frame = frames.tagged(tpid, tci)

    tap.arrive(frame)
    slot = ring.receive(frame.marker)

    assert tag(slot) == (TP_STATUS_USER | VALID, tci, tpid)
    assert slot.data == frame.without_tag().bytes_for(type)
    assert (slot.header.tp_mac, slot.header.tp_net) == place(version, type)
    assert slot.source.sll_protocol == htons(OWN)


@clause(since="3.14", level="documented", refs=REFS, covers=COVERS)
@versions
def test_a_slot_keeps_nothing_of_the_tag_before(tap, rings, version):
    """An untagged frame in a slot whose last frame had a tag has no VLAN flag, and TCI and TPID are 0."""
    ring = rings.receive(tap, version, Geometry(block_nr=1, frame_size=4096, retire_blk_tov=1))
    tagged, plain = frames.tagged(ETH_P_8021AD, 0x2007), frames.ethernet()

    seen = []
    for frame in (tagged, plain):
        tap.arrive(frame)
        slot = ring.receive(frame.marker)
        seen.append((tag(slot), slot.memory))
        slot.hand_back()

    (first, place_of_first), (second, place_of_second) = seen
    assert (first, second) == ((TP_STATUS_USER | VALID, 0x2007, ETH_P_8021AD), (TP_STATUS_USER, 0, 0))
    assert place_of_first == place_of_second


@clause(since="2.6.27", level="uapi", refs=REFS)
@types
def test_v1_has_no_place_for_a_tag(tap, rings, type):  # noqa: A002
    """A slot of V1 has the frame without its tag, and no bit that reports one."""
    ring = rings.receive(tap, V1, type=type)
    frame = frames.tagged(ETH_P_8021Q, 0x2007)

    tap.arrive(frame)
    slot = ring.receive(frame.marker)

    assert (status(slot), slot.data) == (TP_STATUS_USER, frame.without_tag().bytes_for(type))


@clause(since="5.14", level="source", refs=REFS)
@versions
@tpids
def test_for_raw_a_tag_in_the_frame_stays_there(tap, rings, version, tpid):
    """A RAW ring has a frame that was sent with a tag as it was sent, and no tag in the slot's header."""
    ring = rings.receive(tap, version)
    frame = frames.tagged(tpid, 0x2007)

    tap.inject(frame)
    slot = ring.receive(frame.marker)

    assert (tag(slot), slot.data) == ((TP_STATUS_USER, 0, 0), frame.data)
    assert (slot.header.tp_mac, slot.header.tp_net) == place(version, link_header=ETH_HLEN + 4)
    assert slot.source.sll_protocol == htons(tpid)


@clause(
    since="6.11",
    level="source",
    refs=["commit:79eecf631c14", "cve:CVE-2024-57901", "cve:CVE-2024-57902", RECEIVING],
    covers=COVERS,
)
@versions
@tpids
@pytest.mark.parametrize("tci", [0x2007, 0xFFFF, 0], ids=hex)
def test_for_dgram_a_tag_in_the_frame_is_in_the_header(tap, rings, version, tpid, tci):
    """A DGRAM ring has the payload of a frame sent with a tag, the tag in the header and the protocol inside it."""
    ring = rings.receive(tap, version, type=SOCK_DGRAM)
    frame = frames.tagged(tpid, tci)

    tap.inject(frame)
    slot = ring.receive(frame.marker)

    assert tag(slot) == (TP_STATUS_USER | VALID, tci, tpid)
    assert slot.data == frame.payload
    assert slot.source.sll_protocol == htons(OWN)
