"""SIOCGIF*: what a socket of any family returns about the links of its namespace."""

import ctypes
import struct
from errno import EFAULT, EINVAL, ENODEV, ENOTTY
from socket import inet_aton

import pytest

from fixtures.clauses import clause
from helpers.memory import PATTERN
from helpers.syscall import SUCCESS, refused
from helpers.uapi.if_ import IFF_LOOPBACK, IFF_RUNNING, IFF_UP, IFNAMSIZ, ifreq
from helpers.uapi.if_arp import ARPHRD_LOOPBACK
from helpers.uapi.socket import AF_INET, AF_PACKET, AF_UNIX, SOCK_DGRAM
from helpers.uapi.sockios import (
    SIOCGIFADDR,
    SIOCGIFFLAGS,
    SIOCGIFHWADDR,
    SIOCGIFINDEX,
    SIOCGIFMAP,
    SIOCGIFMEM,
    SIOCGIFMETRIC,
    SIOCGIFMTU,
    SIOCGIFNAME,
    SIOCGIFSLAVE,
    SIOCGIFTXQLEN,
    SIOCSIFLINK,
    SIOCSIFMEM,
)

REFS = ["man:netdevice(7)", "src:net/socket.c:sock_do_ioctl", "src:net/core/dev_ioctl.c:dev_ioctl"]
SIZE = ctypes.sizeof(ifreq)
QUESTIONS = {
    "INDEX": (SIOCGIFINDEX, struct.pack("=i", 1)),
    "FLAGS": (SIOCGIFFLAGS, struct.pack("=H", IFF_UP | IFF_LOOPBACK | IFF_RUNNING)),
    "MTU": (SIOCGIFMTU, struct.pack("=i", 65536)),
    "METRIC": (SIOCGIFMETRIC, bytes(4)),
    "TXQLEN": (SIOCGIFTXQLEN, struct.pack("=i", 1000)),
    "HWADDR": (SIOCGIFHWADDR, struct.pack("=H6x", ARPHRD_LOOPBACK)),
    "MAP": (SIOCGIFMAP, bytes(2 * ctypes.sizeof(ctypes.c_long) + 5)),
}
ASKED = pytest.mark.parametrize("name", QUESTIONS)
TOKENS = [f"file:ioctl_SIOCGIF{name}" for name in QUESTIONS]


def request(name: bytes = b"lo", union: bytes = b"") -> bytearray:
    """Return an ifreq: the name, the start of the union, 0xA5 in what is left of it."""
    return bytearray(name.ljust(IFNAMSIZ, b"\0") + union.ljust(SIZE - IFNAMSIZ, bytes([PATTERN])))


@pytest.fixture(params=[AF_PACKET, AF_UNIX, AF_INET], ids=["packet", "unix", "inet"])
def socket(request, loopback, sockets):
    """A socket of each family in a namespace whose loopback device is up."""
    return sockets.open(request.param, SOCK_DGRAM, namespace=loopback.namespace)


@clause(since="2.2", level="documented", refs=REFS, covers=TOKENS)
@ASKED
def test_tells_about_a_link(loopback, name):
    """A packet socket returns the properties of a link by its name, and leaves bytes it need not write unchanged."""
    code, answer = QUESTIONS[name]
    asked = request()

    result = loopback.packet_socket().ioctl(code, asked)

    assert result == SUCCESS
    assert asked == request(union=answer)


@clause(since="2.2", level="documented", refs=REFS, covers=["file:ioctl_SIOCGIFNAME", "file:ioctl_SIOCGIFINDEX"])
def test_tells_the_name_of_an_index(socket):
    """SIOCGIFNAME returns the name of a link by its index; an index that no link has is ENODEV."""
    known, unknown = request(b"?", struct.pack("=i", 1)), request(b"?", struct.pack("=i", 4711))

    assert socket.ioctl(SIOCGIFNAME, known) == SUCCESS
    assert (known[:3], known[IFNAMSIZ:]) == (b"lo\0", request(union=struct.pack("=i", 1))[IFNAMSIZ:])
    assert socket.ioctl(SIOCGIFNAME, unknown) == refused(ENODEV)
    assert unknown == request(b"?", struct.pack("=i", 4711))


