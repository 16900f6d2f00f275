"""getsockopt(2), SOL_SOCKET: numbers that name a socket or its namespace, and what it measures."""

import struct
from errno import EINVAL

from fixtures.clauses import clause
from helpers.net import frames
from helpers.net.sysctl import need_buffer
from helpers.option_calls import answer, get, put, refusal
from helpers.options import covers, option
from helpers.sockets import must
from helpers.uapi.filter import SKF_AD_MAX
from helpers.uapi.socket import AF_UNIX, MSG_PEEK, SOCK_DGRAM

SYSCALL = "getsockopt"
GET = "src:net/core/sock.c:sk_getsockopt"
MAN = "man:socket(7)"
COOKIE, NETNS_COOKIE, MEMINFO, NAPI_ID, EXTENSIONS = map(
    option, ("SO_COOKIE", "SO_NETNS_COOKIE", "SO_MEMINFO", "SO_INCOMING_NAPI_ID", "SO_BPF_EXTENSIONS")
)


def _number(reply):
    return int.from_bytes(reply.data[: reply.length], "little")


@clause(since="4.12", level="source", refs=[GET], covers=["errno:EINVAL", *covers([COOKIE.name], "get", "error")])
def test_so_cookie_is_one_number_for_each_socket(sockets):
    """SO_COOKIE is a number other than 0 of eight bytes that stays with the socket and that no other socket has."""
    numbered = [sockets.packet(), sockets.packet(), sockets.open(AF_UNIX, SOCK_DGRAM)]

    replies = [get(socket, COOKIE, 8) for socket in numbered]

    cookies = [_number(reply) for reply in replies]
    assert replies == [answer(struct.pack("=Q", cookie), 8) for cookie in cookies]
    assert len(set(cookies) - {0}) == 3
    assert get(numbered[0], COOKIE, 12) == answer(struct.pack("=Q", cookies[0]), 12)
    assert [get(numbered[0], COOKIE, room) for room in (7, 4, 0)] == [refusal(EINVAL, room) for room in (7, 4, 0)]


@clause(since="5.14", level="source", refs=[GET], covers=["errno:EINVAL", *covers([NETNS_COOKIE.name], "get", "error")])
def test_so_netns_cookie_is_one_number_for_each_namespace(sockets, namespace):
    """SO_NETNS_COOKIE is the same for all sockets of a namespace, and another in another; it takes exactly 8 bytes."""
    here, there = (sockets.packet(), sockets.open(AF_UNIX, SOCK_DGRAM)), sockets.packet(namespace=namespace)

    replies = [get(socket, NETNS_COOKIE, 8) for socket in (*here, there)]

    cookies = [_number(reply) for reply in replies]
    assert replies == [answer(struct.pack("=Q", cookie), 8) for cookie in cookies]
    assert cookies[0] == cookies[1] != cookies[2]
    assert 0 not in cookies
    assert [get(there, NETNS_COOKIE, room) for room in (7, 9, 0)] == [refusal(EINVAL, room) for room in (7, 9, 0)]


@clause(since="4.12", level="uapi", refs=["uapi:linux/sock_diag.h", GET], covers=covers([MEMINFO.name], "get"))
def test_so_meminfo_tells_the_socket_s_memory(loopback):
    """SO_MEMINFO returns nine numbers of 32 bits, among them the buffers' sizes and what is in them now."""
    socket, frame = loopback.packet_socket(protocol=frames.OWN), frames.ethernet()
    need_buffer("rmem", 30_000)
    need_buffer("wmem", 40_000)
    must(put(socket, option("SO_RCVBUF"), 30_000))
    must(put(socket, option("SO_SNDBUF"), 40_000))
    before = get(socket, MEMINFO, 36)

    loopback.inject(frame)
    socket.receive(frame.marker, flags=MSG_PEEK)
    after = get(socket, MEMINFO, 40)

    assert before == answer(struct.pack("=9I", 0, 60_000, 0, 80_000, 0, 0, 0, 0, 0), 36)
    used = struct.unpack_from("=I", after.data)[0]
    assert used > len(frame)
    assert after == answer(struct.pack("=9I", used, 60_000, 0, 80_000, 0, 0, 0, 0, 0), 40)


@clause(since="4.12", level="source", refs=[GET], covers=covers([MEMINFO.name], "get"))
def test_so_meminfo_gives_as_much_as_there_is_room_for(sockets):
    """SO_MEMINFO is truncated to the given length, nothing is written beyond it, and the length says how much."""
    socket = sockets.packet()
    whole = get(socket, MEMINFO, 36).data[:36]

    replies = [get(socket, MEMINFO, room) for room in (0, 6, 35)]

    assert replies == [answer(whole, room) for room in (0, 6, 35)]
    assert _number(get(socket, MEMINFO, 8)) >> 32 == _number(get(socket, option("SO_RCVBUF")))


@clause(since="4.12", level="documented", refs=[MAN, GET], covers=covers([NAPI_ID.name], "get"))
def test_so_incoming_napi_id_is_0_without_a_receive_queue(loopback):
    """SO_INCOMING_NAPI_ID is 0 before the first frame, and after one that no hardware queue has delivered."""
    socket, frame = loopback.packet_socket(protocol=frames.OWN), frames.ethernet()
    before = get(socket, NAPI_ID)

    loopback.inject(frame)
    socket.receive(frame.marker)

    assert (before, get(socket, NAPI_ID)) == (answer(0), answer(0))


@clause(since="3.14", level="uapi", refs=["uapi:linux/filter.h", GET], covers=covers([EXTENSIONS.name], "get"))
def test_so_bpf_extensions_is_the_end_of_the_ancillary_data(sockets):
    """SO_BPF_EXTENSIONS is SKF_AD_MAX of the kernel, so every ancillary load of the header is known."""
    reply = get(sockets.packet(), EXTENSIONS)

    assert reply == answer(SKF_AD_MAX)
