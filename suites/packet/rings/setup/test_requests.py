"""setsockopt(2), SOL_PACKET: making and removing rings. What goes through them is not the subject here."""

import ctypes
import mmap
from errno import EBUSY, EINVAL
from socket import htons

import pytest

from fixtures.clauses import clause
from helpers.memory import PAGE
from helpers.net.frames import OWN
from helpers.option_calls import put, put_at
from helpers.option_table import covers, option
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_packet import TPACKET_V1, TPACKET_V2, TPACKET_V3, tpacket_req, tpacket_req3

SYSCALL = "setsockopt"
SET = "src:net/packet/af_packet.c:packet_setsockopt"
RING = "src:net/packet/af_packet.c:packet_set_ring"
DOC = "doc:networking/packet_mmap.rst"
RINGS = ("PACKET_RX_RING", "PACKET_TX_RING")
FRAME = PAGE // 2
BLOCKS = 2
SIZE = BLOCKS * PAGE
GONE = tpacket_req()
VERSION = option("PACKET_VERSION")

both_rings = pytest.mark.parametrize("ring", [option(name) for name in RINGS], ids=str)


def _request(kind=tpacket_req, **changes):
    good = {"tp_block_size": PAGE, "tp_block_nr": BLOCKS, "tp_frame_size": FRAME, "tp_frame_nr": SIZE // FRAME}
    return kind(**{**good, **changes})


def _mapped(socket, size):
    """Return the errno with which the kernel refuses to map the rings at this size, 0 if it maps them."""
    try:
        mmap.mmap(socket.fd, size).close()
    except OSError as error:
        return error.errno
    return 0


@clause(since="4.11", level="documented", refs=["man:packet(7)", DOC, RING], covers=covers(RINGS, "set", "effect"))
@both_rings
@pytest.mark.parametrize(
    ("version", "kind"), [(TPACKET_V1, tpacket_req), (TPACKET_V2, tpacket_req), (TPACKET_V3, tpacket_req3)]
)
def test_a_ring_can_be_mapped_at_its_size(sockets, ring, version, kind):
    """A ring of any version can be mapped whole once it is set, and not before, shorter or longer."""
    socket = sockets.packet(protocol=OWN)
    assert put(socket, VERSION, version) == SUCCESS
    before = _mapped(socket, SIZE)

    result = put(socket, ring, _request(kind))

    assert result == SUCCESS
    assert before == EINVAL
    assert [_mapped(socket, size) for size in (PAGE, SIZE, SIZE + PAGE)] == [EINVAL, 0, EINVAL]
    assert socket.name().sll_protocol == htons(OWN)  # the kernel unhooks the socket meanwhile


@clause(since="2.6.31", level="documented", refs=["man:packet(7)", DOC, RING], covers=covers(RINGS, "set", "error"))
@both_rings
def test_a_ring_is_removed_by_a_request_without_blocks(sockets, ring):
    """A second ring is refused with EBUSY until the first is removed by a request of zeros, here too long by far."""
    socket = sockets.packet()
    assert put(socket, ring, _request()) == SUCCESS

    results = [put(socket, ring, _request()), put(socket, ring, _request(tp_block_nr=0)), put(socket, VERSION, 1)]
    removal = put(socket, ring, bytes(64))

    assert results == [refused(EBUSY), refused(EINVAL), refused(EBUSY)]
    assert removal == SUCCESS
    assert (put(socket, VERSION, 1), _mapped(socket, SIZE)) == (SUCCESS, EINVAL)


@clause(since="2.6.31", level="source", refs=[RING], covers=["errno:EBUSY", *covers(RINGS, "error")])
@both_rings
def test_a_mapped_ring_cannot_be_removed(sockets, ring):
    """While a ring is mapped its removal is refused with EBUSY, and so is the other ring."""
    socket = sockets.packet()
    other = option(RINGS[1 - RINGS.index(ring.name)])
    assert put(socket, ring, _request()) == SUCCESS
    view = mmap.mmap(socket.fd, SIZE)

    results = [put(socket, ring, GONE), put(socket, other, _request())]
    view.close()

    assert results == [refused(EBUSY)] * 2
    assert put(socket, ring, GONE) == SUCCESS


@clause(since="4.11", level="source", refs=[SET], covers=["errno:EINVAL", *covers(RINGS, "error")])
@pytest.mark.parametrize(
    ("version", "kind"), [(TPACKET_V1, tpacket_req), (TPACKET_V2, tpacket_req), (TPACKET_V3, tpacket_req3)]
)
def test_a_request_that_is_too_short_for_its_version_is_refused(sockets, version, kind):
    """A request one byte shorter than the structure of the socket's ring version is refused with EINVAL."""
    socket = sockets.packet()
    assert put(socket, VERSION, version) == SUCCESS

    rings, size = [option(name) for name in RINGS], ctypes.sizeof(kind)
    results = [put(socket, ring, _request(kind), length) for ring in rings for length in (size - 1, 0)]

    assert results == [refused(EINVAL)] * 4
    assert put(socket, rings[0], kind(), size) == SUCCESS


@clause(
    since="6.10",
    level="disputed",
    refs=["man:setsockopt(2)", "man:packet(7)", SET, "commit:86d43e2bf93c"],
    covers=covers(RINGS, "error"),
)
@pytest.mark.parametrize(
    ("name", "where"), [("PACKET_RX_RING", "unmapped"), ("PACKET_RX_RING", "straddling"), ("PACKET_TX_RING", "null")]
)
def test_a_request_that_cannot_be_read_is_einval(sockets, memory, name, where):
    """A request at an address that cannot be read is refused with EINVAL; both man pages say EFAULT."""
    socket, ring = sockets.packet(), option(name)
    request = bytes(_request())
    address = {"null": None, "unmapped": memory.unmapped, "straddling": memory.before_end(request[:-1])}[where]

    result = put_at(socket, ring, address, len(request))

    assert result == refused(EINVAL)
    assert put_at(socket, ring, memory.readonly(bytes(GONE)), len(request)) == SUCCESS
