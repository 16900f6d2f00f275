"""sendmsg(2): msg_name and its length."""

import ctypes
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers.arrivals import drain
from helpers.kinds import UNIX_DGRAM
from helpers.messages import Message
from helpers.net import frames
from helpers.net.frames import OWN
from helpers.packet.packet_socket import address
from helpers.syscall import refused, returned
from helpers.uapi.socket import SOCK_DGRAM

COPY = "src:net/socket.c:__copy_msghdr"
SND = "src:net/packet/af_packet.c:packet_snd"


def message_to(name, length, data=b"data"):
    """Return a Message to the address *name* (of memory) with msg_namelen *length*."""
    message = Message([data])
    message.header.msg_name, message.header.msg_namelen = name, length
    return message


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", "man:unix(7)", COPY])
def test_the_given_name_outranks_the_peer(sockets):
    """A connected datagram socket sends to the name that is given, and to its peer only without one."""
    sender, (peer, peer_name), (other, other_name) = (
        UNIX_DGRAM.named(sockets)[0],
        UNIX_DGRAM.named(sockets),
        UNIX_DGRAM.named(sockets),
    )
    sender.must.connect(peer_name)

    assert sender.sendmsg(Message([b"other"], other_name).header) == returned(5)
    assert sender.sendmsg(Message([b"peer"]).header) == returned(4)

    assert (drain(peer), drain(other)) == ([b"peer"], [b"other"])


@clause(since="3.13", level="source", refs=[COPY])
@pytest.mark.parametrize("length", [-1, 129])
def test_without_a_name_its_length_does_not_count(sockets, length):
    """A null msg_name is none, whatever msg_namelen says: the message goes to the peer."""
    sender, receiver = sockets.pair(SOCK_DGRAM)

    assert sender.sendmsg(message_to(None, length).header) == returned(4)
    assert drain(receiver) == [b"data"]


@clause(since="2.2", level="source", refs=[COPY, SND])
def test_a_name_of_length_0_is_none(loopback, memory):
    """A msg_name of length 0 is no name, and never read: a packet socket sends where it is bound to."""
    sender, frame = loopback.packet_socket(protocol=0), frames.ethernet().data

    result = sender.sendmsg(message_to(memory.unmapped, 0, frame).header)

    assert result == returned(len(frame))


@clause(since="3.12", level="source", refs=[COPY], covers=["errno:EINVAL"])
def test_a_negative_length_is_refused_with_einval(sockets):
    """A negative msg_namelen is refused with EINVAL where there is a name, and nothing is sent."""
    sender, (receiver, name) = UNIX_DGRAM.named(sockets)[0], UNIX_DGRAM.named(sockets)
    place = ctypes.addressof(name)

    assert sender.sendmsg(message_to(place, -1).header) == refused(EINVAL)
    assert drain(receiver) == []
    assert sender.sendmsg(message_to(place, ctypes.sizeof(name)).header) == returned(4)


@clause(since="3.13", level="source", refs=[COPY])
@pytest.mark.parametrize("length", [129, 2**31 - 1], ids=["129", "int-max"])
def test_a_length_above_128_is_cut(loopback, memory, length):
    """Of a msg_name that is said to be longer than a sockaddr_storage 128 bytes are read, not one more."""
    sender, frame = loopback.packet_socket(protocol=0, bound=False), frames.ethernet().data
    name = bytes(address(loopback.ifindex, OWN, halen=116)).ljust(128, b"\0")

    result = sender.sendmsg(message_to(memory.before_end(name), length, frame).header)
    refusal = sender.sendmsg(message_to(memory.before_end(name[:127]), length, frame).header)

    assert result == returned(len(frame))
    assert refusal == refused(EFAULT)


@clause(since="2.2", level="documented", refs=["man:sendmsg(2)", COPY], covers=["errno:EFAULT"])
@pytest.mark.parametrize("where", ["unmapped", "page end"])
def test_a_name_that_cannot_be_read_is_refused_with_efault(sockets, memory, where):
    """A msg_name that cannot be read to its last byte is refused with EFAULT, and nothing is sent."""
    sender, (receiver, name) = UNIX_DGRAM.named(sockets)[0], UNIX_DGRAM.named(sockets)
    raw = bytes(name)
    places = {"unmapped": memory.unmapped, "page end": memory.before_end(raw[:-1])}

    assert sender.sendmsg(message_to(places[where], len(raw)).header) == refused(EFAULT)
    assert drain(receiver) == []
    assert sender.sendmsg(message_to(memory.before_end(raw), len(raw)).header) == returned(4)
    assert drain(receiver) == [b"data"]
