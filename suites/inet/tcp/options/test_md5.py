"""TCP_MD5SIG and TCP_MD5SIG_EXT: the signature option in the segments, and which segments are taken."""

import ctypes
import hashlib
import socket as python
import struct
from errno import EFAULT, EINPROGRESS, EINVAL, ENOENT, ENOPROTOOPT

import pytest

from fixtures.clauses import clause
from helpers import kernel
from helpers.kinds import INET_TCP
from helpers.net import addresses
from helpers.net.segments import MD5, Segment
from helpers.net.tcp_peer import ACK, HERE, RST, SYN, THERE, TcpPeer
from helpers.option_calls import put, put_at
from helpers.options import covers, option
from helpers.syscall import SUCCESS, refused
from helpers.tcp import tcp_state
from helpers.uapi.in_ import sockaddr_in
from helpers.uapi.tcp import TCP_MD5SIG_FLAG_PREFIX, tcp_md5sig
from helpers.uapi.tcp_states import TCP_ESTABLISHED, TCP_SYN_SENT
from helpers.unavailable import unavailable

SYSCALL = "setsockopt"
PARSE = "src:net/ipv4/tcp_ipv4.c:tcp_v4_parse_md5_keys"
INBOUND = "src:net/ipv4/tcp.c:tcp_inbound_md5_hash"
RFC = "https://www.rfc-editor.org/rfc/rfc2385"
PLAIN, EXT = option("TCP_MD5SIG"), option("TCP_MD5SIG_EXT")


def request(key=b"secret", host=THERE, prefix=0, flags=0, length=None):
    """Return a tcp_md5sig for the peer *host*."""
    made = tcp_md5sig(tcpm_flags=flags, tcpm_prefixlen=prefix, tcpm_keylen=len(key) if length is None else length)
    ctypes.memmove(ctypes.addressof(made), bytes(addresses.inet(0, host)), ctypes.sizeof(sockaddr_in))
    made.tcpm_key[: len(key)] = key
    return bytes(made)


def signed(socket, value, chosen=PLAIN):
    """Set a key; skip where the kernel was built without."""
    result = put(socket, chosen, value)
    if result == refused(ENOPROTOOPT) and kernel.config()[1].get("CONFIG_TCP_MD5SIG") != "y":
        unavailable("this kernel has no TCP-MD5 signatures (CONFIG_TCP_MD5SIG)")
    return result


def signature(segment: Segment, key=b"secret", source=HERE, destination=THERE) -> bytes:
    """Return the signature that RFC 2385 gives *segment*, whose options are padded to words."""
    size = 20 + len(segment.options)
    header = struct.pack(
        "!HHIIBBHHH", segment.source, segment.destination, segment.seq, segment.ack, size // 4 << 4, segment.flags,
        segment.window, 0, segment.urgent,
    )  # fmt: skip
    pseudo = (
        python.inet_aton(source) + python.inet_aton(destination) + struct.pack("!BBH", 0, 6, size + len(segment.data))
    )
    return hashlib.md5(pseudo + header + segment.data + key, usedforsecurity=False).digest()


def sign(peer, flags, data=b"", key=b"secret", ack=None):
    """Send a segment with its signature."""
    room = b"\x01\x01\x13\x12" + bytes(16)
    bare = Segment(peer.port, peer.other, peer.seq, peer.ack if ack is None else ack, flags, peer.window, 0, room, data)
    option_ = room[:4] + signature(bare, key, THERE, HERE)
    peer.send(flags, data, options=option_)


