"""setsockopt(2), SOL_SOCKET: what AF_UNIX sockets pass along with messages, and that packet sockets do not."""

from errno import EOPNOTSUPP

import pytest

from fixtures.clauses import clause
from helpers.option_calls import answer, get, kept, put, refusal, round_trip
from helpers.options import covers, option, options
from helpers.syscall import SUCCESS, refused
from helpers.uapi.socket import AF_NETLINK, AF_UNIX, SOCK_DGRAM, SOCK_RAW
from suites.socket.passing.support import need_security_hooks

SYSCALL = "setsockopt"
SET = "src:net/core/sock.c:sk_setsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
PASS = ("SO_PASSCRED", "SO_PASSSEC", "SO_PASSPIDFD", "SO_PASSRIGHTS")


def _passes(sockets, name):
    socket, chosen = sockets.open(AF_UNIX, SOCK_DGRAM), option(name)
    before = get(socket, chosen)
    after = round_trip(socket, chosen)

    assert before == answer(chosen.default)
    assert after == kept(chosen)


@clause(
    since="2.2", level="documented", refs=[MAN, "man:unix(7)", SET, GET], covers=covers(["SO_PASSCRED"], "set", "get")
)
def test_so_passcred_reads_back(sockets):
    """SO_PASSCRED is off on a new AF_UNIX socket, reads 1 after any value but 0 and 0 after 0."""
    _passes(sockets, "SO_PASSCRED")


@clause(
    since="2.6.18", level="documented", refs=[MAN, "man:unix(7)", SET, GET], covers=covers(["SO_PASSSEC"], "set", "get")
)
def test_so_passsec_reads_back(sockets):
    """SO_PASSSEC is off on a new AF_UNIX socket, reads 1 after any value but 0 and 0 after 0."""
    need_security_hooks()
    _passes(sockets, "SO_PASSSEC")


@clause(
    since="6.5",
    level="uapi",
    refs=["uapi:asm-generic/socket.h", SET, GET],
    covers=covers(["SO_PASSPIDFD"], "set", "get"),
)
def test_so_passpidfd_reads_back(sockets):
    """SO_PASSPIDFD is off on a new AF_UNIX socket, reads 1 after any value but 0 and 0 after 0."""
    _passes(sockets, "SO_PASSPIDFD")


@clause(
    since="6.16",
    level="uapi",
    refs=["uapi:asm-generic/socket.h", SET, GET],
    covers=covers(["SO_PASSRIGHTS"], "set", "get"),
)
def test_so_passrights_reads_back(sockets):
    """SO_PASSRIGHTS is on, unlike the others, on a new AF_UNIX socket, reads 0 after 0 and 1 after any other value."""
    _passes(sockets, "SO_PASSRIGHTS")


@clause(
    since="6.16",
    level="source",
    refs=[SET, GET],
    covers=["errno:EOPNOTSUPP", "errno:getsockopt:EOPNOTSUPP", *covers(PASS, "error")],
)
@pytest.mark.parametrize("chosen", options(*PASS), ids=str)
def test_a_packet_socket_cannot_pass_what_it_has_no_messages_for(sockets, chosen):
    """Options for what only AF_UNIX messages carry are EOPNOTSUPP on a packet socket, to set and to get."""
    socket = sockets.packet()

    results, reply = [put(socket, chosen, value) for value in (1, 0)], get(socket, chosen)

    assert results == [refused(EOPNOTSUPP)] * 2
    assert reply == refusal(EOPNOTSUPP)


@clause(since="6.16", level="source", refs=[SET, GET], covers=["errno:EOPNOTSUPP", *covers(PASS, "error")])
def test_a_netlink_socket_passes_credentials_but_no_descriptors(sockets):
    """A netlink socket has SO_PASSCRED, and refuses SO_PASSPIDFD and SO_PASSRIGHTS with EOPNOTSUPP."""
    socket = sockets.open(AF_NETLINK, SOCK_RAW)

    results = [put(socket, option(name), 1) for name in ("SO_PASSCRED", "SO_PASSPIDFD", "SO_PASSRIGHTS")]

    assert results == [SUCCESS, refused(EOPNOTSUPP), refused(EOPNOTSUPP)]
    assert get(socket, option("SO_PASSCRED")) == answer(1)
