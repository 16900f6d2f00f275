"""What benchmarks measure: every frame that is offered is received or counted as lost, by each kind of receiver."""

import statistics
import time

import pytest

from helpers import filters, process, wait
from helpers.bench import conditions, drains, search
from helpers.bench.geometry import ring_for, slot_size, transmit_ring_for
from helpers.bench.measure import Sending
from helpers.bench.pumps import CALLS, PumpError, RingPump
from helpers.bench.sample import Round
from helpers.bench.wakeup import wakeups
from helpers.rings import V2, V3, VERSIONS

COUNT = 3000
SIZE = 64


@pytest.fixture
def lane(lanes):
    """A lane of small frames over a wire."""
    return lanes(SIZE)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_ring_receives_what_is_offered(lane, version):
    """A ring with room for all has every frame, and its bytes and the processor's time are counted."""
    receiving = lane.receiving(lane.load(), lane.source(version))

    told = receiving.round(COUNT)

    assert (told.offered, told.frames, told.dropped, told.bytes) == (COUNT, COUNT, 0, COUNT * SIZE)
    assert told.seconds > 0
    assert told.control > 0
    assert [side for side in ("receiver", "sender") if told.cpu[side] <= 0] == [], told.cpu


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_what_a_small_ring_loses_is_counted(lane, version):
    """A ring that is too small loses frames, and what it lost and what arrived make up what was offered."""
    memory = 4 * (4096 if version is not V3 else 16384)
    receiving = lane.receiving(lane.load(), lane.source(version, ring_for(version, SIZE, memory, block=memory // 4)))
    receiving.drain.run = _late(receiving, receiving.drain.run)

    told = receiving.round(COUNT)

    assert told.dropped > 0
    assert told.adds_up


def _late(receiving, run):
    """Give a drain's loop that begins only when the load is done."""

    def late(over):
        if over(0) is True:  # the look at what an earlier round left
            return run(over)
        wait.until(lambda: receiving.load.done, "the load done")
        return run(over)

    return late


@pytest.mark.parametrize("call", drains.CALLS)
def test_call_receives_what_is_offered(lane, call):
    """A socket that is read by calls has every frame of a load that it can bear, or counts what it lost."""
    socket = lane.socket()
    receiving = lane.receiving(lane.load(), (drains.CALLS[call](socket), socket))

    told = receiving.round(COUNT, rate=20_000.0)

    assert told.adds_up
    assert told.bytes == told.frames * SIZE
    assert told.frames > 0


def test_a_frame_that_vanishes_is_no_loss_that_is_counted(lane):
    """Frames that a filter throws away are neither received nor counted: the round does not add up."""
    source, socket = lane.source(V2)
    filters.keep(socket, 0)

    told = lane.receiving(lane.load(), (source, socket)).round(100)

    assert (told.offered, told.frames, told.dropped) == (100, 0, 0)
    assert not told.adds_up


def test_members_of_several_sources_are_counted_apart(lane):
    """Two rings have every frame each, and are counted apart."""
    receiving = lane.receiving(lane.load(), lane.source(V2), lane.source(V3))
    receiving.copies = 2

    told = receiving.round(COUNT)

    assert told.frames == 2 * COUNT
    assert receiving.notes()["members"] == [COUNT, COUNT]


def test_a_paced_load_keeps_its_pace(lane):
    """A load that is given a rate is not quicker."""
    receiving = lane.receiving(lane.load(), lane.source(V2))

    told = receiving.round(2000, rate=10_000.0)

    assert told.adds_up
    assert told.seconds > 0.19


def test_a_load_that_breaks_says_why(lane):
    """What goes wrong in the load's process is raised here."""
    with pytest.raises(PumpError, match="Message too long"):
        lane.load(frame=bytes(4000))


def test_a_load_that_breaks_on_its_way_ends_the_round(lane):
    """A load whose link goes down has its error raised here, and what it does not send is not waited for."""
    load = lane.load()
    receiving = lane.receiving(load, lane.source(V2))
    lane.sender.links.down(lane.sender.name)

    with pytest.raises(PumpError, match="Network is down"):
        receiving.round(COUNT)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("batch", [1, 7, 256])
def test_a_ring_sends_all_frames_whole(lane, rings, version, batch):
    """A pump sends exactly the number that is asked for, around the ring's end, each the frame that was given."""
    ring = rings.transmit(lane.sender, version, transmit_ring_for(version, SIZE, 64 << 10))
    count = len(ring) + 10
    hearer = lane.socket()

    told = Sending(RingPump(ring, lane.frame.data, batch), SIZE, lane.arrived).round(count)

    assert (told.offered, told.frames, told.calls > 0) == (count, count, True)
    assert hearer.receive(lane.frame.marker).data == lane.frame.data
    assert not ring.status.any()


@pytest.mark.parametrize("call", CALLS)
def test_calls_send_all_frames(lane, call):
    """A pump of calls sends exactly the number that is asked for."""
    sender = lane.sender.packet_socket(protocol=0)

    told = Sending(CALLS[call](sender, lane.frame.data), SIZE, lane.arrived).round(100)

    assert (told.offered, told.frames) == (100, 100)
    assert told.calls == (100 if call == "send" else 2)


@pytest.mark.parametrize("version", [V2, V3], ids=str)
def test_wakeups(lane, version):
    """Each frame wakes the receiver once; a V3 block that is not full mostly keeps it asleep for a while."""
    source, _ = lane.source(version, ring_for(version, SIZE, timeout=8))

    took = wakeups(lane.sender, lane.frame.data, source, 20, 0.0)

    assert len(took) == 20
    assert statistics.median(took) > (1000 if version is V3 else 0)  # the block's timer may be about to end


@pytest.mark.parametrize("bears", [1000.0, 77_777.0, 499_000.0, 1e9])
def test_search_finds_what_a_receiver_bears(bears):
    """The search ends within 1 % of the generator's rate below what a receiver bears, or names the generator."""

    def one_round(count, rate):
        offered = min(rate or 500_000.0, 500_000.0)
        lost = 0 if offered <= bears else int(count * (1 - bears / offered)) + 1
        return Round(count / offered, count - lost, 0, count, lost)

    found = search.highest_without_loss(one_round, 1.0)

    assert found.limit == ("generator" if bears > 500_000 else "receiver")
    assert found.highest <= bears
    assert found.highest >= min(bears, 500_000.0) - 5000
    assert [step for step in found.steps if not 0 <= step["loss"] < 1] == []


@pytest.mark.parametrize("size", [64, 128, 1514, 9014])
def test_slots_hold_their_frames(size):
    """A slot is a power of two with room for header, address, gap and frame."""
    slot = slot_size(size)

    assert slot & (slot - 1) == 0
    assert slot >= size + 100


@pytest.mark.parametrize(
    ("began", "now", "mark", "word"),
    [
        ((0, 0, 0, 0), (10, 0, 10, 10), "good", ""),
        ((0, 0, 0, 0), (10, 0.5, 10, 10), "fair", "hypervisor"),
        ((0, 0, 0, 0), (10, 2, 10, 10), "poor", "hypervisor"),
        ((5, 0, 1, 0), (18, 0, 11, 10), "fair", "others"),
        ((5, 0, 1, 0), (25, 0, 11, 10), "poor", "others"),
    ],
)
def test_quality_says_what_else_the_machine_did(monkeypatch, began, now, mark, word):
    """Stolen time and the work of others lower the mark, and the reason is given."""
    looks = iter([conditions._Times(*began), conditions._Times(*now)])
    monkeypatch.setattr(conditions, "_times", lambda: next(looks))
    monkeypatch.setattr(conditions, "_frequencies", lambda: [2000.0, 2000.0])
    monkeypatch.setattr(conditions, "_lasting", list)
    monkeypatch.setattr(conditions.os, "cpu_count", lambda: 2)

    quality = conditions.Watch().quality()

    assert quality.mark == mark
    assert any(word in reason for reason in quality.reasons) == bool(word), quality.reasons


def _spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_the_work_of_children_is_our_own():
    """What a child does counts while it lives and after it has ended."""
    before = conditions._own()
    with process.start(lambda: [process.in_child(_spin, 0.3), _spin(0.2)]) as child:
        wait.until(lambda: conditions._own() - before >= 0.1, "the child's work seen")
        child.result()

    assert 0.4 < conditions._own() - before < 1.5  # of the processor, not of the clock


@pytest.mark.parametrize(
    ("cpuinfo", "version", "told"),
    [
        ("vendor_id\t: User Mode Linux\n", "Linux", "User Mode Linux"),
        ("vendor_id\t: AuthenticAMD\nmodel name\t: QEMU TCG CPU version 2.5+\n", "Linux", "an emulated processor"),
        ("vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n", "Linux version 4.4.0 gVisor", "gVisor"),
        ("vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\n", "Linux version 6.18", ""),
    ],
)
def test_emulation_is_recognised(monkeypatch, cpuinfo, version, told):
    """What is no machine's own processor and kernel is named."""
    files = {"/proc/cpuinfo": cpuinfo, "/proc/version": version}
    monkeypatch.setattr(conditions.Path, "read_text", lambda path: files[str(path)])

    assert conditions.emulation() == told
