"""A socket that is bound to a link with protocol 0, to send only, could not send without naming the link each time."""

from fixtures.clauses import clause
from helpers.net import frames
from helpers.syscall import returned


@clause(since="3.13", level="source", refs=["commit:66e56cd46b93", "src:net/packet/af_packet.c:packet_snd"])
def test_a_bound_socket_sends_though_it_hears_nothing(wire):
    """A socket bound to a link with protocol 0 sends out of it without an address, and receives nothing."""
    sender, receiver, frame = wire.left.packet_socket(protocol=0), wire.right.packet_socket(), frames.ethernet()

    result = sender.send(frame.data)

    assert result == returned(len(frame))
    assert receiver.receive(frame.marker).data == frame.data
    assert sender.take() is None
