"""A wire is private, quiet and quick to make, and loses nothing from its first frame on."""

import contextlib
import select
import statistics

import pytest

from helpers import wait
from helpers.net import frames, namespaces
from helpers.net.frames import BROADCAST, OWN
from helpers.net.namespaces import Namespace
from helpers.net.wire import close_wire, make_wire
from helpers.uapi.if_ import IFF_RUNNING, IFF_UP
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.if_packet import PACKET_BROADCAST, PACKET_HOST

UP = IFF_UP | IFF_RUNNING


@pytest.fixture
def make(sockets):
    """Make wires that are closed at the end."""
    with contextlib.ExitStack() as undo:

        def made():
            wire = make_wire(sockets)
            undo.callback(close_wire, wire)
            return wire

        yield made


def test_the_ends_are_in_two_namespaces_and_neither_is_ours(wire):
    assert len({namespaces.current(), wire.left.namespace.inode, wire.right.namespace.inode}) == 3
    for end in (wire.left, wire.right):
        assert end.links.flags(end.name) & UP == UP
        assert end.links.running(end.name)
        assert end.ifindex == end.links.index(end.name)
        assert end.mac == end.links.mac(end.name)
    assert wire.left.mac != wire.right.mac
    assert wire.left.ifindex != wire.right.ifindex


@pytest.mark.parametrize("direction", ["to-the-right", "to-the-left"])
def test_a_frame_sent_at_one_end_is_what_arrives_at_the_other(wire, direction):
    sender, receiver = (wire.left, wire.right)[:: 1 if direction == "to-the-right" else -1]
    hears = receiver.packet_socket()
    first, second = frames.ethernet(receiver.mac), frames.ethernet(BROADCAST, size=1514)

    sender.inject(first, second)

    packets = [hears.receive(frame.marker) for frame in (first, second)]
    assert [packet.data for packet in packets] == [first.data, second.data]
    assert [packet.address.sll_pkttype for packet in packets] == [PACKET_HOST, PACKET_BROADCAST]
    assert hears.take() is None


@pytest.mark.timeout(120)
def test_the_first_frame_of_two_hundred_wires_is_never_lost(sockets):
    """The frame follows at once on the set-up; each direction is the first on half of the wires."""
    lost = []
    for number in range(200):
        wire = make_wire(sockets)
        sender, receiver = (wire.left, wire.right)[:: -1 if number % 2 else 1]
        hears = receiver.packet_socket(protocol=OWN)
        frame = frames.ethernet()
        sender.inject(frame)
        try:
            hears.receive(frame.marker, seconds=1)
        except wait.DeadlineError:
            lost.append(number)
        sockets.release()
        close_wire(wire)

    assert lost == []


def test_a_wire_is_quiet(make):
    """What is received on a fresh wire is what a test sent: ten wires, both ends, every protocol, both directions."""
    made = [make() for _ in range(10)]
    ends = [end for wire in made for end in (wire.left, wire.right)]
    heard = [end.packet_socket(protocol=ETH_P_ALL).fd for end in ends]

    assert select.select(heard, [], [], 0.2)[0] == []

    for wire in made:
        wire.left.inject(frames.ethernet())
    assert [fd for fd in heard if not wait.readable(fd)] == []  # the control: they do receive


def test_two_wires_do_not_hear_each_other(wire, make):
    other = make()
    hears = other.right.packet_socket()

    wire.left.inject(frames.ethernet())
    own = frames.ethernet()
    other.left.inject(own)

    assert hears.receive(own.marker).data == own.data
    assert hears.take() is None


def times(make, close, count=20):
    """Return the seconds that each of some calls of *make* takes, in ascending order."""
    seconds = []
    for _ in range(count):
        with wait.elapsed() as taken:
            made = make()
        close(made)
        seconds += taken
    return sorted(seconds)


def test_a_wire_is_set_up_quickly(request, sockets):
    """Beside the two namespaces that it needs, a wire takes several times as long as these, not a hundred times.

    One lock of the kernel's orders what all others do with links, and on a busy machine the kernel's own threads have
    to wait their turn: the fastest tells more than the median. A wrong order of steps costs a second.
    """
    bare = times(lambda: (Namespace.create(), Namespace.create()), lambda pair: [each.close() for each in pair])
    whole = times(lambda: make_wire(sockets), close_wire)

    medians = statistics.median(whole), statistics.median(bare)
    text = "wire {:.1f} ms, two namespaces {:.1f} ms".format(*(1000 * seconds for seconds in medians))
    request.node.user_properties.append(("median of the set-up", text))
    print(text)
    assert whole[0] < 100 * bare[0], text
