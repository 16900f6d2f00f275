"""An AF_UNIX socket in a BPF_MAP_TYPE_SOCKMAP with a program BPF_SK_SKB_VERDICT: what passes and what is dropped."""

import ctypes
import os
from errno import EAGAIN
from select import POLLIN

import pytest

from fixtures.clauses import clause
from helpers import bpf, syscall, wait
from helpers.messages import receive
from helpers.passed_descriptors import descriptors_in, pass_descriptors
from helpers.syscall import refused, returned
from helpers.uapi.bpf import (
    BPF_MAP_CREATE,
    BPF_MAP_TYPE_SOCKMAP,
    BPF_MAP_UPDATE_ELEM,
    BPF_PROG_ATTACH,
    BPF_PROG_TYPE_SK_SKB,
    BPF_SK_SKB_VERDICT,
    SK_DROP,
    SK_PASS,
    bpf_attr,
)
from helpers.uapi.socket import MSG_OOB, SHUT_WR, SOCK_DGRAM, SOCK_STREAM
from helpers.uapi.sockios import SIOCINQ
from helpers.unavailable import unavailable
from helpers.unix_ends import events, got, need_urgent_data, number

STREAM_READ = "src:net/unix/af_unix.c:unix_stream_read_skb"
READ = "src:net/unix/af_unix.c:unix_read_skb"
RECEIVE = "src:net/unix/unix_bpf.c:unix_bpf_recvmsg"
TYPES = {"stream": SOCK_STREAM, "dgram": SOCK_DGRAM}
KINDS = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
EMPTY = refused(EAGAIN)


def call(command, **fields):
    """Make one bpf(2) and return its value; skip where it is refused."""
    attributes = bpf_attr(**fields)
    result = syscall.call("bpf", command, attributes, ctypes.sizeof(attributes))
    if not result.ok:
        unavailable(f"a sockmap of AF_UNIX sockets cannot be had here (bpf(2) {result!r})")
    return result.value


@pytest.fixture
def watch(sockets):
    """Put a socket into a sockmap whose verdict on all that it receives is always the same."""

    def put(socket, verdict):
        loaded = bpf.load(BPF_PROG_TYPE_SK_SKB, verdict)
        if not loaded.ok:
            unavailable(f"no BPF program may be loaded here ({loaded!r})")
        program = sockets.adopt(loaded.value)
        made = call(BPF_MAP_CREATE, map_type=BPF_MAP_TYPE_SOCKMAP, key_size=4, value_size=4, max_entries=1)
        table = sockets.adopt(made)
        call(BPF_PROG_ATTACH, target_fd=table.fd, attach_bpf_fd=program.fd, attach_type=BPF_SK_SKB_VERDICT)
        key, value = ctypes.c_uint32(0), ctypes.c_uint32(socket.fd)
        call(
            BPF_MAP_UPDATE_ELEM, map_fd=table.fd, key=syscall.address_of(key), value=syscall.address_of(value)
        )  # fmt: skip

    return put


@clause(since="5.15", level="source", refs=[STREAM_READ, READ, RECEIVE])
@KINDS
def test_what_passes_is_received(sockets, watch, kind):
    """What the verdict lets pass is reported by poll(2) and received in its order."""
    sender, receiver = sockets.pair(kind)
    watch(receiver, SK_PASS)

    results = [sender.send(data) for data in (b"one", b"three")]
    assert wait.readable(receiver.fd)
    seen = b"".join(got(receiver, 3) if wait.poll(receiver.fd, POLLIN) else b"" for _ in range(2))

    assert results == [returned(3), returned(5)]
    assert seen == b"onethr"
    assert receiver.send(b"back") == returned(4)
    assert got(sender) == b"back"


@clause(since="5.15", level="source", refs=[STREAM_READ, READ])
@KINDS
def test_what_is_dropped_never_arrives(sockets, watch, kind):
    """What the verdict drops is sent as far as the sender can tell, and neither waits nor arrives; replies go out."""
    sender, receiver = sockets.pair(kind)
    watch(receiver, SK_DROP)

    result = sender.send(b"data")

    assert (result, got(receiver), number(receiver, SIOCINQ)) == (returned(4), EMPTY, 0)
    assert not events(receiver) & POLLIN
    assert (receiver.send(b"back"), got(sender)) == (returned(4), b"back")


@clause(since="5.15", level="source", refs=["src:net/unix/af_unix.c:unix_orphan_scm", STREAM_READ, READ])
@KINDS
@pytest.mark.parametrize("verdict", [SK_PASS, SK_DROP], ids=["pass", "drop"])
def test_descriptors_do_not_get_through(sockets, watch, kind, verdict):
    """Descriptors that come with what the verdict sees are closed, whether it passes or not; later ones likewise."""
    sender, receiver = sockets.pair(kind)
    reader, writer = (sockets.adopt(fd) for fd in os.pipe())
    watch(receiver, verdict)

    pass_descriptors(sender, writer.fd)
    writer.must.close()

    assert wait.poll(reader.fd, 0)
    if verdict == SK_PASS:
        assert wait.readable(receiver.fd)
        assert descriptors_in(receive(receiver.fd)) == []


@clause(since="6.12", level="source", refs=["src:net/unix/af_unix.c:unix_orphan_scm", STREAM_READ, READ])
@KINDS
def test_descriptors_that_were_closed_are_not_counted(sockets, watch, kind):
    """The fdinfo of a receiver in a sockmap does not count descriptors that its verdict program has closed."""
    sender, receiver = sockets.pair(kind)
    watch(receiver, SK_DROP)

    pass_descriptors(sender, sender.fd)

    with open(f"/proc/self/fdinfo/{receiver.fd}") as info:
        assert "scm_fds: 0\n" in info.read()


@clause(since="6.9", level="source", refs=[STREAM_READ])
def test_an_urgent_byte_does_not_get_through(sockets, watch):
    """An urgent byte never passes a verdict: it is dropped, and what is sent behind it arrives."""
    need_urgent_data(sockets)
    sender, receiver = sockets.pair()
    watch(receiver, SK_PASS)

    assert sender.send(b"!", MSG_OOB) == returned(1)
    assert sender.send(b"data") == returned(4)

    assert wait.readable(receiver.fd)
    assert got(receiver) == b"data"


@clause(since="5.15", level="source", refs=[RECEIVE, "src:net/unix/af_unix.c:unix_shutdown"])
def test_the_end_of_the_stream_is_received(sockets, watch):
    """The end of a stream in a sockmap is received behind what passed."""
    sender, receiver = sockets.pair()
    watch(receiver, SK_PASS)
    sender.must.send(b"data")
    assert wait.readable(receiver.fd)
    before = got(receiver)

    sender.must.shutdown(SHUT_WR)

    assert [before, got(receiver), got(receiver)] == [b"data", b"", b""]
