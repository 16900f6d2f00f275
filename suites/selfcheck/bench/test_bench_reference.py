"""The reference in C: compiled when it is needed, and doing on the same ring what our own loops do."""

import os
import stat

import pytest

from helpers.bench import reference
from helpers.bench.drains import CALLS, Drain
from helpers.bench.geometry import ring_for, transmit_ring_for
from helpers.bench.measure import Receiving, Sending
from helpers.bench.pumps import PumpError, RingPump
from helpers.bench.reference import CDrain, CPump, NoReferenceError
from helpers.rings import VERSIONS

COUNT = 3000
SIZE = 64


@pytest.fixture
def compiled():
    """Skip where the reference cannot be had."""
    try:
        reference.load()
    except NoReferenceError as error:
        pytest.skip(str(error))


@pytest.fixture
def lane(compiled, lanes):
    """A lane of small frames over a wire."""
    return lanes(SIZE)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_c_sends_all_frames_whole_on_the_ring_of_ours(lane, rings, version):
    """C sends exactly the number that is asked for, around the ring's end, and ours goes on where it left off."""
    ring = rings.transmit(lane.sender, version, transmit_ring_for(version, SIZE, 64 << 10))
    count = len(ring) + 10
    hearer = lane.socket()

    told = [
        Sending(pump, SIZE, lane.arrived).round(count)
        for pump in (CPump(ring, lane.frame.data), RingPump(ring, lane.frame.data), CPump(ring, lane.frame.data, 7))
    ]

    assert [(one.offered, one.frames) for one in told] == [(count, count)] * 3
    assert told[0].calls == told[1].calls
    assert ring.cursor == 3 * count % len(ring)
    assert hearer.receive(lane.frame.marker).data == lane.frame.data
    assert not ring.status.any()


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_c_and_ours_receive_from_the_same_ring(lane, version):
    """Frames and bytes are the same whether C or our loop receives, one after the other from one ring."""
    load = lane.load()
    source, socket = lane.source(version, ring_for(version, SIZE, 1 << 20))

    told = [Receiving(load, drain, [socket]).round(COUNT) for drain in (CDrain(source.ring), Drain(source)) * 2]

    assert [(one.frames + one.dropped, one.bytes) for one in told] == [(COUNT, one.frames * SIZE) for one in told]
    assert [one for one in told if not (one.frames and one.calls)] == []


@pytest.mark.parametrize("messages", [False, True], ids=["send", "sendmmsg"])
def test_c_sends_by_calls(lane, messages):
    """C sends exactly the number that is asked for without a ring."""
    pump = CPump(lane.sender.packet_socket(protocol=0), lane.frame.data, messages=messages)

    told = Sending(pump, SIZE, lane.arrived).round(100)

    assert (told.frames, told.calls) == (100, 2 if messages else 100)


@pytest.mark.parametrize("call", CALLS)
def test_c_receives_by_calls(lane, call):
    """C receives all of a load that it can bear, without a ring."""
    socket = lane.socket()

    told = Receiving(lane.load(), CDrain(socket, messages=call == "recvmmsg"), [socket]).round(COUNT, 20_000.0)

    assert told.adds_up
    assert told.bytes == told.frames * SIZE > 0


def test_what_the_kernel_refuses_c_is_told(lane):
    """A refused call of C's ends in the same exception as one of ours, with the errno's words."""
    pump = CPump(lane.sender.packet_socket(protocol=0), bytes(4000))

    with pytest.raises(PumpError, match="Message too long"):
        pump.run(1)


def test_it_is_compiled_once(compiled, tmp_path):
    """What is compiled is kept under a name of its content, and not made anew."""
    first = reference.build(tmp_path)
    made = first.stat().st_mtime_ns

    assert reference.build(tmp_path) == first
    assert (first.stat().st_mtime_ns, os.listdir(tmp_path)) == (made, [first.name])


def test_without_a_compiler_it_says_so(monkeypatch, tmp_path):
    """Where no compiler is, the word says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoReferenceError, match="no C compiler: install gcc"):
        reference.build(tmp_path)


def test_a_compiler_that_fails_is_quoted(monkeypatch, tmp_path):
    """The compiler's errors are quoted, and nothing is left that would be taken for the reference."""
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'fatal error: linux/if_packet.h: No such file' >&2\nexit 1\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    cache = tmp_path / "cache"

    with pytest.raises(NoReferenceError, match=r"cc cannot compile the reference: fatal error: linux/if_packet\.h"):
        reference.build(cache)

    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_done_without(compiled, monkeypatch, tmp_path):
    """Without a place to keep it, it is compiled all the same."""
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("SOCKPROOF_CACHE", str(blocked))

    assert reference.load.__wrapped__().send_v2