@clause(
    since="2.6.20",
    level="documented",
    refs=["man:tcp(7)", RFC, INBOUND],
    covers=covers(["TCP_MD5SIG"], "set", "effect"),
)
def test_segments_are_signed_and_have_to_be(wire):
    """With TCP_MD5SIG each segment has the signature of RFC 2385; of what comes only what is signed right is taken."""
    peer = TcpPeer(wire)
    socket = peer.open()
    result = signed(socket, request())
    syn = peer.syn_of(socket)

    peer.send(SYN | ACK, seq=peer.seq)  # not signed
    sign(peer, SYN | ACK, key=b"wrong")
    peer.seq -= 1
    unsigned = peer.heard(), tcp_state(socket)
    sign(peer, SYN | ACK)
    (third,) = peer.heard()
    socket.must.send(b"data")
    data = peer.receive()

    assert result == SUCCESS
    assert unsigned == ([], TCP_SYN_SENT)
    assert [one.option(MD5) for one in (syn, third, data)] == [signature(one) for one in (syn, third, data)]
    assert tcp_state(socket) == TCP_ESTABLISHED
    peer.send(RST, seq=peer.seq)
    assert (peer.heard(), tcp_state(socket)) == ([], TCP_ESTABLISHED)


@clause(
    since="4.14",
    level="uapi",
    refs=["uapi:linux/tcp.h", PARSE, INBOUND],
    covers=covers(["TCP_MD5SIG_EXT"], "set", "effect"),
)
@pytest.mark.parametrize(("network", "inside"), [("192.0.2.0", True), ("192.0.3.0", False)], ids=["inside", "outside"])
def test_tcp_md5sig_ext_is_for_a_network(wire, network, inside):
    """A key of TCP_MD5SIG_EXT with a prefix signs for the peers of that network, and for no other."""
    peer = TcpPeer(wire)
    socket = peer.open()
    result = signed(socket, request(host=network, prefix=24, flags=TCP_MD5SIG_FLAG_PREFIX), EXT)

    syn = peer.syn_of(socket)

    assert result == SUCCESS
    assert syn.option(MD5) == (signature(syn) if inside else None)


@clause(
    since="2.6.20",
    level="source",
    refs=[PARSE, "man:tcp(7)"],
    covers=["errno:ENOENT", "errno:EINVAL", "errno:EFAULT", *covers(["TCP_MD5SIG", "TCP_MD5SIG_EXT"], "error")],
)
@pytest.mark.parametrize("chosen", [PLAIN, EXT], ids=str)
def test_keys_are_removed_once_and_have_their_form(sockets, memory, chosen):
    """A key of no length removes what was set, ENOENT without; other families, longer keys, short values are EINVAL."""
    socket = INET_TCP.open(sockets)
    foreign = bytearray(request())
    foreign[0] = 10
    set_up = signed(socket, request(), chosen)

    results = [
        put(socket, chosen, bytes(foreign)),
        put(socket, chosen, request(length=81)),
        put(socket, chosen, request()[:-1]),
        put_at(socket, chosen, memory.unmapped, len(request())),
        put(socket, chosen, request(b"", length=0)),
        put(socket, chosen, request(b"", length=0)),
        put(socket, chosen, request(b"k" * 80)),
    ]

    assert set_up == SUCCESS
    assert results == [
        *[refused(EINVAL)] * 3, refused(EFAULT), SUCCESS, refused(ENOENT), SUCCESS,
    ]  # fmt: skip


@clause(
    since="4.14",
    level="uapi",
    refs=["uapi:linux/tcp.h", PARSE],
    covers=["errno:EINVAL", *covers(["TCP_MD5SIG_EXT"], "error")],
)
def test_a_prefix_is_32_bits_at_most(wire):
    """A prefix of more than 32 bits is EINVAL, and TCP_MD5SIG takes its peer as one address, whatever the flags say."""
    peer = TcpPeer(wire)
    socket = peer.open()
    set_up = signed(socket, request(prefix=32, flags=TCP_MD5SIG_FLAG_PREFIX), EXT)

    long = put(socket, EXT, request(prefix=33, flags=TCP_MD5SIG_FLAG_PREFIX))
    other = peer.open()
    plain = put(other, PLAIN, request(host="192.0.2.0", prefix=24, flags=TCP_MD5SIG_FLAG_PREFIX))

    assert (set_up, long, plain) == (SUCCESS, refused(EINVAL), SUCCESS)
    assert other.connect(addresses.inet(4711, THERE)) == refused(EINPROGRESS)
    assert peer.receive().option(MD5) is None