@clause(since="2.2", level="documented", refs=REFS, covers=TOKENS)
@pytest.mark.parametrize(
    ("name", "link"),
    [("INDEX", b""), ("INDEX", b"l"), ("INDEX", b"lo" + b"x" * 14), *[(name, b"lo1") for name in QUESTIONS]],
    ids=["empty", "shorter", "full", *QUESTIONS],
)
def test_link_that_is_not_there_is_enodev(loopback, name, link):
    """A name that no link has is ENODEV, and nothing is written."""
    asked = request(link)

    assert loopback.packet_socket().ioctl(QUESTIONS[name][0], asked) == refused(ENODEV)
    assert asked == request(link)


@clause(since="2.2", level="source", refs=REFS, covers=TOKENS)
@pytest.mark.parametrize("name", ["INDEX", "HWADDR"])
def test_alias_stands_for_its_link(loopback, name):
    """A colon ends the name that is looked up, and is there again in the answer."""
    code, answer = QUESTIONS[name]
    asked = request(b"lo:77")

    assert loopback.packet_socket().ioctl(code, asked) == SUCCESS
    assert asked == request(b"lo:77", answer)


@clause(since="2.2", level="source", refs=REFS, covers=TOKENS)
@pytest.mark.parametrize("name", ["INDEX", "HWADDR", "NAME"])
def test_request_needs_all_its_memory(loopback, memory, name):
    """An ifreq that cannot be read to its end, or not be written, is EFAULT; one at the end of a page suffices."""
    code = QUESTIONS[name][0] if name in QUESTIONS else SIOCGIFNAME
    socket, asked = loopback.packet_socket(), bytes(request(union=struct.pack("=i", 1)))

    assert socket.ioctl(code, memory.before_end(asked[:-1])) == refused(EFAULT)
    assert socket.ioctl(code, memory.readonly(asked)) == refused(EFAULT)
    assert socket.ioctl(code, None) == refused(EFAULT)
    assert socket.ioctl(code, memory.before_end(asked)) == SUCCESS


@clause(since="2.2", level="source", refs=REFS, covers=["file:ioctl_unknown", "file:ioctl_SIOCGIFSLAVE"])
@pytest.mark.parametrize(
    ("code", "errno"),
    [(SIOCGIFMEM, ENOTTY), (SIOCSIFMEM, ENOTTY), (SIOCSIFLINK, ENOTTY), (SIOCGIFSLAVE, EINVAL)],
    ids=["gifmem", "sifmem", "siflink", "gifslave"],
)
def test_request_without_meaning_is_refused(loopback, code, errno):
    """Obsolete netdevice requests are ENOTTY or EINVAL, and write nothing; one that cannot be read is EFAULT."""
    socket, asked = loopback.packet_socket(), request()

    assert socket.ioctl(code, asked) == refused(errno)
    assert asked == request()
    assert socket.ioctl(code, None) == refused(EFAULT)


@clause(since="2.2", level="documented", refs=["man:netdevice(7)", "src:net/packet/af_packet.c:packet_ioctl"],
        covers=["file:ioctl_SIOCGIFADDR"])  # fmt: skip
def test_packet_socket_passes_questions_of_inet_on(loopback, sockets):
    """A packet socket returns a link's IPv4 address, which a socket of AF_UNIX refuses with ENOTTY."""
    unix, asked = sockets.open(AF_UNIX, SOCK_DGRAM, namespace=loopback.namespace), request()

    assert unix.ioctl(SIOCGIFADDR, asked) == refused(ENOTTY)
    assert loopback.packet_socket().ioctl(SIOCGIFADDR, asked) == SUCCESS
    assert asked[IFNAMSIZ : IFNAMSIZ + 8] == struct.pack("=HH", AF_INET, 0) + inet_aton("127.0.0.1")


@clause(
    since="2.6.24", level="documented", refs=["man:network_namespaces(7)", *REFS], covers=["file:ioctl_SIOCGIFFLAGS"]
)
def test_answer_is_about_the_namespace_of_the_socket(loopback, namespace, sockets):
    """A socket returns the links of the namespace in which it was created, wherever the call is made."""
    here = sockets.open(AF_PACKET, SOCK_DGRAM, namespace=namespace)
    there = sockets.open(AF_PACKET, SOCK_DGRAM, namespace=loopback.namespace)
    flags = []

    for socket in (here, there):
        asked = request()
        socket.must.ioctl(SIOCGIFFLAGS, asked)
        flags.append(asked[IFNAMSIZ] & IFF_UP)

    assert flags == [0, IFF_UP]
