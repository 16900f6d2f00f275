"""accept(2) and accept4(2): the client's address and its value-result length."""

import ctypes
from errno import EFAULT, EINVAL

import pytest

from fixtures.clauses import clause
from helpers import syscall
from helpers.connections import are_connected
from helpers.descriptors import open_descriptors
from helpers.listeners import accepted, listener, only_the_oldest_was_dropped
from helpers.net.addresses import unix
from helpers.options.option import INT_MAX
from helpers.syscall import refused
from helpers.value_result import LENGTHS, NEGATIVE, ROOM, UNWRITABLE, address_from, ask, filled, untouched
from suites.syscalls.accept.support import BOTH, WAYS, covers

ACCEPT = "src:net/socket.c:do_accept"
COPY = "src:net/socket.c:move_addr_to_user"
SOME = [place for place in UNWRITABLE if place != "null"]  # a null address means that none is wanted


@pytest.fixture
def server(sockets):
    """A listening AF_UNIX socket."""
    return listener(sockets)


@clause(since="2.2", level="documented", refs=["man:accept(2)", COPY])
@pytest.mark.parametrize("given", LENGTHS.values(), ids=LENGTHS.keys())
def test_writes_what_fits_and_tells_the_whole_length(server, sockets, given):
    """The address is truncated to the given length and nothing is written beyond; the length becomes the address's."""
    client = server.client()
    name = address_from(client.getsockname)

    result, got = ask(server.socket.accept, given(len(name)))

    assert are_connected(client, accepted(sockets, result))
    assert got == filled(name, given(len(name)))


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT], covers=covers())
@WAYS
def test_tells_the_address_of_the_client_that_it_takes(loopback, sockets, accept, kind):
    """The address is that of the client whose connection is accepted, in the form of its family."""
    server = listener(sockets, kind, loopback.namespace)
    clients = [server.client() for _ in range(2)]

    answers = [ask(lambda address, length: accept(server.fd, address, length), ROOM) for _ in clients]

    assert [got for _, got in answers] == [filled(address_from(client.getsockname), ROOM) for client in clients]
    for client, (result, _) in zip(clients, answers, strict=True):
        assert are_connected(client, accepted(sockets, result))


@clause(since="2.2", level="documented", refs=["man:accept(2)", "man:unix(7)", ACCEPT])
def test_a_client_without_a_name_has_its_family_only(server, sockets):
    """The address of an AF_UNIX client that was not bound is its family, 2 bytes."""
    client = server.client(named=False)

    result, got = ask(server.socket.accept, ROOM)

    assert are_connected(client, accepted(sockets, result))
    assert got == filled(bytes(unix(b"")), ROOM)


@clause(since="2.2", level="documented", refs=["man:accept(2)", ACCEPT])
@pytest.mark.parametrize("given", ["null", "good", "negative", "unmapped", "readonly"])
def test_without_an_address_the_length_is_not_used(server, sockets, memory, given):
    """With a null address the length is neither read nor written: it may be null or anything."""
    client, length = server.client(), ctypes.c_int(-7 if given == "negative" else 7)
    places = {"null": lambda: None, "unmapped": lambda: memory.unmapped, "readonly": lambda: memory.readonly(bytes(4))}
    place = places.get(given, lambda: length)()

    result = server.socket.accept(None, place)

    assert are_connected(client, accepted(sockets, result))
    assert length.value == (-7 if given == "negative" else 7)


@clause(since="2.2", level="source", refs=["man:accept(2)", COPY])
def test_needs_no_more_room_than_the_address_takes(server, sockets, memory):
    """However large the length, only the address itself is written; with length 0 nothing is, wherever it points."""
    clients = [server.client() for _ in range(2)]
    name = address_from(clients[0].getsockname)
    place, huge, zero = memory.before_end(bytes(len(name))), ctypes.c_int(INT_MAX), ctypes.c_int(0)

    results = [server.socket.accept(place, huge), server.socket.accept(memory.unmapped, zero)]

    for client, result in zip(clients, results, strict=True):
        assert are_connected(client, accepted(sockets, result))
    assert memory.read(place, len(name)) == name
    assert (huge.value, zero.value) == (len(name), len(address_from(clients[1].getsockname)))


@pytest.fixture
def clients(server):
    """Two clients whose connections wait."""
    return [server.client(), server.client()]


@clause(since="2.2", level="documented", refs=["man:accept(2)", COPY, ACCEPT], covers=covers("EINVAL"))
@pytest.mark.parametrize(
    ("accept", "given"),
    [(syscall.accept, NEGATIVE["minus-one"]), (syscall.accept4, NEGATIVE["int-min"])],
    ids=["accept-minus-one", "accept4-int-min"],
)
def test_refuses_a_negative_length_with_einval_and_drops_the_connection(server, clients, accept, given):
    """A negative length is EINVAL and nothing is written or opened, but the oldest connection is taken and closed."""
    before = open_descriptors()

    result, got = ask(lambda address, length: accept(server.fd, address, length), given)

    assert result == refused(EINVAL)
    assert got == untouched(given)
    assert only_the_oldest_was_dropped(server, clients, before)


@clause(since="2.2", level="documented", refs=["man:accept(2)", COPY, ACCEPT], covers=covers("EFAULT"))
@BOTH
@pytest.mark.parametrize("place", SOME)
def test_refuses_an_address_that_cannot_be_written_with_efault(server, clients, memory, accept, place):
    """An address buffer that is not all writable is EFAULT; nothing is opened, the oldest connection is closed."""
    size = len(address_from(clients[0].getsockname))
    before = open_descriptors()

    result = accept(server.fd, UNWRITABLE[place](memory, bytes(size)), ctypes.c_int(size))

    assert result == refused(EFAULT)
    assert only_the_oldest_was_dropped(server, clients, before)


@clause(since="2.2", level="documented", refs=["man:accept(2)", COPY, ACCEPT], covers=["errno:EFAULT"])
@pytest.mark.parametrize("place", UNWRITABLE)
def test_refuses_a_length_that_cannot_be_written_with_efault(server, clients, memory, place):
    """A length that cannot be read, or not written back, is EFAULT; the oldest connection is closed."""
    before = open_descriptors()

    result, _ = ask(
        lambda address, length: server.socket.accept(address, UNWRITABLE[place](memory, bytes(length))), ROOM
    )

    assert result == refused(EFAULT)
    assert only_the_oldest_was_dropped(server, clients, before)
