"""PACKET_DIAG: requests that are refused, and which parts of a request are ignored."""

import os
from errno import EINVAL, ENOENT, EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.capabilities import ALL
from helpers.net.sock_diag import request
from helpers.packet.diag import diag_of
from helpers.process import in_child
from helpers.uapi.if_ether import ETH_P_ALL
from helpers.uapi.netlink import NLM_F_ACK, NLM_F_DUMP, NLM_F_MATCH, NLM_F_ROOT, SOCK_DESTROY
from helpers.uapi.packet_diag import PACKET_DIAG_INFO, PACKET_DIAG_UID, PACKET_SHOW_INFO

HANDLER = ["man:sock_diag(7)", "uapi:linux/packet_diag.h", "src:net/packet/diag.c:packet_diag_handler_dump"]
COVERS = ["diag:request"]


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
@pytest.mark.parametrize("size", [19, 4, 2], ids=["one-short", "word", "family-and-protocol"])
def test_refuses_a_short_request_with_einval(sockets, size):
    """A request shorter than the 20 bytes of a packet_diag_req fails with EINVAL; one of 20 bytes is answered."""
    diag = diag_of(sockets)

    assert diag.errno(request()[:size]) == EINVAL
    assert len(request()) == 20
    assert diag.errno(request()) == 0


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
def test_a_longer_request_is_answered(sockets):
    """What follows the 20 bytes of a request is ignored."""
    diag, socket = diag_of(sockets), sockets.packet()

    *answers, end = diag.ask(request() + b"\xff" * 12)

    assert end.error == 0
    assert len(answers) == len(diag.dump())
    assert socket.fd >= 0


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
@pytest.mark.parametrize("protocol", [1, ETH_P_ALL, 0xFF], ids=["one", "all", "255"])
def test_refuses_a_protocol_with_einval(sockets, protocol):
    """A request for the sockets of one protocol is not supported: any protocol but 0 fails with EINVAL."""
    diag = diag_of(sockets)

    assert diag.errno(request(sdiag_protocol=protocol)) == EINVAL
    assert diag.errno(request(sdiag_protocol=0)) == 0


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
@pytest.mark.parametrize("flags", [0, NLM_F_ACK], ids=["plain", "ack"])
def test_refuses_to_tell_of_one_socket_with_eopnotsupp(sockets, flags):
    """A request that is not a dump fails with EOPNOTSUPP, even if it names a socket that exists."""
    diag, socket = diag_of(sockets), sockets.packet()
    one = request(pdiag_ino=os.fstat(socket.fd).st_ino)

    assert diag.errno(one, flags) == EOPNOTSUPP
    assert diag.errno(one, NLM_F_DUMP) == 0


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
@pytest.mark.parametrize("flag", [NLM_F_ROOT, NLM_F_MATCH], ids=["root", "match"])
def test_one_of_the_two_flags_of_a_dump_is_enough(sockets, flag):
    """NLM_F_ROOT alone, or NLM_F_MATCH alone, requests a dump as both together do."""
    diag, socket = diag_of(sockets), sockets.packet()

    *answers, end = diag.ask(request(), flag)

    assert end.error == 0
    assert len(answers) == len(diag.dump())
    assert socket.fd >= 0


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
def test_looks_at_length_and_protocol_before_it_misses_the_dump(sockets):
    """A short request, or one with a protocol, fails with EINVAL even if it is not a dump."""
    diag = diag_of(sockets)

    errnos = [diag.errno(wrong, 0) for wrong in (request()[:19], request(sdiag_protocol=1), request())]

    assert errnos == [EINVAL, EINVAL, EOPNOTSUPP]


@clause(since="4.5", level="source", refs=["src:net/core/sock_diag.c:__sock_diag_cmd", *HANDLER], covers=COVERS)
def test_refuses_to_destroy_a_packet_socket_with_eopnotsupp(sockets):
    """SOCK_DESTROY of a packet socket fails with EOPNOTSUPP, and the socket lives on."""
    diag, socket = diag_of(sockets), sockets.packet()
    inode = os.fstat(socket.fd).st_ino

    errno = diag.errno(request(pdiag_ino=inode), 0, SOCK_DESTROY)

    assert errno == EOPNOTSUPP
    assert inode in [entry.inode for entry in diag.dump()]


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
@pytest.mark.parametrize(
    "field", [{"pdiag_ino": 1}, {"pdiag_cookie": (1, 2)}, {"pad": 0xFFFF}], ids=["inode", "cookie", "pad"]
)
def test_a_dump_is_not_narrowed(sockets, field):
    """Inode, cookie and padding of a dump request are ignored: all sockets are listed."""
    diag = diag_of(sockets)
    pair = [os.fstat(sockets.packet().fd).st_ino for _ in range(2)]

    listed = [entry.inode for entry in diag.dump(**field)]

    assert set(pair) <= set(listed)


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
def test_ignores_what_it_does_not_know_to_show(sockets, namespace):
    """Unknown bits of pdiag_show are ignored, beside known ones or alone."""
    diag = diag_of(sockets, namespace)
    sockets.packet(namespace=namespace)

    told = [list(diag.dump(show)[0].attributes) for show in (0xFFFFFFC0, 0xFFFFFFC0 | PACKET_SHOW_INFO)]

    assert told == [[], [PACKET_DIAG_INFO, PACKET_DIAG_UID]]


@clause(since="3.7", level="source", refs=HANDLER, covers=COVERS)
def test_needs_no_capability(sockets, namespace):
    """Listing the packet sockets of a network namespace with all but their filters needs no capability."""
    diag = diag_of(sockets, namespace)
    sockets.packet(namespace=namespace)
    expected = [(entry.inode, entry.attributes) for entry in diag.dump(PACKET_SHOW_INFO)]

    def ask():
        entries = diag_of(sockets).dump(PACKET_SHOW_INFO)
        return [(entry.inode, entry.attributes) for entry in entries]

    assert in_child(ask, namespace=namespace, without=ALL) == expected
    assert len(expected) == 1


@clause(since="3.7", level="source", refs=["src:net/core/sock_diag.c:__sock_diag_cmd"], covers=COVERS)
def test_a_family_without_sock_diag_is_enoent(sockets):
    """A request for a family without sock_diag fails with ENOENT, for one out of range with EINVAL."""
    diag = diag_of(sockets)

    assert [diag.errno(request(sdiag_family=family)) for family in (0, 255)] == [ENOENT, EINVAL]
    assert diag.errno(request()) == 0
