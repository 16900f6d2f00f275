"""The table of kinds of sockets: every row is true of the kernel that runs it."""

import ctypes
import errno

import pytest

from fixtures.parameters import of_kinds
from helpers import syscall, wait
from helpers.arrivals import drain
from helpers.connections import are_connected
from helpers.endpoints import name_of
from helpers.kinds import (
    FURTHER,
    FURTHER_PAIRS,
    INET6_TCP,
    INET_UDP,
    KINDS,
    LISTENS,
    PACKET_DGRAM,
    PAIRS,
    PEER,
    RECORDS,
    RELIABLE,
    UNIX_STREAM,
    Trait,
    kinds_of,
)
from helpers.net import frames
from helpers.net.namespaces import Namespace
from helpers.syscall import refused
from helpers.uapi.socket import (
    AF_INET,
    AF_PACKET,
    AF_UNIX,
    SOL_SOCKET,
)
from helpers.uapi.socket_options import SO_DOMAIN, SO_PROTOCOL, SO_TYPE
from helpers.unavailable import UnavailableError

each_kind = of_kinds(*KINDS, *FURTHER)
peer_kinds = of_kinds(*kinds_of(having=PEER))
IP_HEADER = 20  # bytes, which a raw socket of AF_INET receives before the data


@each_kind
def test_makes_a_socket_of_its_arguments(sockets, kind):
    socket = kind.open(sockets)

    assert socket.option(SOL_SOCKET, SO_DOMAIN) == kind.family
    assert socket.option(SOL_SOCKET, SO_TYPE) == kind.type
    if kind.protocol and kind.family != AF_PACKET:  # whose protocol SO_PROTOCOL does not tell
        assert socket.option(SOL_SOCKET, SO_PROTOCOL) == kind.protocol


@each_kind
def test_names_a_socket_with_an_address_of_its_structure(loopback, sockets, kind):
    (_, first), (_, second) = (kind.named(sockets, loopback.namespace) for _ in range(2))

    for name in (first, second):
        assert bytes(name)[:2] == kind.family.to_bytes(2, "little")
        assert len(name) <= ctypes.sizeof(kind.address)
    if kind.family in (AF_UNIX, AF_PACKET):  # of variable length
        assert len(first) > 2
    else:
        assert len(first) == ctypes.sizeof(kind.address)
    assert (bytes(first) == bytes(second)) == (kind.family == AF_PACKET)  # whose names are no one's own


@pytest.mark.parametrize("pair", [*PAIRS, *FURTHER_PAIRS], ids=str)
def test_ends_of_a_pair_receive_what_the_other_sends(loopback, sockets, pair):
    near, far = pair.make(sockets, loopback.namespace)

    if pair.kind.id == "inet-raw":
        for source, sink in ((near, far), (far, near)):
            source.must.send(b"data")
            assert wait.readable(sink.fd)
            assert [data[IP_HEADER:] for data in drain(sink)] == [b"data"]
    else:
        assert are_connected(near, far)
    assert bytes(name_of(near, peer=True)) == bytes(name_of(far))


def test_every_kind_with_a_peer_has_a_pair_and_no_other():
    assert {pair.kind for pair in PAIRS} == set(kinds_of(having=PEER))


@of_kinds(*kinds_of(AF_PACKET))
def test_packet_sockets_receive_the_frames_of_their_name(loopback, sockets, kind):
    socket, _ = kind.named(sockets, loopback.namespace)
    frame = frames.ethernet()
    loopback.inject(frame)

    assert socket.receive(frame.marker).data == (frame.data[14:] if kind is PACKET_DGRAM else frame.data)


def test_a_kind_that_the_kernel_lacks_is_unavailable(monkeypatch, sockets):
    monkeypatch.setattr(syscall, "socket", lambda *_: refused(errno.EAFNOSUPPORT))

    with pytest.raises(UnavailableError, match="no inet6-tcp sockets"):
        INET6_TCP.open(sockets)


def test_kinds_are_chosen_by_family_and_trait():
    assert kinds_of() == KINDS
    assert [str(kind) for kind in kinds_of(AF_INET, having=RECORDS, lacking=RELIABLE)] == ["inet-udp", "inet-raw"]
    assert UNIX_STREAM in kinds_of(AF_UNIX, AF_INET, having=LISTENS | PEER)
    assert INET_UDP not in kinds_of(having=LISTENS)
    assert len({str(kind) for kind in KINDS}) == len(KINDS)
    assert len({str(pair) for pair in PAIRS}) == len(PAIRS)
    assert UNIX_STREAM.has(Trait.NOTHING)


def test_the_loopback_device_of_ipv6_has_both_addresses(loopback6, sockets):
    assert isinstance(loopback6.namespace, Namespace)
    assert are_connected(*INET6_TCP.pair(sockets, loopback6.namespace))
    assert are_connected(*INET_UDP.pair(sockets, loopback6.namespace))
