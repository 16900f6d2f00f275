"""recvmsg(2) returned a length of 18 for a sockaddr_ll with 6 bytes of address, which has 20."""

from fixtures.clauses import clause
from helpers.messages import Message
from helpers.net import frames
from helpers.uapi.socket import MSG_PEEK, sockaddr_storage


@clause(since="5.2", level="source", refs=["commit:b2cf86e1563e", "src:net/packet/af_packet.c:packet_recvmsg"])
def test_a_sockaddr_ll_is_20_bytes_at_least(wire):
    """msg_namelen of a frame from Ethernet is 20: the address fills 6 bytes, the two behind it are zeros."""
    receiver, frame = wire.right.packet_socket(), frames.ethernet()
    name = sockaddr_storage.from_buffer_copy(b"\xa5" * 128)
    message = Message([2048], name)

    wire.left.inject(frame)
    receiver.receive(frame.marker, flags=MSG_PEEK)
    receiver.must.recvmsg(message.header)

    assert message.header.msg_namelen == 20
    assert bytes(name)[11:24] == b"\6" + frames.STRANGER + bytes(2) + b"\xa5" * 4
