"""At the kernel's speed: our loops beside the same loops in C and beside other programs, interleaved in one run."""

import functools
import time
from contextlib import ExitStack

import numpy as np
import pytest

from fixtures.bench import heavy, tier
from fixtures.lanes import Lane
from helpers.bench import drains, pumps
from helpers.bench.drains import Drain
from helpers.bench.duel import AGAIN, Duel
from helpers.bench.geometry import transmit_ring_for
from helpers.bench.load import processors
from helpers.bench.measure import Receiving
from helpers.bench.pumps import RingPump
from helpers.bench.reference import CDrain, CPump, NoReferenceError
from helpers.bench.sample import Round
from helpers.bench.tool_receivers import AT_ONCE, RECEIVERS, Receiver
from helpers.bench.tool_senders import SENDERS, Sender
from helpers.bench.tools import NoToolError, ToolError
from helpers.net.wire import close_wire, make_wire
from helpers.rings import V1, V2, V3
from helpers.uapi.if_packet import PACKET_QDISC_BYPASS
from helpers.wait import DeadlineError

SIZE = 64
SENT = 4096  # frames of a sending round: some milliseconds
WARM = 1024  # frames before it, for a tool's round begins when it is under way, too
OFFERED = 16384  # of a receiving one, whose two processes must begin and end

VERSIONS = pytest.mark.parametrize("version", [V1, V2, V3], ids=str)


class Arms:
    """The arms of a duel, as far as they can be had; *undo* ends what they need."""

    def __init__(self, bench, undo):
        self.bench = bench
        self.undo = undo
        self.arms = {}
        self.skipped = {}

    def add(self, name, make):
        """Add the arm that *make* returns, or note why there is none."""
        try:
            self.arms[name] = make()
        except (NoReferenceError, NoToolError, ToolError, DeadlineError) as error:
            self.skipped[name] = str(error)

    def add_tools(self, names, usual, make):
        """Add the arms that *make* returns for each of *names*, of which only the *usual* one is not for --full."""
        for name in names if self.bench.session.selection == "full" else [usual]:
            self.add(name, functools.partial(make, name))

    def play(self):
        """Play, and return the outcome. Skip where there is nothing to compare with."""
        if len(self.arms) < 2:
            pytest.skip("; ".join(self.skipped.values()))
        return self.bench.measure(Duel(self.arms, self.bench.seconds).run)

    def record(self, outcome, count, **extra):
        """Put *outcome* on record: seconds for *count* frames that arrived."""
        seconds = {name: (count / np.exp(speeds)).tolist() for name, speeds in outcome.speeds.items() if name != AGAIN}
        self.bench.ratio(seconds, count, outcome.ratios(), self.skipped, floor=outcome.floor, **extra)


@pytest.fixture
def arms(bench):
    """The arms of this benchmark."""
    with ExitStack() as undo:
        yield Arms(bench, undo)


@pytest.fixture
def more_lanes(sockets, rings):
    """A maker of lanes over wires of their own: what listens there costs the others nothing."""
    with ExitStack() as undo:

        def make():
            wire = make_wire(sockets)
            undo.callback(close_wire, wire)
            return Lane(wire.left, wire.right, SIZE, rings, undo)

        yield make


def sends(pump, lane):
    """Return the arm that sends SENT frames through *pump*, all of which must arrive."""

    def play():
        before = lane.arrived()
        pump.run(WARM)
        began = time.perf_counter()
        pump.run(SENT)
        seconds = time.perf_counter() - began
        assert lane.arrived() - before == WARM + SENT
        return Round(seconds, SENT, SENT * lane.size, SENT)

    return play


def receives(load, drain, socket):
    """Return the arm that receives OFFERED frames."""
    receiving = Receiving(load, drain, [socket])
    return lambda: receiving.round(OFFERED)


@tier("default")
@heavy(3)
@VERSIONS
def test_send(arms, lanes, rings, version):
    """Our loop over a transmit ring sends as fast as C and as other programs do, without a queueing discipline."""
    lane = lanes(SIZE)
    frame, cpu = lane.frame.data, processors()[0]
    geometry = transmit_ring_for(version, SIZE)
    ring = rings.transmit(lane.sender, version, geometry, options={PACKET_QDISC_BYPASS: 1})

    def tool(name):
        sender = arms.undo.enter_context(Sender(name, lane.sender, frame, lane.arrived, cpu))
        return lambda: Round(sender.play(SENT), SENT, SENT * SIZE, SENT)

    arms.add("ours", lambda: sends(RingPump(ring, frame), lane))
    arms.add("c", lambda: sends(CPump(ring, frame), lane))
    arms.add_tools(SENDERS, "trafgen", tool)

    arms.record(arms.play(), SENT)


@tier("default")
@heavy(3)
@VERSIONS
def test_receive(arms, lanes, more_lanes, version):
    """Our loop over a receive ring takes a load as fast as C and as other programs on a ring of this version do."""
    lane = lanes(SIZE)
    load = lane.load()
    source, socket = lane.source(version)
    tools = {}

    def tool(name):
        other = more_lanes()
        tools[name] = arms.undo.enter_context(Receiver(name, other.receiver, other.load(), processors()[0]))
        return lambda: Round(tools[name].play(OFFERED), OFFERED, OFFERED * SIZE, OFFERED)

    arms.add("ours", lambda: receives(load, Drain(source), socket))
    arms.add("c", lambda: receives(load, CDrain(source.ring), socket))
    # V1 and V2 cost the kernel some 6 % more a frame than V3 even if nobody reads them: their like is libpcap's V2 ring
    arms.add_tools(RECEIVERS, "tcpdump" if version is V3 else AT_ONCE, tool)

    outcome = arms.play()
    taken = {}
    for name, receiver in tools.items():
        try:
            taken[name] = receiver.finish()
        except ToolError as error:
            arms.skipped[name] = str(error)
            del outcome.speeds[name]
        else:
            outcome.speeds[name] += np.log(taken[name])  # what was lost was not received in that time
    arms.record(outcome, OFFERED, taken=taken)


@tier("full")
@pytest.mark.parametrize("call", ["send", "sendmmsg"])
def test_send_call(arms, lanes, call):
    """Our loop without a ring beside C: a call a frame has the interpreter's share in it, a call for 64 has little."""
    lane = lanes(SIZE)
    socket = lane.sender.packet_socket(protocol=0)

    arms.add("ours", lambda: sends(pumps.CALLS[call](socket, lane.frame.data), lane))
    arms.add("c", lambda: sends(CPump(socket, lane.frame.data, messages=call == "sendmmsg"), lane))

    arms.record(arms.play(), SENT)


@tier("full")
@pytest.mark.parametrize("call", ["recvmsg", "recvmmsg"])
def test_receive_call(arms, lanes, call):
    """Our loop without a ring beside C: a call a frame has the interpreter's share in it, a call for 64 has little."""
    lane = lanes(SIZE)
    load, socket = lane.load(), lane.socket()

    arms.add("ours", lambda: receives(load, Drain(drains.CALLS[call](socket)), socket))
    arms.add("c", lambda: receives(load, CDrain(socket, messages=call == "recvmmsg"), socket))

    arms.record(arms.play(), OFFERED)
