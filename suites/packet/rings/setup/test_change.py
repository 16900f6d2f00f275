"""Options that shape a ring: fixed while a packet socket has one, free before and after."""

from errno import EBUSY, EFAULT, EINVAL

from fixtures.clauses import clause
from fixtures.parameters import both_rings
from helpers.option_calls import answer, get, packed, put, put_at
from helpers.options import covers, option
from helpers.packet.ring_requests import BUSY, SET, other, ready
from helpers.rings import V2, V3, Geometry
from helpers.syscall import SUCCESS, refused

GOOD = Geometry()
FIXED = ("PACKET_VERSION", "PACKET_RESERVE", "PACKET_LOSS", "PACKET_VNET_HDR", "PACKET_TX_HAS_OFF")
ABLE = {"PACKET_VERSION": V3.number}  # what each can be set to; 1 if not here
BAD = [("PACKET_VERSION", 3), ("PACKET_VERSION", -1), ("PACKET_RESERVE", -1), ("PACKET_RESERVE", 0x80000000)]


def states(made, names):
    """Set each option to something new, and return the results of the calls and what reads back now."""
    wanted = {name: ABLE.get(name, 1) for name in names}
    results = [put(made.socket, option(name), value) for name, value in wanted.items()]
    return results, [get(made.socket, option(name)) for name in names]


def free_again(made, names):
    """Return what ``states`` gives where nothing is fixed."""
    return [SUCCESS] * len(names), [answer(ABLE.get(name, 1)) for name in names]


@clause(
    since="4.17",
    level="source",
    refs=[SET, "commit:a6361f0ca4b2"],
    covers=[*covers(FIXED, "effect"), *covers(FIXED, "error"), *BUSY],
)
@both_rings
def test_what_is_fixed_is_free_when_the_last_ring_is_removed(sockets, rings, ring):
    """Of two rings either one alone keeps the options that shape a ring fixed; without any they can be changed again.

    PACKET_TX_HAS_OFF reports success and does not change; the others fail with EBUSY.
    """
    made = ready(rings, sockets, V2)
    made.must.set_rx(GOOD)
    made.must.set_tx(GOOD)

    made.must.remove(ring)
    with_one = states(made, FIXED)
    made.must.remove(other(ring))
    with_none = states(made, FIXED)

    assert with_one == ([refused(EBUSY)] * 4 + [SUCCESS], [answer(V2.number)] + [answer(0)] * 4)
    assert with_none == free_again(made, FIXED)


@clause(since="6.4", level="source", refs=[SET], covers=[*covers(["PACKET_VNET_HDR_SZ"], "effect"), *BUSY])
@both_rings
def test_the_size_of_the_virtio_header_is_free_when_the_last_ring_is_removed(sockets, rings, ring):
    """PACKET_VNET_HDR_SZ fails with EBUSY with either ring, whichever of the three sizes is set, and not without."""
    made, size = ready(rings, sockets, V2), option("PACKET_VNET_HDR_SZ")
    made.must.set_ring(ring, GOOD)

    results = [put(made.socket, size, value) for value in (0, 10, 12)]
    kept = get(made.socket, size)
    made.must.remove(ring)

    assert (results, kept) == ([refused(EBUSY)] * 3, answer(0))
    assert put(made.socket, size, 12) == SUCCESS
    assert get(made.socket, size) == answer(12)


@clause(since="4.20", level="source", refs=[SET], covers=[*covers(FIXED, "set")])
@both_rings
def test_a_refused_ring_fixes_nothing(sockets, rings, ring):
    """After a refused ring request the options that shape a ring can be changed as before."""
    made = ready(rings, sockets, V2)
    assert made.set_ring(ring, GOOD.but(frame_size=8)) == refused(EINVAL)

    assert states(made, FIXED) == free_again(made, FIXED)


@clause(since="2.6.31", level="source", refs=[SET], covers=[*covers(["PACKET_VERSION", "PACKET_RESERVE"], "error")])
@both_rings
def test_a_value_that_no_socket_takes_is_told_before_the_ring(sockets, rings, ring):
    """With a ring, a never valid version or reserve fails with EINVAL; a valid one, even the same, with EBUSY."""
    made = ready(rings, sockets, V2)
    made.must.set_ring(ring, GOOD)

    wrong = [put(made.socket, option(name), value) for name, value in BAD]
    right = [put(made.socket, option(name), good) for name in ("PACKET_VERSION", "PACKET_RESERVE") for good in range(3)]

    assert wrong == [refused(EINVAL)] * len(BAD)
    assert right == [refused(EBUSY)] * 6
    assert get(made.socket, option("PACKET_VERSION")) == answer(V2.number)
    assert get(made.socket, option("PACKET_RESERVE")) == answer(0)


@clause(since="6.4", level="source", refs=[SET], covers=["option:PACKET_VNET_HDR_SZ:error"])
@both_rings
def test_a_wrong_size_of_the_virtio_header_is_told_before_the_ring(sockets, rings, ring):
    """With a ring, an invalid size of the virtio header fails with EINVAL, not with EBUSY."""
    made = ready(rings, sockets, V2)
    made.must.set_ring(ring, GOOD)

    results = [put(made.socket, option("PACKET_VNET_HDR_SZ"), value) for value in (1, 9, 11, 13, -1)]

    assert results == [refused(EINVAL)] * 5
    assert put(made.socket, option("PACKET_VNET_HDR_SZ"), 12) == refused(EBUSY)


@clause(since="4.20", level="source", refs=[SET], covers=["errno:setsockopt:EINVAL", "errno:setsockopt:EFAULT"])
@both_rings
def test_a_request_that_cannot_be_read_is_told_before_the_ring(sockets, rings, memory, ring):
    """With a ring, an option value that is too short fails with EINVAL, an unreadable one with EFAULT, not EBUSY."""
    made, names = ready(rings, sockets, V2), [*FIXED, "PACKET_COPY_THRESH"]
    made.must.set_ring(ring, GOOD)

    short = {name: put(made.socket, option(name), packed(1), 3) for name in names}
    unreadable = {name: put_at(made.socket, option(name), memory.unmapped, 4) for name in names}

    assert short == dict.fromkeys(names, refused(EINVAL))
    assert unreadable == dict.fromkeys(names, refused(EFAULT))
    assert put(made.socket, option("PACKET_LOSS"), packed(1)) == refused(EBUSY)
